// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/support/chaos_cause.h"
#include "tests/support/chaos_internal.h"

#include <sqlite3.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PARTS_MAX 4
/* Between a strike and the moment when the gateway gives the SMS up lie its
   budgets; the log has whole seconds. */
#define EXCUSE_MS  20000
#define LOG_MS     1000 /* … and no more than those does a strike come later */
#define CAUSES_MAX 40000
#define DOUBTS_MAX 10000

/* What the ledger says of one message, and the store. */
struct fate {
    int accepted[PARTS_MAX]; /* by part */
    int rejected;
    int code; /* of the last rejection */
    char state[16];
    int parts;
    int64_t next_at_ms;
};

struct judge {
    struct chaos *chaos;
    struct fate *fate; /* by message */
    json_t *ledger;
    struct chaos_cause *cause;
    int causes;
    struct chaos_doubt *doubt; /* parts that were or are unknown */
    int doubts;
    int faults; /* findings */
    int left_unknown;
    int refused_early; /* before the prompt, where no number is known yet */
};

static void find_fault(struct judge *judge, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void find_fault(struct judge *judge, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (judge->faults++ < 40) {
        print_error("chaos: %s\n", line);
    }
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

static int modem_of(const json_t *row)
{
    return (int)strtol(text_of(row, "modem") + 1, NULL, 10);
}

/* @return -1 where it is nobody's number. */
static int message_of(const struct judge *judge, const char *phone)
{
    int64_t i = 0;

    if (!str_starts(phone, "+6281200") ||
        str_int(phone + 8, 100000, 999999, &i) != KB_OK ||
        i - 100000 >= judge->chaos->messages) {
        return -1;
    }
    return (int)(i - 100000);
}

/* --- what the ledger allows ----------------------------------------------- */

static void add_cause(struct judge *judge, struct chaos_cause cause)
{
    assert_true(judge->causes < CAUSES_MAX);
    cause.taker = -1;
    judge->cause[judge->causes++] = cause;
}

/* A line of the ledger allows one unknown. */
static void allow(struct judge *judge, const json_t *row)
{
    int64_t at_ms = number_of(row, "t_ms");

    add_cause(judge, (struct chaos_cause){.modem = modem_of(row),
                         .from_ms = at_ms,
                         .to_ms = at_ms + EXCUSE_MS,
                         .at_instant = true});
}

/* What was done to a modem, or to all of them, in a while. */
static void allow_spans(struct judge *judge)
{
    for (int i = 0; i < judge->chaos->spans; i++) {
        const struct chaos_span *span = &judge->chaos->span[i];
        int first = span->modem == 0 ? 1 : span->modem;
        int last = span->modem == 0 ? CHAOS_MODEMS : span->modem;

        for (int modem = first; modem <= last && !span->no_unknowns; modem++) {
            add_cause(judge,
                (struct chaos_cause){.modem = modem,
                    .from_ms = span->from_ms - EXCUSE_MS,
                    .to_ms = span->to_ms == INT64_MAX ? span->to_ms
                                                      : span->to_ms + EXCUSE_MS,
                    .many = span->unknowns});
        }
    }
}

/* Whatever ended in or behind the PDU: before the prompt nothing is written, and
   what hangs there has to be sent again. */
static void read_strike(struct judge *judge, const json_t *row)
{
    static const struct {
        const char *fault;
        const char *at; /* NULL: anywhere */
    } doubtful[] = {
        {"hang",      "pdu"   },
        {"hang",      "submit"},
        {"lost_cmgs", NULL    },
        {"late_cmgs", NULL    },
    };

    if (strcmp(text_of(row, "fault"), "cms") == 0 &&
        strcmp(text_of(row, "at"), "prompt") == 0) {
        judge->refused_early++;
    }
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
        if (strcmp(text_of(row, "fault"), doubtful[i].fault) == 0 &&
            (doubtful[i].at == NULL ||
                strcmp(text_of(row, "at"), doubtful[i].at) == 0)) {
            allow(judge, row);
        }
    }
}

static void read_rejection(struct judge *judge, const json_t *row)
{
    int message = message_of(judge, text_of(row, "to"));
    int code = (int)number_of(row, "code");

    if (message >= 0) {
        judge->fate[message].rejected++;
        judge->fate[message].code = code;
    }
    if (strcmp(text_of(row, "error"), "bare") == 0 || code == 332 ||
        code >= 500) {
        allow(judge, row);
    }
}

static void read_acceptance(struct judge *judge, const json_t *row)
{
    int message = message_of(judge, text_of(row, "to"));
    int64_t part = number_of(row, "part");
    struct fate *fate = message < 0 ? NULL : &judge->fate[message];
    char text[32];

    if (fate == NULL) {
        return;
    }
    part = part < 1 ? 1 : part;
    assert_true(part < PARTS_MAX);
    if (++fate->accepted[part] > 1) {
        find_fault(judge, "message %d, part %d went out %d times", message,
            (int)part, fate->accepted[part]);
    }
    (void)snprintf(text, sizeof text, "pesan %d", message);
    if (part == 1 && !str_starts(text_of(row, "text"), text)) {
        find_fault(
            judge, "message %d went out with another one's text", message);
    }
    if (judge->chaos->post[message] == CHAOS_POST_REFUSED) {
        find_fault(judge, "message %d was refused and went out", message);
    }
}

static void read_ledger(struct judge *judge)
{
    json_t *row = NULL;
    size_t i = 0;

    judge->ledger = bed_ledger(judge->chaos->bed, NULL);
    json_array_foreach(judge->ledger, i, row)
    {
        const char *event = text_of(row, "event");

        if (strcmp(event, "accepted") == 0) {
            read_acceptance(judge, row);
        } else if (strcmp(event, "rejected") == 0) {
            read_rejection(judge, row);
        } else if (strcmp(event, "struck") == 0) {
            read_strike(judge, row);
        } else if (strcmp(event, "unplugged") == 0 ||
                   strcmp(event, "restarted") == 0) {
            allow(judge, row);
        }
    }
}

/* --- each unknown has its cause -------------------------------------------- */

static void doubt(struct judge *judge, struct chaos_doubt doubt)
{
    assert_true(judge->doubts < DOUBTS_MAX);
    judge->doubt[judge->doubts++] = doubt;
}

static void judge_doubts(struct judge *judge)
{
    for (int d = 0; d < judge->doubts; d++) {
        const struct chaos_doubt *doubt = &judge->doubt[d];

        if (!chaos_find_cause(judge->cause, judge->causes, judge->doubt, d)) {
            find_fault(judge,
                "unknown without a cause: id=%" PRId64 " part=%d modem=m%d "
                "t_ms=%" PRId64,
                doubt->id, doubt->part, doubt->modem, doubt->at_ms);
        }
    }
}

/* "time=2026-11-26T12:51:10+0000 level=… …" */
static int64_t time_of(const char *line)
{
    struct tm at = {0};
    const char *text = strstr(line, "time=");
    int64_t offset_s = 0;

    if (text == NULL ||
        strptime(text + 5, "%Y-%m-%dT%H:%M:%S%z", &at) == NULL) {
        return 0;
    }
    offset_s = at.tm_gmtoff; /* timegm() clears it */
    return ((int64_t)timegm(&at) - offset_s) * 1000;
}

static int64_t field(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    return at == NULL ? -1 : strtoll(at + strlen(name), NULL, 10);
}

static void read_log(struct judge *judge, json_t *seen)
{
    FILE *file = fopen(judge->chaos->bed->log, "r");
    char line[2000];

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char key[48];

        if (strstr(line, "outbox: recovered ") != NULL &&
            field(line, "unknown=") > CHAOS_MODEMS) {
            find_fault(judge, "a kill made more unknown than there are modems");
        }
        if (strstr(line, "outbox: unknown id=") == NULL) {
            continue;
        }
        (void)snprintf(key, sizeof key, "%" PRId64 "/%d", field(line, " id="),
            (int)field(line, " part="));
        if (json_object_get(seen, key) == NULL) {
            assert_int_equal(json_object_set_new(seen, key, json_true()), 0);
            doubt(judge, (struct chaos_doubt){.id = field(line, " id="),
                             .part = (int)field(line, " part="),
                             .modem = (int)field(line, " modem=m"),
                             .at_ms = time_of(line),
                             .ahead_ms = LOG_MS});
        }
    }
    (void)fclose(file);
}

