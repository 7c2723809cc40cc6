// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

#define CAMPAIGNS "/api/v1/campaigns"
#define SEPTEMBER                                                              \
    "{\"name\":\"september\",\"template\":\"remind_first\","                   \
    "\"deadline\":\"2016-09-30\",\"where\":[\"office=LEMBOR\"]}"

static int with_a_draft(void **state)
{
    struct fixture *fixture = fixture_open("");
    fixture_fill(fixture);
    tell(fixture, "POST", CAMPAIGNS, SEPTEMBER, 201);
    *state = fixture;
    return 0;
}

static void a_campaign_starts_as_a_draft_with_defaults(void **state)
{
    json_t *campaign = ask(*state, "GET", CAMPAIGNS "/september", NULL, 200);
    assert_string_equal(text_of(campaign, "state"), "draft");
    assert_string_equal(text_of(campaign, "deadline"), "2016-09-30");
    assert_string_equal(text_of(campaign, "steps"), "30,14,7,3,1");
    assert_string_equal(text_of(campaign, "pace"), "auto");
    assert_int_equal(number_of(campaign, "holdout"), 0);
    const json_t *where = json_object_get(campaign, "where");
    assert_string_equal(
        json_string_value(json_array_get(where, 0)), "office=LEMBOR");
    assert_true(json_is_null(json_object_get(campaign, "started")));
    json_decref(campaign);
    json_t *list = ask(*state, "GET", CAMPAIGNS, NULL, 200);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
}

static void a_campaign_that_makes_no_sense_names_its_field(void **state)
{
    static const char *const wrong[][2] = {
        {"{\"name\":\"a\",\"template\":\"remind_first\"}",
         "422 invalid deadline"                                                                  },
        {"{\"name\":\"a\",\"deadline\":\"2016-09-30\"}",
         "422 invalid template"                                                                  },
        {"{\"template\":\"remind_first\",\"deadline\":\"2016-09-30\"}",
         "422 invalid name"                                                                      },
        {"{\"name\":\"a b\",\"template\":\"remind_first\","
         "\"deadline\":\"2016-09-30\"}",                          "422 invalid name"    },
        {"{\"name\":\"a\",\"template\":\"nothing\","
         "\"deadline\":\"2016-09-30\"}",                          "422 invalid template"},
        {"{\"name\":\"a\",\"template\":\"remind_first\","
         "\"deadline\":\"2016-09-30\",\"where\":\"colour=red\"}", "422 invalid where"   },
        {"{\"name\":\"a\",\"template\":\"remind_first\","
         "\"deadline\":\"2016-09-30\",\"holdout\":51}",           "422 invalid holdout" },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        refused(*state, "POST", CAMPAIGNS, wrong[i][0], wrong[i][1]);
    }
    refused(*state, "POST", CAMPAIGNS, SEPTEMBER, "409 refused name");
}

static void a_campaign_is_changed_in_part(void **state)
{
    json_t *campaign = ask(*state, "PATCH", CAMPAIGNS "/september",
        "{\"deadline\":\"2016-10-31\",\"pace\":\"40/day\"}", 200);
    assert_string_equal(text_of(campaign, "deadline"), "2016-10-31");
    assert_string_equal(text_of(campaign, "pace"), "40/day");
    assert_string_equal(text_of(campaign, "steps"), "30,14,7,3,1");
    json_decref(campaign);
    refused(*state, "PATCH", CAMPAIGNS "/nothing", "{\"pace\":\"auto\"}",
        "404 not_found ");
}

static void a_preview_counts_and_shows_a_sample(void **state)
{
    json_t *preview =
        ask(*state, "GET", CAMPAIGNS "/september/preview", NULL, 200);
    assert_int_equal(number_of(preview, "audience"), 2);
    assert_int_equal(number_of(preview, "phones"), 2);
    assert_int_equal(number_of(preview, "segments"), 2);
    const json_t *samples = json_object_get(preview, "samples");
    assert_int_equal(json_array_size(samples), 4);
    assert_string_equal(
        text_of(json_array_get(samples, 0), "office"), "LEMBOR");
    assert_null(strstr(text_of(json_array_get(samples, 0), "phone"), "9001"));
    json_decref(preview);
    refused(
        *state, "GET", CAMPAIGNS "/nothing/preview", NULL, "404 not_found ");
}

static void work_wanted(void *arg)
{
    *(bool *)arg = true;
}

