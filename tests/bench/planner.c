// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the planner costs with the whole registry of 164,199 residents, of whom
 * some 28,000 are pending: the first planning, the longest tick of each day
 * after it, and the forecast of the month. Days 16, 23, … are those of a step.
 * Then the same again beside ten campaigns that have ended, with a message to
 * each of their phones: what is done must cost nothing. Work is time on the
 * processor in campaigns_tick(), without commits, so that load beside it does
 * not count; a slice is one call; a tick is what kabarid lets it work in a
 * second.
 */
#include "base/buf.h"
#include "campaign/forecast.h"
#include "registry/import.h"
#include "registry/sample.h"
#include "tests/unit/campaign/campaign_fixture.h"

#include <time.h>

#define DAYS     20
#define FINISHED 10

struct cost {
    int64_t work_us;    /* until nothing was left to do */
    int64_t tick_us;    /* the longest tick */
    int64_t longest_us; /* the longest slice */
    int slices;
    int ticks;
};

static int64_t cpu_us(void)
{
    struct timespec now = {0};

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void read_whole(const char *path, struct buf *out)
{
    char bytes[65536];
    size_t count = 0;
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0) {
        buf_add(out, bytes, count);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(unlink(path), 0);
}

static void import_residents(struct fixture *f, const struct buf *text)
{
    struct import_options options = {.source = "sample"};
    struct import_job *job = NULL;
    struct why why = {0};
    size_t fed = 0;
    enum kb_err err = import_start(f->registry, &options, &job, &why);

    assert_int_equal(err, KB_OK);
    do {
        size_t part = text->used - fed < 65536 ? text->used - fed : 65536;

        if (part > 0 && import_feed(job, buf_text(text) + fed, part) == KB_OK) {
            fed += part;
        }
        if (fed == text->used) {
            import_end(job);
        }
        err = import_work(job, 100000, &why);
        assert_int_equal(store_commit(f->store), KB_OK);
    } while (err == KB_BUSY);
    assert_int_equal(err, KB_OK);
    import_free(job);
}

static void load(struct fixture *f)
{
    struct office_import_result offices = {0};
    struct why why = {0};
    struct buf text = {0};
    char path[160] = "";

    assert_int_equal(
        registry_sample_write(f->folder, SAMPLE_RESIDENTS, SAMPLE_SEED, &why),
        KB_OK);
    sql(f, "DELETE FROM office");
    (void)snprintf(path, sizeof path, "%s/offices.csv", f->folder);
    read_whole(path, &text);
    assert_int_equal(
        office_import(f->registry, buf_text(&text), text.used, &offices, NULL),
        KB_OK);
    buf_clear(&offices.rejects);
    buf_clear(&text);
    (void)snprintf(path, sizeof path, "%s/residents.csv", f->folder);
    read_whole(path, &text);
    import_residents(f, &text);
    buf_clear(&text);
}

/* A slice; whether another one should follow at once. */
static bool plan_slice(struct fixture *f, struct cost *cost, int64_t *tick_us)
{
    int64_t next_at_ms = 0;
    bool more = false;
    int64_t from_us = cpu_us();
    int64_t took_us = 0;

    assert_int_equal(campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
    took_us = cpu_us() - from_us;
    *tick_us += took_us;
    cost->work_us += took_us;
    cost->longest_us = took_us > cost->longest_us ? took_us : cost->longest_us;
    cost->slices++;
    assert_int_equal(store_commit(f->store), KB_OK);
    return more;
}

/* Ticks until one finds that nothing is left. */
static struct cost plan(struct fixture *f)
{
    struct cost cost = {0};
    int slices = 0;

    do {
        int64_t tick_us = 0;

        campaigns_allow(f->campaigns, CAMPAIGN_TICK_US);
        slices = 1;
        while (plan_slice(f, &cost, &tick_us)) {
            slices++;
        }
        cost.tick_us = tick_us > cost.tick_us ? tick_us : cost.tick_us;
        cost.ticks++;
    } while (slices > 1);
    return cost;
}

static void say(const char *what, struct cost cost)
{
    printf("  %-26s %7.1f ms of work in %d ticks, longest tick %5.1f ms, "
           "slice %4.1f ms\n",
        what, (double)cost.work_us / 1000, cost.ticks,
        (double)cost.tick_us / 1000, (double)cost.longest_us / 1000);
}

static struct cost look_ahead(struct fixture *f)
{
    struct campaign_forecast_job *job = NULL;
    struct why why = {0};
    struct cost cost = {0};
    bool done = false;
    int64_t from_us = cpu_us();

    assert_int_equal(
        campaign_forecast_begin(f->campaigns, "c", &job, NULL), KB_OK);
    cost.longest_us = cpu_us() - from_us;
    cost.work_us = cost.longest_us;
    while (!done) {
        int64_t took_us = 0;

        from_us = cpu_us();
        assert_int_equal(campaign_forecast_step(job, 3000, &done, &why), KB_OK);
        took_us = cpu_us() - from_us;
        cost.work_us += took_us;
        cost.longest_us = took_us > cost.longest_us ? took_us : cost.longest_us;
        cost.slices++;
    }
    printf(
        "  forecast: needed %lld, reachable %lld, told %lld, expected %lld\n",
        (long long)campaign_forecast_result(job)->needed,
        (long long)campaign_forecast_result(job)->reachable,
        (long long)campaign_forecast_result(job)->told,
        (long long)campaign_forecast_result(job)->expected);
    campaign_forecast_free(job);
    return cost;
}

static void say_forecast(const char *what, struct cost cost)
{
    printf(
        "  %-26s %7.1f ms off the loop\n", what, (double)cost.work_us / 1000);
}

/* Campaigns that have ended: a message to each phone of the pending, on days
   long past. */
static void add_finished(struct fixture *f, int count)
{
    char text[1600] = "";

    for (int id = 1; id <= count; id++) {
        (void)snprintf(text, sizeof text,
            "INSERT INTO campaign (id, name, state, template, deadline_day,"
            " steps, created_at_ms) VALUES (%d, 'past-%d', 'done',"
            " 'remind_first', %d, '30,14', 1);"
            "CREATE TEMP TABLE phone AS SELECT row_number() OVER () + (SELECT"
            " coalesce(max(id), 0) FROM message) AS id, phone, office"
            " FROM resident WHERE state = 'unrecorded' AND phone IS NOT NULL"
            " GROUP BY phone;"
            "INSERT INTO message (id, state, phone, text, class, campaign_id,"
            " created_at_ms, next_at_ms, parts, settled_at_ms) SELECT id,"
            " 'delivered', phone, 'past', 2, %d, 1, 1, 1, 2 FROM phone;"
            "INSERT INTO campaign_message (message_id, campaign_id, phone,"
            " office, people, place_day, told_day) SELECT id, %d, phone,"
            " office, 1, %d, %d FROM phone;"
            "INSERT INTO contact_day SELECT phone, %d, id, %d FROM phone;"
            "INSERT INTO recipient SELECT %d, r.id, p.id, %d, 14"
            " FROM resident AS r JOIN phone AS p ON p.phone = r.phone"
            " WHERE r.state = 'unrecorded'; DROP TABLE phone;",
            id, id, (int)civil_day(2016, 8, 1) - id, id, id,
            (int)civil_day(2016, 8, 1) - id, (int)civil_day(2016, 7, 31) - id,
            (int)civil_day(2016, 7, 31) - id, id, id,
            (int)civil_day(2016, 7, 31) - id);
        sql(f, text);
        assert_int_equal(store_commit(f->store), KB_OK);
    }
}

static void set_office(struct fixture *f, const char *state)
{
    char text[160] = "";

    (void)snprintf(text, sizeof text,
        "UPDATE office SET state = '%s', since_at_ms = %lld"
        " WHERE code = 'LEMBOR'",
        state, (long long)clock_now_ms(&f->clock));
    sql(f, text);
}

static void move_deadline(struct fixture *f, const char *date)
{
    struct campaign_options options = {
        .deadline = date, .holdout_percent = -1, .correct = true};
    struct campaign campaign = {0};
    struct why why = {0};

    assert_int_equal(
        campaign_set(f->campaigns, "c", &options, &campaign, &why), KB_OK);
}

static void use_modems(struct fixture *f, struct config_modem *modems)
{
    for (size_t i = 0; i < 8; i++) {
        modems[i] =
            (struct config_modem){.min_gap_ms = 4000, .daily_limit = 400};
    }
    f->config.modems = modems;
    f->config.modem_count = 8;
}

static void begin(struct fixture *f)
{
    struct campaign_options options = plain();

    f->config.plan_show_rate = 30;
    f->config.plan_week_cap = 3;
    f->config.plan_spread = true;
    clock_set(&f->clock, civil_instant_ms(civil_day(2016, 8, 31), 8 * 60));
    create_with(f, "c", &options);
    act(f, "c", CAMPAIGN_START, "running");
}

static struct cost longest_of_day(struct fixture *f)
{
    struct cost longest = {0};

    for (int hour = 1; hour <= 24; hour++) {
        struct cost cost = {0};

        (void)dispatch_all(f);
        clock_set(&f->clock, clock_now_ms(&f->clock) + DAY_MS / 24);
        cost = plan(f);
        longest = cost.work_us > longest.work_us ? cost : longest;
    }
    return longest;
}

static void the_planner_keeps_within_its_slices(void **state)
{
    struct fixture *f = *state;
    struct config_modem modems[8] = {0};
    char name[40] = "";

    use_modems(f, modems);
    load(f);
    begin(f);
    say_forecast("forecast of the month", look_ahead(f));
    say("first planning", plan(f));
    say("a tick with nothing new", plan(f));
    for (int day = 1; day <= DAYS; day++) {
        (void)snprintf(name, sizeof name, "day %d, its longest", day);
        say(name, longest_of_day(f));
    }
    say_forecast("forecast on the last day", look_ahead(f));
    f->config.modem_count = 0;
    f->config.modems = NULL;
}

/* --- what is done -------------------------------------------------------- */

enum chapter {
    NOTHING_NEW,
    FIRST_PLANNING,
    NEXT_DAY,
    OFFICE_DOWN,
    OFFICE_BACK,
    DEADLINE_MOVED,
    CHAPTERS
};

static const char *const chapters[CHAPTERS] = {"a tick with nothing new",
    "first planning", "the next day's longest", "an office goes down",
    "it is back", "the deadline is moved"};

static void play(struct fixture *f, int finished, struct cost *cost)
{
    struct config_modem modems[8] = {0};

    use_modems(f, modems);
    load(f);
    add_finished(f, finished);
    begin(f);
    cost[FIRST_PLANNING] = plan(f);
    cost[NEXT_DAY] = longest_of_day(f);
    cost[NOTHING_NEW] = plan(f);
    set_office(f, "down");
    cost[OFFICE_DOWN] = plan(f);
    set_office(f, "up");
    cost[OFFICE_BACK] = plan(f);
    move_deadline(f, "2016-10-15");
    cost[DEADLINE_MOVED] = plan(f);
    f->config.modem_count = 0;
    f->config.modems = NULL;
}

static void what_is_done_costs_nothing(void **state)
{
    struct cost before[CHAPTERS] = {0};
    struct cost after[CHAPTERS] = {0};

    play(*state, 0, before);
    assert_int_equal(fixture_free(state), 0);
    assert_int_equal(fixture_new(state), 0);
    play(*state, FINISHED, after);
    printf("  beside %d campaigns that have ended:\n", FINISHED);
    for (int i = 0; i < CHAPTERS; i++) {
        say(chapters[i], after[i]);
        printf("  %26s %7.1f ms without them\n", "",
            (double)before[i].work_us / 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_planner_keeps_within_its_slices, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(
            what_is_done_costs_nothing, fixture_new, fixture_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
