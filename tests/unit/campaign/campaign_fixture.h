// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_CAMPAIGN_FIXTURE_H
#define KABARI_TESTS_CAMPAIGN_FIXTURE_H

#include "campaign/campaign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A gateway without modems in a folder of its own, on a clock that stands at
   2016-09-01 09:00 WITA: 29 days before the deadline of the tests. */
struct fixture {
    char folder[64];
    char path[96];
    struct clock clock;
    struct config config;
    struct texts *texts;
    struct store *store;
    struct registry *registry;
    struct outbox *outbox;
    struct campaigns *campaigns;
    char last_text[1600]; /* of the last message that the gate let go */
    int64_t last_id;      /* its id */
};

#define NOW_MS  ((int64_t)1472691600000) /* 2016-09-01T09:00:00+08:00 */
#define DAY_MS  ((int64_t)86400000)
#define PHONE_A "+6281200009001"
#define PHONE_B "+6281200009002"
#define PHONE_C "+6281200009003"

static inline void fixture_open(struct fixture *f)
{
    struct store_options options = {.path = f->path, .holder = "test"};
    struct why why = {0};

    assert_int_equal(store_open(&options, &f->store, &why), KB_OK);
    assert_int_equal(registry_open(f->store, &f->clock, &f->registry), KB_OK);
    assert_int_equal(outbox_open(f->store, &f->clock, &f->outbox), KB_OK);
    assert_int_equal(campaigns_open(
                         &(struct campaign_rooms){
                             .store = f->store,
                             .clock = &f->clock,
                             .config = &f->config,
                             .registry = f->registry,
                             .texts = f->texts,
                             .outbox = f->outbox,
                         },
                         &f->campaigns),
        KB_OK);
}

static inline void fixture_shut(struct fixture *f)
{
    campaigns_close(f->campaigns);
    outbox_close(f->outbox);
    registry_close(f->registry);
    store_close(f->store);
}

/* As after a restart: what was committed is all that is left. */
static inline void reopen(struct fixture *f)
{
    assert_int_equal(store_commit(f->store), KB_OK);
    fixture_shut(f);
    fixture_open(f);
}

static inline void sql(struct fixture *f, const char *text)
{
    assert_int_equal(store_op_begin(f->store), KB_OK);
    assert_int_equal(store_op_end(f->store, store_exec(f->store, text)), KB_OK);
}

static inline int64_t number(struct fixture *f, const char *text)
{
    sqlite3_stmt *row = NULL;
    int64_t value = -1;

    assert_int_equal(store_prepare(f->store, text, &row), KB_OK);
    if (store_step(f->store, row) == KB_OK) {
        value = sqlite3_column_int64(row, 0);
    }
    (void)sqlite3_finalize(row);
    return value;
}

static inline int fixture_new(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct why why = {0};

    assert_non_null(f);
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/kabari-cam-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/k.db", f->folder);
    f->clock = clock_fixed(NOW_MS);
    f->config.site_name = "DUKCAPIL MABAR";
    f->config.site_language = "id";
    f->config.sending_days = 0x3f; /* Monday to Saturday */
    f->config.sending_from = 8 * 60;
    f->config.sending_to = 18 * 60;
    assert_int_equal(texts_load("templates", "id", &f->texts, &why), KB_OK);
    fixture_open(f);
    sql(f, "INSERT INTO office (code, name, kecamatan, fallback) VALUES"
           " ('LEMBOR', 'Kantor Camat Lembor', '53.15.02', 'KOMODO'),"
           " ('KOMODO', 'Kantor Dinas', '53.15.05', '')");
    *state = f;
    return 0;
}