static void starting_pausing_and_cancelling_follow_the_rules(void **state)
{
    struct fixture *fixture = *state;
    bool wanted = false;
    refused(fixture, "POST", CAMPAIGNS "/september/pause", NULL,
        "409 refused state");
    api_on_work(fixture->api, work_wanted, &wanted);
    json_t *campaign =
        ask(fixture, "POST", CAMPAIGNS "/september/start", NULL, 200);
    assert_true(wanted);
    assert_string_not_equal(text_of(campaign, "state"), "draft");
    json_decref(campaign);
    tell(fixture, "POST", CAMPAIGNS "/september/pause", NULL, 200);
    tell(fixture, "POST", CAMPAIGNS "/september/resume", NULL, 200);
    campaign = ask(fixture, "POST", CAMPAIGNS "/september/cancel", NULL, 200);
    assert_string_equal(text_of(campaign, "state"), "cancelled");
    json_decref(campaign);
    refused(fixture, "POST", CAMPAIGNS "/september/start", NULL,
        "409 refused state");
    refused(
        fixture, "POST", CAMPAIGNS "/nothing/start", NULL, "404 not_found ");
}

/* --- a second person --------------------------------------------------- */

static struct access_actor person(const char *name, enum access_role role)
{
    struct access_actor actor = {
        .kind = ACCESS_SESSION, .role = role, .view = VIEW_WORK};
    assert_int_equal(str_copy(actor.who, sizeof(actor.who), name), KB_OK);
    return actor;
}

/** POST by that asker (NULL: "test" on the control socket); the answer's error
 *  or campaign, which the caller frees. */
static json_t *post_by(struct fixture *fixture, const char *path,
    const struct access_actor *actor, int status)
{
    struct heard heard = {0};
    struct api_request request = {
        .method = "POST", .path = path, .who = "uid:0", .actor = actor};
    api_handle(fixture->api, &request, on_heard, &heard);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, status);
    check_shape("POST", path, &heard);
    json_t *json = json_incref(heard.json);
    heard_clear(&heard);
    return json;
}

static void post_is(struct fixture *fixture, const char *path,
    const struct access_actor *actor, int status, const char *state)
{
    json_t *json = post_by(fixture, path, actor, status);
    assert_string_equal(text_of(json, "state"), state);
    json_decref(json);
}

static void state_is(struct fixture *fixture, const char *state)
{
    json_t *campaign = ask(fixture, "GET", CAMPAIGNS "/september", NULL, 200);
    assert_string_equal(text_of(campaign, "state"), state);
    json_decref(campaign);
}

static size_t messages(struct fixture *fixture)
{
    json_t *list = ask(fixture, "GET", "/api/v1/messages", NULL, 200);
    size_t count = json_array_size(list);
    json_decref(list);
    return count;
}

#define START   CAMPAIGNS "/september/start"
#define APPROVE CAMPAIGNS "/september/approve"

static void a_large_campaign_waits_for_somebody_else(void **state)
{
    struct fixture *fixture = *state;
    struct access_actor ani = person("ani", ROLE_OPERATOR);
    struct access_actor budi = person("budi", ROLE_STAFF);
    struct access_actor audit = person("citra", ROLE_AUDITOR);
    fixture->app.config.approval_above = 1;
    json_t *preview =
        ask(fixture, "GET", CAMPAIGNS "/september/preview", NULL, 200);
    assert_true(json_is_true(
        json_object_get(json_object_get(preview, "approval"), "needed")));
    json_decref(preview);
    json_decref(post_by(fixture, APPROVE, &budi, 409)); /* not started */
    post_is(fixture, START, &ani, 200, "scheduled");
    json_t *shown = ask(fixture, "GET", CAMPAIGNS "/september", NULL, 200);
    assert_string_equal(text_of(shown, "asked_by"), "ani");
    assert_non_null(strstr(text_of(shown, "note"), "other than ani"));
    assert_non_null(
        strstr(text_of(shown, "note"), "campaign approve september"));
    json_decref(shown);
    json_t *own = post_by(fixture, APPROVE, &ani, 409);
    assert_string_equal(text_of(error_of(own), "message"),
        "ani started this campaign; somebody else must approve it");
    json_decref(own);
    json_decref(post_by(fixture, APPROVE, &audit, 403));
    plan_a_little(fixture);
    state_is(fixture, "scheduled");
    assert_int_equal(messages(fixture), 0);
    post_is(fixture, APPROVE, &budi, 200, "running");
    plan_a_little(fixture);
    assert_true(messages(fixture) > 0);
    json_decref(post_by(fixture, APPROVE, &budi, 409)); /* once is enough */
    json_t *audited = ask(fixture, "GET", "/api/v1/audit?who=budi", NULL, 200);
    char *text = json_dumps(audited, 0);
    assert_non_null(strstr(text, "/approve"));
    assert_non_null(strstr(text, "started by ani"));
    free(text);
    json_decref(audited);
}

static void the_control_socket_is_a_person_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct access_actor root = access_local("uid:0");
    struct access_actor other = access_local("uid:1000");
    fixture->app.config.approval_above = 1;
    post_is(fixture, START, &root, 200, "scheduled");
    json_decref(post_by(fixture, APPROVE, &root, 409));
    post_is(fixture, APPROVE, &other, 200, "running");
}