/* --- the store -------------------------------------------------------------- */

static sqlite3_stmt *query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *rows = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
    return rows;
}

static const char *column(sqlite3_stmt *rows, int at)
{
    const char *text = (const char *)sqlite3_column_text(rows, at);

    return text == NULL ? "" : text;
}

static void read_messages(struct judge *judge, sqlite3 *db)
{
    sqlite3_stmt *rows =
        query(db, "SELECT phone, state, parts, next_at_ms FROM message "
                  "WHERE inbound_id IS NULL");

    while (sqlite3_step(rows) == SQLITE_ROW) {
        int message = message_of(judge, column(rows, 0));
        struct fate *fate = message < 0 ? NULL : &judge->fate[message];

        if (fate == NULL) {
            continue;
        }
        if (fate->state[0] != '\0') {
            find_fault(judge, "message %d is in the store twice", message);
        }
        (void)snprintf(fate->state, sizeof fate->state, "%s", column(rows, 1));
        fate->parts = sqlite3_column_int(rows, 2);
        fate->next_at_ms = sqlite3_column_int64(rows, 3);
    }
    assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
}

static void read_unknown_parts(struct judge *judge, sqlite3 *db, json_t *seen)
{
    sqlite3_stmt *rows =
        query(db, "SELECT message_id, part, modem, submitted_at_ms FROM part "
                  "WHERE state = 'unknown'");

    while (sqlite3_step(rows) == SQLITE_ROW) {
        char key[48];

        judge->left_unknown++;
        (void)snprintf(key, sizeof key, "%lld/%d",
            (long long)sqlite3_column_int64(rows, 0),
            sqlite3_column_int(rows, 1));
        if (json_object_get(seen, key) == NULL) {
            doubt(
                judge, (struct chaos_doubt){.id = sqlite3_column_int64(rows, 0),
                           .part = sqlite3_column_int(rows, 1),
                           .modem = (int)strtol(column(rows, 2) + 1, NULL, 10),
                           .at_ms = sqlite3_column_int64(rows, 3),
                           .ahead_ms = EXCUSE_MS});
        }
    }
    assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
}

