// SPDX-License-Identifier: GPL-2.0-or-later
/* The stream of events: what has changed, resumed, bounded. */
#include "api/journal.h"
#include "base/buf.h"
#include "tests/unit/api/api_fixture.h"
#include "web/web_internal.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#define TURNS_MOST 5000 /* of 2 ms at most */

struct served {
    struct fixture *fixture;
    struct event_base *base;
    struct event *pulse;
    struct web *web;
};

static void on_pulse(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

static int served_new(void **state)
{
    struct served *served = calloc(1, sizeof(*served));
    struct why why = {0};
    struct timeval soon = {.tv_usec = 2000};
    assert_non_null(served);
    served->fixture = fixture_open("");
    fixture_fill(served->fixture);
    served->base = event_base_new();
    served->pulse = event_new(served->base, -1, EV_PERSIST, on_pulse, NULL);
    assert_int_equal(event_add(served->pulse, &soon), 0);
    assert_int_equal(web_open(served->base, served->fixture->api,
                         &served->fixture->app.config, &served->web, &why),
        KB_OK);
    *state = served;
    return 0;
}

static int served_free(void **state)
{
    struct served *served = *state;
    void *fixture = served->fixture;
    web_close(served->web);
    assert_int_equal(fixture_free(&fixture), 0);
    event_free(served->pulse);
    event_base_free(served->base);
    free(served);
    return 0;
}

static void turn(struct served *served)
{
    assert_true(event_base_loop(served->base, EVLOOP_ONCE) >= 0);
    (void)api_work(served->fixture->api);
    assert_int_equal(store_commit(served->fixture->app.store), KB_OK);
}

static struct journal *journal_of(struct served *served)
{
    return api_journal(served->fixture->api);
}

/** Somebody who listens; everything that came is in heard. */
struct ear {
    int fd;
    bool closed;
    struct buf heard;
};

static struct ear *listen_to(
    struct served *served, const char *query, const char *last)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ear *ear = calloc(1, sizeof(*ear));
    char ask[400];
    assert_non_null(ear);
    assert_int_equal(str_copy(address.sun_path, sizeof(address.sun_path),
                         served->fixture->app.config.control_socket),
        KB_OK);
    ear->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(
        connect(ear->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)snprintf(ask, sizeof(ask),
        "GET /api/v1/events%s HTTP/1.1\r\nHost: x\r\n%s%s%s\r\n", query,
        last ? "Last-Event-ID: " : "", last ? last : "", last ? "\r\n" : "");
    assert_int_equal(
        send(ear->fd, ask, strlen(ask), MSG_NOSIGNAL), strlen(ask));
    return ear;
}

static void take(struct ear *ear)
{
    char piece[65536];
    ssize_t got = 0;
    while ((got = recv(ear->fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0) {
        buf_add(&ear->heard, piece, (size_t)got);
    }
    ear->closed = ear->closed || got == 0;
}

/** Turns the loop until the ear has heard a text. */
static void hear(struct served *served, struct ear *ear, const char *text)
{
    for (int i = 0; i < TURNS_MOST; i++) {
        take(ear);
        if (strstr(buf_text(&ear->heard), text)) {
            return;
        }
        turn(served);
    }
    fail_msg("%s is not in: %s", text, buf_text(&ear->heard));
}

static bool has_heard(const struct ear *ear, const char *text)
{
    return strstr(buf_text(&ear->heard), text) != NULL;
}

static void ear_free(struct ear *ear)
{
    close(ear->fd);
    buf_clear(&ear->heard);
    free(ear);
}

static void add_status(struct served *served, int number)
{
    journal_add(
        journal_of(served), TOPIC_STATUS, json_pack("{si}", "number", number));
}

/* ------------------------------------------------------------------------------ */

static void a_message_is_told_with_its_state_and_no_number(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "", NULL);
    hear(served, ear, "retry: 2000");
    assert_true(has_heard(ear, "Content-Type: text/event-stream"));
    tell(served->fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"Halo\"}", 201);
    hear(served, ear,
        "event: message\ndata: {\"id\":1,\"state\":\"queued\","
        "\"campaign\":null}");
    assert_false(has_heard(ear, "9001"));
    ear_free(ear);
}

static void offices_campaigns_and_imports_are_told(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "", NULL);
    hear(served, ear, "retry: 2000");
    tell(served->fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"server\"}", 200);
    hear(served, ear,
        "event: office\ndata: {\"code\":\"LEMBOR\",\"state\":\"down\"}");
    tell(served->fixture, "POST", "/api/v1/campaigns",
        "{\"name\":\"rekam\",\"template\":\"remind_first\","
        "\"deadline\":\"2016-09-30\"}",
        201);
    hear(served, ear,
        "event: campaign\ndata: {\"id\":1,\"name\":\"rekam\","
        "\"state\":\"draft\"}");
    tell(served->fixture, "POST", "/api/v1/residents/import", RESIDENTS_CSV,
        200);
    hear(served, ear, "event: import\ndata: {\"id\":2,\"state\":\"done\"");
    ear_free(ear);
}

static void what_was_undone_is_not_told_as_done(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "?topics=office", NULL);
    hear(served, ear, "retry: 2000");
    assert_int_equal(store_op_begin(served->fixture->app.store), KB_OK);
    assert_int_equal(store_exec(served->fixture->app.store,
                         "UPDATE office SET state = 'closed'"),
        KB_OK);
    assert_int_equal(
        store_op_end(served->fixture->app.store, KB_REFUSED), KB_REFUSED);
    hear(served, ear, "{\"code\":\"LEMBOR\",\"state\":\"up\"}");
    assert_false(has_heard(ear, "closed"));
    ear_free(ear);
}

