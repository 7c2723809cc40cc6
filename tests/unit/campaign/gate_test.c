// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign_fixture.h"

#include <sys/stat.h>

/* Claims the one message that is due and hands it to the gate. */
static void ask(
    struct fixture *f, struct outbox_message *message, struct gate *gate)
{
    assert_int_equal(outbox_claim(f->outbox, "m1", MSG_BULK, message), KB_OK);
    assert_int_equal(campaign_gate(f->campaigns, message, gate), KB_OK);
}

static void expect(
    struct fixture *f, enum gate_verdict verdict, const char *reason)
{
    struct outbox_message message = {0};
    struct gate gate = {0};

    ask(f, &message, &gate);
    assert_int_equal(gate.verdict, verdict);
    if (strstr(gate.reason, reason) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", gate.reason, reason);
    }
    free(gate.text);
    outbox_message_clear(&message);
}

static void office_is(struct fixture *f, const char *code, const char *office)
{
    assert_int_equal(
        registry_office_state(f->registry, code, office,
            strcmp(office, "up") == 0 ? "" : "server rusak", INT32_MIN),
        KB_OK);
}

static void start_with_outage(struct fixture *f, const char *outage)
{
    struct campaign_options options = plain();

    options.outage = outage;
    start(f, "c", &options);
}

/* --- people ------------------------------------------------------------ */

static void a_message_without_a_campaign_passes(void **state)
{
    struct fixture *f = *state;
    struct outbox_message message = {.id = 1, .class = MSG_BULK};
    struct gate gate = {.verdict = GATE_HOLD};

    assert_int_equal(campaign_gate(f->campaigns, &message, &gate), KB_OK);
    assert_int_equal(gate.verdict, GATE_SEND);
    assert_null(gate.text);
    message.campaign_id = 77;
    assert_int_equal(campaign_gate(f->campaigns, &message, &gate), KB_OK);
    assert_int_equal(gate.verdict, GATE_CANCEL);
}

static void an_unchanged_text_is_not_written_anew(void **state)
{
    struct fixture *f = *state;
    struct outbox_message message = {0};
    struct gate gate = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    ask(f, &message, &gate);
    assert_int_equal(gate.verdict, GATE_SEND);
    assert_null(gate.text);
    assert_string_equal(
        civil_short(gate.expires_at_ms).text, "2016-10-01 00:00");
    assert_true(number(f, "SELECT last_contact_at_ms FROM resident") == NOW_MS);
    outbox_message_clear(&message);
}

static void whoever_complied_in_between_is_not_told(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    complies(f, 1);
    expect(f, GATE_CANCEL, "everyone on this phone has complied");
}

