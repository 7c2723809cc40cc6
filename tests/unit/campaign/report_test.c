// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/str.h"
#include "campaign/report.h"
#include "campaign_fixture.h"

/* The report: who came after being told, against those held out. */

static struct campaign_people people_of(struct fixture *f, const char *name)
{
    struct campaign_people people = {0};

    assert_int_equal(campaign_people(f->campaigns, name, &people), KB_OK);
    return people;
}

static const struct report_office *office_of(
    const struct campaign_people *people, const char *code)
{
    for (size_t i = 0; i < people->office_count; i++) {
        if (strcmp(people->office[i].code, code) == 0) {
            return &people->office[i];
        }
    }
    fail_msg("no office %s", code);
    return NULL;
}

static void people_who_came_are_counted_by_office_and_step(void **state)
{
    struct fixture *f = *state;
    struct campaign_people people = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    person(f, 3, "Anna", PHONE_C, "KOMODO");
    person(f, 4, "Petrus", NULL, "KOMODO");
    start_plain(f, "c");
    complies(f, 4); /* not told: came by himself */
    assert_int_equal(dispatch_all(f), 3);
    assert_int_equal(campaign_answered(f->campaigns, PHONE_C), KB_OK);
    complies(f, 1);
    days_pass(f, 16); /* the step of 14 days before */
    assert_int_equal(dispatch_all(f), 2);
    complies(f, 2);
    people = people_of(f, "c");
    assert_int_equal(people.all.audience, 4);
    assert_int_equal(people.all.no_phone, 1);
    assert_int_equal(people.all.told, 3);
    assert_int_equal(people.all.answered, 1);
    assert_int_equal(people.all.came, 2);
    assert_int_equal(people.office_count, 2);
    assert_int_equal(office_of(&people, "LEMBOR")->people.came, 2);
    assert_int_equal(office_of(&people, "KOMODO")->people.came, 0);
    assert_int_equal(office_of(&people, "KOMODO")->people.answered, 1);
    assert_int_equal(people.step_count, 2);
    assert_int_equal(people.step[0].step, 30);
    assert_int_equal(people.step[0].people.told, 3);
    assert_int_equal(people.step[0].people.came, 1);
    assert_int_equal(people.step[1].step, 14);
    assert_int_equal(people.step[1].people.told, 2);
    assert_int_equal(people.step[1].people.came, 1);
    campaign_people_clear(&people);
}

static void progress_is_told_day_by_day(void **state)
{
    struct fixture *f = *state;
    struct progress_day *days = NULL;
    size_t count = 0;
    char text[120] = "";

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 2);
    days_pass(f, 16); /* the step of 14 days before */
    assert_int_equal(dispatch_all(f), 2);
    days_pass(f, 1);
    (void)snprintf(text, sizeof text,
        "UPDATE resident SET state = 'processing', updated_at_ms = %lld"
        " WHERE id = 2",
        (long long)clock_now_ms(&f->clock));
    sql(f, text);
    assert_int_equal(
        campaign_progress(f->campaigns, "c", &days, &count), KB_OK);
    assert_int_equal(count, 3);
    assert_int_equal(days[0].told, 2);
    assert_int_equal(days[0].reminded, 0);
    assert_int_equal(days[1].day, days[0].day + 16);
    assert_int_equal(days[1].told, 0);
    assert_int_equal(days[1].reminded, 2);
    assert_int_equal(days[1].came, 0);
    assert_int_equal(days[2].day, days[0].day + 17);
    assert_int_equal(days[2].came, 1);
    free(days);
    assert_int_equal(
        campaign_progress(f->campaigns, "none", &days, &count), KB_NOT_FOUND);
}

static void those_held_out_are_compared_with(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_people people = {0};
    char phone[24] = "";

    options.holdout_percent = 50;
    for (int i = 1; i <= 40; i++) {
        (void)snprintf(phone, sizeof phone, "+62812000900%02d", i);
        person(f, i, "Maria", phone, "LEMBOR");
    }
    start(f, "c", &options);
    (void)dispatch_all(f);
    sql(f, "UPDATE resident SET state = 'processing' WHERE id <= 20");
    people = people_of(f, "c");
    assert_int_equal(people.all.told + people.held_out, 40);
    assert_true(people.held_out > 5);
    assert_int_equal(people.all.came + people.held_out_came, 20);
    assert_true(people.held_out_came > 0);
    campaign_people_clear(&people);
}

