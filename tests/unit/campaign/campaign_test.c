// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign_fixture.h"

/* --- create ------------------------------------------------------------ */

static void a_campaigns_options_are_checked_with_a_sentence(void **state)
{
    static const char *const wheres[] = {"colour=red"};

    static const struct {
        const char *field;
        struct campaign_options options;
    } rows[] = {
        {"template", {.deadline = "2016-09-30"}                               },
        {"template", {.template_name = "none", .deadline = "2016-09-30"}      },
        {"template", {.template_name = "reply_help", .deadline = "2016-09-30"}},
        {"deadline", {.template_name = "remind_first"}                        },
        {"deadline", {.template_name = "remind_first", .deadline = "30-9"}    },
        {"where",    {.template_name = "remind_first",
                      .deadline = "2016-09-30",
                      .where = wheres,
                      .where_count = 1}                      },
        {"steps",    {.template_name = "remind_first",
                      .deadline = "2016-09-30",
                      .steps = "1,7"}                        },
        {"start",    {.template_name = "remind_first",
                      .deadline = "2016-09-30",
                      .start = "soon"}                       },
        {"outage",   {.template_name = "remind_first",
                       .deadline = "2016-09-30",
                       .outage = "panic"}                   },
        {"pace",     {.template_name = "remind_first",
                     .deadline = "2016-09-30",
                     .pace = "10/week"}                       },
        {"holdout",  {.template_name = "remind_first",
                        .deadline = "2016-09-30",
                        .holdout_percent = 51}             },
        {"lang",     {.template_name = "remind_first",
                     .deadline = "2016-09-30",
                     .lang = "xx"}                            },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct campaign campaign = {0};
        struct why why = {0};

        assert_int_equal(campaign_create(f->campaigns, "c", &rows[i].options,
                             &campaign, &why),
            KB_INVALID);
        assert_string_equal(why.field, rows[i].field);
        assert_int_not_equal(why.text[0], '\0');
    }
}

static void a_name_is_plain_and_taken_once(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign campaign = {0};
    struct why why = {0};

    assert_int_equal(
        campaign_create(f->campaigns, "a b", &options, &campaign, &why),
        KB_INVALID);
    create_with(f, "rekam-2016", &options);
    assert_int_equal(
        campaign_create(f->campaigns, "rekam-2016", &options, &campaign, &why),
        KB_REFUSED);
    assert_string_equal(why.field, "name");
    assert_int_equal(
        campaign_get(f->campaigns, "none", &campaign), KB_NOT_FOUND);
}

static void what_is_created_reads_the_same(void **state)
{
    static const char *const wheres[] = {"office=LEMBOR", "age>=17"};
    struct fixture *f = *state;
    struct campaign_options options = {
        .template_name = "card_ready",
        .deadline = "2016-10-31",
        .where = wheres,
        .where_count = 2,
        .steps = "10,2",
        .start = "2016-09-05 08:00",
        .outage = "redirect",
        .pace = "100/day",
        .holdout_percent = 5,
        .lang = "en",
    };
    struct campaign *list = NULL;
    size_t count = 0;

    create_with(f, "cards", &options);
    reopen(f);
    assert_int_equal(campaign_list(f->campaigns, &list, &count), KB_OK);
    assert_int_equal(count, 1);
    assert_string_equal(list->name, "cards");
    assert_string_equal(list->template_name, "card_ready");
    assert_string_equal(civil_date(list->deadline_day).text, "2016-10-31");
    assert_string_equal(list->where, "office=LEMBOR\nage>=17");
    assert_string_equal(list->steps, "10,2");
    assert_string_equal(
        civil_short(list->start_at_ms).text, "2016-09-05 08:00");
    assert_string_equal(list->outage, "redirect");
    assert_int_equal(list->pace, 100);
    assert_int_equal(list->holdout_percent, 5);
    assert_string_equal(list->lang, "en");
    free(list);
}

/* --- planning ---------------------------------------------------------- */