/* Everybody's text is there once, and nobody is answered twice. */
static void judge_inbox(struct judge *judge, sqlite3 *db)
{
    sqlite3_stmt *rows =
        query(db, "SELECT phone, count(*) FROM inbound GROUP BY phone");
    int *times = mem_array(CHAOS_INBOUND_MAX, sizeof *times);
    int found = 0;

    while (sqlite3_step(rows) == SQLITE_ROW) {
        const char *phone = column(rows, 0);
        int64_t i = 0;

        if (str_starts(phone, "+6281201") &&
            str_int(phone + 8, 100000, 100000 + CHAOS_INBOUND_MAX - 1, &i) ==
                KB_OK) {
            times[i - 100000] = sqlite3_column_int(rows, 1);
            found++;
        }
    }
    assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
    for (int i = 0; i < judge->chaos->inbound; i++) {
        if (times[i] != 1) {
            find_fault(judge, "SMS %d that came in is in the inbox %d times", i,
                times[i]);
        }
    }
    (void)printf(
        "chaos: inbound=%d in the inbox=%d\n", judge->chaos->inbound, found);
    free(times);
}

static void judge_answers(struct judge *judge)
{
    json_t *row = NULL;
    size_t i = 0;
    json_t *answers = json_object();

    json_array_foreach(judge->ledger, i, row)
    {
        char key[64];

        if (strcmp(text_of(row, "event"), "accepted") != 0 ||
            !str_starts(text_of(row, "to"), "+6281201")) {
            continue;
        }
        (void)snprintf(key, sizeof key, "%s/%d", text_of(row, "to"),
            (int)number_of(row, "part"));
        if (json_object_get(answers, key) != NULL) {
            find_fault(judge, "the answer to %s went out twice",
                text_of(row, "to") + 8);
        }
        assert_int_equal(json_object_set_new(answers, key, json_true()), 0);
    }
    json_decref(answers);
}

