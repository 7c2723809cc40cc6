// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_TALK_FIXTURE_H
#define KABARI_TESTS_TALK_FIXTURE_H

#include "alarm/alarm.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "inbound/inbound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Everything from the store to inbound in a temporary folder, on a clock that
   stands at noon, and people on three phones. */

#define NOON_MS   ((int64_t)1472702400000) /* 2016-09-01 12:00 in Makassar */
#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS   (60 * MINUTE_MS)

#define NIK_OURS     "5315055203889001" /* unrecorded, of Lembor */
#define NIK_SHARED_1 "5315051207859011"
#define NIK_SHARED_2 "5315051207859012" /* printed */
#define NIK_SHARED_3 "5315051207859013"
#define NIK_NONE     "5315051207859099" /* not in the registry */

#define OURS     "+6281200009001"
#define SHARED   "+6281200009002"
#define STRANGER "+6281200009003"

#define TALK_TEXT 1000

struct talk {
    char folder[64];
    char path[96];
    char site_name[16];
    char secret[16];
    char none[1];
    struct clock clock;
    struct config config;
    struct texts *texts;
    struct script *script;
    struct store *store;
    struct registry *registry;
    struct outbox *outbox;
    struct campaigns *campaigns;
    struct alarms *alarms;
    struct inbound *inbound;
    struct inbound_screen last; /* that a session showed */
    size_t days; /* local days that the clock has seen, at most */
};

static const char talk_people[] =
    "INSERT INTO office (code, name, kecamatan, fallback) VALUES"
    " ('KOMODO', 'Kantor Camat Komodo', '53.15.05', 'LEMBOR'),"
    " ('LEMBOR', 'Kantor Camat Lembor', '53.15.03', 'KOMODO');"
    "INSERT INTO kecamatan (code, name, office) VALUES"
    " ('53.15.03', 'Lembor', 'LEMBOR'), ('53.15.05', 'Komodo', 'KOMODO');"
    "INSERT INTO resident (nik, name, office, state, phone) VALUES"
    " ('" NIK_OURS "', 'Maria Weng', 'LEMBOR', 'unrecorded', '" OURS "'),"
    " ('" NIK_SHARED_1 "', 'Yosef Made', 'LEMBOR', 'unrecorded', '" SHARED "'),"
    " ('" NIK_SHARED_2 "', 'Petrus Made', 'LEMBOR', 'printed', '" SHARED "'),"
    " ('" NIK_SHARED_3 "', 'Agnes Made', 'LEMBOR', 'failed', '" SHARED "');";

static inline void talk_open(struct talk *talk)
{
    struct store_options options = {.path = talk->path, .holder = "kabari"};
    struct inbound_rooms rooms = {.clock = &talk->clock,
        .config = &talk->config,
        .texts = talk->texts,
        .script = talk->script};
    struct why why = {0};

    assert_int_equal(store_open(&options, &talk->store, &why), KB_OK);
    assert_int_equal(
        registry_open(talk->store, &talk->clock, &talk->registry), KB_OK);
    assert_int_equal(
        outbox_open(talk->store, &talk->clock, &talk->outbox), KB_OK);
    assert_int_equal(
        alarms_open(talk->store, &talk->clock, 15 * MINUTE_MS, &talk->alarms),
        KB_OK);
    rooms.alarms = talk->alarms;
    rooms.store = talk->store;
    rooms.registry = talk->registry;
    rooms.outbox = talk->outbox;
    assert_int_equal(
        campaigns_open(&(struct campaign_rooms){.store = talk->store,
                           .clock = &talk->clock,
                           .config = &talk->config,
                           .registry = talk->registry,
                           .texts = talk->texts,
                           .outbox = talk->outbox},
            &talk->campaigns),
        KB_OK);
    rooms.campaigns = talk->campaigns;
    assert_int_equal(inbound_open(&rooms, &talk->inbound), KB_OK);
}

static inline void talk_close(struct talk *talk)
{
    assert_int_equal(store_commit(talk->store), KB_OK); /* alarms are told */
    inbound_close(talk->inbound);
    campaigns_close(talk->campaigns);
    outbox_close(talk->outbox);
    registry_close(talk->registry);
    alarms_close(talk->alarms);
    store_close(talk->store);
}

/** As after a restart. */
static inline void talk_reopen(struct talk *talk)
{
    assert_int_equal(store_commit(talk->store), KB_OK);
    talk_close(talk);
    talk_open(talk);
}

