// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/journal.h"

#include "api/fields.h"
#include "api/journal_internal.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const topic_names[TOPIC_COUNT] = {
    [TOPIC_MESSAGE] = "message",
    [TOPIC_CAMPAIGN] = "campaign",
    [TOPIC_OFFICE] = "office",
    [TOPIC_INBOX] = "inbox",
    [TOPIC_IMPORT] = "import",
    [TOPIC_MODEM] = "modem",
    [TOPIC_ALARM] = "alarm",
    [TOPIC_STATUS] = "status",
    [TOPIC_RESET] = "reset",
};

const char *journal_topic_name(enum journal_topic topic)
{
    return topic_names[topic];
}

static unsigned topic_bit(const char *name, size_t length)
{
    for (unsigned topic = 0; topic < TOPIC_RESET; topic++) {
        if (strlen(topic_names[topic]) == length &&
            strncmp(topic_names[topic], name, length) == 0) {
            return 1U << topic;
        }
    }
    return 0;
}

enum kb_err journal_topics_parse(
    const char *text, unsigned *mask, struct why *why)
{
    unsigned found = 0;
    for (const char *at = text; at && *at;) {
        size_t length = strcspn(at, ",");
        unsigned bit = topic_bit(at, length);
        if (bit == 0) {
            why_field(why, "topics");
            why_set(why, "topics are message, campaign, office, inbox, import, "
                         "modem, alarm and status, with commas between");
            return KB_INVALID;
        }
        found |= bit;
        at += length;
        at += *at == ',' ? 1 : 0;
    }
    *mask = found != 0 ? found : JOURNAL_ALL;
    return KB_OK;
}

#define EVERY                                                                  \
    (1U << ROLE_STAFF | 1U << ROLE_OPERATOR | 1U << ROLE_AUDITOR |             \
        1U << ROLE_ADMIN)
#define PEOPLE (1U << ROLE_STAFF | 1U << ROLE_ADMIN)

static const struct {
    unsigned roles;
    enum access_scope scope; /* beside events:read */
    bool whole;              /* not for staff who are bound to some kecamatan */
} topic_may[TOPIC_RESET] = {
    [TOPIC_MESSAGE] = {EVERY,  SCOPE_MESSAGES_READ,  true },
    [TOPIC_CAMPAIGN] = {EVERY,  SCOPE_CAMPAIGNS_READ, false},
    [TOPIC_OFFICE] = {EVERY,  SCOPE_OFFICES_READ,   false},
    [TOPIC_INBOX] = {PEOPLE, SCOPE_INBOX_READ,     true },
    [TOPIC_IMPORT] = {EVERY,  SCOPE_RESIDENTS_READ, false},
    [TOPIC_MODEM] = {EVERY,  SCOPE_MODEMS_READ,    false},
    [TOPIC_ALARM] = {EVERY,  SCOPE_STATUS_READ,    false},
    [TOPIC_STATUS] = {EVERY,  SCOPE_STATUS_READ,    false},
};

static bool may_hear(const struct access_actor *actor, unsigned topic)
{
    uint32_t scopes = 1U << SCOPE_EVENTS_READ | 1U << topic_may[topic].scope;
    switch (actor->kind) {
    case ACCESS_LOCAL:
        return true;
    case ACCESS_SESSION:
        return (topic_may[topic].roles & (1U << actor->role)) != 0 &&
               !(topic_may[topic].whole && access_is_bounded(actor));
    case ACCESS_TOKEN:
        return (actor->scopes & scopes) == scopes;
    case ACCESS_NOBODY:
    default:
        return false;
    }
}

unsigned journal_topics_of(const struct access_actor *actor)
{
    unsigned mask = 0;
    for (unsigned topic = 0; topic < TOPIC_RESET; topic++) {
        mask |= may_hear(actor, topic) ? 1U << topic : 0;
    }
    return mask;
}

/* --- the list --------------------------------------------------------------- */

void journal_add(
    struct journal *journal, enum journal_topic topic, json_t *take_data)
{
    struct journal_slot *slot = &journal->slots[journal->last % JOURNAL_KEPT];
    free(slot->data);
    slot->data = json_dumps(take_data, JSON_COMPACT);
    slot->topic = topic;
    journal->last++;
    json_decref(take_data);
}

uint64_t journal_last(const struct journal *journal)
{
    return journal->last;
}

