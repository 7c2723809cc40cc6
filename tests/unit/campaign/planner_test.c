// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "campaign/forecast.h"
#include "campaign_fixture.h"

/* Capacity, outages, corrections and what residents say back, on a set clock.
   Thursday 2016-09-01 09:00; offices work Monday to Friday. */

#define HOUR_MS ((int64_t)3600000)

static void capacity(struct fixture *f, const char *code, int people)
{
    struct office_change change = {.capacity = people, .blanks = -1};
    struct why why = {0};

    assert_int_equal(
        registry_office_set(f->registry, code, &change, &why), KB_OK);
}

static void office_is(struct fixture *f, const char *code, const char *state)
{
    assert_int_equal(registry_office_state(
                         f->registry, code, state, "server rusak", INT32_MIN),
        KB_OK);
}

/* Ids 1…count, each with a phone of its own. */
static void people_at(
    struct fixture *f, int64_t from, int64_t count, const char *office)
{
    for (int64_t id = from; id < from + count; id++) {
        char phone[24] = "";

        (void)snprintf(phone, sizeof phone, "+628120009%04d", (int)id);
        person(f, id, "Maria", phone, office);
    }
}

static int64_t held(struct fixture *f, const char *name)
{
    return report(f, name).counts.n[MSG_HELD];
}

/* --- capacity ---------------------------------------------------------- */

static void no_more_are_invited_than_the_office_can_take(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3); /* 10 places at 30 % */
    people_at(f, 1, 25, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
    assert_int_equal(held(f, "c"), 15);
    assert_int_equal(report(f, "c").phones, 25);
    assert_int_equal(
        number(f, "SELECT count(*) FROM message WHERE state = 'held' AND"
                  " reason LIKE 'waits for a place at Kantor Camat Lembor (10"
                  " invitations%'"),
        15);
    clock_set(&f->clock, NOW_MS + 3 * HOUR_MS);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 0);
    days_pass(f, 1); /* Friday, for Monday */
    assert_int_equal(dispatch_all(f), 10);
    days_pass(f, 1); /* Saturday: Monday is taken */
    assert_int_equal(dispatch_all(f), 0);
    days_pass(f, 2);
    assert_int_equal(dispatch_all(f), 5);
}

static void offices_share_nothing_but_campaigns_do(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 8, "LEMBOR");
    people_at(f, 9, 8, "KOMODO"); /* capacity not known: no bound */
    start_plain(f, "first");
    assert_int_equal(dispatch_all(f), 16);
    people_at(f, 20, 8, "LEMBOR");
    start_plain(f, "second");
    assert_int_equal(dispatch_all(f), 2);
}

static void a_pace_does_not_lift_the_capacity(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    capacity(f, "LEMBOR", 3);
    options.pace = "100/day";
    people_at(f, 1, 25, "LEMBOR");
    start(f, "c", &options);
    assert_int_equal(dispatch_all(f), 10);
}

static void households_count_by_head(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    for (int64_t id = 1; id <= 12; id++) {
        char phone[24] = "";

        (void)snprintf(
            phone, sizeof phone, "+628120009%04d", (int)((id - 1) / 4));
        person(f, id, "Maria", phone, "LEMBOR");
    }
    start_plain(f, "c"); /* three phones of four */
    assert_int_equal(dispatch_all(f), 2);
    assert_int_equal(held(f, "c"), 1);
    assert_int_equal(number(f, "SELECT invited FROM office_day"), 8);
}

static void a_village_heads_phone_is_told_though_no_day_holds_it(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    for (int64_t id = 1; id <= 23; id++) {
        person(f, id, "Maria", PHONE_A, "LEMBOR");
    }
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 1);
    assert_int_equal(number(f, "SELECT max(invited) FROM office_day"), 10);
    assert_int_equal(number(f, "SELECT sum(invited) FROM office_day"), 23);
}