static void everybody_pending_is_told_once_a_phone(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria Weng", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef Weng", PHONE_A, "LEMBOR");
    person(f, 3, "Anna Jemadu", PHONE_B, "KOMODO");
    person(f, 4, "Rofinus Jala", NULL, "KOMODO");
    person(f, 5, "Paulus Daud", PHONE_C, "KOMODO");
    complies(f, 5);
    start_plain(f, "c");
    assert_int_equal(report(f, "c").audience, 4);
    assert_int_equal(report(f, "c").phones, 2);
    assert_int_equal(report(f, "c").counts.n[MSG_QUEUED], 2);
    assert_int_equal(number(f, "SELECT min(step) FROM message"), 30);
    assert_int_equal(dispatch_all(f), 2);
    assert_int_equal(report(f, "c").counts.n[MSG_SENT], 2);
    assert_int_equal(dispatch_all(f), 0);
}

static void a_household_hears_one_text_with_its_names(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Maria"));
    assert_non_null(strstr(f->last_text, "Yosef"));
    assert_non_null(strstr(f->last_text, "Kantor Camat Lembor"));
}

static void a_campaign_started_late_sends_the_latest_step_only(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    clock_set(&f->clock, NOW_MS + 18 * DAY_MS); /* 11 days left */
    start_plain(f, "c");
    assert_int_equal(number(f, "SELECT count(*) FROM message"), 1);
    assert_int_equal(number(f, "SELECT step FROM message"), 14);
    assert_int_equal(dispatch_all(f), 1);
    days_pass(f, 1);
    assert_int_equal(number(f, "SELECT count(*) FROM message"), 1);
}

static void every_step_is_told_on_its_day_and_the_last_has_its_words(
    void **state)
{
    static const int sent_on[] = {0, 15, 22, 26, 28}; /* days from 1 Sep */
    struct fixture *f = *state;
    size_t next = 0;

    f->config.sending_days = 0x7f;
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    for (int day = 0; day <= 29; day++) {
        int expected =
            next < sizeof sent_on / sizeof *sent_on && sent_on[next] == day ? 1
                                                                            : 0;

        assert_int_equal(dispatch_all(f), expected);
        next += (size_t)expected;
        days_pass(f, 1);
    }
    assert_non_null(strstr(f->last_text, "1 hari lagi"));
    assert_int_equal(report(f, "c").phones, 5);
    assert_int_equal(report(f, "c").audience, 1);
}

static void before_the_first_step_nobody_is_told(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.steps = "7,1";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start(f, "c", &options);
    assert_int_equal(report(f, "c").audience, 1);
    assert_int_equal(report(f, "c").phones, 0);
    days_pass(f, 22);
    assert_int_equal(report(f, "c").phones, 1);
}

static void two_campaigns_tell_a_phone_on_two_days(void **state)
{
    struct fixture *f = *state;
    struct campaign_options cards = plain();

    cards.template_name = "card_ready";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    sql(f, "UPDATE resident SET state = 'printed' WHERE id = 2");
    start_plain(f, "first");
    start(f, "second", &cards);
    assert_int_equal(number(f, "SELECT count(*) FROM message"), 2);
    assert_int_equal(dispatch_all(f), 1);
    assert_int_equal(
        number(f, "SELECT count(*) FROM message WHERE state = 'queued'"
                  " AND reason LIKE '%told something today%2016-09-02%'"),
        1);
    assert_int_equal(dispatch_all(f), 0);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Yosef"));
    assert_null(strstr(f->last_text, "Maria"));
}

static void a_campaign_that_starts_after_another_told_waits_a_day(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "first");
    assert_int_equal(dispatch_all(f), 1);
    start_plain(f, "second");
    assert_int_equal(dispatch_all(f), 0);
    assert_int_equal(report(f, "second").counts.n[MSG_QUEUED], 1);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 1);
}

static void a_day_whose_message_failed_is_free_again(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "first");
    assert_int_equal(dispatch_all(f), 1);
    sql(f, "UPDATE message SET state = 'failed'");
    start_plain(f, "second");
    assert_int_equal(dispatch_all(f), 1);
}

