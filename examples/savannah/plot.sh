#!/bin/sh
# plot.sh: from the last states that have come home, make warming.csv (the mean of each year), warming.svg, and print a
# table. Draws the experiments that have reached the latest month found here.
set -eu
last=0
for file in cms.*.*.tar.gz; do
    month=${file#cms.*.}
    month=${month%.tar.gz}
    case $month in '' | *[!0-9]*) continue ;; esac
    [ "$month" -le "$last" ] || last=$month
done
if [ "$last" -eq 0 ]; then
    echo "plot.sh: no cms.EXPERIMENT.MONTH.tar.gz with a month after 0 is here: run savannah.plan first" >&2
    exit 1
fi
drawing=.drawing
rm -rf "$drawing"
mkdir "$drawing"
trap 'rm -rf "$drawing"' EXIT
for file in cms.*."$last".tar.gz; do
    experiment=${file#cms.}
    experiment=${experiment%%.*}
    tar -xzOf "$file" "cms.$experiment/output/history.csv"
done > "$drawing/history.csv"
# The map shows the experiment that burns most, and of those the one that burns last.
map=$(sort -t, -k2,2gr -k3,3gr -k1,1g "$drawing/history.csv" | awk -F, '$1 ~ /^[0-9]+$/ { print $1; exit }')
tar -xzOf "cms.$map.$last.tar.gz" "cms.$map/output/state" > "$drawing/state"
./ebm map "$drawing/state" > "$drawing/map"
awk -F, -f years.awk "$drawing/history.csv" | sort -t, -k2,2g -k3,3g -k1,1g -k4,4g > "$drawing/years"
{
    echo experiment,burnt,fire_month,year,warming,warming_air
    cat "$drawing/years"
} > "$drawing/warming.csv"
awk -v map="$map" -f plot.awk "$drawing/years" "$drawing/history.csv" "$drawing/map" > "$drawing/warming.svg"
mv "$drawing/warming.csv" "$drawing/warming.svg" .
awk -F, -f table.awk "$drawing/years"