static void whoever_complied_is_dropped_from_the_names(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    complies(f, 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_null(strstr(f->last_text, "Maria"));
    assert_non_null(strstr(f->last_text, "Yosef"));
}

static void a_flag_that_came_in_between_ends_it(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    sql(f, "UPDATE resident SET flag = 'moved'");
    expect(f, GATE_CANCEL, "no longer on");
}

static void a_stop_in_between_ends_it(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(registry_phone_stop(f->registry, PHONE_A, true), KB_OK);
    expect(f, GATE_CANCEL, "STOP");
}

static void a_phone_that_is_nobodys_is_not_told(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(registry_phone_unlink(f->registry, PHONE_A, NULL), KB_OK);
    expect(f, GATE_CANCEL, "no longer on");
}

static void a_stopped_phone_is_not_planned_for(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    assert_int_equal(registry_phone_stop(f->registry, PHONE_A, true), KB_OK);
    start_plain(f, "c");
    assert_int_equal(report(f, "c").phones, 0);
    assert_int_equal(registry_phone_stop(f->registry, PHONE_A, false), KB_OK);
    days_pass(f, 1);
    assert_int_equal(report(f, "c").phones, 1);
}

static void a_narrower_where_ends_what_waits(void **state)
{
    static const char *const wheres[] = {"office=KOMODO"};
    struct fixture *f = *state;
    struct campaign_options narrower = {
        .where = wheres, .where_count = 1, .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(
        campaign_set(f->campaigns, "c", &narrower, &campaign, &why), KB_OK);
    expect(f, GATE_CANCEL, "no longer on");
}

/* --- the campaign and the clock ---------------------------------------- */

static void a_pause_holds_at_the_gate_at_once(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    act(f, "c", CAMPAIGN_PAUSE, "paused");
    expect(f, GATE_HOLD, "kabari campaign resume c");
}

static void a_cancel_ends_at_the_gate_at_once(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    act(f, "c", CAMPAIGN_CANCEL, "cancelled");
    expect(f, GATE_CANCEL, "cancelled");
}

static void after_the_deadline_nothing_leaves(void **state)
{
    struct fixture *f = *state;
    struct outbox_message message = {0};
    struct gate gate = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(outbox_claim(f->outbox, "m1", MSG_BULK, &message), KB_OK);
    clock_set(&f->clock, NOW_MS + 30 * DAY_MS); /* 1 October, no tick yet */
    assert_int_equal(campaign_gate(f->campaigns, &message, &gate), KB_OK);
    assert_int_equal(gate.verdict, GATE_EXPIRE);
    assert_non_null(strstr(gate.reason, "2016-09-30"));
    outbox_message_clear(&message);
}

static void a_deadline_moved_nearer_counts_at_the_gate(void **state)
{
    struct fixture *f = *state;
    struct campaign_options nearer = {
        .deadline = "2016-09-02", .holdout_percent = -1};
    struct campaign campaign = {0};
    struct outbox_message message = {0};
    struct why why = {0};
    struct gate gate = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(
        campaign_set(f->campaigns, "c", &nearer, &campaign, &why), KB_OK);
    ask(f, &message, &gate);
    assert_int_equal(gate.verdict, GATE_SEND);
    assert_non_null(gate.text);
    assert_non_null(strstr(gate.text, "2 Sep 2016"));
    assert_string_equal(
        civil_short(gate.expires_at_ms).text, "2016-09-03 00:00");
    free(gate.text);
    outbox_message_clear(&message);
}

static void outside_sending_hours_it_waits_for_the_morning(void **state)
{
    struct fixture *f = *state;
    struct outbox_message message = {0};
    struct gate gate = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    clock_set(&f->clock, NOW_MS + 2 * DAY_MS + DAY_MS / 2); /* Sat 21:00 */
    start_plain(f, "c");
    ask(f, &message, &gate);
    assert_int_equal(gate.verdict, GATE_LATER);
    assert_string_equal(civil_short(gate.next_at_ms).text, "2016-09-05 08:00");
    outbox_message_clear(&message);
}

static void a_message_given_back_keeps_its_day(void **state)
{
    struct fixture *f = *state;
    struct outbox_message message = {0};
    struct gate gate = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    ask(f, &message, &gate);
    assert_int_equal(gate.verdict, GATE_SEND);
    assert_int_equal(outbox_move(f->outbox, message.id, MSG_QUEUED,
                         clock_now_ms(&f->clock), "no network"),
        KB_OK);
    outbox_message_clear(&message);
    ask(f, &message, &gate);
    assert_int_equal(gate.verdict, GATE_SEND);
    outbox_message_clear(&message);
}

/* --- texts ------------------------------------------------------------- */

struct copy {
    char dir[112];
    bool remove;
};

static void put(const struct copy *copy, const char *name, const char *text)
{
    char path[240] = "";
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "%s/%s.txt", copy->dir, name);
    if (copy->remove) {
        assert_int_equal(unlink(path), 0);
        return;
    }
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void on_text(void *arg, const struct text_finding *finding)
{
    if (strcmp(finding->lang, "id") == 0 && !finding->missing) {
        put(arg, finding->name, finding->source);
    }
}

/* The shipped texts with another remind_first and a notice of our own; the
   folder is removed at once. */
static struct texts *other_texts(struct fixture *f)
{
    struct copy copy = {0};
    char dir[96] = "";
    struct texts *texts = NULL;
    struct why why = {0};
    enum kb_err err = KB_OK;

    (void)snprintf(dir, sizeof dir, "%s/t", f->folder);
    (void)snprintf(copy.dir, sizeof copy.dir, "%s/id", dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mkdir(copy.dir, 0700), 0);
    texts_each(f->texts, on_text, &copy);
    put(&copy, "remind_first", "SURAT {name} {office}");
    put(&copy, "campaign_notice", "PENGUMUMAN");
    err = texts_load(dir, "id", &texts, &why);
    copy.remove = true;
    texts_each(f->texts, on_text, &copy);
    put(&copy, "campaign_notice", "");
    assert_int_equal(rmdir(copy.dir), 0);
    assert_int_equal(rmdir(dir), 0);
    if (err != KB_OK) {
        fail_msg("%s: %s", why.file, why.text);
    }
    return texts;
}

static void an_edited_template_reaches_what_waits(void **state)
{
    struct fixture *f = *state;
    struct texts *texts = other_texts(f);

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    campaigns_use(f->campaigns, texts, &f->config);
    assert_int_equal(dispatch_all(f), 1);
    assert_string_equal(f->last_text, "SURAT Maria Kantor Camat Lembor");
    texts_free(texts);
}

static void a_template_that_is_gone_holds_until_it_is_back(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct texts *texts = other_texts(f);

    options.template_name = "campaign_notice";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    campaigns_use(f->campaigns, texts, &f->config);
    start(f, "c", &options);
    campaigns_use(f->campaigns, f->texts, &f->config);
    assert_int_equal(dispatch_all(f), 0);
    assert_int_equal(
        number(f, "SELECT count(*) FROM message WHERE state = 'held'"
                  " AND reason LIKE 'template campaign_notice is not there%'"),
        1);
    campaigns_use(f->campaigns, texts, &f->config);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 1);
    texts_free(texts);
}

/* --- offices ----------------------------------------------------------- */

static void an_office_that_goes_down_holds_and_comes_back_releases(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Anna", PHONE_B, "KOMODO");
    start_plain(f, "c");
    office_is(f, "LEMBOR", "down");
    assert_int_equal(dispatch_all(f), 1);
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 1);
    assert_int_equal(
        number(f, "SELECT count(*) FROM message WHERE state = 'held' AND"
                  " reason = 'office Kantor Camat Lembor is down (server"
                  " rusak): released when the office is up'"),
        1);
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 1);
    reopen(f);
    office_is(f, "LEMBOR", "up");
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_QUEUED], 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Maria"));
}