static void opt_outs_and_failures_are_reported_by_reason(void **state)
{
    struct fixture *f = *state;
    struct campaign_people people = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 2);
    assert_int_equal(registry_phone_stop(f->registry, PHONE_A, true), KB_OK);
    sql(f, "UPDATE message SET state = 'failed', reason = '=no such number'"
           " WHERE phone = '" PHONE_B "'");
    people = people_of(f, "c");
    assert_int_equal(people.opt_outs, 1);
    assert_int_equal(people.failure_count, 1);
    assert_string_equal(people.failure[0].reason, "failed: =no such number");
    assert_int_equal(people.failure[0].messages, 1);
    campaign_people_clear(&people);
}

static void the_csv_starts_no_formula(void **state)
{
    struct fixture *f = *state;
    struct campaign_people people = {0};
    struct buf csv = {0};

    sql(f, "INSERT INTO office (code, name, kecamatan) VALUES"
           " ('=cmd', 'x', '53.15.09')");
    person(f, 1, "Maria", PHONE_A, "=cmd");
    start_plain(f, "c");
    people = people_of(f, "c");
    campaign_people_csv(&people, &csv);
    assert_true(str_starts(buf_text(&csv),
        "section,name,number,no_phone,told,delivered,answered,came\n"
        "all,,1,0,0,0,0,0\n"));
    assert_non_null(strstr(buf_text(&csv), "office,'=cmd,1,0,0,0,0,0\n"));
    assert_null(strstr(buf_text(&csv), ",="));
    buf_clear(&csv);
    campaign_people_clear(&people);
}

static void a_campaign_says_where_it_stands(void **state)
{
    struct fixture *f = *state;
    char text[400] = "";

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_B, "KOMODO");
    assert_int_equal(registry_office_state(
                         f->registry, "LEMBOR", "down", "rusak", INT32_MIN),
        KB_OK);
    start_plain(f, "c");
    assert_int_equal(
        campaign_stands(f->campaigns, "c", text, sizeof text), KB_OK);
    assert_non_null(strstr(text, "; 1 are held for an office that is down "
                                 "(kabari office up releases them)"));
    act(f, "c", CAMPAIGN_PAUSE, "paused");
    assert_int_equal(
        campaign_stands(f->campaigns, "c", text, sizeof text), KB_OK);
    assert_string_equal(text, "paused: kabari campaign resume c");
}

/* --- nobody to text ---------------------------------------------------- */

static enum kb_err add_row(void *arg, const struct resident *resident)
{
    assert_int_equal(resident->phone[0], '\0');
    buf_printf(arg, "%s/%s ", resident->desa, resident->name);
    return KB_OK;
}

static void those_without_a_phone_are_listed_by_desa(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct buf names = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", NULL, "LEMBOR");
    person(f, 3, "Anna", NULL, "KOMODO");
    person(f, 4, "Berta", NULL, "LEMBOR");
    person(f, 5, "Petrus", NULL, "LEMBOR");
    sql(f, "UPDATE resident SET desa = 'Wae' WHERE id <> 4;"
           "UPDATE resident SET desa = 'Ara' WHERE id = 4");
    complies(f, 3);
    create_with(f, "c", &options); /* a draft has its list already */
    assert_int_equal(
        campaign_no_phone(f->campaigns,
            &(struct campaign_people_ask){.name = "c"}, add_row, &names, NULL),
        KB_OK);
    assert_string_equal(buf_text(&names), "Ara/Berta Wae/Petrus Wae/Yosef ");
    buf_clear(&names);
    assert_int_equal(campaign_no_phone(f->campaigns,
                         &(struct campaign_people_ask){.name = "none"}, add_row,
                         &names, NULL),
        KB_NOT_FOUND);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(people_who_came_are_counted_by_office_and_step),
        TEST(progress_is_told_day_by_day),
        TEST(those_held_out_are_compared_with),
        TEST(opt_outs_and_failures_are_reported_by_reason),
        TEST(the_csv_starts_no_formula),
        TEST(a_campaign_says_where_it_stands),
        TEST(those_without_a_phone_are_listed_by_desa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
