// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "campaign/forecast.h"
#include "campaign_fixture.h"
#include "registry/import.h"
#include "registry/sample.h"

/*
 * September 2016 in Manggarai Barat on a set clock, a tenth of its people and
 * of what its offices can do: ten kecamatan, invitations from 31 August on for
 * the deadline of 30 September, four offices down from 1 September, back on the
 * 15th. Whoever is invited comes with the expected show rate. Over the month no
 * invitation goes to an office that is down, no office gets more than its
 * places, redirects name an office that works, corrections come before
 * releases, and whoever can be told in time is told.
 */

#define SCALE   10
#define HOUR_MS ((int64_t)3600000)
#define SHOW    30
#define DOWN    "('KUWUS', 'NDOSO', 'MACANGPACAR', 'LEMBORSELATAN')"
#define INVITES "kind IN ('', 'off', 'back')"

static const char *const broken[] = {
    "KUWUS", "NDOSO", "MACANGPACAR", "LEMBORSELATAN"};

struct story {
    struct fixture *f;
    uint64_t seed;
    int64_t invitations;
    int64_t corrections;
    int64_t backs;
    int64_t came;
    int64_t forecast_told;
    int64_t forecast_came;
    int64_t forecast_messages;
    struct config_modem modems[2];
};

/* xorshift64* (Vigna 2016). */
static int draw(struct story *story, int below)
{
    story->seed ^= story->seed >> 12;
    story->seed ^= story->seed << 25;
    story->seed ^= story->seed >> 27;
    return (int)((story->seed * 0x2545F4914F6CDD1DU >> 33) % (uint64_t)below);
}

static int64_t at(int month, int day, int hour)
{
    return civil_instant_ms(civil_day(2016, month, day), hour * 60);
}

/* --- the registry ------------------------------------------------------ */

static char *read_file(const char *folder, const char *name, size_t *bytes)
{
    char path[160] = "";
    FILE *file = NULL;
    char *text = NULL;
    long size = 0;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size > 0);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fseek(file, 0, SEEK_SET), 0);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(unlink(path), 0);
    *bytes = (size_t)size;
    return text;
}

static void import_residents(struct fixture *f, const char *text, size_t bytes)
{
    struct import_options options = {.source = "sample"};
    struct import_job *job = NULL;
    struct why why = {0};
    size_t fed = 0;
    enum kb_err err = import_start(f->registry, &options, &job, &why);

    assert_int_equal(err, KB_OK);
    do {
        size_t part = bytes - fed < 65536 ? bytes - fed : 65536;

        if (part > 0 && import_feed(job, text + fed, part) == KB_OK) {
            fed += part;
        }
        if (fed == bytes) {
            import_end(job);
        }
        err = import_work(job, 100000, &why);
        assert_int_equal(store_commit(f->store), KB_OK);
    } while (err == KB_BUSY);
    assert_int_equal(err, KB_OK);
    import_free(job);
}

static void load_sample(struct fixture *f)
{
    struct office_import_result offices = {0};
    struct why why = {0};
    size_t bytes = 0;
    char *text = NULL;

    assert_int_equal(registry_sample_write(f->folder, SAMPLE_RESIDENTS / SCALE,
                         SAMPLE_SEED, &why),
        KB_OK);
    sql(f, "DELETE FROM office");
    text = read_file(f->folder, "offices.csv", &bytes);
    assert_int_equal(
        office_import(f->registry, text, bytes, &offices, NULL), KB_OK);
    buf_clear(&offices.rejects);
    free(text);
    text = read_file(f->folder, "residents.csv", &bytes);
    import_residents(f, text, bytes);
    free(text);
    sql(f, "UPDATE office SET capacity = (capacity + 5) / 10");
}

/* --- a day ------------------------------------------------------------- */

static void none(struct story *story, const char *what, const char *query)
{
    int64_t count = number(story->f, query);

    if (count != 0) {
        fail_msg("%s: %lld", what, (long long)count);
    }
}

static void check_message(struct story *story)
{
    char query[500] = "";
    char office[64] = "";
    sqlite3_stmt *row = NULL;

    (void)snprintf(query, sizeof query,
        "SELECT m.kind, o.state, o.name FROM campaign_message AS m"
        " JOIN office AS o ON o.code = m.office WHERE m.message_id = %lld",
        (long long)story->f->last_id);
    assert_int_equal(store_prepare(story->f->store, query, &row), KB_OK);
    assert_int_equal(store_step(story->f->store, row), KB_OK);
    if (strcmp(store_column_text(row, 0), "down") == 0) {
        story->corrections++;
    } else {
        /* It names the office where it sends people, and that one works. */
        (void)snprintf(
            office, sizeof office, "%.18s", store_column_text(row, 2));
        assert_string_equal(store_column_text(row, 1), "up");
        assert_non_null(strstr(story->f->last_text, office));
        story->backs += strcmp(store_column_text(row, 0), "back") == 0 ? 1 : 0;
        story->invitations++;
    }
    (void)sqlite3_finalize(row);
}

