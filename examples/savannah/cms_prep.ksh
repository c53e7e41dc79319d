#!/bin/sh
# cms_prep.ksh EXPRNR TIMESTEP: make cms.EXPRNR ready for month TIMESTEP. Runs in cms.EXPRNR. Shell built-ins only.
set -eu
if [ ! -r "input/vf_ccam.$2" ]; then
    echo "cms_prep: input/vf_ccam.$2 is missing: month $2 has no forcing" >&2
    exit 1
fi
printf 'exprnr=%d timestep=%d forcing=vf_ccam.%d\n' "$1" "$2" "$2" > input/namelist
