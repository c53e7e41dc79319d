#!/bin/sh
# point.sh X Y: something of a point.
echo "$1 $2" | awk '{ printf "%.2f\n", $1 * $2 }'