static void send_hour(struct story *story)
{
    enum gate_verdict verdict = GATE_SEND;
    int64_t now_ms = clock_now_ms(&story->f->clock);

    while (config_window_open(&story->f->config, now_ms) &&
           dispatch_one(story->f, &verdict) == KB_OK) {
        if (verdict == GATE_SEND) {
            check_message(story);
        }
    }
    assert_int_equal(store_commit(story->f->store), KB_OK);
}

/* Those whose day it is come, three in ten; an office that is down serves
   nobody. */
static void guests_come(struct story *story, int32_t day)
{
    char query[600] = "";
    sqlite3_stmt *row = NULL;

    (void)snprintf(query, sizeof query,
        "SELECT DISTINCT r.id FROM campaign_message AS m"
        " JOIN resident AS r ON r.phone = m.phone JOIN office AS o"
        " ON o.code = m.office WHERE m.place_day = %d AND m.told_day <> 0"
        " AND m.kind IN ('', 'back') AND o.state = 'up'"
        " AND r.state IN ('unrecorded', 'failed') ORDER BY r.id",
        (int)day);
    assert_int_equal(store_prepare(story->f->store, query, &row), KB_OK);
    sql(story->f, "CREATE TEMP TABLE IF NOT EXISTS guest (id); "
                  "DELETE FROM guest");
    while (store_step(story->f->store, row) == KB_OK) {
        if (draw(story, 100) < SHOW) {
            (void)snprintf(query, sizeof query,
                "INSERT INTO guest VALUES (%lld)",
                (long long)sqlite3_column_int64(row, 0));
            sql(story->f, query);
            story->came++;
        }
    }
    (void)sqlite3_finalize(row);
    sql(story->f, "UPDATE resident SET state = 'processing'"
                  " WHERE id IN (SELECT id FROM guest)");
}

static void check_day(struct story *story)
{
    none(story, "an office over its places",
        "SELECT count(*) FROM office_day AS d JOIN office AS o"
        " ON o.code = d.office WHERE d.invited > o.capacity * 1000 / 300"
        " OR d.planned > o.capacity * 1000 / 300");
    none(story, "two invitations to a phone on a day",
        "SELECT count(*) FROM (SELECT phone FROM campaign_message"
        " WHERE told_day <> 0 AND " INVITES
        " GROUP BY phone, told_day HAVING count(*) > 1)");
}

static void switch_offices(struct story *story, const char *state)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_int_equal(
            registry_office_state(story->f->registry, broken[i], state,
                "server rusak",
                strcmp(state, "up") == 0 ? INT32_MIN : civil_day(2016, 9, 15)),
            KB_OK);
    }
}

static void hours_pass(struct story *story, int64_t until_ms)
{
    struct fixture *f = story->f;

    while (clock_now_ms(&f->clock) < until_ms) {
        struct civil now = civil_of(clock_now_ms(&f->clock));

        (void)ticks(f);
        send_hour(story);
        if (now.hour == 14) {
            guests_come(story, civil_day_of(clock_now_ms(&f->clock)));
            check_day(story);
        }
        clock_set(&f->clock, clock_now_ms(&f->clock) + HOUR_MS);
    }
}

/* --- the forecast ------------------------------------------------------ */

static void look_ahead(struct story *story)
{
    struct campaign_forecast_job *job = NULL;
    struct why why = {0};
    bool done = false;

    assert_int_equal(
        campaign_forecast_begin(story->f->campaigns, "c", &job, NULL), KB_OK);
    while (!done) {
        assert_int_equal(
            campaign_forecast_step(job, 100000, &done, &why), KB_OK);
    }
    story->forecast_told = campaign_forecast_result(job)->told;
    story->forecast_came = campaign_forecast_result(job)->expected;
    story->forecast_messages = campaign_forecast_result(job)->messages;
    campaign_forecast_free(job);
}

static int percent_off(int64_t forecast, int64_t real)
{
    int64_t off = forecast > real ? forecast - real : real - forecast;

    return (int)(off * 100 / (real == 0 ? 1 : real));
}

