// SPDX-License-Identifier: GPL-2.0-or-later
/* on_unknown: what becomes of a message of which nobody knows whether it was
   sent. */
#include "tests/unit/campaign/campaign_fixture.h"

#define HOUR_MS ((int64_t)3600000)

/* The modem died of the message that the gate let go last. */
static void nobody_knows(struct fixture *f)
{
    sql(f, "UPDATE part SET state = 'unknown'");
    sql(f, "UPDATE message SET state = 'unknown' WHERE state = 'sent'");
}

static void tell_one(struct fixture *f, const char *on_unknown)
{
    struct campaign_options options = plain();

    options.on_unknown = on_unknown;
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start(f, "rekam", &options);
    assert_int_equal(dispatch_all(f), 1);
    nobody_knows(f);
}

static int sent_after(struct fixture *f, int64_t ms)
{
    clock_set(&f->clock, clock_now_ms(&f->clock) + ms);
    (void)ticks(f);
    return dispatch_all(f);
}

static void what_is_unknown_stays_so_by_default(void **state)
{
    struct fixture *f = *state;

    tell_one(f, NULL);
    assert_int_equal(sent_after(f, 2 * HOUR_MS), 0);
    assert_int_equal(report(f, "rekam").counts.n[MSG_UNKNOWN], 1);
}

static void it_is_sent_again_once_after_an_hour_where_the_campaign_says_so(
    void **state)
{
    struct fixture *f = *state;
    int64_t id = 0;

    tell_one(f, "resend");
    id = f->last_id;
    assert_int_equal(sent_after(f, HOUR_MS - 1), 0);
    assert_int_equal(sent_after(f, 1), 1);
    assert_int_equal(f->last_id, id);
    nobody_knows(f);
    assert_int_equal(sent_after(f, 2 * HOUR_MS), 0);
    assert_int_equal(report(f, "rekam").counts.n[MSG_UNKNOWN], 1);
}

static void a_report_that_comes_in_time_is_enough(void **state)
{
    struct fixture *f = *state;
    struct outbox_report row = {
        .modem = "m1", .sim = "m1", .to = PHONE_A, .tp_mr = 1, .tp_st = 0};
    int64_t id = 0;

    tell_one(f, "resend");
    assert_int_equal(outbox_report(f->outbox, &row, &id), KB_OK);
    assert_int_equal(id, f->last_id);
    assert_int_equal(sent_after(f, 2 * HOUR_MS), 0);
    assert_int_equal(report(f, "rekam").counts.n[MSG_DELIVERED], 1);
}

static void who_came_meanwhile_is_not_told_again(void **state)
{
    struct fixture *f = *state;

    tell_one(f, "resend");
    complies(f, 1);
    assert_int_equal(sent_after(f, 2 * HOUR_MS), 0);
}

static void a_paused_campaign_sends_nothing_again(void **state)
{
    struct fixture *f = *state;

    tell_one(f, "resend");
    act(f, "rekam", CAMPAIGN_PAUSE, "paused");
    assert_int_equal(sent_after(f, 2 * HOUR_MS), 0);
    assert_int_equal(report(f, "rekam").counts.n[MSG_UNKNOWN], 1);
    act(f, "rekam", CAMPAIGN_RESUME, "running");
    assert_int_equal(sent_after(f, 0), 1);
}

static void other_words_are_refused(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign campaign = {0};
    struct why why = {0};

    options.on_unknown = "again";
    assert_int_equal(
        campaign_create(f->campaigns, "rekam", &options, &campaign, &why),
        KB_INVALID);
    assert_string_equal(why.field, "on_unknown");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(what_is_unknown_stays_so_by_default),
        TEST(it_is_sent_again_once_after_an_hour_where_the_campaign_says_so),
        TEST(a_report_that_comes_in_time_is_enough),
        TEST(who_came_meanwhile_is_not_told_again),
        TEST(a_paused_campaign_sends_nothing_again),
        TEST(other_words_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
