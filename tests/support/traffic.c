// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/traffic.h"

#include "base/str.h"
#include "web/client.h"

#include <sqlite3.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void traffic_phone(int i, char *out)
{
    (void)snprintf(out, 24, "+6281200009%03d", i);
}

static const char *text_of(const json_t *row, const char *member)
{
    const char *text = json_string_value(json_object_get(row, member));

    return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *row, const char *member)
{
    return json_integer_value(json_object_get(row, member));
}

/* --- messages ------------------------------------------------------------ */

int64_t traffic_send_text(struct bed *bed, int i, const char *text)
{
    char phone[24];
    json_t *body = NULL;
    char *line = NULL;
    json_t *answer = NULL;
    int64_t id = 0;

    traffic_phone(i, phone);
    body = json_pack("{s:s,s:s}", "phone", phone, "text", text);
    line = json_dumps(body, JSON_COMPACT);
    answer = bed_ask(bed, "POST", "/api/v1/messages", line, NULL);
    id = number_of(answer, "id");
    assert_true(id > 0);
    json_decref(answer);
    json_decref(body);
    free(line);
    return id;
}

int64_t traffic_send(struct bed *bed, int i)
{
    char text[32];

    (void)snprintf(text, sizeof text, "pesan %d", i);
    return traffic_send_text(bed, i, text);
}

void traffic_send_many(struct bed *bed, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        (void)traffic_send(bed, i);
    }
}

bool traffic_is(struct bed *bed, int64_t id, const char *state)
{
    char target[64];

    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)id);
    return bed_is(bed, target, "state", state);
}

/* The newest message to number i, as its list shows it; json_decref() it. */
static json_t *newest_of(struct bed *bed, int i)
{
    char phone[24];
    char target[96];
    json_t *rows = NULL;
    json_t *first = NULL;

    traffic_phone(i, phone);
    (void)snprintf(target, sizeof target,
        "/api/v1/messages?phone=%%2B%s&limit=1", phone + 1);
    rows = bed_ask(bed, "GET", target, NULL, NULL);
    first = json_incref(json_array_get(rows, 0));
    json_decref(rows);
    assert_non_null(first);
    return first;
}

bool traffic_number_is(struct bed *bed, int i, const char *state)
{
    json_t *row = newest_of(bed, i);
    bool same = strcmp(text_of(row, "state"), state) == 0;

    json_decref(row);
    return same;
}

int64_t traffic_settled(struct bed *bed)
{
    static const char *const states[] = {"sent", "delivered", "undelivered",
        "failed", "expired", "cancelled", "unknown"};
    json_t *status = bed_ask(bed, "GET", "/api/v1/status", NULL, NULL);
    int64_t sum = 0;

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        sum += number_of(json_object_get(status, "queue"), states[i]);
    }
    json_decref(status);
    return sum;
}

/* --- the ledger ---------------------------------------------------------- */

int traffic_accepted(struct bed *bed, int i)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t at = 0;
    char phone[24];
    int times = 0;

    traffic_phone(i, phone);
    json_array_foreach(rows, at, row)
    {
        times += strcmp(text_of(row, "to"), phone) == 0 ? 1 : 0;
    }
    json_decref(rows);
    return times;
}

int traffic_events(struct bed *bed, const char *modem, const char *event)
{
    json_t *rows = bed_ledger(bed, event);
    json_t *row = NULL;
    size_t at = 0;
    int times = 0;

    json_array_foreach(rows, at, row)
    {
        times += strcmp(text_of(row, "modem"), modem) == 0 ? 1 : 0;
    }
    json_decref(rows);
    return times;
}

int traffic_accepted_by(struct bed *bed, const char *modem)
{
    return traffic_events(bed, modem, "accepted");
}

/* What the gateway says of a message to a number that the network took with
   that reference. */
static void assert_reference(struct bed *bed, int64_t id, int64_t reference)
{
    char target[64];
    json_t *message = NULL;
    json_t *part = NULL;

    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)id);
    message = bed_ask(bed, "GET", target, NULL, NULL);
    part = json_array_get(json_object_get(message, "parts"), 0);
    if (number_of(part, "tp_mr") != reference) {
        fail_msg("message %lld: TP-MR %lld in the store, %lld in the ledger",
            (long long)id, (long long)number_of(part, "tp_mr"),
            (long long)reference);
    }
    json_decref(message);
}

static void judge_one(struct bed *bed, int i, json_t *accepted)
{
    char phone[24];
    json_t *found = NULL;
    json_t *row = NULL;
    json_t *message = newest_of(bed, i);
    const char *state = text_of(message, "state");
    size_t at = 0;

    traffic_phone(i, phone);
    json_array_foreach(accepted, at, row)
    {
        if (strcmp(text_of(row, "to"), phone) == 0) {
            if (found != NULL) {
                fail_msg("message %d was sent twice", i);
            }
            found = row;
        }
    }
    if (strcmp(state, "sent") == 0 || strcmp(state, "delivered") == 0) {
        if (found == NULL) {
            fail_msg("message %d is %s and never was accepted", i, state);
        }
        assert_reference(
            bed, number_of(message, "id"), number_of(found, "ref"));
    } else if (found == NULL && strcmp(state, "unknown") != 0 &&
               strcmp(state, "failed") != 0) {
        fail_msg("message %d was not accepted and is %s", i, state);
    }
    json_decref(message);
}