static void a_campaign_that_waits_is_not_resumed_started_or_widened(
    void **state)
{
    struct fixture *fixture = *state;
    struct access_actor ani = person("ani", ROLE_ADMIN);
    fixture->app.config.approval_above = 1;
    post_is(fixture, START, &ani, 200, "scheduled");
    json_decref(post_by(fixture, START, &ani, 409));
    json_decref(post_by(fixture, CAMPAIGNS "/september/pause", &ani, 409));
    json_decref(post_by(fixture, CAMPAIGNS "/september/resume", &ani, 409));
    tell(fixture, "PATCH", CAMPAIGNS "/september",
        "{\"deadline\":\"2016-10-05\"}", 200);
    plan_a_little(fixture);
    state_is(fixture, "scheduled");
    refused(fixture, "PATCH", CAMPAIGNS "/september",
        "{\"where\":[\"kecamatan=Lembor\"]}", "409 refused where");
    post_is(fixture, CAMPAIGNS "/september/cancel", &ani, 200, "cancelled");
}

static void a_campaign_that_is_not_above_needs_nobody_else(void **state)
{
    struct fixture *fixture = *state;
    struct access_actor ani = person("ani", ROLE_STAFF);
    fixture->app.config.approval_above = 2; /* its audience: not above */
    post_is(fixture, START, &ani, 200, "running");
}

/* An SMS left by a modem that died of it. */
static void let_one_be_unknown(struct fixture *fixture)
{
    struct outbox *outbox = fixture->app.outbox;
    struct outbox_message message = {0};
    struct outbox_submit part = {
        .part = 1, .parts = 1, .modem = "m1", .sim = "m1", .expected_mr = -1};
    struct outbox_result result = {.part = 1,
        .modem = "m1",
        .verdict = OUTBOX_UNKNOWN,
        .tp_mr = -1,
        .reason = ""};
    assert_int_equal(outbox_claim(outbox, "m1", MSG_BULK, &message), KB_OK);
    part.id = message.id;
    part.phone = message.phone;
    result.id = message.id;
    assert_int_equal(outbox_submitting(outbox, &part), KB_OK);
    assert_int_equal(outbox_settle(outbox, &result, NULL), KB_OK);
    outbox_message_clear(&message);
}

static void what_is_sent_again_by_itself_stands_in_the_audit(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "PATCH", CAMPAIGNS "/september",
        "{\"on_unknown\":\"resend\"}", 200);
    tell(fixture, "POST", START, NULL, 200);
    plan_a_little(fixture);
    let_one_be_unknown(fixture);
    clock_set(&fixture->app.clock, FIXTURE_NOW_MS + 3600000);
    plan_a_little(fixture);
    json_t *audited =
        ask(fixture, "GET", "/api/v1/audit?who=campaign:september", NULL, 200);
    assert_int_equal(json_array_size(audited), 1);
    assert_string_equal(
        text_of(json_array_get(audited, 0), "action"), "resend unknown");
    json_decref(audited);
}

static void a_report_counts_every_state(void **state)
{
    static const char *const names[] = {"audience", "phones", "held", "queued",
        "submitting", "sent", "delivered", "undelivered", "failed", "expired",
        "unknown", "cancelled"};
    json_t *report =
        ask(*state, "GET", CAMPAIGNS "/september/report", NULL, 200);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_true(number_of(report, names[i]) >= 0);
    }
    assert_null(json_object_get(report, "claimed"));
    json_decref(report);
    refused(*state, "GET", CAMPAIGNS "/nothing/report", NULL, "404 not_found ");
}

static void a_test_goes_to_one_number_only(void **state)
{
    json_t *made = ask(*state, "POST", CAMPAIGNS "/september/test",
        "{\"to\":\"081200009009\"}", 201);
    assert_string_equal(text_of(made, "phone"), "+6281200009009");
    assert_true(strlen(text_of(made, "text")) > 20);
    json_decref(made);
    json_t *list = ask(*state, "GET", "/api/v1/messages", NULL, 200);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    refused(*state, "POST", CAMPAIGNS "/september/test", "{\"to\":\"abc\"}",
        "422 invalid to");
    refused(*state, "POST", CAMPAIGNS "/nothing/test",
        "{\"to\":\"081200009009\"}", "404 not_found ");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, with_a_draft, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_campaign_starts_as_a_draft_with_defaults),
        TEST(a_campaign_that_makes_no_sense_names_its_field),
        TEST(a_campaign_is_changed_in_part),
        TEST(a_preview_counts_and_shows_a_sample),
        TEST(starting_pausing_and_cancelling_follow_the_rules),
        TEST(a_large_campaign_waits_for_somebody_else),
        TEST(the_control_socket_is_a_person_of_its_own),
        TEST(a_campaign_that_waits_is_not_resumed_started_or_widened),
        TEST(a_campaign_that_is_not_above_needs_nobody_else),
        TEST(what_is_sent_again_by_itself_stands_in_the_audit),
        TEST(a_report_counts_every_state),
        TEST(a_test_goes_to_one_number_only),
    };
    return cmocka_run_group_tests_name("api: campaigns", tests, NULL, NULL);
}