/* --- each message ------------------------------------------------------------ */

static bool went_out(const struct fate *fate)
{
    int parts = fate->parts > 1 ? fate->parts : 1;

    for (int part = 1; part <= parts && part < PARTS_MAX; part++) {
        if (fate->accepted[part] == 0) {
            return false;
        }
    }
    return true;
}

// NOLINTBEGIN(clang-analyzer-core.*): there are as many fates as messages
static void judge_message(struct judge *judge, int i)
{
    const struct fate *fate = &judge->fate[i];
    const char *state = fate->state;
    enum chaos_post post = judge->chaos->post[i];

    if (post == CHAOS_POST_TAKEN && state[0] == '\0') {
        find_fault(judge, "message %d was taken and is lost", i);
    } else if (post == CHAOS_POST_REFUSED && state[0] != '\0') {
        find_fault(judge, "message %d was refused and is in the store", i);
    } else if ((strcmp(state, "sent") == 0 ||
                   strcmp(state, "delivered") == 0) &&
               !went_out(fate)) {
        find_fault(judge, "message %d is %s and never went out", i, state);
    } else if (strcmp(state, "failed") == 0 && fate->rejected == 0 &&
               judge->refused_early-- <= 0) {
        find_fault(judge, "message %d failed and nobody refused it", i);
    } else if ((strcmp(state, "queued") == 0 || strcmp(state, "failed") == 0) &&
               fate->parts <= 1 && fate->accepted[1] > 0) {
        find_fault(judge, "message %d went out and is %s", i, state);
    } else if (strcmp(state, "submitting") == 0 ||
               strcmp(state, "claimed") == 0 || strcmp(state, "held") == 0) {
        find_fault(judge, "message %d is still %s", i, state);
    }
}

// NOLINTEND(clang-analyzer-core.*)

static void judge_messages(struct judge *judge)
{
    enum {
        STATES = 8
    };

    static const char *const states[STATES] = {"delivered", "sent", "unknown",
        "failed", "undelivered", "queued", "expired", "cancelled"};
    int count[STATES] = {0};
    int taken = 0;
    int accepted = 0;

    for (int i = 0; i < judge->chaos->messages; i++) {
        judge_message(judge, i);
        taken += judge->chaos->post[i] == CHAOS_POST_TAKEN;
        accepted += judge->fate[i].accepted[1] > 0;
        for (size_t s = 0; s < STATES; s++) {
            count[s] += strcmp(judge->fate[i].state, states[s]) == 0;
        }
    }
    (void)printf("chaos: asked=%d taken=%d went out=%d", judge->chaos->messages,
        taken, accepted);
    for (size_t s = 0; s < STATES; s++) {
        (void)printf(" %s=%d", states[s], count[s]);
    }
    (void)printf("\nchaos: faults=%d unknown at some time=%d at the end=%d\n",
        judge->chaos->spans, judge->doubts, judge->left_unknown);
    if (taken < judge->chaos->options->least) {
        find_fault(judge, "only %d messages were taken", taken);
    }
}

/* --- the calm modems' pace ---------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

/* What stops the whole gateway is no modem's fault. */
static bool all_were_stopped(
    const struct chaos *chaos, int64_t from_us, int64_t to_us)
{
    for (int i = 0; i < chaos->spans; i++) {
        const struct chaos_span *span = &chaos->span[i];

        if (span->modem == 0 && to_us >= span->from_us &&
            from_us <= span->to_us + 1000000) {
            return true;
        }
    }
    return false;
}

