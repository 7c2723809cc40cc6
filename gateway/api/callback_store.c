// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/callback.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_MS ((int64_t)30 * 24 * 3600 * 1000)

/** What a modem was last told of as. */
struct told_modem {
    char name[32];
    const char *state;
};

struct callbacks {
    struct app *app;
    struct told_modem *modems;
    size_t modem_count;
    struct posted *posted;
    sqlite3_stmt *add;
    sqlite3_stmt *due;
    sqlite3_stmt *taken;
    sqlite3_stmt *again;
    sqlite3_stmt *count;
    sqlite3_stmt *report;
    sqlite3_stmt *purge;
    sqlite3_stmt *purge_reports;
};

#define STATEMENTS 8

static void statements_of(
    struct callbacks *callbacks, struct store_statement *out)
{
    const struct store_statement all[STATEMENTS] = {
        {&callbacks->add,
         "INSERT INTO callback (url, event, subject, data, at_ms, next_at_ms)"
            " VALUES (:url, :event, :subject, :data, :at, :at)"                                      },
        {&callbacks->due,
         "SELECT id, url, event, subject, data, at_ms, attempts"
            " FROM callback AS c WHERE dead = 0 AND next_at_ms <= :now"
            " AND NOT EXISTS (SELECT 1 FROM callback AS e WHERE e.dead = 0"
            " AND e.url = c.url AND e.subject = c.subject AND e.id < c.id)"
            " ORDER BY next_at_ms, id LIMIT :most"                                                   },
        {&callbacks->taken,         "DELETE FROM callback WHERE id = :id"                            },
        {&callbacks->again,
         "UPDATE callback SET attempts = attempts + 1, reason = :reason,"
            " dead = :dead, next_at_ms = :next WHERE id = :id"
            " RETURNING attempts"                                                                    },
        {&callbacks->count,         "SELECT count(*) FILTER (WHERE dead = 0),"
                            " count(*) FILTER (WHERE dead = 1)"
                            " FROM callback WHERE :url = '' OR url = :url"},
        {&callbacks->report,
         "INSERT INTO sendsms_report"
            " (message_id, mask, url, sender, account, at_ms)"
            " VALUES (:id, :mask, :url, :sender, :account, :at)"                                     },
        {&callbacks->purge,
         "DELETE FROM callback WHERE id IN (SELECT id FROM callback"
            " WHERE dead = 1 AND at_ms < :before LIMIT 100)"                                         },
        {&callbacks->purge_reports,
         "DELETE FROM sendsms_report WHERE message_id IN"
            " (SELECT message_id FROM sendsms_report WHERE at_ms < :before"
            " LIMIT 100)"                                                                            },
    };
    memcpy(out, all, sizeof(all));
}

static int64_t real_now_ms(void)
{
    struct clock clock = clock_system();
    return clock_now_ms(&clock);
}

/* --- triggers -------------------------------------------------------------------- */

#define NOW_MS "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"

/* Each writes a row per address that wants the event. Nothing but the
 * configuration's addresses is in callback_want, so that without webhooks a
 * change costs one look into an empty table. */