static uint64_t oldest(const struct journal *journal)
{
    return journal->last > JOURNAL_KEPT ? journal->last - JOURNAL_KEPT + 1 : 1;
}

void journal_read(const struct journal *journal, uint64_t after,
    void (*fn)(void *arg, const struct journal_entry *entry), void *arg)
{
    uint64_t first = oldest(journal);
    for (uint64_t n = after + 1 > first ? after + 1 : first; n <= journal->last;
         n++) {
        const struct journal_slot *slot =
            &journal->slots[(n - 1) % JOURNAL_KEPT];
        fn(arg, &(struct journal_entry){
                    .number = n, .topic = slot->topic, .data = slot->data});
    }
}

void journal_id(const struct journal *journal, uint64_t number,
    char out[static JOURNAL_ID_BYTES])
{
    (void)snprintf(out, JOURNAL_ID_BYTES, "%" PRIx64 "-%" PRIu64,
        (uint64_t)journal->started_at_ms, number);
}

enum kb_err journal_resume(
    const struct journal *journal, const char *id, uint64_t *number)
{
    char start[JOURNAL_ID_BYTES] = "";
    const char *dash = strchr(id, '-');
    int64_t wanted = 0;
    (void)snprintf(
        start, sizeof(start), "%" PRIx64, (uint64_t)journal->started_at_ms);
    if (!dash || (size_t)(dash - id) != strlen(start) ||
        !str_starts(id, start) ||
        str_int(dash + 1, 0, INT64_MAX, &wanted) != KB_OK ||
        (uint64_t)wanted > journal->last ||
        (uint64_t)wanted + 1 < oldest(journal)) {
        return KB_NOT_FOUND;
    }
    *number = (uint64_t)wanted;
    return KB_OK;
}

/* --- changes ---------------------------------------------------------------- */

/** Notes a row; beyond the most, only that there were more. */
static void note(struct journal_changes *changes, int64_t id, const char *key)
{
    changes->count++;
    for (size_t i = 0; i < changes->kept; i++) {
        if (changes->row[i].id == id && strcmp(changes->row[i].key, key) == 0) {
            return;
        }
    }
    if (changes->kept < JOURNAL_ROWS_MOST &&
        str_copy(changes->row[changes->kept].key, sizeof(changes->row[0].key),
            key) == KB_OK) {
        changes->row[changes->kept++].id = id;
    } else {
        changes->over = true;
    }
}

void journal_note(struct journal *journal, enum journal_topic topic, int64_t id,
    const char *key)
{
    struct journal_changes *changes = &journal->changes[topic];
    if (changes->over) {
        changes->count++;
    } else {
        note(changes, id, key);
    }
    if (!journal->pending) {
        journal->pending = true;
        if (journal->on_change) {
            journal->on_change(journal->on_change_arg);
        }
    }
}

void journal_on_change(
    struct journal *journal, void (*fn)(void *arg), void *arg)
{
    journal->on_change = fn;
    journal->on_change_arg = arg;
    if (journal->pending && fn) {
        fn(arg);
    }
}

static void tell_many(struct journal *journal, enum journal_topic topic)
{
    const char *key = topic == TOPIC_OFFICE ? "code" : "id";
    journal_add(journal, topic,
        json_pack("{sn sn sI}", key, "state", "count",
            (json_int_t)journal->changes[topic].count));
}

static void tell_each(struct journal *journal, enum journal_topic topic)
{
    const struct journal_changes *changes = &journal->changes[topic];
    for (size_t i = 0; i < changes->kept; i++) {
        json_t *data = journal_row_json(
            journal, topic, changes->row[i].id, changes->row[i].key);
        if (data) {
            journal_add(journal, topic, data);
        }
    }
}

bool journal_gather(struct journal *journal)
{
    /* All in one look at the database: each of its own takes its own locks. */
    if (sqlite3_get_autocommit(store_db(journal->app->store)) == 0 ||
        store_read_begin(journal->app->store) != KB_OK) {
        return false;
    }
    journal->pending = false;
    for (unsigned topic = 0; topic < JOURNAL_TABLES; topic++) {
        struct journal_changes *changes = &journal->changes[topic];
        if (changes->over) {
            tell_many(journal, (enum journal_topic)topic);
        } else {
            tell_each(journal, (enum journal_topic)topic);
        }
        changes->kept = 0;
        changes->count = 0;
        changes->over = false;
    }
    store_read_end(journal->app->store);
    return true;
}

