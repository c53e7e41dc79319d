#!/bin/bash
# Chaos by hand: the savannah is killed at random moments, continued by the same command, and must end with the bytes of
# an undisturbed run, with every recorded task run once, with no process left and nothing half written at home.
#
#   chaos.sh PELAGO [--full] [--kills N] [--quota SIZE] [--seed N] [--max-wait MS]
#
# PELAGO is the program. Odd kills hit the owner alone, even ones every pelago process of the directory at once.
# Works in a temporary directory, kept if something is wrong. Needs what the savannah needs, and sqlite3 (or python3).
set -u -o pipefail

pelago=$(realpath "${1:?the program}") && shift
here=$(cd "$(dirname "$0")/../../.." && pwd)
experiments=12 months=24 kills=20 quota= seed=$RANDOM wait=1500
while [ $# -gt 0 ]; do
    case $1 in
        --full) experiments=90 months=252 kills=50 wait=9000 ;;
        --kills) kills=$2; shift ;;
        --quota) quota=$2; shift ;;
        --seed) seed=$2; shift ;;
        --max-wait) wait=$2; shift ;;
        *) echo "unknown option $1" >&2; exit 2 ;;
    esac
    shift
done
RANDOM=$seed
echo "seed $seed: $experiments x $months, $kills kills within $wait ms each"

work=$(mktemp -d "${TMPDIR:-/tmp}/pelago-chaos.XXXXXX")
wrong=0
complain() { echo "WRONG: $*" >&2; wrong=1; }

run() { # DIR [options]: the same command each time
    local dir=$1; shift
    (cd "$dir" && exec "$pelago" run savannah.plan -q --slots 3 -p exprnr=1:$experiments -s timestep=1:$months \
        ${quota:+--quota "$quota"} "$@")
}

# Every process that works for this directory: the program itself, spawners, tasks and what they left.
ours() {
    local id pid
    id=$(head -n 1 "$work/b/.pelago/id" 2>/dev/null) || return 0
    for pid in /proc/[0-9]*; do
        if tr '\0' '\n' 2>/dev/null < "$pid/environ" | grep -qs "PELAGO_OWNER=$id" ||
            [ "$(readlink "$pid/cwd" 2>/dev/null)" = "$work/b" ]; then
            echo "${pid#/proc/}"
        fi
    done | grep -vx -e $$ -e $BASHPID
}

sql() { # DIR QUERY: one row a line, columns by |
    python3 - "$1/.pelago/history.db" "$2" <<'PY'
import sqlite3, sys
for row in sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]):
    print("|".join(str(cell) for cell in row))
PY
}

cp -r "$here/examples/savannah" "$work/a" && cp -r "$here/examples/savannah" "$work/b"
rm -rf "$work"/?/.pelago
begin=$(date +%s%N)
run "$work/a" || complain "the undisturbed run ended with $?"
echo "undisturbed: $(( ($(date +%s%N) - begin) / 1000000 )) ms"

done_kills=0
begin=$(date +%s%N)
while [ $done_kills -lt $kills ]; do
    run "$work/b" 2>> "$work/errors" &
    owner=$!
    sleep "$(printf '0.%03d' $((RANDOM % 1000)))"
    sleep $(( (RANDOM % wait) / 1000 ))
    if ! kill -0 $owner 2>/dev/null; then
        wait $owner && break
        complain "a run that nobody killed ended with $?"
        break
    fi
    done_kills=$((done_kills + 1))
    if [ $((done_kills % 2)) = 0 ]; then
        kill -9 $(ours) $owner 2>/dev/null
    else
        kill -9 $owner
    fi
    wait $owner 2>/dev/null
    # What is at home is whole at every moment.
    for archive in "$work"/b/cms.*.$months.tar.gz; do
        [ -e "$archive" ] || continue
        cmp -s "$archive" "$work/a/${archive##*/}" || complain "${archive##*/} at home is not whole after kill $done_kills"
    done
done
run "$work/b" 2>> "$work/errors" || complain "the last run ended with $?"
echo "disturbed: $done_kills kills in $(( ($(date +%s%N) - begin) / 1000000 )) ms"
[ $done_kills -ge $kills ] || echo "note: it ended after $done_kills of $kills kills"

for ((p = 1; p <= experiments; p++)); do
    cmp -s "$work/a/cms.$p.$months.tar.gz" "$work/b/cms.$p.$months.tar.gz" || complain "cms.$p.$months.tar.gz differs"
done
for file in warming.svg warming.csv; do
    cmp -s "$work/a/$file" "$work/b/$file" || complain "$file differs"
done
cmp <(cd "$work/a" && "$pelago" values --csv) <(cd "$work/b" && "$pelago" values --csv) || complain "the values differ"
diff <(cd "$work/a" && ls) <(cd "$work/b" && ls) || complain "the directories hold different files"
[ -z "$(ours)" ] || complain "processes are left: $(ours | tr '\n' ' ')"

tasks=$((experiments * months))
once=$(sql "$work/b" "SELECT count(*) FROM runs WHERE outcome='done' AND grp=(SELECT grp FROM runs GROUP BY grp \
    ORDER BY count(DISTINCT idx) DESC, grp LIMIT 1)")
twice=$(sql "$work/b" "SELECT grp, idx, count(*) FROM runs WHERE outcome='done' GROUP BY job, grp, idx HAVING count(*) > 1")
echo "main tasks done: $once of $tasks; lost: $(sql "$work/b" "SELECT count(*) FROM runs WHERE outcome<>'done'")"
[ -z "$twice" ] || complain "these ran again (group|index|times): $twice"
left=$(find "$work/b/.pelago/attempts" "$work/b/.pelago/trash" "$work/b/.pelago/failed" -mindepth 1 2> /dev/null | head)
[ -z "$left" ] || complain "left in the state directory: $left"
[ -s "$work/errors" ] && sort "$work/errors" | uniq -c | sort -rn | head -5

if [ $wrong = 0 ]; then
    rm -rf "$work"
    echo "all good"
else
    echo "kept: $work" >&2
fi
exit $wrong