static const char triggers[] =
    "CREATE TEMP TABLE IF NOT EXISTS callback_want"
    " (event TEXT, url TEXT, PRIMARY KEY (event, url)) WITHOUT ROWID;"
    "CREATE TEMP TRIGGER callback_delivery AFTER UPDATE OF state"
    " ON main.message WHEN new.state <> old.state AND new.state IN"
    " ('sent', 'delivered', 'undelivered', 'failed', 'expired', 'unknown')"
    " BEGIN INSERT INTO callback"
    " (url, event, subject, data, at_ms, next_at_ms)"
    " SELECT url, event, 'message/' || new.id, json_object('id', new.id,"
    " 'state', new.state, 'phone', new.phone, 'ref', new.ref, 'campaign',"
    " nullif(new.campaign_id, 0), 'modem', new.modem, 'reason', new.reason),"
    " " NOW_MS ", " NOW_MS " FROM callback_want WHERE event = 'delivery';"
    " END;"
    "CREATE TEMP TRIGGER callback_inbound AFTER INSERT ON main.inbound"
    " BEGIN INSERT INTO callback"
    " (url, event, subject, data, at_ms, next_at_ms)"
    " SELECT url, event, 'inbox/' || new.id, json_object('id', new.id,"
    " 'phone', new.phone, 'text', new.text, 'intent', new.intent, 'state',"
    " new.state, 'modem', new.modem),"
    " " NOW_MS ", " NOW_MS " FROM callback_want WHERE event = 'inbound';"
    " END;"
    "CREATE TEMP TRIGGER callback_campaign AFTER UPDATE OF state"
    " ON main.campaign WHEN new.state <> old.state"
    " BEGIN INSERT INTO callback"
    " (url, event, subject, data, at_ms, next_at_ms)"
    " SELECT url, event, 'campaign/' || new.id, json_object('id', new.id,"
    " 'name', new.name, 'state', new.state, 'note', new.note),"
    " " NOW_MS ", " NOW_MS " FROM callback_want WHERE event = 'campaign';"
    " END;"
    /* Kannel's: 1 delivered, 2 not delivered, 8 the network took it, 16 it
       did not. */
    "CREATE TEMP TRIGGER callback_dlr AFTER UPDATE OF state"
    " ON main.message WHEN new.state <> old.state AND new.state IN"
    " ('sent', 'delivered', 'undelivered', 'failed', 'expired', 'cancelled')"
    " BEGIN INSERT INTO callback"
    " (url, event, subject, data, at_ms, next_at_ms)"
    " SELECT url, 'dlr', 'message/' || new.id, json_object('type',"
    " CASE new.state WHEN 'delivered' THEN 1 WHEN 'undelivered' THEN 2"
    " WHEN 'sent' THEN 8 ELSE 16 END, 'id', new.id, 'phone', new.phone,"
    " 'modem', new.modem, 'sender', sender, 'account', account, 'answer',"
    " new.reason), " NOW_MS ", " NOW_MS " FROM sendsms_report"
    " WHERE message_id = new.id AND (mask & CASE new.state"
    " WHEN 'delivered' THEN 1 WHEN 'undelivered' THEN 2 WHEN 'sent' THEN 8"
    " ELSE 16 END) <> 0; END;";

static const char drops[] = "DROP TRIGGER IF EXISTS temp.callback_delivery;"
                            "DROP TRIGGER IF EXISTS temp.callback_inbound;"
                            "DROP TRIGGER IF EXISTS temp.callback_campaign;"
                            "DROP TRIGGER IF EXISTS temp.callback_dlr;"
                            "DROP TABLE IF EXISTS temp.callback_want;";

static bool wants(const struct config_webhook *webhook, const char *event)
{
    const char *at = webhook->events;
    size_t length = strlen(event);
    while (*at &&
           !(strcspn(at, ",") == length && strncmp(at, event, length) == 0)) {
        at += strcspn(at, ",");
        at += strspn(at, ", ");
    }
    return *webhook->url && (*webhook->events == '\0' || *at != '\0');
}

static const char *const events[] = {
    "inbound", "delivery", "campaign", "modem", "alarm"};

static enum kb_err add_wants_of(struct store *store, sqlite3_stmt *add,
    const struct config_webhook *webhook)
{
    enum kb_err err = KB_OK;
    for (size_t i = 0; err == KB_OK && i < sizeof(events) / sizeof(events[0]);
         i++) {
        if (wants(webhook, events[i])) {
            store_bind_text(add, ":event", events[i]);
            store_bind_text(add, ":url", webhook->url);
            err = store_run(store, add);
        }
    }
    return err;
}

