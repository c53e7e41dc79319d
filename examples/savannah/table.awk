# table.awk: print the mean warming of each year (columns) by burnt share and month of the fires (rows).
BEGIN { split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", name, " ") }
{
    row = $2 "," $3
    if (!(row in seen)) { seen[row] = 1; order[++rows] = row }
    warming[row, $4] = $5
    if ($4 + 0 > years) years = $4 + 0
}
END {
    print "Warming of the ground by the yearly fires, mean of the year, in kelvin"
    printf "%7s %5s  year", "burnt", "month"
    for (y = 1; y <= years; y++) printf y == 1 ? "%2d" : "%6d", y
    print ""
    for (r = 1; r <= rows; r++) {
        split(order[r], part, ",")
        printf "%6.1f%% %5s", part[1] * 100, name[part[2]]
        for (y = 1; y <= years; y++) printf y == 1 ? "  %6.2f" : "%6.2f", warming[order[r], y]
        print ""
    }
}