static inline int talk_up(void **state)
{
    struct talk *talk = mem_new(sizeof *talk);
    struct why why = {0};

    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    (void)snprintf(talk->site_name, sizeof talk->site_name, "DUKCAPIL MABAR");
    (void)snprintf(talk->secret, sizeof talk->secret, "rahasia");
    talk->clock = clock_fixed(NOON_MS);
    talk->config = (struct config){.site_name = talk->site_name,
        .queries_per_phone_day = 3,
        .queries_per_nik_day = 5,
        .ussd_enabled = true,
        .ussd_secret = talk->secret,
        .ussd_addresses = talk->none,
        .inbox_alarm_h = 24,
        .retention_inbound_days = 90};
    (void)snprintf(talk->folder, sizeof talk->folder, "/tmp/kabari-XXXXXX");
    assert_non_null(mkdtemp(talk->folder));
    (void)snprintf(talk->path, sizeof talk->path, "%s/k.db", talk->folder);
    assert_int_equal(texts_load("templates", "id", &talk->texts, &why), KB_OK);
    assert_int_equal(
        script_load("templates", talk->texts, &talk->script, &why), KB_OK);
    talk_open(talk);
    assert_int_equal(store_exec(talk->store, talk_people), KB_OK);
    talk->days = 1;
    *state = talk;
    return 0;
}

static inline int talk_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct talk *talk = *state;
    char path[128];

    talk_close(talk);
    texts_free(talk->texts);
    script_free(talk->script);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", talk->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(talk->folder), 0);
    free(talk);
    return 0;
}

struct talk_text {
    char text[TALK_TEXT];
};

static inline struct talk_text talk_message(struct talk *talk, int64_t id)
{
    struct outbox_message message = {0};
    struct talk_text out = {""};

    if (id != 0) {
        assert_int_equal(outbox_get(talk->outbox, id, &message), KB_OK);
        (void)snprintf(out.text, sizeof out.text, "%s", message.text);
        outbox_message_clear(&message);
    }
    return out;
}

/** An SMS a second after the last; the answer's text, "" for none. */
static inline struct talk_text talk_sms(
    struct talk *talk, const char *from, const char *text)
{
    struct inbound_sms sms = {.modem = "m1",
        .sim = "510100000000001",
        .from = from,
        .text = text,
        .raw = "",
        .udh_ref = -1};
    int64_t answered = 0;

    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 1000);
    sms.smsc_at_ms = clock_now_ms(&talk->clock);
    assert_int_equal(inbound_receive(talk->inbound, &sms, &answered), KB_OK);
    return talk_message(talk, answered);
}

static inline void assert_says(
    struct talk *talk, const char *from, const char *text, const char *part)
{
    struct talk_text answer = talk_sms(talk, from, text);

    if (strstr(answer.text, part) == NULL) {
        print_error(
            "\"%s\": \"%s\" does not say \"%s\"\n", text, answer.text, part);
        fail();
    }
}

static inline int64_t talk_count(struct talk *talk, const char *query)
{
    sqlite3_stmt *statement = NULL;
    int64_t n = -1;

    assert_int_equal(store_prepare(talk->store, query, &statement), KB_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    n = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return n;
}

static inline int64_t talk_messages(struct talk *talk)
{
    return talk_count(talk, "SELECT count(*) FROM message");
}

/** What was queued last goes to that phone and says that. */
static inline void assert_newest(
    struct talk *talk, const char *phone, const char *part)
{
    int64_t id = talk_count(talk, "SELECT max(id) FROM message");
    struct outbox_message message = {0};

    assert_int_equal(outbox_get(talk->outbox, id, &message), KB_OK);
    assert_string_equal(message.phone, phone);
    if (strstr(message.text, part) == NULL) {
        print_error("\"%s\" does not say \"%s\"\n", message.text, part);
        fail();
    }
    outbox_message_clear(&message);
}

static inline void talk_set_state(
    struct talk *talk, const char *nik, const char *state)
{
    struct resident_change change = {.state = state};
    struct why why = {0};

    assert_int_equal(
        registry_resident_set(talk->registry, nik, &change, &why), KB_OK);
}

static inline void talk_later(struct talk *talk, int64_t ms)
{
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + ms);
}

struct talk_alarm {
    const char *key;
    struct alarm alarm;
    int count;
};

static inline void talk_on_alarm(void *arg, const struct alarm *alarm)
{
    struct talk_alarm *raised = arg;

    if (strcmp(alarm->key, raised->key) == 0) {
        raised->alarm = *alarm;
        raised->count++;
    }
}

/* A second of the daemon's; then what stands under that key. */
static inline struct talk_alarm talk_alarm(struct talk *talk, const char *key)
{
    struct alarm_filter filter = {.all = false};
    struct talk_alarm raised = {.key = key};
    bool more = false;

    assert_int_equal(inbound_tick(talk->inbound, &more), KB_OK);
    assert_int_equal(alarms_tick(talk->alarms), KB_OK);
    assert_int_equal(
        alarm_list(talk->alarms, &filter, talk_on_alarm, &raised), KB_OK);
    return raised;
}

#endif
