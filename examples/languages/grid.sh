#!/bin/sh
# grid.sh: writes a submit file with one `queue` for each point of a grid, as people did before there were parameters.
echo "universe = vanilla"
echo "executable = point.sh"
echo "output = point.\$(PROCESS).out"
echo "should_transfer_files = YES"
for x in -15 -14.5 -14; do
    for y in 9861.9 9862.4; do
        printf '\narguments = %s %s\nqueue\n' "$x" "$y"
    done
done
