// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: September 2016 as a rehearsal, end to end: the real programs on a fast
 * clock, modems simulated, ten offices of which staff switch four off by SMS on
 * 1 September and on again on the 15th. No invitation sends people to an office
 * that is down, no office gets more than it can take, people who were told of a
 * closed office are called off before they are invited again, everybody who can
 * be reached is told before the 30th, and the forecast of day 1 agrees with what
 * then happens.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "tests/support/bed.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPEED      55000              /* a day in 1.6 s */
#define START      "2016-08-30T06:00" /* a day of it for the setting up */
#define PER_OFFICE 20
#define CAPACITY   1
#define PLACES     3     /* 1 a day; of those invited three in ten come */
#define DEADLINE   17074 /* 2016-09-30 */
#define STAFF      "+6281200009900"
#define WAIT_MS    20000
#define DOWN       "('KUWUS', 'NDOSO', 'MACANGPACAR', 'LEMBORSELATAN')"
#define REDIRECTED                                                             \
    " FROM campaign_message AS m JOIN resident AS r ON r.phone = m.phone"      \
    " JOIN message AS t ON t.id = m.message_id WHERE m.told_day <> 0"          \
    " AND m.kind = '' AND r.office IN " DOWN " AND m.office NOT IN " DOWN
#define INVITES "kind IN ('', 'off', 'back')"

#define TEXT_OF(name) #name
#define AS_TEXT(name) TEXT_OF(name)

static const struct {
    const char *code;
    const char *fallback;
} offices[] = {
    {"BOLENG",        "KOMODO"},
    {"KOMODO",        "BOLENG"},
    {"KUWUS",         "WELAK" },
    {"LEMBOR",        "WELAK" },
    {"LEMBORSELATAN", "LEMBOR"},
    {"MACANGPACAR",   "BOLENG"},
    {"MBELILING",     "KOMODO"},
    {"NDOSO",         "WELAK" },
    {"SANONGGOANG",   "KOMODO"},
    {"WELAK",         "LEMBOR"},
};

#define OFFICES (sizeof offices / sizeof *offices)

static const char *const broken[] = {
    "KUWUS", "NDOSO", "MACANGPACAR", "LEMBORSELATAN"};

struct rehearsal {
    struct bed *bed;
    sqlite3 *db; /* only reads */
    uint64_t seed;
    int32_t served;   /* the last day on which guests came */
    int32_t down_day; /* by then all four were switched off */
    int32_t back_day; /* from then on they are switched on */
    int64_t came;
};

/* xorshift64* (Vigna 2016). */
static int draw(struct rehearsal *play, int below)
{
    play->seed ^= play->seed >> 12;
    play->seed ^= play->seed << 25;
    play->seed ^= play->seed >> 27;
    return (int)((play->seed * 0x2545F4914F6CDD1DU >> 33) % (uint64_t)below);
}

static int32_t day(int month, int day_of_month)
{
    return civil_day(2016, month, day_of_month);
}

/* --- looking ----------------------------------------------------------- */

static int64_t number(struct rehearsal *play, const char *query)
{
    sqlite3_stmt *row = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(play->db, query, -1, &row, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", query, sqlite3_errmsg(play->db));
    }
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    value = sqlite3_column_int64(row, 0);
    (void)sqlite3_finalize(row);
    return value;
}

static void none(struct rehearsal *play, const char *what, const char *query)
{
    int64_t count = number(play, query);

    if (count != 0) {
        fail_msg("%s: %lld", what, (long long)count);
    }
}

/* The rehearsal's hour of days; day * 24 + hour. */
static int64_t hour_now(struct rehearsal *play)
{
    json_t *status = bed_ask(play->bed, "GET", "/api/v1/status", NULL, NULL);
    const char *now = json_string_value(json_object_get(status, "now"));
    struct civil at = {0};
    char local[17] = "";

    assert_non_null(now);
    (void)snprintf(local, sizeof local, "%.16s", now);
    assert_int_equal(civil_parse(local, &at, NULL), KB_OK);
    json_decref(status);
    return (int64_t)civil_day(at.year, at.month, at.day) * 24 + at.hour;
}

/* --- the world --------------------------------------------------------- */