/* Spans between an SMS of a calm modem and its next one. */
static size_t cycles(const struct judge *judge, int64_t from_us, int64_t to_us,
    int64_t *out, size_t room)
{
    int64_t last_us[CHAOS_MODEMS + 1] = {0};
    json_t *row = NULL;
    size_t i = 0;
    size_t count = 0;

    json_array_foreach(judge->ledger, i, row)
    {
        int64_t at_us = number_of(row, "typed_us");
        int modem = modem_of(row);
        bool calm = modem > CHAOS_MODEMS - CHAOS_CALM;

        if (!calm || strcmp(text_of(row, "event"), "accepted") != 0) {
            continue;
        }
        if (last_us[modem] >= from_us && at_us <= to_us && count < room &&
            !all_were_stopped(judge->chaos, last_us[modem], at_us)) {
            out[count++] = at_us - last_us[modem];
        }
        last_us[modem] = at_us;
    }
    qsort(out, count, sizeof *out, by_value);
    return count;
}

static double ms_of(const int64_t *sorted, size_t count, size_t percent)
{
    size_t at = count * percent / 100;

    return (double)sorted[at] / 1000;
}

static void judge_pace(struct judge *judge)
{
    enum {
        ROOM = 20000
    };
    const struct chaos *chaos = judge->chaos;
    int64_t *quiet = mem_array(ROOM, sizeof *quiet);
    int64_t *stormy = mem_array(ROOM, sizeof *stormy);
    size_t before = cycles(judge, 1, chaos->stormy_us, quiet, ROOM);
    size_t during =
        cycles(judge, chaos->stormy_us, chaos->calm_us, stormy, ROOM);
    double median = 0;
    double p99 = 0;

    assert_true(before >= 10 && during >= 10);
    median = ms_of(stormy, during, 50) / ms_of(quiet, before, 50);
    p99 = (ms_of(stormy, during, 99) - 50) / ms_of(quiet, before, 99);
    (void)printf("chaos: calm modems, cycles quiet n=%zu p50=%.1f p99=%.1f ms, "
                 "stormy n=%zu p50=%.1f p99=%.1f ms; median x %.3f (at most "
                 "1.02), p99 less 50 ms x %.3f (at most 1.1)\n",
        before, ms_of(quiet, before, 50), ms_of(quiet, before, 99), during,
        ms_of(stormy, during, 50), ms_of(stormy, during, 99), median, p99);
    if (chaos->options->hold_rates && (median > 1.02 || p99 > 1.1)) {
        find_fault(judge, "the calm modems were slowed");
    }
    free(quiet);
    free(stormy);
}

void chaos_judge(struct chaos *chaos)
{
    struct judge judge = {.chaos = chaos,
        .fate = mem_array((size_t)chaos->messages, sizeof *judge.fate),
        .cause = mem_array(CAUSES_MAX, sizeof *judge.cause),
        .doubt = mem_array(DOUBTS_MAX, sizeof *judge.doubt)};
    json_t *seen = json_object();
    sqlite3 *db = NULL;

    read_ledger(&judge);
    allow_spans(&judge);
    assert_int_equal(sqlite3_open(chaos->bed->database, &db), SQLITE_OK);
    read_log(&judge, seen);
    read_unknown_parts(&judge, db, seen);
    judge_doubts(&judge);
    read_messages(&judge, db);
    judge_messages(&judge);
    judge_inbox(&judge, db);
    judge_answers(&judge);
    judge_pace(&judge);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    json_decref(seen);
    json_decref(judge.ledger);
    free(judge.fate);
    free(judge.cause);
    free(judge.doubt);
    (void)fflush(stdout);
    if (judge.faults > 0) {
        fail_msg("%d findings; CHAOS_SEED=%" PRIu64 " repeats this day",
            judge.faults, chaos->options->seed);
    }
}