static void an_office_that_is_down_at_the_start_is_planned_held(void **state)
{
    struct fixture *f = *state;

    office_is(f, "LEMBOR", "closed");
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 1);
    office_is(f, "LEMBOR", "degraded");
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 1);
}

static void an_office_that_is_up_releases_only_its_own(void **state)
{
    struct fixture *f = *state;

    office_is(f, "LEMBOR", "down");
    office_is(f, "KOMODO", "down");
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Anna", PHONE_B, "KOMODO");
    start_plain(f, "c");
    office_is(f, "KOMODO", "up");
    (void)ticks(f);
    assert_int_equal(report(f, "c").counts.n[MSG_HELD], 1);
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Anna"));
}

static void a_household_of_two_offices_goes_to_the_one_that_works(void **state)
{
    struct fixture *f = *state;

    office_is(f, "LEMBOR", "down");
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    person(f, 3, "Anna", PHONE_A, "KOMODO");
    start_plain(f, "c");
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Kantor Dinas"));
}

static void redirect_names_the_fallback(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_with_outage(f, "redirect");
    office_is(f, "LEMBOR", "down");
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "Kantor Dinas"));
    assert_null(strstr(f->last_text, "Lembor"));
}

static void redirect_without_a_fallback_that_works_holds(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_with_outage(f, "redirect");
    office_is(f, "LEMBOR", "down");
    office_is(f, "KOMODO", "down");
    expect(f, GATE_HOLD, "Kantor Camat Lembor");
}

static void inform_tells_people_not_to_come(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_with_outage(f, "inform");
    office_is(f, "LEMBOR", "down");
    assert_int_equal(dispatch_all(f), 1);
    assert_non_null(strstr(f->last_text, "JANGAN"));
    assert_non_null(strstr(f->last_text, "Kantor Dinas"));
}

static void another_policy_releases_what_was_held(void **state)
{
    struct fixture *f = *state;
    struct campaign_options redirect = {
        .outage = "redirect", .holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};

    office_is(f, "LEMBOR", "down");
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    assert_int_equal(
        campaign_set(f->campaigns, "c", &redirect, &campaign, &why), KB_OK);
    (void)ticks(f);
    assert_int_equal(dispatch_all(f), 1);
}

/* --- in plain words ---------------------------------------------------- */

static void why_of(struct fixture *f, const char *expected)
{
    int64_t id = number(f, "SELECT max(id) FROM message");
    struct outbox_message message = {0};
    char text[320] = "";

    assert_int_equal(outbox_get(f->outbox, id, &message), KB_OK);
    assert_int_equal(
        campaign_why(f->campaigns, &message, text, sizeof text), KB_OK);
    if (strstr(text, expected) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", text, expected);
    }
    outbox_message_clear(&message);
}

