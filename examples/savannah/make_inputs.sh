#!/bin/sh
# make_inputs.sh: make what the plan starts from, where it is absent or older than its source: the model ebm, the
# forcing vf_ccam.1 … vf_ccam.252, and the initial states cms.1.0.tar.gz … cms.90.0.tar.gz. The same source gives the
# same bytes, so making a file again changes nothing for the tasks that have read it. Everything is made aside and then
# renamed: a file that is there is whole.
set -eu
experiments=90
months=252
making=.making

# complete PREFIX COUNT SUFFIX SOURCE…: whether PREFIX1SUFFIX … are all there and the first is newer than each source
complete() {
    prefix=$1 count=$2 suffix=$3
    shift 3
    i=0
    while [ $((i += 1)) -le "$count" ]; do
        [ -f "$prefix$i$suffix" ] || return 1
    done
    for source in "$@"; do
        [ -z "$(find "$source" -newer "${prefix}1$suffix")" ] || return 1
    done
}

rm -rf "$making"
mkdir "$making"
trap 'rm -rf "$making"' EXIT
if [ ! -x ebm ] || [ -n "$(find ebm.c -newer ebm)" ]; then
    ${CC:-cc} -std=c11 -O2 -ffp-contract=off -o "$making/ebm" ebm.c -lm
    if cmp -s "$making/ebm" ebm; then touch ebm; else mv "$making/ebm" ebm; fi
fi
if ! complete vf_ccam. $months "" ebm.c; then
    (cd "$making" && ../ebm forcing $months)
    # The first one is renamed last: `complete` compares its age.
    mv "$making/vf_ccam.1" "$making/first"
    mv "$making"/vf_ccam.* .
    mv "$making/first" vf_ccam.1
fi
if ! complete cms. $experiments .0.tar.gz ebm.c cms_prep.ksh cms_postp.ksh; then
    header=exprnr,burnt,fire_month,timestep,year,month,warming,warming_air,temperature_air_twin,albedo_change,soil_moisture_change
    (
        cd "$making"
        i=0
        while [ $((i += 1)) -le $experiments ]; do
            set -- "$@" "cms.$i/input" "cms.$i/output"
        done
        mkdir -p "$@"
        ../ebm init $experiments
        while [ $((i -= 1)) -ge 1 ]; do
            cp -p ../cms_prep.ksh ../cms_postp.ksh "cms.$i"
            echo "$header" > "cms.$i/output/history.csv"
            tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
                -I 'gzip -n' -cf state.tar.gz "cms.$i"
            mv state.tar.gz "../cms.$i.0.tar.gz"
        done
    )
fi
