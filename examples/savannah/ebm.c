//! ebm: a small energy-balance climate model of the burning north-Australian savannah.
//
//  ebm forcing N         write the monthly forcing vf_ccam.1 … vf_ccam.N into the working directory
//  ebm init N            write cms.1/output/state … cms.N/output/state, spun up without fire
//  ebm step              one month, run in cms.N/output: reads ../input/namelist, the forcing it names and
//                        state; writes state, month.csv and summary.json
//  ebm map STATE         print the warming of every cell, one row of the grid a line, north first
//
// README.md has the equations and where the numbers come from. Two worlds stand side by side in a state: one burns
// every year, its twin never does. They see the same weather, so their difference is the effect of the fires alone.
// Results depend on nothing but the input: no clock, no random numbers, no threads.

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NLAT = 12, NLON = 24, NCELL = NLAT * NLON, STEPS = 10, SPINUP_YEARS = 30 };

static const double PI = 3.14159265358979323846;
static const double YEAR = 365.0 * 86400.0;          // s
static const double LAT_NORTH = -11.0, CELL = 0.75;  // degrees; the grid ends at 19.25 S
static const double CELL_M = 83400.0;                // m, 0.75 degrees of latitude

static const double S0 = 1361.0;         // W/m2     solar constant
static const double SIGMA = 5.670374e-8; // W/m2/K4  Stefan-Boltzmann
static const double CP = 1005.0;         // J/kg/K   air
static const double RHO = 1.15;          // kg/m3    air at 303 K
static const double LV = 2.45e6;         // J/kg     evaporation of water
static const double GAMMA = 66.0;        // Pa/K     psychrometric constant
static const double EMISS = 0.96;        // -        emissivity of the ground
static const double CS = 4.0e5;          // J/m2/K   upper 0.2 m of soil
static const double CD = 3.6e6;          // J/m2/K   1.8 m of soil below
static const double KSOIL = 1.0;         // W/m2/K   between the two
static const double CA = 1.7e6;          // J/m2/K   boundary layer of 1,500 m
static const double T_ADV = 1.5 * 86400; // s        air is replaced by background air
static const double DIFF = 1.0e5;        // m2/s     eddy diffusion of heat between cells
static const double CH = 0.0045;         // -        bulk transfer coefficient
static const double RECYCLE = 0.15;      // -        share of the rain that evaporated here
static const double ALB_LEAF = 0.11, ALB_SOIL = 0.18, ALB_ASH = 0.05;

typedef struct {
    double ts, ta, td; // K: ground, air, deep soil
    double water;      // mm in the root zone
    double grass;      // share of ground under grass
    double tree;       // share of ground under tree crowns
    double leaf;       // share of the crowns in leaf
    double ash;        // share of ground under ash and char
} Cell;

typedef struct {
    Cell cell[NCELL];
    double evaporation; // mm/day, mean over the grid and the last month
} World;

typedef struct {
    uint64_t magic; // also tells the byte order
    int32_t month;  // months done
    int32_t exprnr;
    double burnt;      // share of the savannah that burns each year
    double fire_month; // 1 … 12
    World burning, twin;
} State;

typedef struct {
    double cloud, background, rain, wind; // 0 … 1, K, mm/day, m/s
} Weather;

static const uint64_t MAGIC = 0x314e4e4156415300u; // "\0SAVANN1" on a little-endian machine

_Noreturn static void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("ebm: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static FILE *open_or_fail(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);
    if (!file) fail("%s: %s", path, strerror(errno));
    return file;
}

static void close_or_fail(FILE *file, const char *path) {
    if (ferror(file) | fclose(file)) fail("%s: not written whole: %s", path, strerror(errno));
}

static double fourth(double x) { return x * x * x * x; }

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

