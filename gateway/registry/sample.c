// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/sample.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/mem.h"
#include "registry/nik.h"
#include "registry/sample_data.h"
#include "registry/sample_draw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CELLS        ((size_t)SAMPLE_KECAMATAN * SAMPLE_GROUPS)
#define FLUSH_BYTES  ((size_t)64 * 1024)
#define BLANKS       12000 /* cards in stock on 2016-09-01 */
#define SUBSTATES    4
#define SERIAL_FIRST 9000 /* 9000-9999: made-up people only */
#define SERIALS      1000

/* --- how many of which state ------------------------------------------------- */

struct substate {
    const char *status; /* as lists write it */
    int64_t weight;
};

/* How the published groups divide further; weights are the counts at 164,199.
 */
static const struct substate substates[SAMPLE_GROUPS][SUBSTATES] = {
    [SAMPLE_UNRECORDED] = {{"belum_rekam", 1}},
    [SAMPLE_NOT_PRINTED] = {               {"proses", 3600},    {"prr", 10128}, {"gagal", 400},
                           {"periksa", 500}},
    [SAMPLE_PRINTED] = { {"dicetak", 9750},                  {"diambil", 112110}},
};

struct plan {
    int64_t cells[SAMPLE_KECAMATAN][SAMPLE_GROUPS];
    struct sample_pool pools[SAMPLE_GROUPS]; /* of substates */
};

static void make_plan(int64_t residents, struct plan *plan)
{
    int64_t weights[CELLS];
    int64_t counts[CELLS];

    for (size_t i = 0; i < CELLS; i++) {
        weights[i] =
            sample_kecamatan[i / SAMPLE_GROUPS].counts[i % SAMPLE_GROUPS];
    }
    sample_share(residents, weights, CELLS, counts);
    for (int group = 0; group < SAMPLE_GROUPS; group++) {
        int64_t total = 0;
        int64_t parts[SUBSTATES];

        for (int i = 0; i < SAMPLE_KECAMATAN; i++) {
            plan->cells[i][group] = counts[i * SAMPLE_GROUPS + group];
            total += plan->cells[i][group];
        }
        for (int i = 0; i < SUBSTATES; i++) {
            parts[i] = substates[group][i].weight;
        }
        sample_share(total, parts, SUBSTATES, plan->pools[group].left);
        plan->pools[group].total = total;
    }
}

/* --- a person ------------------------------------------------------------------ */

struct world {
    struct sample_random random;
    struct plan plan;
    struct sample_phones phones;
    int32_t as_of;  /* day number */
    uint64_t *niks; /* a hash set, 0: empty */
    size_t nik_mask;
    FILE *file;
    struct buf out;
};

struct person {
    int kecamatan;
    enum sample_group group;
    const char *status;
    const struct sample_age *age;
    bool female;
    bool muslim;
    int32_t birth_day;
    char name[64];
    char nik[NIK_BYTES];
    const char *desa;
    char phone[SAMPLE_PHONE_BYTES];
};

/* The young and the old are recorded less often than others. */
static const struct sample_age *draw_age(
    struct sample_random *random, enum sample_group group)
{
    int64_t weights[SAMPLE_AGES];
    int64_t total = 0;
    int64_t drawn = 0;
    int i = 0;

    for (i = 0; i < SAMPLE_AGES; i++) {
        const struct sample_age *age = &sample_ages[i];
        int odds = group == SAMPLE_UNRECORDED ? age->odds_tenths
                                              : 60 - age->odds_tenths;

        weights[i] = (int64_t)age->weight * odds;
        total += weights[i];
    }
    drawn = sample_below(random, total);
    for (i = 0; drawn >= weights[i]; i++) {
        drawn -= weights[i];
    }
    return &sample_ages[i];
}

static int32_t draw_birth_day(struct world *world, const struct sample_age *age)
{
    struct civil today = civil_of_day(world->as_of);
    int32_t oldest =
        civil_day(today.year - age->to - 1, today.month, today.day) + 1;
    int32_t youngest =
        civil_day(today.year - age->from, today.month, today.day);
    int32_t day =
        oldest + (int32_t)sample_below(&world->random, youngest - oldest + 1);

    /* Nobody wrote the day down: 31 December or 1 July of that year. */
    if (age->from >= 60 && sample_percent(&world->random, 18)) {
        day = sample_percent(&world->random, 50)
                  ? civil_day(civil_of_day(day).year, 12, 31)
                  : civil_day(civil_of_day(day).year, 7, 1);
    }
    return day <= youngest ? day : youngest;
}