static void resident_why(struct fixture *f, int64_t id, const char *expected)
{
    struct resident resident = {0};
    char text[400] = "";

    assert_int_equal(
        registry_resident_by_id(f->registry, id, &resident), KB_OK);
    assert_int_equal(
        campaign_resident_why(f->campaigns, &resident, text, sizeof text),
        KB_OK);
    if (strstr(text, expected) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", text, expected);
    }
}

static void a_message_says_why_it_stands_where_it_stands(void **state)
{
    struct fixture *f = *state;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    start_plain(f, "c");
    why_of(f, "campaign c: queued: nothing holds it");
    office_is(f, "LEMBOR", "down");
    (void)dispatch_all(f);
    why_of(f, "campaign c: held: office Kantor Camat Lembor is down");
    office_is(f, "LEMBOR", "up");
    (void)ticks(f);
    clock_set(&f->clock, NOW_MS + DAY_MS / 2);
    why_of(f, "outside sending hours: it goes from 2016-09-02 08:00 on");
    clock_set(&f->clock, NOW_MS);
    (void)dispatch_all(f);
    why_of(f, "campaign c: sent 2016-09-01 09:00");
}

static void a_resident_says_why_nobody_told_them(void **state)
{
    static const char *const wheres[] = {"office=LEMBOR"};
    struct fixture *f = *state;
    struct campaign_options options = plain();

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", NULL, "LEMBOR");
    person(f, 3, "Anna", PHONE_B, "KOMODO");
    person(f, 4, "Paulus", PHONE_C, "LEMBOR");
    resident_why(f, 1, "no campaign has been started");
    options.where = wheres;
    options.where_count = 1;
    assert_int_equal(registry_phone_stop(f->registry, PHONE_C, true), KB_OK);
    start(f, "c", &options);
    resident_why(f, 1, "c: message 1 queued: nothing holds it");
    resident_why(f, 2, "c: not told: no phone");
    resident_why(f, 3, "c: not told: not on its list");
    resident_why(f, 4, "STOP");
    (void)dispatch_all(f);
    resident_why(f, 1, "c: message 1 sent 2016-09-01 09:00");
    complies(f, 2);
    resident_why(f, 2, "c: not told: processing");
}

static void a_preview_says_what_then_happens(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_preview preview = {0};
    struct why why = {0};

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    person(f, 3, "Anna", PHONE_B, "KOMODO");
    person(f, 4, "Paulus", NULL, "KOMODO");
    person(f, 5, "Rofinus", PHONE_C, "KOMODO");
    assert_int_equal(registry_phone_stop(f->registry, PHONE_C, true), KB_OK);
    create_with(f, "c", &options);
    assert_int_equal(
        campaign_preview(f->campaigns, "c", &preview, &why), KB_OK);
    assert_int_equal(preview.audience, 5);
    assert_int_equal(preview.phones, 2);
    assert_int_equal(preview.shared, 1);
    assert_int_equal(preview.no_phone, 1);
    assert_int_equal(preview.stopped, 1);
    assert_int_equal(preview.held_out, 0);
    assert_int_equal(preview.segments, 2);
    assert_int_equal(preview.step, 30);
    assert_int_equal(preview.people, 3);
    assert_int_equal(preview.household[0], 1);
    assert_int_equal(preview.household[1], 1);
    assert_int_equal(preview.largest, 2);
    /* Two offices: as things stand, the last step, down and back. */
    assert_int_equal(preview.sample_count, 8);
    assert_string_equal(preview.sample[0].office, "LEMBOR");
    assert_string_equal(preview.sample[0].kind, "now");
    assert_string_equal(preview.sample[0].state, "up");
    assert_string_equal(preview.sample[1].kind, "last");
    assert_non_null(strstr(preview.sample[1].text, "hari lagi"));
    assert_string_equal(preview.sample[2].kind, "down");
    assert_non_null(strstr(preview.sample[2].text, "Mendesak? Kantor Dinas"));
    assert_string_equal(preview.sample[3].kind, "back");
    assert_non_null(strstr(preview.sample[0].text, "Maria"));
    assert_null(strstr(preview.sample[0].phone, "200009"));
    assert_int_equal(number(f, "SELECT count(*) FROM message"), 0);
    act(f, "c", CAMPAIGN_START, "running");
    (void)ticks(f);
    assert_int_equal(report(f, "c").audience, preview.audience);
    assert_int_equal(report(f, "c").phones, preview.phones);
}

