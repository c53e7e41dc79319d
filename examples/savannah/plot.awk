# plot.awk: draw warming.svg. Reads, in this order, the yearly means (sorted by burnt share), the monthly histories and
# the map of one experiment, whose number is the variable `map`. Any awk will do.
BEGIN {
    split("May,July,September", word, ","); month_name[5] = word[1]; month_name[7] = word[2]; month_name[9] = word[3]
    split("January February March April May June July August September October November December", long, " ")
    dash[5] = "1.5 3"; dash[7] = "6 3"; dash[9] = "none"
}
FNR == 1 { part++ }
part == 1 {
    split($0, f, ",")
    year_mean[f[1], f[4]] = f[5]
    if (!(f[1] in burnt)) { drawn[++experiments] = f[1]; burnt[f[1]] = f[2]; fire[f[1]] = f[3] }
    if (f[4] + 0 > years) years = f[4] + 0
    next
}
part == 2 {
    split($0, f, ",")
    if (f[1] !~ /^[0-9]+$/) next
    monthly[f[1], f[4]] = f[7]
    if (f[4] + 0 > months) months = f[4] + 0
    next
}
{
    for (i = 1; i <= NF; i++) {
        cell[FNR, i] = $i
        if ($i > warmest) warmest = $i
        if ($i < coldest) coldest = $i
    }
    rows = FNR; columns = NF
}