static void who_came_in_vain_goes_first_and_repeats_last(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 10, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
    people_at(f, 11, 10, "LEMBOR");
    sql(f, "UPDATE resident SET state = 'failed' WHERE id = 20");
    days_pass(f, 15); /* the step 14: the first ten are due again */
    assert_int_equal(held(f, "c"), 10);
    assert_int_equal(
        number(f, "SELECT count(*) FROM campaign_message WHERE place_day <> 0"
                  " AND told_day = 0 AND phone > '+6281200090010'"),
        10);
    assert_int_equal(
        number(f, "SELECT phone = '+6281200090020' FROM campaign_message"
                  " WHERE told_day = 0 ORDER BY rank, message_id LIMIT 1"),
        1);
}

static void a_days_invitations_are_spread_over_its_hours(void **state)
{
    struct fixture *f = *state;
    int sent = 0;

    f->config.plan_spread = true;
    capacity(f, "LEMBOR", 30); /* 100 places over 10 hours */
    people_at(f, 1, 120, "LEMBOR");
    clock_set(&f->clock, NOW_MS - HOUR_MS);
    start_plain(f, "c");
    for (int hour = 0; hour < 10; hour++) {
        int now = 0;

        (void)ticks(f);
        now = dispatch_all(f);
        /* The first hour's went at its beginning. */
        assert_int_equal(now, hour == 1 ? 1 : 10);
        sent += now;
        clock_set(&f->clock, clock_now_ms(&f->clock) + HOUR_MS);
    }
    assert_int_equal(sent, 91);
}

static void what_was_placed_and_not_sent_is_placed_again(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 15, "LEMBOR");
    start_plain(f, "c");
    days_pass(f, 1); /* no modem sent anything on Thursday */
    assert_int_equal(dispatch_all(f), 10);
    assert_int_equal(number(f, "SELECT count(*) FROM campaign_message WHERE"
                               " told_day <> 0 AND message_id <= 10"),
        10);
    assert_int_equal(
        number(f, "SELECT count(*) FROM office_day WHERE invited > 10"), 0);
}

static void a_higher_capacity_releases_at_once(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 25, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
    capacity(f, "LEMBOR", 6);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 10);
    office_is(f, "LEMBOR", "degraded");
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 5); /* half would be 10: all there are */
}

static void a_degraded_office_gets_half(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 6);
    office_is(f, "LEMBOR", "degraded");
    people_at(f, 1, 25, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
}

static void a_pause_keeps_who_waits_and_a_resume_their_order(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 15, "LEMBOR");
    start_plain(f, "c");
    act(f, "c", CAMPAIGN_PAUSE, "paused");
    (void)ticks(f);
    assert_int_equal(held(f, "c"), 15);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 0);
    act(f, "c", CAMPAIGN_RESUME, "running");
    (void)ticks(f);
    assert_int_equal(held(f, "c"), 5);
    assert_int_equal(dispatch_all(f), 10);
}

static void a_synced_list_teaches_the_show_rate(void **state)
{
    struct fixture *f = *state;

    f->config.plan_show_rate = 50;
    f->config.plan_learn_after = 10;
    capacity(f, "LEMBOR", 10); /* 20 places */
    people_at(f, 1, 300, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 20);
    sql(f, "UPDATE resident SET state = 'processing', updated_at_ms = 1"
           " WHERE id = 1;"
           "INSERT INTO import (state, sync, at_ms) VALUES ('applying', 1,"
           " 1472950800000);" /* Sunday 4 September */
           "UPDATE import SET state = 'done'");
    days_pass(f, 4); /* (50 + 1) of (100 + 20): 42.5 % */
    assert_int_equal(dispatch_all(f), 23);
    assert_int_equal(number(f, "SELECT came FROM office_show"), 1);
    sql(f, "UPDATE resident SET state = 'unrecorded' WHERE id = 1");
    assert_int_equal(number(f, "SELECT came FROM office_show"), 0);
}

static void a_phone_is_told_so_often_a_week_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct campaign_options cards = plain();

    f->config.plan_week_cap = 2;
    f->config.sending_days = 0x7f;
    cards.steps = "29,28,27,26,25,24,23,22,21,20";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start(f, "c", &cards);
    for (int day = 0; day < 7; day++) {
        int sent = dispatch_all(f);

        assert_int_equal(sent, day < 2 ? 1 : 0);
        days_pass(f, 1);
    }
    assert_int_equal(dispatch_all(f), 1);
}