static void a_preview_shows_where_people_would_be_sent(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_preview preview = {0};
    struct why why = {0};

    options.outage = "redirect";
    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    create_with(f, "c", &options);
    assert_int_equal(
        campaign_preview(f->campaigns, "c", &preview, &why), KB_OK);
    assert_int_equal(preview.sample_count, 5);
    assert_string_equal(preview.sample[2].kind, "redirect");
    assert_non_null(strstr(preview.sample[2].text, "Kantor Dinas"));
}

static void a_preview_goes_on_where_its_slice_ended(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    struct campaign_preview_job *job = NULL;
    struct why why = {0};
    bool done = false;
    int slices = 0;

    person(f, 1, "Maria", PHONE_A, "LEMBOR");
    person(f, 2, "Yosef", PHONE_A, "LEMBOR");
    person(f, 3, "Anna", PHONE_B, "KOMODO");
    create_with(f, "c", &options);
    assert_int_equal(
        campaign_preview_begin(f->campaigns,
            &(struct campaign_people_ask){.name = "c"}, &job, NULL),
        KB_OK);
    while (!done) {
        assert_int_equal(campaign_preview_step(job, 1, &done, &why), KB_OK);
        assert_in_range(++slices, 1, 1000);
    }
    assert_in_range(slices, 2, 1000);
    assert_int_equal(campaign_preview_result(job)->audience, 3);
    assert_int_equal(campaign_preview_result(job)->phones, 2);
    campaign_preview_free(job);
    assert_int_equal(
        campaign_preview_begin(f->campaigns,
            &(struct campaign_people_ask){.name = "none"}, &job, NULL),
        KB_NOT_FOUND);
}

static void a_test_text_is_filled_in(void **state)
{
    struct fixture *f = *state;
    struct campaign_options options = plain();
    char text[800] = "";
    struct why why = {0};

    create_with(f, "c", &options);
    assert_int_equal(
        campaign_test_text(f->campaigns, "c", text, sizeof text, &why), KB_OK);
    assert_non_null(strstr(text, "DUKCAPIL MABAR:"));
    assert_null(strchr(text, '{'));
    assert_int_equal(
        campaign_test_text(f->campaigns, "none", text, sizeof text, &why),
        KB_NOT_FOUND);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_message_without_a_campaign_passes),
        TEST(an_unchanged_text_is_not_written_anew),
        TEST(whoever_complied_in_between_is_not_told),
        TEST(whoever_complied_is_dropped_from_the_names),
        TEST(a_flag_that_came_in_between_ends_it),
        TEST(a_stop_in_between_ends_it),
        TEST(a_phone_that_is_nobodys_is_not_told),
        TEST(a_stopped_phone_is_not_planned_for),
        TEST(a_narrower_where_ends_what_waits),
        TEST(a_pause_holds_at_the_gate_at_once),
        TEST(a_cancel_ends_at_the_gate_at_once),
        TEST(after_the_deadline_nothing_leaves),
        TEST(a_deadline_moved_nearer_counts_at_the_gate),
        TEST(outside_sending_hours_it_waits_for_the_morning),
        TEST(a_message_given_back_keeps_its_day),
        TEST(an_edited_template_reaches_what_waits),
        TEST(a_template_that_is_gone_holds_until_it_is_back),
        TEST(an_office_that_goes_down_holds_and_comes_back_releases),
        TEST(an_office_that_is_down_at_the_start_is_planned_held),
        TEST(an_office_that_is_up_releases_only_its_own),
        TEST(a_household_of_two_offices_goes_to_the_one_that_works),
        TEST(redirect_names_the_fallback),
        TEST(redirect_without_a_fallback_that_works_holds),
        TEST(inform_tells_people_not_to_come),
        TEST(another_policy_releases_what_was_held),
        TEST(a_message_says_why_it_stands_where_it_stands),
        TEST(a_resident_says_why_nobody_told_them),
        TEST(a_preview_says_what_then_happens),
        TEST(a_preview_shows_where_people_would_be_sent),
        TEST(a_preview_goes_on_where_its_slice_ended),
        TEST(a_test_text_is_filled_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
