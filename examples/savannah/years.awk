# years.awk: from monthly histories to experiment,burnt,fire_month,year,warming,warming_air: means of each year.
$1 !~ /^[0-9]+$/ { next }
{
    key = $1 "," $2 "," $3 "," $5
    n[key]++
    ground[key] += $7
    air[key] += $8
}
END { for (key in n) printf "%s,%.4f,%.4f\n", key, ground[key] / n[key], air[key] / n[key] }