static void a_restart_in_the_middle_tells_nobody_twice(void **state)
{
    struct fixture *f = *state;
    bool more = true;
    int restarts = 0;

    sql(f, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
           " WHERE i < 3000) INSERT INTO resident (id, nik, name, office,"
           " phone) SELECT i, '531502010180' || (9000 + i), 'Maria',"
           " 'LEMBOR', '+62812000' || (90000 + i / 2) FROM n");
    create_with(f, "c",
        &(struct campaign_options){.template_name = "remind_first",
            .deadline = "2016-09-30",
            .holdout_percent = -1});
    act(f, "c", CAMPAIGN_START, "running");
    while (more) {
        int64_t next_at_ms = 0;

        assert_int_equal(
            campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
        reopen(f);
        restarts++;
    }
    assert_in_range(restarts, 2, 100000);
    assert_int_equal(report(f, "c").audience, 3000);
    assert_int_equal(report(f, "c").phones, 1501);
    assert_int_equal(
        number(f, "SELECT count(DISTINCT phone) FROM message"), 1501);
    assert_int_equal(number(f, "SELECT count(*) FROM recipient"
                               " WHERE message_id = 0"),
        0);
}

static void a_lost_commit_loses_no_step(void **state)
{
    struct fixture *f = *state;
    bool more = false;
    int64_t next_at_ms = 0;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    create_with(f, "c",
        &(struct campaign_options){.template_name = "remind_first",
            .deadline = "2016-09-30",
            .holdout_percent = -1});
    act(f, "c", CAMPAIGN_START, "running");
    assert_int_equal(store_commit(f->store), KB_OK);
    assert_int_equal(store_op_begin(f->store), KB_OK);
    assert_int_equal(campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
    assert_int_equal(report(f, "c").phones, 1);
    assert_int_equal(store_op_end(f->store, KB_FULL), KB_FULL);
    assert_int_equal(report(f, "c").phones, 0);
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 1);
}

static void whoever_a_later_import_brings_is_told_too(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 1);
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 1);
    sql(f, "INSERT INTO import (state, at_ms) VALUES ('applying', 1);"
           " UPDATE import SET state = 'done'");
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 2);
    assert_int_equal(report(f, "c").audience, 2);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Yosef"));
}

static void a_newcomer_joins_the_message_that_waits(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    days_pass(f, 1);
    assert_int_equal(report(f, "c").phones, 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Maria"));
    assert_non_null(strstr(f->last_text, "Yosef"));
}

static void a_newcomer_on_a_told_phone_is_named_alone(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 1);
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    days_pass(f, 1);
    assert_int_equal(report(f, "c").phones, 2);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Yosef"));
    assert_null(strstr(f->last_text, "Maria"));
}

static void cards_are_announced_once_and_then_again(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.template_name = "card_ready";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    sql(f, "UPDATE resident SET state = 'printed' WHERE id = 1");
    start(f, "c", &options);
    assert_int_equal(report(f, "c").audience, 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "sudah jadi"));
    days_pass(f, 15);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "belum diambil"));
}

static void a_new_phone_number_is_told_instead_of_the_old(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    sql(f, "UPDATE resident SET phone = '" PHONE_B "'");
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_int_equal(report(f, "c").counts.n[MSG_CANCELLED], 1);
    assert_int_equal(number(f, "SELECT count(*) FROM message WHERE"
                               " state = 'sent' AND phone = '" PHONE_B "'"),
        1);
}

static void the_where_narrows_the_audience(void **state)
{
    static const char *const wheres[] = {"office=KOMODO"};
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.where = wheres;
    options.where_count = 1;
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "KOMODO");
    person(f, 3, "Anna", PHONE_B, "LEMBOR");
    start(f, "c", &options);
    assert_int_equal(report(f, "c").audience, 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_null(strstr(f->last_text, "Maria"));
}

static void a_pace_is_a_ceiling_per_office_and_day(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.pace = "2/day";
    for (int64_t id = 1; id <= 8; id++) {
        char phone[24] = "";

        (void)snprintf(phone, sizeof phone, "+62812000091%02d", (int)id);
        person(f, id, "Maria", phone, id <= 5 ? "LEMBOR" : "KOMODO");
    }
    start(f, "c", &options);
    assert_int_equal(report(f, "c").phones, 8);
    assert_int_equal(dispatch_all(f), 4); /* Thursday: 2 and 2 */
    assert_int_equal(dispatch_all(f), 0);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 3);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 1);
}

