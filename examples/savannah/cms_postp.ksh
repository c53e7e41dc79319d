#!/bin/sh
# cms_postp.ksh EXPRNR TIMESTEP: add the month to the history and drop what the next month does not need.
set -eu
IFS= read -r month < output/month.csv
case $month in
"$1",*,"$2",*) printf '%s\n' "$month" >> output/history.csv ;;
*)
    echo "cms_postp: output/month.csv is not about month $2 of experiment $1: $month" >&2
    exit 1
    ;;
esac
rm "input/vf_ccam.$2" output/month.csv