static inline int fixture_free(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct fixture *f = *state;
    char path[160] = "";

    fixture_shut(f);
    texts_free(f->texts);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

/* --- people ------------------------------------------------------------ */

/* A made-up resident whose NIK's serial is 9000 + id; phone may be NULL. */
static inline void person(struct fixture *f, int64_t id, const char *name,
    const char *phone, const char *office)
{
    char text[400] = "";

    (void)snprintf(text, sizeof text,
        "INSERT INTO resident (id, nik, name, office, phone) VALUES"
        " (%lld, '531502010180%04lld', '%s', '%s', %s%s%s)",
        (long long)id, (long long)(9000 + id % 1000), name, office,
        phone == NULL ? "" : "'", phone == NULL ? "NULL" : phone,
        phone == NULL ? "" : "'");
    sql(f, text);
}

static inline void complies(struct fixture *f, int64_t id)
{
    char text[120] = "";

    (void)snprintf(text, sizeof text,
        "UPDATE resident SET state = 'processing' WHERE id = %lld",
        (long long)id);
    sql(f, text);
}

/* --- campaigns --------------------------------------------------------- */

static inline struct campaign_options plain(void)
{
    return (struct campaign_options){
        .template_name = "remind_first",
        .deadline = "2016-09-30",
        .holdout_percent = -1,
    };
}

static inline void create_with(
    struct fixture *f, const char *name, const struct campaign_options *options)
{
    struct campaign campaign = {0};
    struct why why = {0};

    if (campaign_create(f->campaigns, name, options, &campaign, &why) !=
        KB_OK) {
        fail_msg("%s: %s", why.field, why.text);
    }
    assert_string_equal(campaign.state, "draft");
}

static inline void act(struct fixture *f, const char *name,
    enum campaign_action action, const char *state)
{
    struct campaign campaign = {0};
    struct why why = {0};

    if (campaign_do(f->campaigns, name, action, &campaign, &why) != KB_OK) {
        fail_msg("%s", why.text);
    }
    assert_string_equal(campaign.state, state);
}

/* Slices until nothing is left; how many there were. */
static inline int ticks(struct fixture *f)
{
    bool more = true;
    int count = 0;

    while (more) {
        int64_t next_at_ms = 0;

        assert_int_equal(
            campaigns_tick(f->campaigns, &more, &next_at_ms), KB_OK);
        assert_int_equal(store_commit(f->store), KB_OK);
        count++;
        assert_in_range(count, 1, 100000);
    }
    return count;
}

static inline void start(
    struct fixture *f, const char *name, const struct campaign_options *options)
{
    create_with(f, name, options);
    act(f, name, CAMPAIGN_START, "running");
    (void)ticks(f);
}

static inline void start_plain(struct fixture *f, const char *name)
{
    struct campaign_options options = plain();

    start(f, name, &options);
}

static inline struct campaign_report report(struct fixture *f, const char *name)
{
    struct campaign_report out = {0};

    assert_int_equal(campaign_report(f->campaigns, name, &out), KB_OK);
    return out;
}

/* --- a dispatcher in small --------------------------------------------- */

static const enum msg_state moved_to[] = {
    [GATE_HOLD] = MSG_HELD,
    [GATE_LATER] = MSG_QUEUED,
    [GATE_CANCEL] = MSG_CANCELLED,
    [GATE_EXPIRE] = MSG_EXPIRED,
};

static inline void submit(
    struct fixture *f, const struct outbox_message *message)
{
    struct outbox_submit submit = {.id = message->id,
        .part = 1,
        .parts = 1,
        .phone = message->phone,
        .modem = "m1",
        .sim = "m1"};
    struct outbox_result result = {.id = message->id,
        .part = 1,
        .verdict = OUTBOX_SENT,
        .modem = "m1",
        .reason = ""};
    bool more = false;

    assert_int_equal(outbox_submitting(f->outbox, &submit), KB_OK);
    assert_int_equal(outbox_settle(f->outbox, &result, &more), KB_OK);
}

/* Claims one message, asks the gate, does what it says. KB_NOT_FOUND when
   nothing is due. */
static inline enum kb_err dispatch_one(
    struct fixture *f, enum gate_verdict *verdict)
{
    struct outbox_message message = {0};
    struct gate gate = {0};
    enum kb_err err = outbox_claim(f->outbox, "m1", MSG_BULK, &message);

    if (err != KB_OK) {
        return err;
    }
    assert_int_equal(campaign_gate(f->campaigns, &message, &gate), KB_OK);
    *verdict = gate.verdict;
    if (gate.verdict == GATE_SEND) {
        (void)snprintf(f->last_text, sizeof f->last_text, "%s",
            gate.text == NULL ? message.text : gate.text);
        f->last_id = message.id;
        submit(f, &message);
    } else {
        assert_int_not_equal(gate.reason[0], '\0');
        assert_int_equal(
            outbox_move(f->outbox, message.id, moved_to[gate.verdict],
                gate.next_at_ms, gate.reason),
            KB_OK);
    }
    free(gate.text);
    outbox_message_clear(&message);
    return KB_OK;
}

/* Everything that is due; how many messages left. */
static inline int dispatch_all(struct fixture *f)
{
    enum gate_verdict verdict = GATE_SEND;
    int sent = 0;

    while (dispatch_one(f, &verdict) == KB_OK) {
        sent += verdict == GATE_SEND ? 1 : 0;
    }
    assert_int_equal(store_commit(f->store), KB_OK);
    return sent;
}

/* A whole day later, at the same hour; plans. */
static inline void days_pass(struct fixture *f, int days)
{
    clock_set(&f->clock, clock_now_ms(&f->clock) + days * DAY_MS);
    (void)ticks(f);
}

#endif
