#!/bin/sh
# tally.sh FILE...: how many words each file has. The program of all examples here.
for file in "$@"; do echo "$file $(($(wc -w < "$file")))"; done