static void import_offices(struct rehearsal *play)
{
    struct buf csv = {0};

    buf_add_text(&csv, "code,name,kecamatan,capacity,hours,days,fallback\n");
    for (size_t i = 0; i < OFFICES; i++) {
        buf_printf(&csv, "%s,Kantor %s,53.15.%02zu,%d,08:00-14:00,Mon-Fri,%s\n",
            offices[i].code, offices[i].code, i + 1, CAPACITY,
            offices[i].fallback);
    }
    bed_do(play->bed, "POST", "/api/v1/offices/import", buf_text(&csv));
    buf_clear(&csv);
}

static void import_people(struct rehearsal *play)
{
    struct buf csv = {0};

    buf_add_text(&csv, "nik,nama,kecamatan,kantor,hp,status\n");
    for (size_t i = 0; i < OFFICES * PER_OFFICE; i++) {
        size_t office = i % OFFICES;

        buf_printf(&csv,
            "53150101%02zu80%04zu,Orang %zu,53.15.%02zu,%s,08120000%04zu,"
            "belum_rekam\n",
            i / 40 + 1, 9000 + i % 1000, i, office + 1, offices[office].code,
            i);
    }
    bed_do(play->bed, "POST", "/api/v1/residents/import", buf_text(&csv));
    buf_clear(&csv);
}

static void start_campaign(struct rehearsal *play)
{
    bed_do(play->bed, "POST", "/api/v1/staff-phones",
        "{\"phone\":\"" STAFF "\",\"name\":\"Ibu Rosa\"}");
    bed_do(play->bed, "POST", "/api/v1/campaigns",
        "{\"name\":\"rekam\",\"template\":\"remind_first\","
        "\"deadline\":\"2016-09-30\",\"outage\":\"redirect\"}");
    bed_do(play->bed, "POST", "/api/v1/campaigns/rekam/start", "{}");
}

static void open_rehearsal(struct rehearsal *play)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;",
        .sending = "{ days = \"Mon-Sat\"; from = \"08:00\"; to = \"18:00\"; }",
        .config = "rehearsal = true;\n"
                  "planning = { show_rate = 30; learn_after = 1000000; };"};
    char args[80] = "";

    play->bed = bed_new(&options);
    bed_start_sim(play->bed, &options);
    (void)snprintf(
        args, sizeof args, "--clock " START " --clock-speed %d", SPEED);
    bed_start_gateway(play->bed, args);
    assert_int_equal(sqlite3_open_v2(play->bed->database, &play->db,
                         SQLITE_OPEN_READONLY, NULL),
        SQLITE_OK);
    (void)sqlite3_busy_timeout(play->db, 5000);
    import_offices(play);
    import_people(play);
    start_campaign(play);
}

/* --- a day ------------------------------------------------------------- */

/* Three in ten of those who were invited for that day come, where the office is
   open. */
static void guests_come(struct rehearsal *play, int32_t today)
{
    char query[500] = "";
    char target[80] = "";
    sqlite3_stmt *row = NULL;
    char niks[256][17];
    size_t count = 0;

    (void)snprintf(query, sizeof query,
        "SELECT DISTINCT r.nik FROM campaign_message AS m JOIN resident AS r"
        " ON r.phone = m.phone JOIN office AS o ON o.code = m.office"
        " WHERE m.place_day = %d AND m.told_day <> 0 AND m.kind IN ('', 'back')"
        " AND o.state = 'up' AND r.state = 'unrecorded' ORDER BY r.nik",
        (int)today);
    assert_int_equal(
        sqlite3_prepare_v2(play->db, query, -1, &row, NULL), SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW && count < 256) {
        if (draw(play, 100) < 30) {
            (void)snprintf(niks[count++], 17, "%s",
                (const char *)sqlite3_column_text(row, 0));
        }
    }
    (void)sqlite3_finalize(row);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(
            target, sizeof target, "/api/v1/residents/%.16s", niks[i]);
        bed_do(play->bed, "PATCH", target, "{\"state\":\"processing\"}");
    }
    play->came += (int64_t)count;
}

