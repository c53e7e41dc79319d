# flight.awk: how far does a ball fly with air drag? Reads "angle A", "speed V" and "drag K", prints the distance in m.
{ given[$1] = $2 }
END {
    pi = atan2(0, -1)
    vx = given["speed"] * cos(given["angle"] * pi / 180)
    vy = given["speed"] * sin(given["angle"] * pi / 180)
    dt = 0.001
    while (y >= 0) {
        speed = sqrt(vx * vx + vy * vy)
        vx -= given["drag"] * speed * vx * dt
        vy -= (9.81 + given["drag"] * speed * vy) * dt
        x += vx * dt
        y += vy * dt
    }
    printf "%.2f\n", x
}