function abs(x) { return x < 0 ? -x : x }
function mix(a, b, t) { return a + (b - a) * t }
# Colour of a share from 0 to 1: from straw through fire to char.
function heat(t,   k, r, g, b, u) {
    t = t < 0 ? 0 : t > 1 ? 1 : t
    split("253 246 228 188 128 60", r, " "); split("216 166 104 48 16 8", g, " "); split("120 58 36 38 44 48", b, " ")
    k = int(t * 5); if (k > 4) k = 4
    u = t * 5 - k
    return sprintf("#%02x%02x%02x", mix(r[k + 1], r[k + 2], u), mix(g[k + 1], g[k + 2], u), mix(b[k + 1], b[k + 2], u))
}
# Colour of a cell of the map: heat upwards of 0, towards blue below it.
function warm(t,   u) {
    if (t >= 0) return t < 0.12 ? sprintf("#%02x%02x%02x", mix(250, 253, t / .12), mix(247, 216, t / .12), mix(236, 120, t / .12)) : heat((t - .12) / .88)
    u = -t > 1 ? 1 : -t
    return sprintf("#%02x%02x%02x", mix(250, 33, u), mix(247, 102, u), mix(236, 172, u))
}
# A round distance between ticks that gives about n of them.
function tick(span, n,   raw, base) {
    raw = span / n; base = 10 ^ int(log(raw) / log(10) - (raw < 1 ? 1 : 0))
    raw /= base
    return base * (raw <= 1 ? 1 : raw <= 2 ? 2 : raw <= 5 ? 5 : 10)
}
function ceiling(x) { return int(x) + (x > int(x)) }
function text(x, y, s, class, anchor) {
    printf "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y, class, anchor, s
}
function line(x1, y1, x2, y2, class) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2, class
}
# Axes of a panel: sets X(v), Y(v) through x0 y0 xs ys.
function panel(left, top, width, height, xmin, xmax, ymin, ymax, n,   step, v, at) {
    x0 = left - xmin * (xs = width / (xmax - xmin)); y0 = top + height + ymin * (ys = height / (ymax - ymin))
    step = tick(ymax - ymin, n)
    for (v = int(ymin / step) * step; v <= ymax + 1e-9; v += step) {
        if (v < ymin - 1e-9) continue
        at = y0 - v * ys
        line(left, at, left + width, at, abs(v) < 1e-9 ? "zero" : "grid")
        text(left - 8, at + 4, sprintf(step < 0.1 ? "%.2f" : "%.1f", abs(v) < 1e-9 ? 0 : v), "tick", "end")
    }
    line(left, top + height, left + width, top + height, "axis")
}
function time_panel(left, top, width, height,   low, high, e, i, t, v, by_month, n, path, every, label) {
    by_month = months <= 60
    n = by_month ? months : years
    for (e = 1; e <= experiments; e++) for (t = 1; t <= n; t++) {
        v = by_month ? monthly[drawn[e], t] : year_mean[drawn[e], t]
        if (v > high) high = v
        if (v < low) low = v
    }
    high = high * 1.05 + (high <= 0 ? 1 : 0); if (low > -0.02 * high) low = 0; else low *= 1.15
    panel(left, top, width, height, by_month ? 0 : 0.5, by_month ? n : n + 0.5, low, high, 5)
    if (by_month) {
        for (t = 0; t < n; t++) {
            if (t % 12 == 0) line(x0 + t * xs, top, x0 + t * xs, top + height + 24, "year")
            line(x0 + t * xs, top + height, x0 + t * xs, top + height + (t % 12 ? 4 : 24), "axis")
            if (n <= 36) text(x0 + (t + .5) * xs, top + height + 15, substr(long[t % 12 + 1], 1, 1), "tick", "middle")
        }
        for (t = 0; t < n; t += 12)
            text(x0 + (t + (n - t < 12 ? n - t : 12) / 2) * xs, top + height + 33, "year " t / 12 + 1, "label", "middle")
    } else {
        every = n <= 12 ? 1 : n <= 30 ? 2 : tick(n, 12)
        for (t = 1; t <= n; t += every) {
            line(x0 + t * xs, top + height, x0 + t * xs, top + height + 4, "axis")
            text(x0 + t * xs, top + height + 17, t, "tick", "middle")
        }
        text(left + width / 2, top + height + 35, "year", "label", "middle")
    }
    for (e = 1; e <= experiments; e++) {
        i = drawn[e]; path = ""
        for (t = 1; t <= n; t++) {
            v = by_month ? monthly[i, t] : year_mean[i, t]
            if (v != "") path = path sprintf("%.1f,%.1f ", x0 + (by_month ? t - .5 : t) * xs, y0 - v * ys)
        }
        printf "<polyline class=\"curve\" style=\"stroke:%s;stroke-dasharray:%s;stroke-width:%s\" points=\"%s\">", \
            heat(burnt[i]), dash[fire[i]], (experiments > 30 ? 1.1 : 1.8), path
        printf "<title>experiment %d: %.1f %% burnt in %s</title></polyline>\n", i, burnt[i] * 100, month_name[fire[i]]
    }
}
function share_panel(left, top, width, height,   e, i, m, v, high, low, path, last_y, last_x, t) {
    for (e = 1; e <= experiments; e++) {
        v = year_mean[drawn[e], years]
        if (v > high) high = v
        if (v < low) low = v
    }
    high = high * 1.08 + (high <= 0 ? 1 : 0); if (low > -0.02 * high) low = 0
    panel(left, top, width, height, 0, 1, low, high, 5)
    for (t = 0; t <= 4; t++) {
        line(x0 + t / 4 * xs, top + height, x0 + t / 4 * xs, top + height + 4, "axis")
        text(x0 + t / 4 * xs, top + height + 17, t * 25, "tick", "middle")
    }
    text(left + width / 2, top + height + 35, "savannah burnt each year, %", "label", "middle")
    for (m = 5; m <= 9; m += 2) {
        path = sprintf("%.1f,%.1f ", x0, y0); last_y = ""
        for (e = 1; e <= experiments; e++) {
            i = drawn[e]; v = year_mean[i, years]
            if (fire[i] != m || v == "") continue
            path = path sprintf("%.1f,%.1f ", last_x = x0 + burnt[i] * xs, last_y = y0 - v * ys)
        }
        if (last_y == "") continue
        printf "<polyline class=\"curve\" style=\"stroke:#8a8178;stroke-dasharray:%s;stroke-width:1.3\" points=\"%s\"/>\n", dash[m], path
        text(last_x + 9, last_y + 4, month_name[m], "direct", "start")
    }
    for (e = 1; e <= experiments; e++) {
        i = drawn[e]; v = year_mean[i, years]
        if (v != "") printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" style=\"fill:%s\" class=\"dot\"/>\n", \
            x0 + burnt[i] * xs, y0 - v * ys, (experiments > 30 ? 3 : 4.2), heat(burnt[i])
    }
}
function map_panel(left, top, width,   r, c, size, scale, height, k, bar, lat) {
    size = width / columns; height = size * rows
    scale = warmest > -coldest ? warmest : -coldest
    # A scale that ends at a round number.
    scale = scale > 0 ? tick(scale, 8) * ceiling(scale / tick(scale, 8)) : 1
    print "<g shape-rendering=\"crispEdges\">"
    for (r = 1; r <= rows; r++) for (c = 1; c <= columns; c++)
        printf "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n", \
            left + (c - 1) * size, top + (r - 1) * size, size + .4, size + .4, warm(cell[r, c] / scale)
    print "</g>"
    printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"frame\"/>\n", left, top, width, height
    for (lat = 12; lat <= 18; lat += 2)
        text(left - 8, top + ((lat - 11) / .75 + .5) * size + 4, lat "° S", "tick", "end")
    for (k = 0; k <= columns * 83.4; k += 500) {
        line(left + k / 83.4 * size, top + height, left + k / 83.4 * size, top + height + 4, "axis")
        text(left + k / 83.4 * size, top + height + 17, k, "tick", "middle")
    }
    text(left + width / 2, top + height + 35, "distance, km", "label", "middle")
    bar = top + height + 52
    for (k = 0; k < 100; k++)
        printf "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"10\" fill=\"%s\"/>\n", left + k * width / 100, bar, \
            width / 100 + .4, warm(coldest < -.02 * scale ? (k - 49.5) / 49.5 : k / 99)
    for (k = 0; k <= 5; k++)
        text(left + k * width / 5, bar + 24, sprintf("%.2f", (coldest < -.02 * scale ? k / 2.5 - 1 : k / 5) * scale), "tick", "middle")
    text(left + width / 2, bar + 40, "warming, K", "label", "middle")
}
function legend(left, top,   k, m) {
    text(left, top + 9, "burnt each year", "label", "start")
    for (k = 0; k < 60; k++)
        printf "<rect x=\"%.2f\" y=\"%.1f\" width=\"2.4\" height=\"10\" fill=\"%s\"/>\n", left + 102 + k * 2, top, heat(k / 59)
    text(left + 102, top + 24, "0", "tick", "middle"); text(left + 162, top + 24, "50", "tick", "middle")
    text(left + 222, top + 24, "100 %", "tick", "middle")
    text(left + 268, top + 9, "fires in", "label", "start")
    k = left + 326
    for (m = 5; m <= 9; m += 2) {
        printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"curve\" style=\"stroke:#5a524a;stroke-width:1.8;stroke-dasharray:%s\"/>\n", k, top + 5, k + 30, top + 5, dash[m]
        text(k + 36, top + 9, month_name[m], "label", "start")
        k += 36 + 34 + (m == 7 ? 8 : 8) + (m == 5 ? 0 : 4)
    }
}
END {
    width = 960; height = 812
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", width, height, width, height
    print "<title>Warming of the ground by the yearly fires of the savannah</title>"
    print "<style>"
    print "text{font-family:'Helvetica Neue',Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;fill:#3b352f}"
    print ".title{font-size:20px;font-weight:bold}.sub{font-size:13px;fill:#6d655d}.head{font-size:14px;font-weight:bold}"
    print ".label{font-size:12px}.tick{font-size:11px;fill:#6d655d}.direct{font-size:12px}"
    print ".grid{stroke:#e8e2da;stroke-width:1}.zero{stroke:#9a9188;stroke-width:1}.axis{stroke:#9a9188;stroke-width:1}"
    print ".year{stroke:#e8e2da;stroke-width:1}.curve{fill:none;stroke-linejoin:round;stroke-linecap:butt}"
    print ".dot{stroke:#fff;stroke-width:1}.frame{fill:none;stroke:#9a9188;stroke-width:1}"
    print "</style>"
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#fffdfa\"/>\n", width, height
    text(64, 38, "How much the yearly fires warm the savannah", "title", "start")
    text(64, 58, sprintf("Ground temperature, burning world less its unburnt twin. %d experiments, %d months each.", experiments, months), "sub", "start")
    text(64, 92, months <= 60 ? "a  Month by month, K" : "a  Mean of each year, K", "head", "start")
    legend(306, 83)
    time_panel(64, 122, 832, 250)
    text(64, 452, sprintf("b  Mean of year %d, K", years), "head", "start")
    share_panel(64, 472, 320, 268)
    text(522, 452, sprintf("c  End of %s, year %d: the strongest fires", long[(months - 1) % 12 + 1], int((months - 1) / 12) + 1), "head", "start")
    text(522, 470, sprintf("experiment %d: %.0f %% burnt in %s", map, burnt[map] * 100, month_name[fire[map]]), "sub", "start")
    map_panel(522, 482, 374)
    print "</svg>"
}