static void a_holiday_is_no_day_for_anybody(void **state)
{
    int32_t monday = civil_day(2016, 9, 5);
    struct fixture *f = *state;

    f->config.holidays = &monday;
    f->config.holiday_count = 1;
    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 30, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 10);
    assert_int_equal(
        number(f, "SELECT max(place_day) FROM campaign_message"), monday + 1);
    f->config.holidays = NULL;
    f->config.holiday_count = 0;
}

/* --- outages ----------------------------------------------------------- */

static void who_is_invited_is_called_off_once_and_invited_again(void **state)
{
    struct fixture *f = *state;
    struct outbox_message message = {0};

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 12, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
    office_is(f, "LEMBOR", "down");
    (void)ticks(f);
    assert_int_equal(held(f, "c"), 2);
    assert_int_equal(
        outbox_claim(f->outbox, "m1", MSG_NORMAL, &message), KB_OK);
    assert_int_equal(
        outbox_move(f->outbox, message.id, MSG_QUEUED, 0, ""), KB_OK);
    outbox_message_clear(&message);
    assert_int_equal(dispatch_all(f), 10);
    assert_non_null(strstr(f->last_text, "JANGAN"));
    office_is(f, "LEMBOR", "up");
    (void)ticks(f);
    office_is(f, "LEMBOR", "down");
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 0); /* once a day and cause */
    days_pass(f, 4);
    office_is(f, "LEMBOR", "up");
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 10); /* before the two never told */
    assert_non_null(strstr(f->last_text, "bisa rekam lagi"));
    assert_int_equal(
        number(f, "SELECT count(*) FROM campaign_message WHERE kind = 'back'"
                  " AND told_day <> 0"),
        10);
    days_pass(f, 1);
    assert_int_equal(dispatch_all(f), 2);
}

static void an_office_that_is_soon_back_calls_nobody_off(void **state)
{
    struct fixture *f = *state;

    people_at(f, 1, 3, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 3);
    office_is(f, "LEMBOR", "down");
    (void)ticks(f);
    office_is(f, "LEMBOR", "up");
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 0);
    assert_int_equal(report(f, "c").counts.n[MSG_CANCELLED], 3);
}

static void whoever_came_already_is_not_called_off(void **state)
{
    struct fixture *f = *state;

    people_at(f, 1, 3, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 3);
    complies(f, 2);
    days_pass(f, 3); /* Sunday: Friday, their day, is over */
    office_is(f, "LEMBOR", "down");
    (void)ticks(f);
    assert_int_equal(report(f, "c").phones, 3);
}

static void a_redirect_takes_places_where_it_sends_people(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    options.outage = "redirect";
    capacity(f, "KOMODO", 3);
    people_at(f, 1, 8, "LEMBOR");
    people_at(f, 11, 8, "KOMODO");
    office_is(f, "LEMBOR", "down");
    start(f, "c", &options);
    assert_int_equal(dispatch_all(f), 10);
    assert_int_equal(number(f, "SELECT count(*) FROM campaign_message WHERE"
                               " told_day <> 0 AND office = 'KOMODO'"),
        10);
    assert_int_equal(held(f, "c"), 6);
    /* Home again: those who wait go to their own office. */
    office_is(f, "LEMBOR", "up");
    days_pass(f, 1);
    (void)dispatch_all(f);
    assert_int_equal(held(f, "c"), 0);
}

static void the_effect_of_an_outage_is_told_before_it_works(void **state)
{
    struct fixture *f = *state;
    struct campaign_effect effect = {0};

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 25, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(
        campaign_office_effect(f->campaigns, "LEMBOR", &effect), KB_OK);
    assert_int_equal(effect.waiting, 25);
    assert_int_equal(dispatch_all(f), 10);
    assert_int_equal(
        campaign_office_effect(f->campaigns, "LEMBOR", &effect), KB_OK);
    assert_int_equal(effect.waiting, 15);
    assert_int_equal(effect.invited, 10);
}