void traffic_judge(struct bed *bed, int count)
{
    json_t *accepted = bed_ledger(bed, "accepted");

    for (int i = 0; i < count; i++) {
        judge_one(bed, i, accepted);
    }
    json_decref(accepted);
}

/* --- modems -------------------------------------------------------------- */

bool traffic_modem_is(struct bed *bed, const char *name, const char *state)
{
    char target[64];

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s", name);
    return bed_is(bed, target, "state", state);
}

bool traffic_modem_works(struct bed *bed, const char *name)
{
    return traffic_modem_is(bed, name, "ready") ||
           traffic_modem_is(bed, name, "sending");
}

void traffic_modem(struct bed *bed, const char *name, const char *action)
{
    char target[64];

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s/%s", name, action);
    bed_do(bed, "POST", target, NULL);
}

void traffic_fault(struct bed *bed, const char *modem, const char *members)
{
    json_decref(bed_sim(
        bed, "{\"cmd\":\"fault\",\"modem\":\"%s\",%s}", modem, members));
}

bool traffic_struck(struct bed *bed, const char *modem)
{
    json_t *answer =
        bed_sim(bed, "{\"cmd\":\"state\",\"modem\":\"%s\"}", modem);
    json_t *row = json_array_get(json_object_get(answer, "modems"), 0);
    bool none = json_array_size(json_object_get(row, "faults")) == 0;

    json_decref(answer);
    return none;
}

bool traffic_in_flight(struct bed *bed, const char *modem)
{
    json_t *answer =
        bed_sim(bed, "{\"cmd\":\"state\",\"modem\":\"%s\"}", modem);
    json_t *row = json_array_get(json_object_get(answer, "modems"), 0);
    bool busy = strcmp(text_of(row, "line"), "busy") == 0;

    json_decref(answer);
    return busy;
}

void traffic_meet(struct bed *bed, const struct traffic_stage *stage, int first)
{
    int64_t unknown = bed_queue(bed, "unknown");
    int64_t settled = traffic_settled(bed);
    int others = traffic_accepted_by(bed, "m2");

    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", stage->fault);
    traffic_send_many(bed, first, 10);
    BED_WAIT(5000, traffic_struck(bed, "m1"));
    BED_WAIT(15000, traffic_settled(bed) == settled + 10);
    unknown = bed_queue(bed, "unknown") - unknown;
    assert_int_equal(unknown, stage->resent ? 0 : 1);
    assert_true(traffic_accepted_by(bed, "m2") > others);
    for (int i = first; i < first + 10; i++) {
        if (traffic_number_is(bed, i, "unknown")) {
            assert_int_equal(traffic_accepted(bed, i), stage->accepted);
        }
    }
    traffic_judge(bed, first + 10);
    traffic_modem(bed, "m1", "reset"); /* no longer back-off than the first */
}

/* --- the store ----------------------------------------------------------- */

int traffic_try_post(struct bed *bed, int i, int *retry_after_s)
{
    char phone[24];
    char body[128];
    struct web_ask ask = {.socket_path = bed->socket,
        .method = "POST",
        .target = "/api/v1/messages",
        .content_type = "application/json",
        .body = body,
        .timeout_ms = 10000};
    struct web_answer answer = {0};
    int status = 0;

    traffic_phone(i, phone);
    ask.body_bytes = (size_t)snprintf(body, sizeof body,
        "{\"phone\":\"%s\",\"text\":\"pesan %d\"}", phone, i);
    if (web_client_call(&ask, &answer, NULL) == KB_OK) {
        status = answer.status;
    }
    if (retry_after_s != NULL) {
        *retry_after_s = answer.retry_after_s;
    }
    web_answer_clear(&answer);
    return status;
}

sqlite3 *traffic_hold_database(struct bed *bed)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(bed->database, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 10000);
    assert_int_equal(
        sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

void traffic_release_database(sqlite3 *db)
{
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* --- workers ------------------------------------------------------------- */

static size_t read_proc(
    const char *pid, const char *what, char *out, size_t room)
{
    char path[64];
    FILE *file = NULL;
    size_t got = 0;

    (void)snprintf(path, sizeof path, "/proc/%.20s/%s", pid, what);
    file = fopen(path, "r");
    if (file != NULL) {
        got = fread(out, 1, room - 1, file);
        (void)fclose(file);
    }
    out[got] = '\0';
    return got;
}

/* Its command line is "kabari-modem PARENT NAME". */
static bool is_worker_of(const char *pid, pid_t parent, const char *name)
{
    char line[1024];
    size_t bytes = read_proc(pid, "cmdline", line, sizeof line);
    const char *second = line + strlen(line) + 1;
    const char *third = NULL;

    if (strstr(line, "kabari-modem") == NULL || second >= line + bytes) {
        return false;
    }
    third = second + strlen(second) + 1;
    return third < line + bytes && strtol(second, NULL, 10) == (long)parent &&
           strcmp(third, name) == 0;
}

pid_t traffic_worker(struct bed *bed, const char *name)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry = NULL;
    int64_t found = 0;

    assert_non_null(processes);
    while (found == 0 && (entry = readdir(processes)) != NULL) {
        int64_t pid = 0;

        if (str_int(entry->d_name, 1, INT32_MAX, &pid) == KB_OK &&
            is_worker_of(entry->d_name, bed->gateway, name)) {
            found = pid;
        }
    }
    (void)closedir(processes);
    return (pid_t)found;
}