/* Days go by until that hour; whoever comes has come by three. */
static void days_pass(struct rehearsal *play, int64_t until_hour)
{
    int64_t now = hour_now(play);

    while (now < until_hour) {
        int32_t last = (int32_t)(now / 24) - (now % 24 < 15 ? 1 : 0);

        while (play->served < last) {
            guests_come(play, ++play->served);
        }
        bed_pause_or_fail(bed_mono_ms() + WAIT_MS, "time", __FILE__, __LINE__);
        now = hour_now(play);
    }
}

static bool all_are(struct rehearsal *play, const char *state)
{
    char query[160] = "";

    (void)snprintf(query, sizeof query,
        "SELECT count(*) FROM office WHERE code IN " DOWN " AND state = '%s'",
        state);
    return number(play, query) == 4;
}

/* How many of the four have invited somebody who has not come yet. */
static int64_t have_told(struct rehearsal *play)
{
    char query[240] = "";

    (void)snprintf(query, sizeof query,
        "SELECT count(DISTINCT office) FROM campaign_message WHERE office"
        " IN " DOWN " AND told_day <> 0 AND place_day > %d",
        (int)(hour_now(play) / 24));
    return number(play, query);
}

/* Returns the day on which the last of them was switched. */
static int32_t staff_text(struct rehearsal *play, const char *before,
    const char *after, const char *state)
{
    for (size_t i = 0; i < 4; i++) {
        json_decref(bed_sim(play->bed,
            "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"" STAFF
            "\",\"text\":\"%s %s %s\"}",
            before, broken[i], after));
    }
    BED_WAIT(WAIT_MS, all_are(play, state));
    return (int32_t)(hour_now(play) / 24);
}

/* --- what the network took ------------------------------------------------ */