/* --- stock ------------------------------------------------------------- */

static void none_is_planned(struct fixture *f)
{
    assert_int_equal(
        number(f, "SELECT coalesce(sum(planned + invited), 0) FROM office_day"),
        0);
}

static void whom_the_stock_does_not_reach_is_told_not_to_come(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();

    people_at(f, 1, 6, "LEMBOR");
    people_at(f, 11, 2, "KOMODO");
    capacity(f, "LEMBOR", 3);
    sql(f, "UPDATE resident SET state = 'print_ready';"
           "UPDATE resident SET state = 'printed' WHERE id = 6;"
           "UPDATE office SET blanks = 3 WHERE code = 'LEMBOR';"
           "UPDATE office SET blanks = 2 WHERE code = 'KOMODO'");
    options.template_name = "card_wait";
    start(f, "c", &options);
    assert_int_equal(report(f, "c").audience, 2);
    assert_int_equal(number(f, "SELECT count(*) FROM recipient"
                               " WHERE resident_id IN (4, 5)"),
        2);
    /* More blank cards before it left: nobody is kept away for nothing. */
    sql(f, "UPDATE office SET blanks = 4 WHERE code = 'LEMBOR'");
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "JANGAN datang dulu"));
    none_is_planned(f);
    /* Those with a card are told to come, and nobody else. */
    options.template_name = "card_ready";
    start(f, "d", &options);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "sudah jadi"));
}

/* --- edits ------------------------------------------------------------- */

static void set(struct fixture *f, const char *deadline, bool correct)
{
    struct campaign_options options = {
        .deadline = deadline, .holdout_percent = -1, .correct = correct};
    struct campaign campaign = {0};
    struct why why = {0};

    if (campaign_set(f->campaigns, "c", &options, &campaign, &why) != KB_OK) {
        fail_msg("%s", why.text);
    }
    (void)ticks(f);
}

static void unsent_messages_live_until_the_new_deadline(void **state)
{
    struct fixture *f = *state;

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 25, "LEMBOR");
    start_plain(f, "c");
    set(f, "2016-10-31", false);
    assert_int_equal(number(f, "SELECT count(DISTINCT expires_at_ms)"
                               " FROM message"),
        1);
    assert_true(number(f, "SELECT expires_at_ms FROM message") ==
                civil_instant_ms(civil_day(2016, 11, 1), 0));
    assert_int_equal(
        number(f, "SELECT max(abs(m.urgency - c.rank)) FROM message AS m JOIN"
                  " campaign_message AS c ON c.message_id = m.id"),
        0);
    assert_int_equal(number(f, "SELECT max(urgency) / 8 FROM message"),
        civil_day(2016, 10, 31));
}

static void people_told_the_old_deadline_hear_of_the_new_once(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = {
        .deadline = "2016-09-20", .holdout_percent = -1, .correct = true};
    struct campaign campaign = {0};
    struct why why = {0};

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 12, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 10);
    complies(f, 1);
    assert_int_equal(
        campaign_set(f->campaigns, "c", &options, &campaign, &why), KB_INVALID);
    assert_string_equal(why.field, "correct");
    set(f, "2016-10-31", true);
    assert_int_equal(dispatch_all(f), 9);
    assert_non_null(strstr(f->last_text, "diundur s.d. 31 Okt 2016"));
    set(f, "2016-11-30", true);
    assert_int_equal(dispatch_all(f), 0); /* not twice on one day */
}