// A number in [0, 1) that depends only on its arguments (the finaliser of SplitMix64).
static double hash01(uint64_t a, uint64_t b) {
    uint64_t z = a * 0x9e3779b97f4a7c15u + b * 0xd1b54a32d192ed03u + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double latitude(int row) { return LAT_NORTH - CELL * row; }
static double inland(int row) { return (double)row / (NLAT - 1); } // 0 on the coast, 1 at the desert's edge

// Root zone in mm and soil albedo vary from place to place, smoothly and by a few percent of noise.
static double root_zone[NCELL], soil_albedo[NCELL];
static void make_ground(void) {
    for (int c = 0; c < NCELL; c++) {
        double x = c % NLON, y = c / NLON;
        root_zone[c] = 260 + 50 * sin(x * 0.55 + y * 0.3) + 30 * (hash01(c, 11) - 0.5);
        soil_albedo[c] = ALB_SOIL + 0.015 * cos(x * 0.4 - y * 0.5) + 0.01 * (hash01(c, 12) - 0.5) + 0.02 * inland(c / NLON);
    }
}

// Daily mean insolation at the top of the atmosphere, W/m2.
static double insolation(double degrees, double year_part) {
    double phi = degrees * PI / 180, day = year_part * 365;
    double decl = -23.45 * PI / 180 * cos(2 * PI * (day + 10) / 365);
    double sun = 1 + 0.0334 * cos(2 * PI * (day - 3) / 365); // (mean distance / distance) squared
    double h0 = acos(clamp(-tan(phi) * tan(decl), -1, 1));
    return S0 / PI * sun * (h0 * sin(phi) * sin(decl) + cos(phi) * cos(decl) * sin(h0));
}

// The fires of one year. Each cell has a mosaic of its own, which changes from year to year.
static void burn(World *world, double burnt, int fire_month, int year) {
    // The later in the dry season, the drier the grass and the hotter the fire.
    double cured = clamp(0.50 + 0.11 * (fire_month - 5), 0.3, 0.95);
    double scorch = clamp(0.25 + 0.12 * (fire_month - 5), 0.1, 0.9);
    for (int c = 0; c < NCELL; c++) {
        double share = pow(burnt, 0.6 + 0.8 * hash01(c, 1000 + year));
        Cell *cell = &world->cell[c];
        cell->grass *= 1 - cured * share;
        cell->leaf *= 1 - scorch * share;
        cell->tree *= 1 - 0.04 * scorch * share;
        cell->ash += 0.9 * cured * share * (1 - cell->ash);
    }
}

// The state of a world, averaged over the grid.
typedef struct {
    double ground, air, albedo, water, cover; // K, K, -, mm, share of ground
} Mean;

// Adds the present state to a mean, with a weight.
static void add(Mean *m, const World *world, double weight) {
    weight /= NCELL;
    for (int c = 0; c < NCELL; c++) {
        const Cell *cell = &world->cell[c];
        double cover = cell->tree * cell->leaf + cell->grass;
        double albedo = cover * ALB_LEAF + (1 - cover) * soil_albedo[c];
        m->ground += cell->ts * weight;
        m->air += cell->ta * weight;
        m->albedo += (albedo + cell->ash * (ALB_ASH - albedo)) * weight;
        m->water += cell->water * weight;
        m->cover += cover * weight;
    }
}

// One time step of `dt` seconds. Ground and air are stepped implicitly: their own time scales are hours.
static double advance(World *world, const Weather weather[NLAT], const double sun[NLAT], double rain_scale, double dt) {
    static double flux[NCELL], old[NCELL]; // W/m2 into the air; K
    double days = dt / 86400, evaporated = 0;
    for (int c = 0; c < NCELL; c++) {
        Cell *cell = &world->cell[c];
        const Weather *w = &weather[c / NLON];
        double zone = root_zone[c], wet = cell->water / zone;
        double crowns = cell->tree * cell->leaf, cover = crowns + cell->grass;

        double albedo = cover * ALB_LEAF + (1 - cover) * soil_albedo[c];
        albedo += cell->ash * (ALB_ASH - albedo);
        double shortwave = (1 - albedo) * (0.76 - 0.42 * w->cloud) * sun[c / NLON];
        double sky = 9.365e-6 * cell->ta * cell->ta * (1 + 0.17 * w->cloud * w->cloud);
        double longwave = EMISS * clamp(sky, 0, 1) * SIGMA * fourth(cell->ta);

        // Evaporation takes a fixed share of net radiation: Priestley and Taylor, times what roots and soil can give.
        double t = cell->ta - 273.15, es = 610.94 * exp(17.625 * t / (t + 243.04));
        double slope = 17.625 * 243.04 / ((t + 243.04) * (t + 243.04)) * es;
        double trees = clamp(wet / 0.35, 0, 1), herbs = clamp((wet - 0.1) / 0.5, 0, 1);
        double supply = crowns * trees + cell->grass * herbs + 0.5 * (1 - clamp(cover, 0, 1)) * wet * wet;
        double share = clamp(1.26 * slope / (slope + GAMMA) * supply, 0, 0.95);

        double h = RHO * CP * CH * w->wind, ts = cell->ts;
        for (int i = 0; i < 3; i++) { // Newton
            double t3 = EMISS * SIGMA * ts * ts * ts, net = shortwave + longwave - t3 * ts;
            double rest = (1 - share) * net - h * (ts - cell->ta) - KSOIL * (ts - cell->td) - CS * (ts - cell->ts) / dt;
            ts += rest / ((1 - share) * 4 * t3 + h + KSOIL + CS / dt);
        }
        double net = shortwave + longwave - EMISS * SIGMA * fourth(ts);
        cell->ts = ts;
        cell->td += KSOIL * (ts - cell->td) * dt / (CD + KSOIL * dt);
        flux[c] = h;
        old[c] = cell->ta;

        double rain = w->rain * rain_scale * days;
        double drunk = clamp(share * net / LV * dt, 0, cell->water);
        double runoff = (0.10 + 0.35 * (1 - clamp(cover, 0, 1))) * rain;
        cell->water = clamp(cell->water - drunk + rain - runoff, 0, zone);
        evaporated += drunk;

        // Plants: grass follows the water, leaves come back within months, crowns within a decade.
        double room = clamp(0.80 - cell->tree, 0.05, 1), tree_end = 0.45 - 0.20 * inland(c / NLON);
        double grow = 0.06 * herbs * (1 - cell->grass / room) - 0.012 * (1 - herbs);
        cell->grass = clamp(cell->grass * exp(grow * days), 0.04, room);
        cell->leaf += (1 - cell->leaf) * (1 - exp(-days / 75 * (0.3 + trees)));
        cell->tree += (tree_end - cell->tree) * (1 - exp(-days / (12 * 365)));
        cell->ash *= exp(-days / 110 - rain / 160);
    }
    // Air: implicit, 12 sweeps of Gauss and Seidel over the five-point stencil; no flux through the sides.
    double k = CA * DIFF / (CELL_M * CELL_M);
    for (int sweep = 0; sweep < 12; sweep++)
        for (int c = 0; c < NCELL; c++) {
            int row = c / NLON, col = c % NLON;
            double weight = CA / dt + CA / T_ADV + flux[c];
            double sum = CA / dt * old[c] + CA / T_ADV * weather[row].background + flux[c] * world->cell[c].ts;
            if (row > 0) sum += k * world->cell[c - NLON].ta, weight += k;
            if (row < NLAT - 1) sum += k * world->cell[c + NLON].ta, weight += k;
            if (col > 0) sum += k * world->cell[c - 1].ta, weight += k;
            if (col < NLON - 1) sum += k * world->cell[c + 1].ta, weight += k;
            world->cell[c].ta = sum / weight;
        }
    return evaporated / NCELL;
}

// One month; `b` and `t` get the month's means of the burning world and its twin.
static void one_month(State *state, const Weather weather[NLAT], Mean *b, Mean *t) {
    int month = state->month % 12, year = state->month / 12;
    double dt = YEAR / 12 / STEPS, burning = 0, twin = 0, sun[NLAT];
    // Less evaporation than the twin's brings less of the rain that falls back on the same land.
    double scale = 1;
    if (state->twin.evaporation > 0)
        scale = 1 - RECYCLE * (1 - clamp(state->burning.evaporation / state->twin.evaporation, 0, 2));
    for (int k = 0; k < STEPS; k++) {
        for (int row = 0; row < NLAT; row++) sun[row] = insolation(latitude(row), (month + (k + 0.5) / STEPS) / 12);
        if (k == STEPS / 2 && month + 1 == (int)state->fire_month && state->burnt > 0)
            burn(&state->burning, state->burnt, month + 1, year);
        burning += advance(&state->burning, weather, sun, scale, dt);
        twin += advance(&state->twin, weather, sun, 1, dt);
        add(b, &state->burning, 1.0 / STEPS);
        add(t, &state->twin, 1.0 / STEPS);
    }
    state->burning.evaporation = burning / (365.0 / 12);
    state->twin.evaporation = twin / (365.0 / 12);
    state->month++;
}

// The weather of a month (0 = first January). `wobble` 0 gives the mean year.
static void make_weather(Weather weather[NLAT], int month, double wobble) {
    // Share of the year's rain in each month, January first: a monsoon climate.
    static const double share[12] = {.25, .21, .18, .06, .012, .001, .001, .003, .009, .04, .08, .154};
    int m = month % 12, year = month / 12;
    // A slow index of good and bad years: a sum of three hashes of this year and the ones before it.
    double index = 0;
    for (int lag = 0; lag < 3; lag++) index += (hash01(year + 10 - lag, 77) - 0.5) * (1.0 - 0.3 * lag);
    double chance = hash01(month, 78) - 0.5;
    for (int row = 0; row < NLAT; row++) {
        double total = 1600 - 1000 * inland(row); // mm a year
        double season = cos(2 * PI * (m - 0.5) / 12); // 1 in the middle of January, -1 in July
        Weather *w = &weather[row];
        w->rain = total * share[m] / (365.0 / 12) * (1 + wobble * (0.45 * index + 0.5 * chance));
        w->cloud = clamp(0.12 + 2.1 * share[m] * (1 - 0.3 * inland(row)) + wobble * 0.10 * chance, 0, 1);
        w->background = 297.0 + (2.2 + 3.2 * inland(row)) * season + wobble * (0.02 * month / 12 - 0.6 * index);
        w->wind = 3.2 - 0.5 * season;
    }
}

static void forcing(int months) {
    for (int t = 1; t <= months; t++) {
        char name[64];
        Weather weather[NLAT];
        make_weather(weather, t - 1, 1);
        snprintf(name, sizeof name, "vf_ccam.%d", t);
        FILE *file = open_or_fail(name, "w");
        fprintf(file, "# month %d: latitude, cloud 0-1, background air K, rain mm/day, wind m/s\n", t);
        for (int row = 0; row < NLAT; row++)
            fprintf(file, "%.2f %.6f %.6f %.6f %.6f\n", latitude(row), weather[row].cloud, weather[row].background,
                    weather[row].rain, weather[row].wind);
        close_or_fail(file, name);
    }
}

static void read_forcing(const char *name, Weather weather[NLAT]) {
    FILE *file = open_or_fail(name, "r");
    double lat;
    if (fscanf(file, "#%*[^\n]") < 0) fail("%s: empty", name);
    for (int row = 0; row < NLAT; row++) {
        Weather *w = &weather[row];
        if (fscanf(file, "%lf %lf %lf %lf %lf", &lat, &w->cloud, &w->background, &w->rain, &w->wind) != 5)
            fail("%s: row %d of %d is missing or not five numbers", name, row + 1, NLAT);
    }
    fclose(file);
}

static void read_state(const char *name, State *state) {
    FILE *file = open_or_fail(name, "rb");
    if (fread(state, sizeof *state, 1, file) != 1 || fgetc(file) != EOF) fail("%s: not %zu bytes", name, sizeof *state);
    if (state->magic != MAGIC) fail("%s: no state of this model, or made on a machine of other byte order", name);
    fclose(file);
}

static void write_state(const char *name, const State *state) {
    FILE *file = open_or_fail(name, "wb");
    fwrite(state, sizeof *state, 1, file);
    close_or_fail(file, name);
}

// Experiment 1, 2, 3 burn everything in May, July, September; each further three take the next burnt share of a
// sequence that halves its gaps: 100 %, 50 %, 75 %, 25 %, 87.5 %, …
static void design(State *state, int exprnr) {
    unsigned level = (unsigned)(exprnr - 1) / 3;
    double reversed = 0;
    for (double bit = 0.5; level; level >>= 1, bit /= 2) reversed += (level & 1) * bit;
    state->exprnr = exprnr;
    state->burnt = 1 - reversed;
    state->fire_month = 5 + 2 * ((exprnr - 1) % 3);
}

static void init(int experiments) {
    static State state;
    state.magic = MAGIC;
    for (int c = 0; c < NCELL; c++)
        state.twin.cell[c] = (Cell){300, 299, 300, 150, 0.3, 0.45 - 0.20 * inland(c / NLON), 1, 0};
    state.burning = state.twin;
    for (int month = 0; month < 12 * SPINUP_YEARS; month++) {
        Weather weather[NLAT];
        Mean unused = {0};
        make_weather(weather, month % 12, 0);
        one_month(&state, weather, &unused, &unused);
    }
    state.month = 0;
    state.burning = state.twin;
    for (int e = 1; e <= experiments; e++) {
        char name[64];
        design(&state, e);
        snprintf(name, sizeof name, "cms.%d/output/state", e);
        write_state(name, &state);
    }
}

static void step(void) {
    static State state;
    int exprnr, timestep;
    char name[256], path[300];
    FILE *file = open_or_fail("../input/namelist", "r");
    if (fscanf(file, "exprnr=%d timestep=%d forcing=%255s", &exprnr, &timestep, name) != 3)
        fail("../input/namelist: want exprnr=N timestep=T forcing=FILE");
    fclose(file);
    read_state("state", &state);
    if (state.exprnr != exprnr || state.month != timestep - 1)
        fail("state is of experiment %d after %d months; asked for month %d of experiment %d", state.exprnr,
             state.month, timestep, exprnr);
    Weather weather[NLAT];
    snprintf(path, sizeof path, "../input/%s", name);
    read_forcing(path, weather);
    Mean b = {0}, t = {0};
    one_month(&state, weather, &b, &t);
    if (!isfinite(b.ground) || !isfinite(t.ground)) fail("month %d of experiment %d is not finite", timestep, exprnr);
    write_state("state", &state);

    int year = (timestep - 1) / 12 + 1, month = (timestep - 1) % 12 + 1, fire = (int)state.fire_month;
    file = open_or_fail("month.csv", "w");
    fprintf(file, "%d,%.6f,%d,%d,%d,%d,%.6f,%.6f,%.6f,%.6f,%.6f\n", exprnr, state.burnt, fire, timestep, year, month,
            b.ground - t.ground, b.air - t.air, t.air - 273.15, b.albedo - t.albedo, b.water - t.water);
    close_or_fail(file, "month.csv");
    file = open_or_fail("summary.json", "w");
    fprintf(file,
            "{\"exprnr\": %d, \"timestep\": %d, \"year\": %d, \"month\": %d, \"burnt\": %.6g, \"fire_month\": %d,\n"
            " \"warming\": %.6f, \"warming_air\": %.6f, \"albedo\": %.6f, \"albedo_twin\": %.6f,\n"
            " \"soil_moisture\": %.4f, \"soil_moisture_twin\": %.4f, \"cover\": %.6f, \"cover_twin\": %.6f,\n"
            " \"evaporation\": %.6f, \"evaporation_twin\": %.6f}\n",
            exprnr, timestep, year, month, state.burnt, fire, b.ground - t.ground, b.air - t.air, b.albedo, t.albedo,
            b.water, t.water, b.cover, t.cover, state.burning.evaporation, state.twin.evaporation);
    close_or_fail(file, "summary.json");
    printf("month %d of experiment %d: warming %.3f K\n", timestep, exprnr, b.ground - t.ground);
}

static void map(const char *name) {
    static State state;
    read_state(name, &state);
    for (int c = 0; c < NCELL; c++)
        printf("%.4f%c", state.burning.cell[c].ts - state.twin.cell[c].ts, (c + 1) % NLON ? ' ' : '\n');
}

static int number(const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 1 || n > 100000) fail("%s: want a number from 1 to 100000", text);
    return (int)n;
}

int main(int argc, char **argv) {
    make_ground();
    if (argc == 3 && !strcmp(argv[1], "forcing")) forcing(number(argv[2]));
    else if (argc == 3 && !strcmp(argv[1], "init")) init(number(argv[2]));
    else if (argc == 2 && !strcmp(argv[1], "step")) step();
    else if (argc == 3 && !strcmp(argv[1], "map")) map(argv[2]);
    else fail("usage: ebm forcing N | init N | step | map STATE");
    return fflush(stdout) ? 1 : 0;
}