static void what_was_not_sent_yesterday_keeps_to_todays_pace(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.pace = "1";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    start(f, "c", &options);
    days_pass(f, 1); /* the first keeps its turn */
    assert_int_equal(dispatch_all(f), 1);
    assert_int_equal(
        number(f, "SELECT count(*) FROM message WHERE state = 'held'"
                  " AND reason LIKE 'waits for a place at Kantor Camat%'"),
        1);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 1);
}

static void what_the_pace_has_no_day_for_is_said(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign campaign = {0};

    options.pace = "1";
    options.deadline = "2016-09-02";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    person(f, 3, "Anna", PHONE_C, "LEMBOR");
    start(f, "c", &options);
    assert_int_equal(report(f, "c").phones, 3);
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 2);
    assert_int_equal(campaign_get(f->campaigns, "c", &campaign), KB_OK);
    assert_non_null(strstr(campaign.note, "1 phones find no place"));
    assert_int_equal(dispatch_all(f), 1);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 1);
    days_pass(f, 1); /* the deadline is over */
    assert_int_equal(
        number(f, "SELECT count(*) FROM message WHERE state = 'expired' AND"
                  " reason LIKE 'the deadline of c has passed (waits for%'"),
        1);
}

/* On the last day a place is for that day itself. */
static void what_a_slice_placed_keeps_its_place_in_the_next(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.pace = "1";
    options.deadline = "2016-09-02";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    start(f, "c", &options);
    assert_int_equal(dispatch_all(f), 1);
    days_pass(f, 1);
    sql(f, "UPDATE meta SET value = '2016-09-02 0/0/0'"
           " WHERE name = 'campaign_places'");
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 1);
}

static void the_holdout_is_told_nothing(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_preview preview = {0};
    struct why why = {0};

    options.holdout_percent = 50;
    for (int64_t id = 1; id <= 40; id++) {
        char phone[24] = "";

        (void)snprintf(phone, sizeof phone, "+62812000091%02d", (int)id);
        person(f, id, "Maria", phone, "LEMBOR");
    }
    create_with(f, "c", &options);
    assert_int_equal(
        campaign_preview(f->campaigns, "c", &preview, &why), KB_OK);
    assert_in_range(preview.held_out, 10, 30);
    assert_int_equal(preview.phones, 40 - preview.held_out);
    act(f, "c", CAMPAIGN_START, "running");
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, preview.phones);
    assert_int_equal(report(f, "c").audience, 40);
}

/* --- lifecycle --------------------------------------------------------- */

static void pause_resume_and_cancel_move_the_messages(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    start_plain(f, "c");
    act(f, "c", CAMPAIGN_PAUSE, "paused");
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 2);
    assert_int_equal(number(f, "SELECT count(*) FROM message WHERE reason ="
                               " 'campaign paused: kabari campaign resume c'"),
        2);
    assert_int_equal(dispatch_all(f), 0);
    act(f, "c", CAMPAIGN_RESUME, "running");
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_QUEUED], 2);
    act(f, "c", CAMPAIGN_PAUSE, "paused");
    act(f, "c", CAMPAIGN_CANCEL, "cancelled");
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_CANCELLED], 2);
}

static void more_messages_than_a_slice_moves_follow_all(void **state)
{
    struct fixture *f = *state;

    sql(f, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
           " WHERE i < 350) INSERT INTO resident (id, nik, name, office,"
           " phone) SELECT i, '531502010180' || (9000 + i), 'Maria',"
           " 'LEMBOR', '+62812000' || (90000 + i) FROM n");
    start_plain(f, "c");
    act(f, "c", CAMPAIGN_PAUSE, "paused");
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 350);
}

static void actions_out_of_turn_are_refused_with_a_sentence(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign campaign = {0};
    struct why why = {0};

    create_with(f, "c", &options);
    assert_int_equal(
        campaign_do(f->campaigns, "c", CAMPAIGN_RESUME, &campaign, &why),
        KB_REFUSED);
    assert_non_null(strstr(why.text, "draft"));
    assert_int_equal(
        campaign_do(f->campaigns, "none", CAMPAIGN_START, &campaign, &why),
        KB_NOT_FOUND);
}