/* --- what no trigger tells --------------------------------------------------- */

/** Adds an event unless it says what the last of that key said. */
static void add_if_new(struct journal *journal, char **last,
    enum journal_topic topic, json_t *take_data)
{
    char *text = json_dumps(take_data, JSON_COMPACT);
    if (*last && strcmp(*last, text) == 0) {
        json_decref(take_data);
        free(text);
        return;
    }
    journal_add(journal, topic, take_data);
    free(*last);
    *last = text;
}

static char **last_of_modem(struct journal *journal, const char *name)
{
    size_t i = 0;
    while (i < journal->modem_count &&
           strcmp(journal->modems[i].name, name) != 0) {
        i++;
    }
    if (i == journal->modem_count) {
        journal->modems =
            mem_resize(journal->modems, i + 1, sizeof(*journal->modems));
        journal->modems[i] = (struct journal_modem){.last = NULL};
        (void)snprintf(journal->modems[i].name, sizeof(journal->modems[i].name),
            "%s", name);
        journal->modem_count++;
    }
    return &journal->modems[i].last;
}

static void look_at_modems(struct journal *journal)
{
    const struct dispatch *dispatch = journal->app->dispatch;
    size_t count = dispatch ? dispatch_modem_count(dispatch) : 0;
    for (size_t i = 0; i < count; i++) {
        struct dispatch_modem modem = {0};
        if (dispatch_modem_at(dispatch, i, &modem) == KB_OK) {
            add_if_new(journal, last_of_modem(journal, modem.name), TOPIC_MODEM,
                json_pack("{ss ss}", "name", modem.name, "state", modem.state));
        }
    }
}

static void look_at_imports(struct journal *journal)
{
    size_t i = 0;
    json_t *job = NULL;
    json_t *jobs = api_imports_json(journal->api);
    json_array_foreach(jobs, i, job)
    {
        json_t *data = json_object();
        static const char *const members[] = {"id", "state", "done", "total"};
        for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
            json_object_set(data, members[m], json_object_get(job, members[m]));
        }
        add_if_new(journal, &journal->last_import, TOPIC_IMPORT, data);
    }
    json_decref(jobs);
}

static void look_at_status(struct journal *journal)
{
    json_t *data = api_status_brief(journal->app);
    if (data) {
        add_if_new(journal, &journal->last_status, TOPIC_STATUS, data);
    }
}

void journal_look(struct journal *journal, bool status)
{
    look_at_modems(journal);
    look_at_imports(journal);
    if (status) {
        look_at_status(journal);
    }
}

static void on_alarm(void *arg, const struct alarm *alarm)
{
    bool stands = strcmp(alarm->state, "cleared") != 0;
    journal_add(arg, TOPIC_ALARM,
        json_pack("{sI ss ss ss so}", "id", (json_int_t)alarm->id, "name",
            alarm->key, "state", stands ? "raised" : "cleared", "severity",
            alarm_severity_name(alarm->severity), "text",
            api_text_json(alarm->text)));
}

/* --- open, close ------------------------------------------------------------- */

enum kb_err journal_open(struct app *app, struct api *api, struct journal **out)
{
    struct journal *journal = mem_new(sizeof(*journal));
    struct clock clock = clock_system();
    journal->app = app;
    journal->api = api;
    journal->started_at_ms = clock_now_ms(&clock);
    journal->slots = mem_array(JOURNAL_KEPT, sizeof(*journal->slots));
    enum kb_err err = journal_store_open(journal);
    if (err != KB_OK) {
        journal_close(journal);
        return err;
    }
    alarms_listen(app->alarms,
        &(struct alarm_listener){.arg = journal, .on_told = on_alarm});
    *out = journal;
    return KB_OK;
}

void journal_close(struct journal *journal)
{
    if (!journal) {
        return;
    }
    journal_store_close(journal);
    for (size_t i = 0; i < JOURNAL_KEPT; i++) {
        free(journal->slots[i].data);
    }
    for (size_t i = 0; i < journal->modem_count; i++) {
        free(journal->modems[i].last);
    }
    free(journal->modems);
    free(journal->last_import);
    free(journal->last_status);
    free(journal->slots);
    free(journal);
}