static void many_changes_at_once_are_one_event(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "?topics=message", NULL);
    struct buf body = {0};
    hear(served, ear, "retry: 2000");
    for (int i = 0; i < 500; i++) {
        buf_printf(&body, "%s{\"phone\":\"0812000%05d\",\"text\":\"Halo\"}",
            i == 0 ? "[" : ",", i);
    }
    buf_add_text(&body, "]");
    tell(served->fixture, "POST", "/api/v1/messages", buf_text(&body), 201);
    hear(served, ear, "{\"id\":null,\"state\":null,\"count\":500}");
    buf_clear(&body);
    ear_free(ear);
}

static void an_alarm_is_told_when_it_is_raised(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "?topics=alarm", NULL);
    hear(served, ear, "retry: 2000");
    assert_int_equal(alarm_raise(served->fixture->app.alarms,
                         &(struct alarm_new){.key = "modem:m1",
                             .severity = ALARM_WARNING,
                             .text = "modem m1 is absent; replug it"}),
        KB_OK);
    assert_int_equal(alarms_tick(served->fixture->app.alarms), KB_OK);
    hear(served, ear, "\"name\":\"modem:m1\",\"state\":\"raised\"");
    ear_free(ear);
}

static void only_the_topics_asked_for_are_told(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "?topics=office,alarm", NULL);
    hear(served, ear, "retry: 2000");
    add_status(served, 1);
    journal_add(journal_of(served), TOPIC_ALARM,
        json_pack("{ss ss}", "name", "a", "state", "raised"));
    hear(served, ear, "event: alarm");
    assert_false(has_heard(ear, "event: status"));
    ear_free(ear);
}

static void topics_that_are_none_are_422(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "?topics=office,weather", NULL);
    hear(served, ear, "HTTP/1.1 422");
    hear(served, ear, "topics are message, campaign");
    ear_free(ear);
}

static void who_comes_back_hears_what_was_missed_and_no_more(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "?topics=alarm", NULL);
    char id[JOURNAL_ID_BYTES];
    hear(served, ear, "retry: 2000");
    journal_id(journal_of(served), journal_last(journal_of(served)) + 1, id);
    for (int i = 1; i <= 3; i++) {
        journal_add(
            journal_of(served), TOPIC_ALARM, json_pack("{si}", "number", i));
    }
    hear(served, ear, "{\"number\":3}");
    ear_free(ear);
    ear = listen_to(served, "?topics=alarm", id);
    hear(served, ear, "{\"number\":3}");
    assert_true(has_heard(ear, "{\"number\":2}"));
    assert_false(has_heard(ear, "{\"number\":1}"));
    assert_false(has_heard(ear, "reset"));
    ear_free(ear);
}

static void an_id_of_another_start_or_too_old_resets(void **state)
{
    struct served *served = *state;
    char old[JOURNAL_ID_BYTES];
    struct ear *ear = listen_to(served, "", "18a3f-412");
    hear(served, ear, "event: reset\ndata: {}");
    ear_free(ear);
    journal_id(journal_of(served), journal_last(journal_of(served)), old);
    for (int i = 0; i < JOURNAL_KEPT + 1; i++) {
        add_status(served, i);
    }
    ear = listen_to(served, "", old);
    hear(served, ear, "event: reset");
    ear_free(ear);
}

/** Fills the journal until a listener that reads nothing is let go. */
static void a_slow_listener_is_closed_and_others_go_on(void **state)
{
    struct served *served = *state;
    struct ear *slow = listen_to(served, "?topics=status", NULL);
    struct ear *good = listen_to(served, "?topics=status", NULL);
    char wide[2048];
    char mark[40] = "";
    memset(wide, 'x', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    hear(served, good, "retry: 2000");
    hear(served, slow, "retry: 2000");
    for (int i = 0; i < 100 && web_events_count(served->web->events) == 2;
         i++) {
        for (int n = 0; n < 50; n++) {
            journal_add(journal_of(served), TOPIC_STATUS,
                json_pack("{ss}", "wide", wide));
        }
        (void)snprintf(mark, sizeof(mark), "{\"number\":%d}", i);
        add_status(served, i);
        hear(served, good, mark);
        buf_clear(&good->heard);
    }
    assert_int_equal(web_events_count(served->web->events), 1);
    add_status(served, 12345);
    hear(served, good, "{\"number\":12345}");
    ear_free(slow);
    ear_free(good);
}

static void who_hangs_up_is_forgotten(void **state)
{
    struct served *served = *state;
    struct ear *ear = listen_to(served, "", NULL);
    hear(served, ear, "retry: 2000");
    ear_free(ear);
    for (int i = 0; i < TURNS_MOST && web_events_count(served->web->events) > 0;
         i++) {
        turn(served);
    }
    assert_int_equal(web_events_count(served->web->events), 0);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, served_new, served_free)
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_told_with_its_state_and_no_number),
        TEST(offices_campaigns_and_imports_are_told),
        TEST(what_was_undone_is_not_told_as_done),
        TEST(many_changes_at_once_are_one_event),
        TEST(an_alarm_is_told_when_it_is_raised),
        TEST(only_the_topics_asked_for_are_told),
        TEST(topics_that_are_none_are_422),
        TEST(who_comes_back_hears_what_was_missed_and_no_more),
        TEST(an_id_of_another_start_or_too_old_resets),
        TEST(a_slow_listener_is_closed_and_others_go_on),
        TEST(who_hangs_up_is_forgotten),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* as kabarid does */
    return cmocka_run_group_tests_name("web: events", tests, NULL, NULL);
}