static void a_moved_deadline_can_be_told_once_staff_confirm_it(void **state)
{
    struct fixture *f = *state;
    struct campaign_options confirm = {.holdout_percent = -1, .correct = true};
    struct campaign campaign = {0};
    struct campaign_preview preview = {0};
    struct why why = {0};

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 12, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(
        campaign_set(f->campaigns, "c", &confirm, &campaign, &why), KB_INVALID);
    assert_int_equal(dispatch_all(f), 10);
    set(f, "2016-10-31", false);
    set(f, "2016-11-30", false);
    assert_int_equal(dispatch_all(f), 0);
    assert_int_equal(
        campaign_preview(f->campaigns, "c", &preview, &why), KB_OK);
    assert_int_equal(preview.correct_phones, 10);
    assert_string_equal(
        civil_date(preview.correct_deadline).text, "2016-09-30");
    assert_int_equal(
        campaign_set(f->campaigns, "c", &confirm, &campaign, &why), KB_OK);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 10);
    assert_non_null(strstr(f->last_text, "30 Nov 2016"));
    assert_int_equal(
        campaign_preview(f->campaigns, "c", &preview, &why), KB_OK);
    assert_int_equal(preview.correct_deadline, 0);
}

static void a_lifted_pace_frees_what_it_put_off(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_options lift = {.pace = "auto", .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    options.pace = "3/day";
    people_at(f, 1, 10, "LEMBOR");
    start(f, "c", &options);
    assert_int_equal(dispatch_all(f), 3);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 0);
    assert_int_equal(
        campaign_set(f->campaigns, "c", &lift, &campaign, &why), KB_OK);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 7);
}

