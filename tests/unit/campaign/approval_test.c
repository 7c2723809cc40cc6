// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a second person must agree is counted in slices; what was counted is
   good for the change that follows, and for no other. */
#include "tests/unit/campaign/campaign_fixture.h"

#define PEOPLE 3000
#define ABOVE  2000

static void add_people(struct fixture *f)
{
    char text[400] = "";

    (void)snprintf(text, sizeof text,
        "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO resident (nik, name, office, phone) SELECT"
        " printf('53150201%%04d9001', i), 'Maria', 'LEMBOR',"
        " printf('+62812%%07d', i) FROM n",
        PEOPLE);
    sql(f, text);
    f->config.approval_above = ABOVE;
}

/* Steps of the shortest budget until it is done. */
static int count(struct fixture *f, const struct campaign_options *options)
{
    struct campaign_count_job *job = NULL;
    struct why why = {0};
    bool done = false;
    int steps = 0;

    assert_int_equal(
        campaign_count_begin(f->campaigns, "c", options, &job, &why), KB_OK);
    while (!done) {
        assert_int_equal(campaign_count_step(job, 0, &done, &why), KB_OK);
        assert_in_range(++steps, 1, 20);
    }
    campaign_count_free(job);
    return steps;
}

static void begins_as(struct fixture *f, const char *name, const char *state)
{
    struct campaign campaign = {0};
    struct why why = {0};

    assert_int_equal(
        campaign_start(f->campaigns, name, "ani", &campaign, &why), KB_OK);
    assert_string_equal(campaign.state, state);
}

static void a_start_counts_in_slices_and_no_further_than_needed(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    add_people(f);
    create_with(f, "c", &options);
    assert_int_equal(count(f, NULL), 2); /* pages, of three */
    begins_as(f, "c", "scheduled");
}

static void what_was_counted_is_good_for_one_start(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    add_people(f);
    create_with(f, "c", &options);
    create_with(f, "d", &options);
    (void)count(f, NULL);
    sql(f, "DELETE FROM resident WHERE id > 10");
    begins_as(f, "d", "running"); /* counted anew: it is not c */
    begins_as(f, "c", "running"); /* and what was counted is gone */
}

static void a_start_without_a_count_counts_by_itself(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    add_people(f);
    create_with(f, "c", &options);
    begins_as(f, "c", "scheduled");
}

static void a_change_of_a_draft_needs_no_count(void **state)
{
    static const char *const where[] = {"office=LEMBOR"};
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_options wider = {
        .where = where, .where_count = 1, .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    add_people(f);
    create_with(f, "c", &options);
    assert_int_equal(count(f, &wider), 1);
    assert_int_equal(
        campaign_set(f->campaigns, "c", &wider, &campaign, &why), KB_OK);
    begins_as(f, "c", "scheduled"); /* nothing was counted yet */
}

static void without_a_limit_nothing_is_counted(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    add_people(f);
    create_with(f, "c", &options);
    f->config.approval_above = 0;
    assert_int_equal(count(f, NULL), 1);
    begins_as(f, "c", "running");
}

static void a_wider_list_is_refused_after_the_count(void **state)
{
    static const char *const where[] = {"office=LEMBOR"};
    static const char *const none[] = {"office=KOMODO"};
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_options wider = {
        .where = where, .where_count = 1, .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    add_people(f);
    options.where = none;
    options.where_count = 1;
    create_with(f, "c", &options);
    begins_as(f, "c", "running");
    assert_int_equal(count(f, &wider), 2);
    assert_int_equal(
        campaign_set(f->campaigns, "c", &wider, &campaign, &why), KB_REFUSED);
    assert_string_equal(why.field, "where");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_start_counts_in_slices_and_no_further_than_needed),
        TEST(what_was_counted_is_good_for_one_start),
        TEST(a_start_without_a_count_counts_by_itself),
        TEST(a_change_of_a_draft_needs_no_count),
        TEST(without_a_limit_nothing_is_counted),
        TEST(a_wider_list_is_refused_after_the_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
