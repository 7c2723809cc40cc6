// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the planner costs with the whole registry of 164,199 residents, of whom
 * 27,711 are pending: the first planning, the longest tick of each day after it,
 * and the forecast of the month. Days 16, 23, … are those of a step. Work is the time in campaigns_tick(), without commits; a slice
 * is one call.
 */
#include "base/buf.h"
#include "campaign/forecast.h"
#include "registry/import.h"
#include "registry/sample.h"
#include "tests/unit/campaign/campaign_fixture.h"

#define DAYS 20

struct cost {
    int64_t work_us;
    int64_t longest_us;
    int slices;
};

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

static struct cost plan(struct fixture *f)
{
    struct cost cost = {0};
    bool more = true;

    while (more) {
        int64_t next_at_ms = 0;
        int64_t from_us = clock_mono_us();
        int64_t took_us = 0;

        assert_int_equal(
            campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
        took_us = clock_mono_us() - from_us;
        cost.work_us += took_us;
        cost.longest_us = took_us > cost.longest_us ? took_us : cost.longest_us;
        cost.slices++;
        assert_int_equal(store_commit(f->store), KB_OK);
    }
    return cost;
}

static void say(const char *what, struct cost cost)
{
    printf("  %-26s %7.1f ms of work, longest slice %4.1f ms, %d slices\n",
        what, (double)cost.work_us / 1000, (double)cost.longest_us / 1000,
        cost.slices);
}

static struct cost look_ahead(struct fixture *f)
{
    struct campaign_forecast_job *job = NULL;
    struct why why = {0};
    struct cost cost = {0};
    bool done = false;
    int64_t from_us = clock_mono_us();

    assert_int_equal(
        campaign_forecast_begin(f->campaigns, "c", &job, NULL), KB_OK);
    cost.longest_us = clock_mono_us() - from_us;
    cost.work_us = cost.longest_us;
    while (!done) {
        int64_t took_us = 0;

        from_us = clock_mono_us();
        assert_int_equal(campaign_forecast_step(job, 3000, &done, &why), KB_OK);
        took_us = clock_mono_us() - from_us;
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

static void the_planner_keeps_within_its_slices(void **state)
{
    struct fixture *f = *state;
    struct config_modem modems[8] = {0};
    char name[40] = "";

    for (size_t i = 0; i < 8; i++) {
        modems[i] =
            (struct config_modem){.min_gap_ms = 4000, .daily_limit = 400};
    }
    f->config.modems = modems;
    f->config.modem_count = 8;
    load(f);
    begin(f);
    say("forecast of the month", look_ahead(f));
    say("first planning", plan(f));
    say("a tick with nothing new", plan(f));
    for (int day = 1; day <= DAYS; day++) {
        struct cost cost = {0};

        for (int hour = 1; hour <= 24; hour++) {
            struct cost tick = {0};

            (void)dispatch_all(f);
            clock_set(&f->clock, clock_now_ms(&f->clock) + DAY_MS / 24);
            tick = plan(f);
            cost = tick.work_us > cost.work_us ? tick : cost;
        }
        (void)snprintf(name, sizeof name, "day %d, its longest tick", day);
        say(name, cost);
    }
    say("forecast on the last day", look_ahead(f));
    f->config.modem_count = 0;
    f->config.modems = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_planner_keeps_within_its_slices, fixture_new, fixture_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