static enum kb_err add_wants(struct callbacks *callbacks)
{
    const struct config *config = &callbacks->app->config;
    sqlite3_stmt *add = NULL;
    enum kb_err err = store_prepare(callbacks->app->store,
        "INSERT OR REPLACE INTO callback_want VALUES (:event, :url)", &add);
    for (size_t i = 0; err == KB_OK && i < config->webhook_count; i++) {
        err = add_wants_of(callbacks->app->store, add, &config->webhooks[i]);
    }
    (void)sqlite3_finalize(add);
    return err;
}

enum kb_err callbacks_use(struct callbacks *callbacks)
{
    enum kb_err err = store_exec(callbacks->app->store, drops);
    if (err == KB_OK) {
        err = store_exec(callbacks->app->store, triggers);
    }
    return err == KB_OK ? add_wants(callbacks) : err;
}

/* --- open, close ------------------------------------------------------------------ */

static enum kb_err on_alarm(void *arg, const struct alarm *alarm)
{
    char subject[ALARM_KEY_BYTES + 8];
    bool stands = strcmp(alarm->state, "cleared") != 0;
    (void)snprintf(subject, sizeof(subject), "alarm/%s", alarm->key);
    return callbacks_tell(arg, "alarm", subject,
        json_pack("{sI ss ss ss ss}", "id", (json_int_t)alarm->id, "name",
            alarm->key, "state", stands ? "raised" : "cleared", "severity",
            alarm_severity_name(alarm->severity), "text", alarm->text));
}

enum kb_err callbacks_open(struct app *app, struct callbacks **out)
{
    struct callbacks *callbacks = mem_new(sizeof(*callbacks));
    struct store_statement statements[STATEMENTS];
    callbacks->app = app;
    enum kb_err err = callbacks_use(callbacks);
    statements_of(callbacks, statements);
    if (err == KB_OK) {
        err = posted_open(app->store, &callbacks->posted);
    }
    if (err == KB_OK) {
        err = store_prepare_all(app->store, statements, STATEMENTS);
    }
    if (err != KB_OK) {
        posted_close(callbacks->posted);
        (void)(store_exec(app->store, drops) == KB_OK);
        free(callbacks);
        return err;
    }
    alarms_listen(app->alarms,
        &(struct alarm_listener){.arg = callbacks, .on_telling = on_alarm});
    *out = callbacks;
    return KB_OK;
}

void callbacks_close(struct callbacks *callbacks)
{
    if (callbacks) {
        struct store_statement statements[STATEMENTS];
        statements_of(callbacks, statements);
        store_finalize_all(statements, STATEMENTS);
        posted_close(callbacks->posted);
        if (store_exec(callbacks->app->store, drops) != KB_OK) {
            log_warn("api: the callbacks' triggers stay until the end");
        }
        free(callbacks->modems);
        free(callbacks);
    }
}

/* --- events ------------------------------------------------------------------------ */

static enum kb_err add(struct callbacks *callbacks, const char *url,
    const char *event, const char *subject, const char *data)
{
    store_bind_text(callbacks->add, ":url", url);
    store_bind_text(callbacks->add, ":event", event);
    store_bind_text(callbacks->add, ":subject", subject);
    store_bind_text(callbacks->add, ":data", data);
    store_bind_int(callbacks->add, ":at", real_now_ms());
    return store_run(callbacks->app->store, callbacks->add);
}

enum kb_err callbacks_tell(struct callbacks *callbacks, const char *event,
    const char *subject, json_t *take_data)
{
    const struct config *config = &callbacks->app->config;
    char *data = json_dumps(take_data, JSON_COMPACT);
    bool test = strcmp(event, "test") == 0;
    enum kb_err err = KB_OK;
    for (size_t i = 0; err == KB_OK && i < config->webhook_count; i++) {
        const struct config_webhook *webhook = &config->webhooks[i];
        if (*webhook->url && (test || wants(webhook, event))) {
            err = add(callbacks, webhook->url, event, subject, data);
        }
    }
    free(data);
    json_decref(take_data);
    return err;
}

/* --- modems ------------------------------------------------------------------------ */