static const char *pick(struct sample_random *random, const char *const *names)
{
    int64_t count = 0;

    while (names[count] != NULL) {
        count++;
    }
    return names[sample_below(random, count)];
}

static void draw_name(struct sample_random *random, struct person *person)
{
    const char *const *given =
        sample_given[person->muslim ? 1 : 0][person->female ? 1 : 0];
    const char *first = pick(random, given);
    const char *second = sample_percent(random, 35) ? pick(random, given) : "";

    if (strcmp(first, second) == 0) {
        second = "";
    }
    (void)snprintf(person->name, sizeof person->name, "%s%s%s %s", first,
        *second == '\0' ? "" : " ", second, pick(random, sample_last));
}

/* --- NIK ------------------------------------------------------------------------ */

/* Where people were first registered: nearly all at home, some in Manggarai,
   which the regency was part of until 2003, elsewhere in NTT or further away.
 */
static int draw_area(struct sample_random *random, int kecamatan)
{
    int64_t drawn = sample_below(random, 1000);

    if (drawn < 915) {
        return 531501 + kecamatan;
    }
    if (drawn < 960) {
        return 531001 + (int)sample_below(random, 9);
    }
    if (drawn < 972) {
        return (drawn % 2 == 0 ? 531901 : 530801) +
               (int)sample_below(random, 6);
    }
    return (drawn % 3 == 0 ? 737101 : 517101) + (int)sample_below(random, 4);
}

static uint64_t hash_of(uint64_t value)
{
    value ^= value >> 31;
    return value * 0x9e3779b97f4a7c15U >> 20;
}

/* False where somebody has that number already. */
static bool take_nik(struct world *world, uint64_t nik)
{
    size_t slot = hash_of(nik) & world->nik_mask;

    while (world->niks[slot] != 0) {
        if (world->niks[slot] == nik) {
            return false;
        }
        slot = (slot + 1) & world->nik_mask;
    }
    world->niks[slot] = nik;
    return true;
}

static void draw_nik(struct world *world, struct person *person)
{
    struct sample_random *random = &world->random;
    int32_t day = person->birth_day;
    bool female = person->female;
    struct civil birth;
    int64_t serial = sample_below(random, SERIALS);
    uint64_t head = 0;
    int64_t tries = 0;

    if (sample_percent(random, 1)) {
        day += 1 + (int32_t)sample_below(random, 27); /* a slip at the desk */
    }
    if (sample_below(random, 1000) == 0) {
        female = !female;
    }
    birth = civil_of_day(day);
    head = (uint64_t)draw_area(random, person->kecamatan) * 1000000 +
           (uint64_t)(birth.day + (female ? 40 : 0)) * 10000 +
           (uint64_t)birth.month * 100 + (uint64_t)(birth.year % 100);
    while (!take_nik(world, head * 10000 + SERIAL_FIRST + (uint64_t)serial)) {
        serial = (serial + 1) % SERIALS;
        tries++;
        if (tries % SERIALS == 0) {
            head += 1; /* all serials of that day are out: the next year */
        }
    }
    nik_from_number(
        head * 10000 + SERIAL_FIRST + (uint64_t)serial, person->nik);
}

/* --- residents.csv ---------------------------------------------------------------- */

static void draw_person(struct world *world, struct person *person)
{
    struct sample_random *random = &world->random;
    const struct sample_kecamatan *home = &sample_kecamatan[person->kecamatan];

    person->status =
        substates[person->group]
                 [sample_draw(random, &world->plan.pools[person->group])]
                     .status;
    person->age = draw_age(random, person->group);
    person->female = sample_below(random, 1000) < person->age->female_permille;
    person->muslim = sample_percent(random, home->islam_percent);
    person->birth_day = draw_birth_day(world, person->age);
    draw_name(random, person);
    draw_nik(world, person);
    sample_phone(&world->phones, random,
        person->age->own_phone_percent * home->phone_percent / 100,
        person->phone);
}

static void add_person(struct world *world, const struct person *person)
{
    struct civil birth = civil_of_day(person->birth_day);
    struct buf *out = &world->out;

    buf_printf(out, "%s,%s,%04d-%02d-%02d,%s,%s,%s,", person->nik, person->name,
        birth.year, birth.month, birth.day, person->female ? "P" : "L",
        sample_kecamatan[person->kecamatan].code, person->desa);
    csv_quote(out, person->phone);
    buf_printf(out, ",%s\n", person->status);
}

static void flush(struct world *world, size_t over)
{
    if (world->out.used > over) {
        (void)fwrite(world->out.data, 1, world->out.used, world->file);
        world->out.used = 0;
    }
}