static void a_start_behind_the_deadline_is_refused(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_options later = {
        .start = "2016-10-01", .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    options.start = "2016-12-01";
    assert_int_equal(
        campaign_create(f->campaigns, "c", &options, &campaign, &why),
        KB_INVALID);
    assert_string_equal(why.field, "start");
    options.start = "2016-09-30 08:00";
    create_with(f, "c", &options);
    assert_int_equal(
        campaign_set(f->campaigns, "c", &later, &campaign, &why), KB_INVALID);
}

static void what_campaigns_remember_is_forgotten_in_time(void **state)
{
    struct fixture *f = *state;
    int purged = 0;

    f->config.retention_messages_days = 90;
    people_at(f, 1, 300, "KOMODO");
    start_plain(f, "c");
    (void)dispatch_all(f);
    days_pass(f, 40); /* the deadline is over */
    assert_int_equal(number(f, "SELECT count(*) FROM contact_day"), 300);
    assert_int_equal(outbox_purge(f->outbox, INT64_MAX, 1000, &purged), KB_OK);
    days_pass(f, 49);
    assert_int_equal(number(f, "SELECT count(*) FROM contact_day"), 300);
    days_pass(f, 40);
    assert_int_equal(number(f, "SELECT count(*) FROM contact_day"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM recipient"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM campaign_message"), 0);
}

/* --- what residents say ------------------------------------------------ */

static void sudah_rests_the_reminders_of_one(void **state)
{
    struct fixture *f = *state;
    int32_t until = 0;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(campaign_resident_done(f->campaigns, 1, &until), KB_OK);
    assert_string_equal(civil_date(until).text, "2016-09-15");
    assert_int_equal(dispatch_all(f), 1);
    assert_null(strstr(f->last_text, "Maria"));
    days_pass(f, 15); /* still on the list: told with the next step */
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Maria"));
}

static void tunda_moves_the_day_to_one_with_room(void **state)
{
    struct fixture *f = *state;
    struct campaign_slot slot = {0};

    capacity(f, "LEMBOR", 3);
    people_at(f, 1, 25, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(campaign_reschedule(f->campaigns, "+6281200090001", &slot),
        KB_NOT_FOUND);
    assert_int_equal(dispatch_all(f), 10);
    assert_int_equal(
        campaign_reschedule(f->campaigns, "+6281200090001", &slot), KB_OK);
    assert_string_equal(civil_date(slot.day).text, "2016-09-05");
    assert_string_equal(slot.office_name, "Kantor Camat Lembor");
    assert_int_equal(number(f, "SELECT planned FROM office_day WHERE day ="
                               " (SELECT max(day) FROM office_day)"),
        1);
    days_pass(f, 1); /* Monday has nine places left */
    assert_int_equal(dispatch_all(f), 9);
    assert_int_equal(
        campaign_reschedule(f->campaigns, "+6281200090001", &slot), KB_OK);
    assert_string_equal(civil_date(slot.day).text, "2016-09-06");
}

/* --- forecast ---------------------------------------------------------- */

static struct campaign_forecast_job *forecast(struct fixture *f)
{
    struct campaign_forecast_job *job = NULL;
    struct why why = {0};
    bool done = false;

    assert_int_equal(
        campaign_forecast_begin(f->campaigns, "c", &job, NULL), KB_OK);
    while (!done) {
        assert_int_equal(campaign_forecast_step(job, 100, &done, &why), KB_OK);
    }
    return job;
}

static struct config_modem one_modem(int limit)
{
    return (struct config_modem){.daily_limit = limit, .min_gap_ms = 4000};
}

static void a_forecast_draws_the_red_line(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct config_modem modem = one_modem(0);
    struct campaign_forecast_job *job = NULL;
    const struct campaign_forecast *result = NULL;
    const struct forecast_office *lembor = NULL;

    f->config.modems = &modem;
    f->config.modem_count = 1;
    capacity(f, "LEMBOR", 3); /* 10 a day, 21 days from 2 to 30 September */
    options.steps = "30";
    people_at(f, 1, 300, "LEMBOR");
    person(f, 301, "Anna", NULL, "LEMBOR");
    people_at(f, 400, 5, "KOMODO");
    create_with(f, "c", &options);
    job = forecast(f);
    result = campaign_forecast_result(job);
    assert_int_equal(result->office_count, 2);
    lembor = &result->office[1];
    assert_string_equal(lembor->code, "LEMBOR");
    assert_int_equal(lembor->needed, 301);
    assert_int_equal(lembor->reachable, 300);
    assert_int_equal(lembor->no_phone, 1);
    assert_int_equal(lembor->told, 210);
    assert_int_equal(lembor->expected, 63);
    /* Nine more of its days after the deadline for 90 people at 10 a day. */
    assert_string_equal(civil_date(lembor->finish_day).text, "2016-10-13");
    assert_int_equal(result->finish_day, lembor->finish_day);
    assert_int_equal(lembor->late, 90);
    assert_int_equal(result->late, 90);
    assert_string_equal(lembor->constraint.kind, "capacity");
    assert_string_equal(lembor->constraint.text,
        "Kantor Camat Lembor serves too few people a day: a mobile team of 50 "
        "people a day would tell 90 more in time");
    assert_string_equal(result->constraint.text, lembor->constraint.text);
    assert_int_equal(lembor->with[FORECAST_TEAM].told, 90);
    assert_int_equal(lembor->with[FORECAST_TEAM].late, 0);
    assert_int_equal(lembor->with[FORECAST_MODEM].told, 0);
    assert_int_equal(lembor->with[FORECAST_MODEM].late, 90);
    assert_int_equal(lembor->day[0].told, 10);
    assert_int_equal(lembor->day[1].expected, 3);
    assert_int_equal(result->office[0].late, 0);
    assert_int_equal(result->office[0].finish_day, result->today);
    assert_int_equal(result->day_count, 30);
    assert_int_equal(result->day[0].told, 15);
    assert_int_equal(result->day[1].capacity, 3);
    assert_int_equal(result->day[1].expected, 5); /* 4.5 of 15 */
    campaign_forecast_free(job);
    f->config.modem_count = 0;
    f->config.modems = NULL;
}

static void a_forecast_names_what_binds(void **state)
{
    static const struct {
        int limit;
        bool modem;
        const char *back; /* NULL: the office is up */
        const char *cause;
    } rows[] = {
        {2, true,  NULL,         "quota" },
        {0, false, NULL,         "quota" },
        {0, true,  "2016-12-01", "outage"},
    };
    struct fixture *f = *state;
    struct campaign_options options = plain();

    people_at(f, 1, 100, "LEMBOR");
    create_with(f, "c", &options);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config_modem modem = one_modem(rows[i].limit);
        struct campaign_forecast_job *job = NULL;

        f->config.modems = &modem;
        f->config.modem_count = rows[i].modem ? 1 : 0;
        office_is(f, "LEMBOR", rows[i].back == NULL ? "up" : "down");
        job = forecast(f);
        assert_true(campaign_forecast_result(job)->office[1].late > 0);
        assert_string_equal(
            campaign_forecast_result(job)->office[1].constraint.kind,
            rows[i].cause);
        assert_string_equal(
            campaign_forecast_result(job)->constraint.kind, rows[i].cause);
        campaign_forecast_free(job);
    }
    f->config.modem_count = 0;
    f->config.modems = NULL;
}

static void a_forecast_behind_the_deadline_is_refused(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_forecast_job *job = NULL;
    struct campaign_preview preview = {0};
    struct why why = {0};

    create_with(f, "c", &options);
    clock_set(&f->clock, NOW_MS + 31 * DAY_MS);
    assert_int_equal(
        campaign_forecast_begin(f->campaigns, "c", &job, &why), KB_REFUSED);
    assert_string_equal(why.text, "its deadline 2016-09-30 is over; move it: "
                                  "kabari campaign set c --deadline DATE");
    why = (struct why){0};
    assert_int_equal(
        campaign_preview(f->campaigns, "c", &preview, &why), KB_REFUSED);
    assert_non_null(strstr(why.text, "is over; move it"));
}

static void a_forecast_is_written_as_csv(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_forecast_job *job = NULL;
    struct buf csv = {0};

    sql(f, "INSERT INTO office (code, name, kecamatan) VALUES"
           " ('=1+1', 'x', '53.15.09')");
    people_at(f, 1, 3, "LEMBOR");
    create_with(f, "c", &options);
    job = forecast(f);
    campaign_forecast_csv(campaign_forecast_result(job), &csv);
    assert_true(str_starts(buf_text(&csv),
        "day,office,told,told_so_far,expected,capacity,messages\n"
        "2016-09-01,*,"));
    assert_non_null(strstr(buf_text(&csv), "2016-09-01,LEMBOR,"));
    assert_non_null(strstr(buf_text(&csv), ",'=1+1,"));
    buf_clear(&csv);
    campaign_forecast_free(job);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(no_more_are_invited_than_the_office_can_take),
        TEST(offices_share_nothing_but_campaigns_do),
        TEST(a_pace_does_not_lift_the_capacity),
        TEST(households_count_by_head),
        TEST(a_village_heads_phone_is_told_though_no_day_holds_it),
        TEST(who_came_in_vain_goes_first_and_repeats_last),
        TEST(a_days_invitations_are_spread_over_its_hours),
        TEST(what_was_placed_and_not_sent_is_placed_again),
        TEST(a_higher_capacity_releases_at_once),
        TEST(a_degraded_office_gets_half),
        TEST(a_pause_keeps_who_waits_and_a_resume_their_order),
        TEST(a_synced_list_teaches_the_show_rate),
        TEST(a_phone_is_told_so_often_a_week_and_no_more),
        TEST(a_holiday_is_no_day_for_anybody),
        TEST(who_is_invited_is_called_off_once_and_invited_again),
        TEST(an_office_that_is_soon_back_calls_nobody_off),
        TEST(whoever_came_already_is_not_called_off),
        TEST(a_redirect_takes_places_where_it_sends_people),
        TEST(the_effect_of_an_outage_is_told_before_it_works),
        TEST(whom_the_stock_does_not_reach_is_told_not_to_come),
        TEST(unsent_messages_live_until_the_new_deadline),
        TEST(people_told_the_old_deadline_hear_of_the_new_once),
        TEST(a_moved_deadline_can_be_told_once_staff_confirm_it),
        TEST(a_lifted_pace_frees_what_it_put_off),
        TEST(a_start_behind_the_deadline_is_refused),
        TEST(what_campaigns_remember_is_forgotten_in_time),
        TEST(sudah_rests_the_reminders_of_one),
        TEST(tunda_moves_the_day_to_one_with_room),
        TEST(a_forecast_draws_the_red_line),
        TEST(a_forecast_names_what_binds),
        TEST(a_forecast_behind_the_deadline_is_refused),
        TEST(a_forecast_is_written_as_csv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