/** What is worth telling of a state: a modem at work goes through several with
 *  each message. NULL: it will soon be another. */
static const char *state_told(const char *state)
{
    static const char *const states[][2] = {
        {"ready",       "ready"      },
        {"sending",     "ready"      },
        {"limited",     "ready"      },
        {"no_network",  "no_network" },
        {"no_sim",      "no_sim"     },
        {"parked",      "parked"     },
        {"absent",      "absent"     },
        {"hung",        "hung"       },
        {"paused",      "paused"     },
        {"quarantined", "quarantined"},
    };
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i][0], state) == 0) {
            return states[i][1];
        }
    }
    return NULL;
}

static struct told_modem *told_of(struct callbacks *callbacks, const char *name)
{
    struct told_modem *told = NULL;
    for (size_t i = 0; i < callbacks->modem_count; i++) {
        if (strcmp(callbacks->modems[i].name, name) == 0) {
            return &callbacks->modems[i];
        }
    }
    callbacks->modems = mem_resize(callbacks->modems,
        callbacks->modem_count + 1, sizeof(*callbacks->modems));
    told = &callbacks->modems[callbacks->modem_count++];
    *told = (struct told_modem){.state = ""};
    (void)snprintf(told->name, sizeof(told->name), "%s", name);
    return told;
}

static enum kb_err tell_modem(
    struct callbacks *callbacks, const struct dispatch_modem *modem)
{
    const char *state = state_told(modem->state);
    struct told_modem *told = told_of(callbacks, modem->name);
    char subject[48];
    enum kb_err err = KB_OK;
    if (!state || strcmp(state, told->state) == 0) {
        return KB_OK;
    }
    err = store_op_begin_record(callbacks->app->store);
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(subject, sizeof(subject), "modem/%s", modem->name);
    err = callbacks_tell(callbacks, "modem", subject,
        json_pack("{ss ss}", "name", modem->name, "state", state));
    err = store_op_end(callbacks->app->store, err);
    if (err == KB_OK) {
        told->state = state;
    }
    return err;
}

enum kb_err callbacks_look_at_modems(struct callbacks *callbacks)
{
    struct dispatch *dispatch = callbacks->app->dispatch;
    size_t count = dispatch ? dispatch_modem_count(dispatch) : 0;
    enum kb_err err = KB_OK;
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        struct dispatch_modem modem = {0};
        err = dispatch_modem_at(dispatch, i, &modem);
        if (err == KB_OK) {
            err = tell_modem(callbacks, &modem);
        }
    }
    return err;
}

enum kb_err callbacks_report(
    struct callbacks *callbacks, const struct sendsms_report *report)
{
    sqlite3_stmt *statement = callbacks->report;
    store_bind_int(statement, ":id", report->message_id);
    store_bind_int(statement, ":mask", report->mask);
    store_bind_text(statement, ":url", report->url);
    store_bind_text(statement, ":sender", report->sender);
    store_bind_text(statement, ":account", report->account);
    store_bind_int(statement, ":at", real_now_ms());
    return store_run(callbacks->app->store, statement);
}

/* --- posting ------------------------------------------------------------------------ */

