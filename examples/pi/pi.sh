#!/bin/sh
# pi.sh SEED POINTS: estimate pi from random points in a square. The generator (Park and Miller's "minimal standard",
# exact in double precision) is our own, so that every awk prints the same numbers.
exec awk -v seed="$1" -v points="$2" '
function random() { return (state = state * 16807 % 2147483647) / 2147483647 }
BEGIN {
    state = 1000003 * seed
    for (i = 0; i < 20; i++) random()
    for (i = 0; i < points; i++) {
        x = random(); y = random()
        if (x * x + y * y <= 1) inside++
    }
    printf "seed %d, %d points: pi = %.6f\n", seed, points, 4 * inside / points
}'
