#!/bin/sh
# run-all.sh PELAGO: run every example with the given program, each in a temporary copy, and check what it made. Prints a
# line for each; exits 1 if one is not as it should be, 2 if it was called wrongly.
set -u
if [ $# -ne 1 ] || ! command -v "$1" > /dev/null; then
    echo "usage: run-all.sh PELAGO, the path of the program to test" >&2
    exit 2
fi
case $1 in
*/*) pelago=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;;
*) pelago=$(command -v "$1") ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
failures=0
example=

# wrong TEXT…: the current example is not as it should be
wrong() {
    echo "FAILED  $example: $*" >&2
    failures=$((failures + 1))
    return 1
}

# start NAME: work in a fresh copy of an example, without what earlier runs may have left there
start() {
    example=$1
    cp -R "$here/$1" "$work/$1" && cd "$work/$1" || exit 2
    rm -rf .pelago
}

# pelago_run ARGUMENT…: `pelago run`, which must end with 0
pelago_run() {
    "$pelago" run "$@" > "$work/stdout" 2> "$work/stderr"
    code=$?
    [ $code -eq 0 ] && return
    wrong "\`pelago run $*\` ended with $code; its last lines:"
    tail -n 15 "$work/stdout" "$work/stderr" | sed 's/^/        /' >&2
    return 1
}

# same WHAT GOT WANTED
same() {
    [ "$2" = "$3" ] || wrong "$1: want $3, got $2"
}

# states STATE: how many tasks of the last job are in it
states() {
    "$pelago" tasks --json 2> "$work/stderr" | grep -o "\"state\": *\"$1\"" | wc -l | tr -d ' '
}

# shows TEXT: the table of values has it
shows() {
    "$pelago" values > "$work/values" 2> "$work/stderr" || { wrong "\`pelago values\` ended with $?"; return; }
    grep -q -- "$1" "$work/values" || wrong "\`pelago values\` does not show $1"
}

pi() {
    start pi
    pelago_run pi.plan || return
    shows "$(./pi.sh 7 10000 | sed 's/.* = //; s/0*$//')"
    same "tasks done" "$(states done)" 36
    # A longer range runs only what is new.
    pelago_run pi.plan -p seed=1:14 || return
    same "tasks reused after 12 seeds became 14" "$(states reused)" 36
    same "tasks done after 12 seeds became 14" "$(states done)" 6
    pelago_run -p seed=1:3 -p points=100,200 -- ./pi.sh '{seed}' '{points}' || return
    same "lines printed by the bare command" "$(grep -c 'pi = ' "$work/stdout")" 6
}

coupled() {
    start coupled
    rm -f sea.*.60
    pelago_run coupled.plan || return
    # The same two models in a plain loop.
    for c in 40 60 70 80; do
        cp "sea.$c.0" sea
        t=0
        while [ $((t += 1)) -le 60 ]; do
            awk -v part=wind -v coupling="$c" -f step.awk sea > wind
            awk -v part=sea -f step.awk sea wind > next && mv next sea
        done
        cmp -s sea "sea.$c.60" || wrong "sea.$c.60 is not what a plain loop makes"
    done
    same "files that came home" "$(find . -name 'sea.*.60' | wc -l | tr -d ' ')" 4
    same "intermediate files at home" "$(find . -maxdepth 1 -name 'wind.*' | wc -l | tr -d ' ')" 0
    cut -d' ' -f1 sea.80.60 | sed 's/0*$//' > "$work/want"
    shows "$(cat "$work/want")"
}

classic() {
    start classic
    rm -rf distances distances.txt
    pelago_run classic.plan || return
    same "lines of distances.txt" "$(wc -l < distances.txt | tr -d ' ')" 27
    printf 'angle 22.5\nspeed 30\ndrag 0.005\n' > "$work/ball"
    same "distances/22.5.30" "$(cat distances/22.5.30)" "$(awk -f flight.awk "$work/ball")"
}

files() {
    start files
    pelago_run files.plan || return
    same "tasks done" "$(states done)" 3
    shows evapotranspiration
    # One text more: the others are not counted again.
    echo "A dry lightning storm starts many fires at once." > data/storm.txt
    pelago_run files.plan || return
    same "tasks done after one text more" "$(states done)" 1
    shows lightning
}

savannah() {
    start savannah
    rm -f ebm vf_ccam.* cms.*.tar.gz warming.*
    pelago_run savannah.plan || return
    same "last states at home" "$(find . -maxdepth 1 -name 'cms.*.24.tar.gz' | wc -l | tr -d ' ')" 12
    same "states on the way at home" "$(find . -maxdepth 1 -name 'cms.*.[1-9].tar.gz' | wc -l | tr -d ' ')" 0
    same "lines of warming.csv" "$(wc -l < warming.csv | tr -d ' ')" 25
    # Mathematical libraries differ in their last digits, hence two decimals.
    same "experiment 3 in year 2" "$(awk -F, '$1 == 3 && $4 == 2 { printf "%.2f", $5 }' warming.csv)" 0.81
    grep -q '</svg>' warming.svg || wrong "warming.svg is not whole"
    # A result that was lost comes back, the same, byte for byte.
    sum=$(cksum < cms.7.24.tar.gz)
    rm cms.7.24.tar.gz
    pelago_run savannah.plan || return
    same "cms.7.24.tar.gz after it was lost" "$(cksum < cms.7.24.tar.gz)" "$sum"
}

# languages_same FILE WANTED: run a document; the named file is then what is wanted
languages_same() {
    pelago_run "$1" || return
    same "$2 of $1" "$(cat "$2" 2> /dev/null)" "$3"
}

languages() {
    start languages
    "$pelago" check -- *.u *.sub *.xml *.jdl *.jsdl *.rsl *.dag *.slurm *.plan > "$work/stdout" 2>&1 ||
        { wrong "\`pelago check\` rejects one:"; sed 's/^/        /' "$work/stdout" >&2; }
    words="words.txt 8"
    languages_same system1.u system1.out "$words
extra 8"
    languages_same system2.sub run_2/tally.out "dataset2 15
words.txt 8"
    languages_same system3.xml system3.out "$words"
    languages_same system4.jdl system4.out "$words"
    languages_same system5.jsdl system5.out "$words"
    languages_same hello.jsdl hello.out "hello islands"
    languages_same abstract.jsdl abstract.out "$words"
    languages_same tally.rsl rsl.out "$words"
    languages_same tally.slurm slurm.3.out "$words
element 3"
    ./grid.sh > grid.sub
    languages_same grid.sub point.5.out "$(./point.sh -14 9862.4)"
    languages_same grid.plan point.-14.0.9862.4 "$(cat point.5.out)"
    languages_same diamond.dag Last.out "the grid"
    # What this machine cannot do is refused by name, and nothing runs.
    "$pelago" run question.rsl > "$work/stdout" 2> "$work/stderr"
    same "exit code of a question to an information service" $? 4
    # Each document in each language, and what gets lost said.
    for document in system1.u system2.sub system3.xml system4.jdl system5.jsdl abstract.jsdl tally.rsl diamond.dag tally.slurm; do
        for to in jsdl submit rsl xrsl gt4 jdl adl unicore tes slurm pbs gridengine dag wfformat; do
            "$pelago" translate "$document" --to "$to" > "$work/$to" 2> "$work/stderr" ||
                wrong "$document cannot be translated to $to"
            "$pelago" check --language "$to" "$work/$to" > "$work/stdout" 2>&1 ||
                wrong "$document as $to is not accepted"
        done
    done
}

for name in pi files classic coupled savannah languages; do
    before=$failures
    $name
    [ $failures -eq $before ] && echo "ok      $name"
done
[ $failures -eq 0 ]
