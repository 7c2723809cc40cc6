// SPDX-License-Identifier: GPL-2.0-or-later
/* How the planner shares the loop: whatever it is allowed at a time, it comes to
   the same end. */
#include "campaign/campaign_internal.h"
#include "tests/unit/campaign/campaign_fixture.h"

#define PEOPLE    300
#define OFFICES   40
#define CAMPAIGNS 8

static void add_people(struct fixture *f)
{
    char phone[24] = "";

    for (int i = 1; i <= PEOPLE; i++) {
        /* Every third one shares the phone of the one before. */
        (void)snprintf(phone, sizeof phone, "+628120009%04d", i - i / 3);
        person(f, i, "Maria", phone, i % 2 == 0 ? "LEMBOR" : "KOMODO");
    }
    sql(f, "UPDATE office SET capacity = 9");
    f->config.plan_spread = true;
}

/* Until a tick finds nothing to do; how many there were. */
static int ticks_of(struct fixture *f, int64_t work_us)
{
    int64_t before = -1;
    int64_t after = 0;
    int count = 0;

    while (before != after) {
        bool more = true;

        before = number(f, "SELECT total_changes()");
        campaigns_allow(f->campaigns, work_us);
        while (more) {
            int64_t next_at_ms = 0;

            assert_int_equal(
                campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
            assert_int_equal(store_commit(f->store), KB_OK);
        }
        after = number(f, "SELECT total_changes()");
        assert_in_range(++count, 1, 100000);
    }
    return count;
}

/* Who is invited, for when, and when it goes out, as one number. */
static int64_t invited(struct fixture *f)
{
    return number(f,
        "SELECT coalesce(sum(m.message_id * (m.place_day + 3) * 31 + m.rank * 7"
        " + length(m.hold) + m.people + t.next_at_ms % 1000003), 0)"
        " FROM campaign_message AS m JOIN message AS t ON t.id = m.message_id");
}

static int64_t plan_in(struct fixture *f, int64_t work_us, int *count)
{
    struct campaign_options options = plain();

    add_people(f);
    create_with(f, "c", &options);
    act(f, "c", CAMPAIGN_START, "running");
    *count = ticks_of(f, work_us);
    (void)dispatch_all(f);
    clock_set(&f->clock, NOW_MS + DAY_MS);
    *count += ticks_of(f, work_us);
    return invited(f);
}

static void what_is_spread_over_ticks_invites_the_same(void **state)
{
    struct fixture *f = *state;
    int at_once = 0;
    int spread = 0;
    int64_t whole = plan_in(f, 60000000, &at_once);

    assert_true(number(f, "SELECT count(*) FROM message") > 190);
    assert_int_equal(fixture_free(state), 0);
    assert_int_equal(fixture_new(state), 0);
    assert_int_equal(plan_in(*state, 3000, &spread), whole);
    assert_true(spread > at_once);
}

static void nothing_is_planned_beyond_what_is_allowed(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    int64_t next_at_ms = 0;
    bool more = true;

    add_people(f);
    create_with(f, "c", &options);
    act(f, "c", CAMPAIGN_START, "running");
    campaigns_allow(f->campaigns, 0);
    assert_int_equal(campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
    assert_false(more);
    assert_true(next_at_ms > NOW_MS);
    assert_int_equal(number(f, "SELECT count(*) FROM message"), 0);
    campaigns_allow(f->campaigns, 200);
    do {
        assert_int_equal(
            campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
    } while (more);
    assert_true(number(f, "SELECT count(*) FROM message") < 190);
    (void)ticks_of(f, CAMPAIGN_TICK_US);
    assert_true(number(f, "SELECT count(*) FROM message") > 190);
}

/* --- slices that are over before they begin --------------------------------- */

static void start_many(struct fixture *f)
{
    struct campaign_options options = plain();
    char text[200] = "";

    for (int i = 0; i < OFFICES; i++) {
        (void)snprintf(text, sizeof text,
            "INSERT INTO office (code, name, kecamatan, capacity) VALUES"
            " ('O%02d', 'Kantor %d', '53.15.09', 5)",
            i, i);
        sql(f, text);
        (void)snprintf(text, sizeof text, "+628120009%04d", i);
        person(f, i + 1, "Maria", text, "");
        (void)snprintf(text, sizeof text,
            "UPDATE resident SET office = 'O%02d' WHERE id = %d", i, i + 1);
        sql(f, text);
    }
    for (int i = 0; i < CAMPAIGNS; i++) {
        (void)snprintf(text, sizeof text, "c%d", i);
        create_with(f, text, &options);
        act(f, text, CAMPAIGN_START, "running");
    }
}

static void filling_comes_to_its_end_in_the_shortest_slices(void **state)
{
    struct fixture *f = *state;
    struct campaign_row *rows = NULL;
    size_t count = 0;
    struct slice slice = {.now_ms = NOW_MS, .more = true};
    int slices = 0;

    start_many(f);
    (void)ticks(f);
    sql(f, "UPDATE office SET capacity = 300");
    assert_int_equal(places_again(f->campaigns), KB_OK);
    sql(f, "UPDATE campaign_message SET hold = 'place', place_day = 0");
    assert_int_equal(campaign_store_active(f->campaigns, &rows, &count), KB_OK);
    assert_int_equal(count, CAMPAIGNS);
    while (slice.more) {
        slice.more = false; /* until_us is 0: over from the start */
        assert_int_equal(places_fill(f->campaigns, rows, count, &slice), KB_OK);
        assert_in_range(
            ++slices, 1, OFFICES * (CAMPAIGNS + 2) + CAMPAIGNS + 10);
    }
    free(rows);
    assert_true(slices > OFFICES);
    assert_int_equal(
        number(f, "SELECT count(*) FROM campaign_message WHERE hold = 'place'"),
        0);
}

static void forgetting_comes_to_its_end_in_the_shortest_slices(void **state)
{
    struct fixture *f = *state;
    struct slice slice = {.now_ms = NOW_MS, .more = true};
    int slices = 0;

    sql(f, "INSERT INTO campaign (id, name, state, template, deadline_day,"
           " steps, created_at_ms) VALUES (1, 'past', 'done', 'remind_first',"
           " 100, '30', 1)");
    sql(f, "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
           " i < 1000) INSERT INTO recipient SELECT 1, i, i, 90, 30 FROM n");
    sql(f,
        "INSERT INTO campaign_message (message_id, campaign_id, phone,"
        " told_day) SELECT resident_id, 1, '" PHONE_A "', 90 FROM recipient");
    sql(f, "INSERT INTO contact_day SELECT '" PHONE_A "', resident_id % 400,"
           " 1, 1 FROM recipient GROUP BY resident_id % 400");
    while (slice.more) {
        slice.more = false;
        assert_int_equal(campaign_forget(f->campaigns, &slice), KB_OK);
        assert_in_range(++slices, 1, 40);
    }
    assert_int_equal(number(f, "SELECT count(*) FROM recipient"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM campaign_message"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM contact_day"), 0);
}

/* --- what is done ------------------------------------------------------------ */

static void a_walk_begins_at_the_campaigns_own_messages(void **state)
{
    struct fixture *f = *state;
    int64_t after = 0;
    int64_t first = 0;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "a");
    (void)dispatch_all(f);
    days_pass(f, 1);
    start_plain(f, "b");
    first = number(f, "SELECT min(id) FROM message WHERE campaign_id = 2");
    assert_true(first > 1);
    assert_int_equal(campaign_walk_from(f->campaigns, 2, &after), KB_OK);
    assert_int_equal(after, first - 1);
    after = 0; /* nothing of it: to the end */
    assert_int_equal(campaign_walk_from(f->campaigns, 77, &after), KB_OK);
    assert_int_equal(after, number(f, "SELECT max(id) FROM message"));
    after = 5; /* under way */
    assert_int_equal(campaign_walk_from(f->campaigns, 2, &after), KB_OK);
    assert_int_equal(after, 5);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(what_is_spread_over_ticks_invites_the_same),
        TEST(nothing_is_planned_beyond_what_is_allowed),
        TEST(filling_comes_to_its_end_in_the_shortest_slices),
        TEST(forgetting_comes_to_its_end_in_the_shortest_slices),
        TEST(a_walk_begins_at_the_campaigns_own_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
