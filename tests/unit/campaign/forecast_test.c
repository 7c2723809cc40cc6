// SPDX-License-Identifier: GPL-2.0-or-later
/* What a forecast says while a campaign runs, and past its deadline. */
#include "campaign/forecast.h"
#include "tests/unit/campaign/campaign_fixture.h"

static struct campaign_forecast_job *forecast(struct fixture *f)
{
    struct campaign_forecast_job *job = NULL;
    struct why why = {0};
    bool done = false;
    struct config_modem plenty = {.min_gap_ms = 0};

    f->config.modems = &plenty;
    f->config.modem_count = 1;
    assert_int_equal(
        campaign_forecast_begin(f->campaigns, "c", &job, &why), KB_OK);
    while (!done) {
        assert_int_equal(campaign_forecast_step(job, 1000, &done, &why), KB_OK);
    }
    f->config.modems = NULL;
    f->config.modem_count = 0;
    return job;
}

static void people_with(struct fixture *f, int count, int capacity)
{
    char text[120] = "";

    for (int i = 1; i <= count; i++) {
        (void)snprintf(text, sizeof text, "+628120009%04d", i);
        person(f, i, "Maria", text, "LEMBOR");
    }
    (void)snprintf(text, sizeof text,
        "UPDATE office SET capacity = %d, days = 'Mon-Sat'", capacity);
    sql(f, text);
    f->config.plan_show_rate = 30;
}

static void who_was_told_before_a_step_is_not_told_for_the_first_time(
    void **state)
{
    struct fixture *f = *state;
    struct campaign_forecast_job *job = NULL;
    const struct campaign_forecast *result = NULL;
    int64_t first = 0;

    people_with(f, 100, 3); /* ten places a day: told within two weeks */
    start_plain(f, "c");
    for (int day = 0; day < 14; day++) {
        (void)dispatch_all(f);
        days_pass(f, 1);
    }
    assert_string_equal(
        civil_date(civil_day_of(clock_now_ms(&f->clock))).text, "2016-09-15");
    days_pass(f, 1); /* the 16th: all are planned anew */
    job = forecast(f);
    result = campaign_forecast_result(job);
    for (size_t i = 0; i < result->day_count; i++) {
        first += result->day[i].told;
    }
    assert_int_equal(result->reachable, 100);
    assert_int_equal(result->told, 100);
    assert_int_equal(result->late, 0);
    assert_int_equal(first, 0);
    assert_true(result->messages > 50);
    campaign_forecast_free(job);
}

/* The finish that a forecast draws past the deadline is what the planner would
   bring about if the deadline were moved that far. */
static void a_finish_past_the_deadline_is_what_a_later_one_brings(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_options later = {
        .deadline = "2016-12-31", .holdout_percent = -1};
    struct campaign campaign = {0};
    struct campaign_forecast_job *job = NULL;
    struct why why = {0};
    int32_t drawn = 0;
    int32_t played = 0;

    people_with(f, 400, 3);
    options.steps = "120,30,14";
    create_with(f, "c", &options);
    job = forecast(f);
    assert_true(campaign_forecast_result(job)->late > 0);
    drawn = campaign_forecast_result(job)->finish_day;
    campaign_forecast_free(job);
    assert_int_equal(
        campaign_set(f->campaigns, "c", &later, &campaign, &why), KB_OK);
    job = forecast(f);
    assert_int_equal(campaign_forecast_result(job)->late, 0);
    played = campaign_forecast_result(job)->finish_day;
    campaign_forecast_free(job);
    assert_string_equal(civil_date(drawn).text, civil_date(played).text);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(who_was_told_before_a_step_is_not_told_for_the_first_time),
        TEST(a_finish_past_the_deadline_is_what_a_later_one_brings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
