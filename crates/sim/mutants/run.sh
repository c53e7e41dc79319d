#!/usr/bin/env bash
# Shows that the simulation catches broken rules: each patch here breaks one, in a copy of the sources; then seeds are run
# until a promise is broken, and after them those that are kept. Exits 1 if one goes unnoticed. Usage: run.sh [SEEDS]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
seeds=${1:-300}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# Only the crates that the simulation is made of, as a workspace of their own.
mkdir "$copy/crates"
for crate in job plan match grid driver sim; do cp -R "$root/crates/$crate" "$copy/crates/"; done
cp "$root/Cargo.lock" "$copy/"
awk '/^members = \[/ { print "members = [\"crates/*\"]"; skip = 1 } !skip && !/^default-members/ { print } /^\]/ { skip = 0 }' \
    "$root/Cargo.toml" > "$copy/Cargo.toml"

simulate() {
    cd "$copy"
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$copy/target}
    export CARGO_TARGET_DIR
    # As a condition of `if` it does not end at what fails first.
    cargo build --quiet --release --package pelago-sim || return 1
    "$CARGO_TARGET_DIR/release/pelago-sim" --seeds "$seeds" || return 1
    local seed
    for seed in $(sed 's/#.*//' crates/sim/seeds.txt); do
        "$CARGO_TARGET_DIR/release/pelago-sim" --seed "$seed" || return 1
    done
}

missed=0
for patch in "$here"/*.patch; do
    name=$(basename "$patch" .patch)
    patch --quiet --directory "$copy" --strip 1 < "$patch"
    printf '== %s: ' "$name"
    if output=$(simulate 2>&1); then
        printf 'NOT caught by %s seeds and those that are kept\n' "$seeds"
        missed=1
    elif grep -q 'breaks a promise' <<< "$output"; then
        printf 'caught, %s\n' "$(grep -o '[0-9]* seeds, [1-9][0-9]* failed' <<< "$output")"
        awk '/breaks a promise/ { getline; if (++shown <= 3) print }' <<< "$output"
    else
        printf 'the patch does not apply or build any more\n%s\n' "$output"
        missed=1
    fi
    patch --quiet --directory "$copy" --strip 1 --reverse < "$patch"
done
exit "$missed"