static int64_t told_residents(struct story *story)
{
    return number(story->f,
        "SELECT count(DISTINCT x.resident_id) FROM recipient AS x"
        " JOIN resident AS r ON r.id = x.resident_id"
        " WHERE EXISTS (SELECT 1 FROM campaign_message AS m"
        " WHERE m.phone = r.phone AND m.told_day <> 0 AND " INVITES ")");
}

/* --- the month --------------------------------------------------------- */

static void begin(struct story *story, const char *outage)
{
    struct campaign_options options = plain();
    struct fixture *f = story->f;

    f->config.plan_show_rate = SHOW;
    f->config.plan_spread = true;
    f->config.plan_week_cap = 3;
    story->modems[0] = (struct config_modem){.min_gap_ms = 4000};
    story->modems[1] = story->modems[0];
    f->config.modems = story->modems;
    f->config.modem_count = 2;
    load_sample(f);
    clock_set(&f->clock, at(8, 31, 8));
    options.outage = outage;
    create_with(f, "c", &options);
    act(f, "c", CAMPAIGN_START, "running");
}

/* Who was never told could not be: the office's days were taken, but for what a
   household that did not fit left open. */
static void check_end(struct story *story)
{
    none(story, "left over",
        "SELECT count(*) FROM message WHERE state IN ('held', 'queued')");
    none(story, "a free place while somebody waited",
        "SELECT count(*) FROM (SELECT r.office FROM resident AS r JOIN"
        " recipient AS x ON x.resident_id = r.id LEFT JOIN campaign_message"
        " AS m ON m.message_id = x.message_id WHERE r.phone IS NOT NULL"
        " AND r.state IN ('unrecorded', 'failed') AND coalesce(m.told_day, 0)"
        " = 0 AND NOT EXISTS (SELECT 1 FROM contact_day AS c"
        " WHERE c.phone = r.phone) GROUP BY r.office) AS late"
        " JOIN office_day AS d ON d.office = late.office AND d.day > 17059"
        " AND d.day <= 17074 JOIN office AS o ON o.code = d.office"
        " WHERE d.planned < o.capacity * 1000 / 300 - 6");
    none(story, "a release before its corrections",
        "SELECT count(*) FROM campaign_message AS b JOIN campaign_message AS d"
        " ON d.phone = b.phone AND d.kind IN ('down', 'over')"
        " WHERE b.kind = 'back' AND b.told_day <> 0"
        " AND (d.told_day = 0 OR d.told_day > b.told_day)");
}

static void tell_story(struct fixture *f, const char *outage)
{
    struct story story = {.f = f, .seed = SAMPLE_SEED};
    int64_t pending = 0;
    int64_t told = 0;

    begin(&story, outage);
    pending = number(f, "SELECT count(*) FROM resident"
                        " WHERE state IN ('unrecorded', 'failed')");
    hours_pass(&story, at(9, 1, 7));
    switch_offices(&story, "down");
    (void)ticks(f);
    look_ahead(&story);
    hours_pass(&story, at(9, 15, 7));
    none(&story, "told to come to an office that is down",
        "SELECT count(*) FROM campaign_message WHERE office IN " DOWN
        " AND told_day > 17044 AND " INVITES);
    assert_true(story.corrections > 0);
    assert_int_equal(story.backs, 0);
    switch_offices(&story, "up");
    hours_pass(&story, at(10, 2, 7));
    assert_true(story.backs > 0);
    told = told_residents(&story);
    check_end(&story);
    print_message(
        "%s: pending %lld, told %lld (forecast %lld, %d %% off), came"
        " %lld (forecast %lld), %lld invitations (forecast %lld), %lld corrections,"
        " %lld invited again\n",
        outage, (long long)pending, (long long)told,
        (long long)story.forecast_told, percent_off(story.forecast_told, told),
        (long long)story.came, (long long)story.forecast_came,
        (long long)story.invitations, (long long)story.forecast_messages,
        (long long)story.corrections, (long long)story.backs);
    assert_true(percent_off(story.forecast_told, told) <= 5);
    assert_true(percent_off(story.forecast_came, story.came) <= 15);
    f->config.modem_count = 0;
    f->config.modems = NULL;
}

static void the_month_with_invitations_held(void **state)
{
    tell_story(*state, "hold");
}

static void the_month_with_people_redirected(void **state)
{
    tell_story(*state, "redirect");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(the_month_with_invitations_held),
        TEST(the_month_with_people_redirected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