static void write_desa(struct world *world, int kecamatan, const char *desa,
    int64_t people, struct sample_pool *groups)
{
    struct person person = {.kecamatan = kecamatan, .desa = desa};

    sample_phones_desa(&world->phones, &world->random);
    for (int64_t i = 0; i < people; i++) {
        person.group = (enum sample_group)sample_draw(&world->random, groups);
        draw_person(world, &person);
        add_person(world, &person);
        flush(world, FLUSH_BYTES);
    }
}

static void write_kecamatan(struct world *world, int kecamatan)
{
    const struct sample_kecamatan *home = &sample_kecamatan[kecamatan];
    struct sample_pool groups = {0};
    int64_t desas = 0;

    for (int i = 0; i < SAMPLE_GROUPS; i++) {
        groups.left[i] = world->plan.cells[kecamatan][i];
        groups.total += groups.left[i];
    }
    while (home->desa[desas] != NULL) {
        desas++;
    }
    for (int64_t i = 0, total = groups.total; i < desas; i++) {
        write_desa(world, kecamatan, home->desa[i],
            total * (i + 1) / desas - total * i / desas, &groups);
    }
}

static void write_residents(struct world *world)
{
    buf_add_text(
        &world->out, "nik,nama,tgl_lahir,jk,kecamatan,desa,hp,status\n");
    for (int i = 0; i < SAMPLE_KECAMATAN; i++) {
        write_kecamatan(world, i);
    }
    flush(world, 0);
}

/* --- offices.csv ---------------------------------------------------------------------- */

static void write_offices(struct world *world)
{
    int64_t weights[SAMPLE_KECAMATAN];
    int64_t blanks[SAMPLE_KECAMATAN];

    for (int i = 0; i < SAMPLE_KECAMATAN; i++) {
        weights[i] = sample_kecamatan[i].counts[SAMPLE_NOT_PRINTED];
    }
    sample_share(BLANKS, weights, SAMPLE_KECAMATAN, blanks);
    buf_add_text(&world->out, "code,name,kecamatan,lat,lon,capacity,hours,"
                              "days,blanks,fallback\n");
    for (int i = 0; i < SAMPLE_KECAMATAN; i++) {
        const struct sample_kecamatan *one = &sample_kecamatan[i];

        buf_printf(&world->out,
            "%s,%s,%s,%s,%s,%d,08:00-14:00,Mon-Fri,%lld,\"%s,%s,%s\"\n",
            one->office, one->office_name, one->code, one->lat, one->lon,
            one->capacity, (long long)blanks[i],
            sample_kecamatan[one->near[0]].office,
            sample_kecamatan[one->near[1]].office,
            sample_kecamatan[one->near[2]].office);
    }
    flush(world, 0);
}

/* --- files ------------------------------------------------------------------------------ */

static enum kb_err write_file(struct world *world, const char *folder,
    const char *name, void (*fill)(struct world *world), struct why *why)
{
    char *path = mem_printf("%s/%s", folder, name);
    bool failed = true;

    world->file = fopen(path, "we");
    if (world->file != NULL) {
        fill(world);
        failed = ferror(world->file) != 0;
        failed = fclose(world->file) != 0 || failed;
    }
    if (failed) {
        why_set(why, "cannot write %s: %s", path, strerror(errno));
    }
    free(path);
    return failed ? KB_IO : KB_OK;
}

static void world_new(struct world *world, int64_t residents, uint64_t seed)
{
    size_t slots = 1024;

    while (slots < (size_t)residents * 2) {
        slots *= 2;
    }
    *world = (struct world){.as_of = civil_day(2016, 9, 1),
        .niks = mem_array(slots, sizeof *world->niks),
        .nik_mask = slots - 1};
    sample_random_seed(&world->random, seed);
    make_plan(residents, &world->plan);
}

enum kb_err registry_sample_write(
    const char *folder, int64_t residents, uint64_t seed, struct why *why)
{
    struct world world;
    enum kb_err err = KB_OK;

    if (residents < 1 || residents > SAMPLE_RESIDENTS_MOST) {
        why_field(why, "residents");
        why_set(why, "residents: 1 to %d", SAMPLE_RESIDENTS_MOST);
        return KB_INVALID;
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        why_set(why, "cannot make %s: %s", folder, strerror(errno));
        return KB_IO;
    }
    world_new(&world, residents, seed);
    err = write_file(&world, folder, "offices.csv", write_offices, why);
    if (err == KB_OK) {
        err = write_file(&world, folder, "residents.csv", write_residents, why);
    }
    buf_clear(&world.out);
    free(world.niks);
    return err;
}