/* How many texts of the ledger have that in them. */
static int64_t heard(struct rehearsal *play, const char *part)
{
    json_t *rows = bed_ledger(play->bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int64_t count = 0;

    json_array_foreach(rows, i, row)
    {
        count += strstr(json_string_value(json_object_get(row, "text")),
                     part) != NULL
                     ? 1
                     : 0;
    }
    json_decref(rows);
    return count;
}

static bool is_broken(const char *text, const char *before)
{
    char part[64] = "";

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        (void)snprintf(part, sizeof part, "%sKantor %s", before, broken[i]);
        if (strstr(text, part) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whoever is called off or sent elsewhere hears of an office that works. */
static void check_redirects(struct rehearsal *play)
{
    json_t *rows = bed_ledger(play->bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int elsewhere = 0;

    json_array_foreach(rows, i, row)
    {
        const char *text = json_string_value(json_object_get(row, "text"));

        if (strstr(text, "Mendesak?") != NULL) {
            elsewhere++;
            assert_true(strstr(text, "Mendesak? Kantor ") != NULL);
            assert_false(is_broken(text, "Mendesak? "));
        }
    }
    json_decref(rows);
    assert_true(elsewhere > 0);
    assert_true(number(play, "SELECT count(*)" REDIRECTED) > 0);
    none(play, "sent elsewhere without its name",
        "SELECT count(*)" REDIRECTED
        " AND instr(t.text, 'Kantor ' || m.office) = 0");
}

static void check_outage(struct rehearsal *play)
{
    char query[400] = "";

    (void)snprintf(query, sizeof query,
        "SELECT count(*) FROM campaign_message WHERE office IN " DOWN
        " AND told_day > %d AND told_day < %d AND " INVITES,
        (int)play->down_day, (int)play->back_day);
    print_message("down on %s, back on %s\n", civil_date(play->down_day).text,
        civil_date(play->back_day).text);
    none(play, "told to come to an office that is down", query);
    assert_true(number(play, "SELECT count(*) FROM campaign_message"
                             " WHERE kind = 'down' AND told_day <> 0") > 0);
    none(play, "invited again before it is back",
        "SELECT count(*) FROM campaign_message WHERE kind = 'back'");
}

static void check_month(struct rehearsal *play)
{
    char query[500] = "";

    none(play, "left over",
        "SELECT count(*) FROM message WHERE state IN ('held', 'queued')");
    (void)snprintf(query, sizeof query,
        "SELECT count(*) FROM office_day WHERE invited > %d OR planned > %d",
        PLACES, PLACES);
    none(play, "an office over its places", query);
    none(play, "two invitations to a phone on a day",
        "SELECT count(*) FROM (SELECT phone FROM campaign_message"
        " WHERE told_day <> 0 AND " INVITES
        " GROUP BY phone, told_day HAVING count(*) > 1)");
    none(play, "a release before its correction",
        "SELECT count(*) FROM campaign_message AS b JOIN campaign_message AS d"
        " ON d.phone = b.phone AND d.kind IN ('down', 'over')"
        " WHERE b.kind = 'back' AND b.told_day <> 0"
        " AND (d.told_day = 0 OR d.told_day > b.told_day)");
    none(play, "reachable and never told",
        "SELECT count(*) FROM resident AS r WHERE r.state = 'unrecorded'"
        " AND NOT EXISTS (SELECT 1 FROM contact_day AS c"
        " WHERE c.phone = r.phone)");
    none(play, "told after the deadline",
        "SELECT count(*) FROM campaign_message WHERE told_day > " AS_TEXT(
            DEADLINE));
}

static int percent_off(int64_t forecast, int64_t real)
{
    int64_t off = forecast > real ? forecast - real : real - forecast;

    return (int)(off * 100 / (real == 0 ? 1 : real));
}

static void september_is_rehearsed(void **state)
{
    struct rehearsal play = {.seed = 20160901, .served = day(8, 30)};
    json_t *forecast = NULL;
    int64_t told = 0;
    int64_t messages = 0;

    (void)state;
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    open_rehearsal(&play);
    days_pass(&play, (int64_t)day(9, 1) * 24 + 5);
    /* The 1st; later only where this machine is slower than the clock. */
    BED_WAIT(WAIT_MS, have_told(&play) == 4);
    play.down_day = staff_text(&play, "RUSAK", "tgl 15", "down");
    forecast = bed_ask(
        play.bed, "GET", "/api/v1/campaigns/rekam/forecast", NULL, NULL);
    BED_WAIT(WAIT_MS, heard(&play, "dicatat tidak melayani") == 4);
    assert_int_equal(heard(&play, "baik lagi 15 Sep 2016"), 4);
    days_pass(&play, (int64_t)day(9, 15) * 24 + 5);
    play.back_day = (int32_t)(hour_now(&play) / 24);
    check_outage(&play);
    check_redirects(&play);
    (void)staff_text(&play, "NORMAL", "", "up");
    days_pass(&play, (int64_t)day(10, 1) * 24 + 2);
    BED_WAIT(
        WAIT_MS, bed_is(play.bed, "/api/v1/campaigns/rekam", "state", "done"));
    BED_WAIT(WAIT_MS,
        bed_queue(play.bed, "queued") == 0 && bed_queue(play.bed, "held") == 0);
    check_month(&play);
    assert_true(heard(&play, "bisa rekam lagi") > 0);
    told = number(&play, "SELECT count(*) FROM resident AS r WHERE EXISTS"
                         " (SELECT 1 FROM contact_day AS c"
                         " WHERE c.phone = r.phone)");
    messages = number(&play, "SELECT count(*) FROM campaign_message"
                             " WHERE told_day <> 0 AND " INVITES);
    print_message("told %lld (forecast %lld, %d %% off), came %lld (forecast"
                  " %lld, %d %% off), %lld invitations (forecast %lld)\n",
        (long long)told,
        (long long)json_integer_value(json_object_get(forecast, "told")),
        percent_off(
            json_integer_value(json_object_get(forecast, "told")), told),
        (long long)play.came,
        (long long)json_integer_value(json_object_get(forecast, "expected")),
        percent_off(json_integer_value(json_object_get(forecast, "expected")),
            play.came),
        (long long)messages,
        (long long)json_integer_value(json_object_get(forecast, "messages")));
    assert_true(
        percent_off(
            json_integer_value(json_object_get(forecast, "told")), told) <= 5);
    assert_true(
        percent_off(json_integer_value(json_object_get(forecast, "expected")),
            play.came) <= 25);
    json_decref(forecast);
    (void)sqlite3_close(play.db);
    bed_free(play.bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(september_is_rehearsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