enum kb_err callbacks_due(struct callbacks *callbacks, int most,
    void (*fn)(void *arg, const struct callback *callback), void *arg)
{
    sqlite3_stmt *due = callbacks->due;
    enum kb_err err = KB_OK;
    store_bind_int(due, ":now", real_now_ms());
    store_bind_int(due, ":most", most);
    while ((err = store_step(callbacks->app->store, due)) == KB_OK) {
        struct callback callback = {
            .id = sqlite3_column_int64(due, 0),
            .url = store_column_text(due, 1),
            .event = store_column_text(due, 2),
            .subject = store_column_text(due, 3),
            .data = store_column_text(due, 4),
            .at_ms = sqlite3_column_int64(due, 5),
            .attempts = sqlite3_column_int(due, 6),
        };
        fn(arg, &callback);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err retry(struct callbacks *callbacks, int64_t id,
    const struct callback_result *result, int64_t next_at_ms)
{
    sqlite3_stmt *again = callbacks->again;
    store_bind_int(again, ":id", id);
    store_bind_int(again, ":dead", result->end == CALLBACK_DEAD ? 1 : 0);
    store_bind_text(again, ":reason", result->reason);
    store_bind_int(again, ":next", next_at_ms);
    return store_run(callbacks->app->store, again);
}

static enum kb_err note(struct callbacks *callbacks, int64_t id,
    const struct callback_result *result, int64_t now_ms, int64_t next_at_ms)
{
    static const char *const states[] = {[CALLBACK_TAKEN] = "taken",
        [CALLBACK_AGAIN] = "again",
        [CALLBACK_DEAD] = "dead"};
    return posted_note(callbacks->posted,
        &(struct posted_try){.callback_id = id,
            .attempt = result->attempts,
            .state = states[result->end],
            .status = result->status,
            .answer = result->reason,
            .took_ms = result->took_ms,
            .at_ms = now_ms,
            .next_at_ms = result->end == CALLBACK_AGAIN ? next_at_ms : 0});
}

/** One that is no longer there is settled. */
static enum kb_err settle(struct callbacks *callbacks, int64_t id,
    const struct callback_result *result)
{
    int64_t now = real_now_ms();
    int64_t next = now + callback_wait_ms(result->attempts);
    enum kb_err err = note(callbacks, id, result, now, next);
    if (err == KB_OK && result->end == CALLBACK_TAKEN) {
        store_bind_int(callbacks->taken, ":id", id);
        err = store_run(callbacks->app->store, callbacks->taken);
    } else if (err == KB_OK) {
        err = retry(callbacks, id, result, next);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err callbacks_settle(struct callbacks *callbacks, int64_t id,
    const struct callback_result *result)
{
    struct callback_result then = *result;
    if (then.end == CALLBACK_AGAIN && then.attempts >= CALLBACK_TRIES_MOST) {
        then.end = CALLBACK_DEAD;
    }
    enum kb_err err = store_op_begin_record(callbacks->app->store);
    if (err == KB_OK) {
        err = store_op_end(callbacks->app->store, settle(callbacks, id, &then));
    }
    if (then.end == CALLBACK_DEAD) {
        log_error("webhook: given up id=%lld why=%s", (long long)id,
            log_quote(then.reason).text);
    }
    alarm_set(callbacks->app->alarms,
        &(struct alarm_new){.key = "webhook:dead",
            .severity = ALARM_WARNING,
            .text = "another system does not take what it is told; see kabari "
                    "webhook list"},
        then.end == CALLBACK_DEAD);
    return err;
}

struct posted *callbacks_posted(struct callbacks *callbacks)
{
    return callbacks->posted;
}

enum kb_err callbacks_count(
    struct callbacks *callbacks, const char *url, struct callback_counts *out)
{
    sqlite3_stmt *count = callbacks->count;
    store_bind_text(count, ":url", url);
    enum kb_err err = store_step(callbacks->app->store, count);
    if (err == KB_OK) {
        out->waiting = sqlite3_column_int64(count, 0);
        out->dead = sqlite3_column_int64(count, 1);
        (void)sqlite3_reset(count);
    }
    return err;
}

static enum kb_err purge_one(
    struct callbacks *callbacks, sqlite3_stmt *statement)
{
    store_bind_int(statement, ":before", real_now_ms() - KEEP_MS);
    enum kb_err err = store_run(callbacks->app->store, statement);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err callbacks_purge(struct callbacks *callbacks)
{
    enum kb_err err = store_op_begin_record(callbacks->app->store);
    if (err != KB_OK) {
        return err;
    }
    err = purge_one(callbacks, callbacks->purge);
    if (err == KB_OK) {
        err = purge_one(callbacks, callbacks->purge_reports);
    }
    return store_op_end(callbacks->app->store, err);
}
