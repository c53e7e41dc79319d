# step.awk: one month of the recharge oscillator, a two-variable model of El Niño (Jin, 1997, J. Atmos. Sci. 54).
# The wind answers to the sea's surface; the sea answers to the wind. Called for one of the two at a time:
#   awk -v part=wind -v coupling=C -f step.awk SEA
#   awk -v part=sea  -f step.awk SEA WIND
# SEA holds two numbers: the temperature anomaly of the eastern Pacific (unit 7.5 K) and the depth anomaly of the
# thermocline in the west (unit 150 m). WIND holds one: the slope of the thermocline that the wind upholds (150 m).
FNR == 1 { file++ }
file == 1 { temperature = $1; depth = $2 }
file == 2 { stress = $1 }
END {
    if (part == "wind") {
        printf "%.9f\n", coupling / 100 * 2.5 * temperature
        exit
    }
    dt = 0.5 # of the model's time unit, two months
    # A month is short against a period of years, so ten explicit steps will do.
    for (i = 0; i < 10; i++) {
        rise = depth + stress
        warming = 0.75 * rise - temperature - 3 * rise * rise * rise
        emptying = -0.25 * depth - 0.125 * stress
        temperature += dt / 10 * warming
        depth += dt / 10 * emptying
    }
    printf "%.9f %.9f\n", temperature, depth
}