static void a_campaign_whose_deadline_is_over_is_not_started(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign campaign = {0};
    struct why why = {0};

    options.deadline = "2016-08-31";
    create_with(f, "c", &options);
    assert_int_equal(
        campaign_do(f->campaigns, "c", CAMPAIGN_START, &campaign, &why),
        KB_REFUSED);
    assert_string_equal(why.field, "deadline");
}

static void a_scheduled_campaign_starts_by_itself(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign campaign = {0};

    options.start = "2016-09-03 09:00";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    create_with(f, "c", &options);
    act(f, "c", CAMPAIGN_START, "scheduled");
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 0);
    clock_set(&f->clock, NOW_MS + 2 * DAY_MS - 1);
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 0);
    clock_set(&f->clock, NOW_MS + 2 * DAY_MS);
    (void)ticks(f);
    assert_int_equal(campaign_get(f->campaigns, "c", &campaign), KB_OK);
    assert_string_equal(campaign.state, "running");
    assert_int_equal(report(f, "c").phones, 1);
}

static void past_its_deadline_a_campaign_is_done_and_the_rest_expires(
    void **state)
{
    struct fixture *f = *state;
    struct campaign campaign = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    days_pass(f, 29);
    assert_int_equal(campaign_get(f->campaigns, "c", &campaign), KB_OK);
    assert_string_equal(campaign.state, "running");
    clock_set(&f->clock, clock_now_ms(&f->clock) + DAY_MS);
    (void)ticks(f);
    assert_int_equal(campaign_get(f->campaigns, "c", &campaign), KB_OK);
    assert_string_equal(campaign.state, "done");
    assert_non_null(strstr(campaign.note, "2016-09-30"));
    assert_int_equal(report(f, "c").counts.n[MSG_EXPIRED], 1);
}

static void a_moved_deadline_moves_the_texts_and_the_steps(void **state)
{
    struct fixture *f = *state;
    struct campaign_options moved = {
        .deadline = "2016-10-31", .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "30 Sep 2016"));
    assert_int_equal(
        campaign_set(f->campaigns, "c", &moved, &campaign, &why), KB_OK);
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 1);
    days_pass(f, 30); /* 1 October: 30 days before */
    assert_int_equal(report(f, "c").phones, 2);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "31 Okt 2016"));
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_campaigns_options_are_checked_with_a_sentence),
        TEST(a_name_is_plain_and_taken_once),
        TEST(what_is_created_reads_the_same),
        TEST(everybody_pending_is_told_once_a_phone),
        TEST(a_household_hears_one_text_with_its_names),
        TEST(a_campaign_started_late_sends_the_latest_step_only),
        TEST(every_step_is_told_on_its_day_and_the_last_has_its_words),
        TEST(before_the_first_step_nobody_is_told),
        TEST(two_campaigns_tell_a_phone_on_two_days),
        TEST(a_campaign_that_starts_after_another_told_waits_a_day),
        TEST(a_day_whose_message_failed_is_free_again),
        TEST(a_restart_in_the_middle_tells_nobody_twice),
        TEST(a_lost_commit_loses_no_step),
        TEST(whoever_a_later_import_brings_is_told_too),
        TEST(a_newcomer_joins_the_message_that_waits),
        TEST(a_newcomer_on_a_told_phone_is_named_alone),
        TEST(cards_are_announced_once_and_then_again),
        TEST(a_new_phone_number_is_told_instead_of_the_old),
        TEST(the_where_narrows_the_audience),
        TEST(a_pace_is_a_ceiling_per_office_and_day),
        TEST(what_was_not_sent_yesterday_keeps_to_todays_pace),
        TEST(what_the_pace_has_no_day_for_is_said),
        TEST(what_a_slice_placed_keeps_its_place_in_the_next),
        TEST(the_holdout_is_told_nothing),
        TEST(pause_resume_and_cancel_move_the_messages),
        TEST(more_messages_than_a_slice_moves_follow_all),
        TEST(actions_out_of_turn_are_refused_with_a_sentence),
        TEST(a_campaign_whose_deadline_is_over_is_not_started),
        TEST(a_scheduled_campaign_starts_by_itself),
        TEST(past_its_deadline_a_campaign_is_done_and_the_rest_expires),
        TEST(a_moved_deadline_moves_the_texts_and_the_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
