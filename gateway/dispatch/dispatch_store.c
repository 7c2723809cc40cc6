// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/dispatch_store.h"

#include "base/mem.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)

struct dispatch_store {
    struct store *store;
    sqlite3_stmt *seen_get;
    sqlite3_stmt *seen_put;
    sqlite3_stmt *sample_put;
    sqlite3_stmt *sample_list;
    sqlite3_stmt *sample_oldest;
    sqlite3_stmt *sample_sum;
    sqlite3_stmt *sample_thin;
    sqlite3_stmt *sample_purge;
};

static const struct store_query statements[] = {
    {offsetof(struct dispatch_store, seen_get),
     "SELECT imei, imsi, iccid, credit, credit_at_ms, credit_until_day,"
        " sent_since, coalesce(report_percent, -1),"
        " coalesce(report_delay_ms, 0), quarantined"
        " FROM modem_seen WHERE modem = :modem"                       },
    {offsetof(struct dispatch_store, seen_put),
     "INSERT INTO modem_seen VALUES (:modem, :imei, :imsi, :iccid, :now,"
        " :credit, :at, :until, :sent, :percent, :delay, :quarantined)"
        " ON CONFLICT DO UPDATE SET imei = excluded.imei,"
        " imsi = excluded.imsi, iccid = excluded.iccid,"
        " changed_at_ms = excluded.changed_at_ms, credit = excluded.credit,"
        " credit_at_ms = excluded.credit_at_ms,"
        " credit_until_day = excluded.credit_until_day,"
        " sent_since = excluded.sent_since,"
        " report_percent = excluded.report_percent,"
        " report_delay_ms = excluded.report_delay_ms,"
        " quarantined = excluded.quarantined"                         },
    {offsetof(struct dispatch_store, sample_put),
     "INSERT INTO modem_sample VALUES (:modem, :at, :state, :signal,"
        " :network, :creg, :credit, :sent, :failed)"
        " ON CONFLICT DO UPDATE SET sent = sent + excluded.sent,"
        " failed = failed + excluded.failed"                          },
    {offsetof(struct dispatch_store, sample_list),
     "SELECT at_ms, state, coalesce(signal, -1), network,"
        " coalesce(creg, -1), credit, sent, failed FROM modem_sample"
        " WHERE modem = :modem AND at_ms >= :since ORDER BY at_ms"    },
    {offsetof(struct dispatch_store, sample_oldest),
     "SELECT min(at_ms) FROM modem_sample WHERE at_ms >= :since"      },
    {offsetof(struct dispatch_store, sample_sum),
     "UPDATE modem_sample AS m SET"
        " sent = (SELECT sum(s.sent) FROM modem_sample AS s"
        "  WHERE s.modem = m.modem AND s.at_ms BETWEEN :from AND :to),"
        " failed = (SELECT sum(s.failed) FROM modem_sample AS s"
        "  WHERE s.modem = m.modem AND s.at_ms BETWEEN :from AND :to)"
        " WHERE m.at_ms BETWEEN :from AND :to"
        " AND m.at_ms = (SELECT min(s.at_ms) FROM modem_sample AS s"
        "  WHERE s.modem = m.modem AND s.at_ms BETWEEN :from AND :to)"},
    {offsetof(struct dispatch_store, sample_thin),
     "DELETE FROM modem_sample AS m WHERE m.at_ms BETWEEN :from AND :to"
        " AND m.at_ms > (SELECT min(s.at_ms) FROM modem_sample AS s"
        "  WHERE s.modem = m.modem AND s.at_ms BETWEEN :from AND :to)"},
    {offsetof(struct dispatch_store, sample_purge),
     "DELETE FROM modem_sample WHERE at_ms < :before"                 },
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

enum kb_err dispatch_store_open(
    struct store *store, struct dispatch_store **out)
{
    struct dispatch_store *kept = mem_new(sizeof *kept);

    kept->store = store;
    if (store_prepare_room(store, kept, statements, STATEMENT_COUNT) != KB_OK) {
        free(kept);
        return KB_DB;
    }
    *out = kept;
    return KB_OK;
}

void dispatch_store_close(struct dispatch_store *kept)
{
    if (kept == NULL) {
        return;
    }
    store_finalize_room(kept, statements, STATEMENT_COUNT);
    free(kept);
}

enum kb_err modem_seen_get(
    struct dispatch_store *kept, const char *modem, struct modem_seen *out)
{
    sqlite3_stmt *row = kept->seen_get;
    enum kb_err err = KB_OK;

    *out = (struct modem_seen){
        .credit_until_day = INT32_MIN, .report_percent = -1};
    store_bind_text(row, ":modem", modem);
    err = store_step(kept->store, row);
    if (err != KB_OK) {
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    (void)snprintf(
        out->imei, sizeof out->imei, "%s", store_column_text(row, 0));
    (void)snprintf(
        out->imsi, sizeof out->imsi, "%s", store_column_text(row, 1));
    (void)snprintf(
        out->iccid, sizeof out->iccid, "%s", store_column_text(row, 2));
    out->credit_known = sqlite3_column_type(row, 3) != SQLITE_NULL;
    out->credit = sqlite3_column_int64(row, 3);
    out->credit_at_ms = sqlite3_column_int64(row, 4);
    if (sqlite3_column_type(row, 5) != SQLITE_NULL) {
        out->credit_until_day = sqlite3_column_int(row, 5);
    }
    out->sent_since = sqlite3_column_int64(row, 6);
    out->report_percent = sqlite3_column_int(row, 7);
    out->report_delay_ms = sqlite3_column_int64(row, 8);
    (void)snprintf(out->quarantined, sizeof out->quarantined, "%s",
        store_column_text(row, 9));
    (void)sqlite3_reset(row);
    return KB_OK;
}

enum kb_err modem_seen_put(struct dispatch_store *kept, const char *modem,
    const struct modem_seen *seen, int64_t now_ms)
{
    sqlite3_stmt *put = kept->seen_put;
    enum kb_err err = store_op_begin_record(kept->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(put, ":modem", modem);
    store_bind_text(put, ":imei", seen->imei);
    store_bind_text(put, ":imsi", seen->imsi);
    store_bind_text(put, ":iccid", seen->iccid);
    store_bind_int(put, ":now", now_ms);
    store_bind_int(put, ":at", seen->credit_at_ms);
    store_bind_int(put, ":sent", seen->sent_since);
    store_bind_int(put, ":delay", seen->report_delay_ms);
    store_bind_text(put, ":quarantined", seen->quarantined);
    store_bind_null(put, ":credit");
    store_bind_null(put, ":until");
    store_bind_null(put, ":percent");
    if (seen->credit_known) {
        store_bind_int(put, ":credit", seen->credit);
    }
    if (seen->credit_until_day != INT32_MIN) {
        store_bind_int(put, ":until", seen->credit_until_day);
    }
    if (seen->report_percent >= 0) {
        store_bind_int(put, ":percent", seen->report_percent);
    }
    return store_op_end(kept->store, store_run(kept->store, put));
}

enum kb_err modem_sample_put(struct dispatch_store *kept, const char *modem,
    const struct dispatch_sample *sample)
{
    sqlite3_stmt *put = kept->sample_put;
    enum kb_err err = store_op_begin_record(kept->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(put, ":modem", modem);
    store_bind_int(put, ":at", sample->at_ms);
    store_bind_text(put, ":state", sample->state);
    store_bind_text(put, ":network", sample->network);
    store_bind_int(put, ":sent", sample->sent);
    store_bind_int(put, ":failed", sample->failed);
    store_bind_null(put, ":signal");
    store_bind_null(put, ":creg");
    store_bind_null(put, ":credit");
    if (sample->signal_percent >= 0) {
        store_bind_int(put, ":signal", sample->signal_percent);
    }
    if (sample->creg >= 0) {
        store_bind_int(put, ":creg", sample->creg);
    }
    if (sample->credit_known) {
        store_bind_int(put, ":credit", sample->credit);
    }
    return store_op_end(kept->store, store_run(kept->store, put));
}

enum kb_err modem_sample_list(struct dispatch_store *kept, const char *modem,
    int64_t since_ms, dispatch_sample_fn *fn, void *arg)
{
    sqlite3_stmt *row = kept->sample_list;
    enum kb_err err = KB_OK;

    store_bind_text(row, ":modem", modem);
    store_bind_int(row, ":since", since_ms);
    while ((err = store_step(kept->store, row)) == KB_OK) {
        struct dispatch_sample sample = {
            .at_ms = sqlite3_column_int64(row, 0),
            .signal_percent = sqlite3_column_int(row, 2),
            .creg = sqlite3_column_int(row, 4),
            .credit_known = sqlite3_column_type(row, 5) != SQLITE_NULL,
            .credit = sqlite3_column_int64(row, 5),
            .sent = sqlite3_column_int64(row, 6),
            .failed = sqlite3_column_int64(row, 7),
        };

        (void)snprintf(
            sample.state, sizeof sample.state, "%s", store_column_text(row, 1));
        (void)snprintf(sample.network, sizeof sample.network, "%s",
            store_column_text(row, 3));
        fn(arg, &sample);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* The next hour from an instant on that has samples; KB_NOT_FOUND. */
static enum kb_err next_hour(
    struct dispatch_store *kept, int64_t since_ms, int64_t *from_ms)
{
    sqlite3_stmt *row = kept->sample_oldest;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":since", since_ms);
    err = store_one_value(kept->store, row, from_ms);
    *from_ms = *from_ms / HOUR_MS * HOUR_MS;
    return err;
}

static enum kb_err run_between(
    struct dispatch_store *kept, sqlite3_stmt *statement, int64_t from_ms)
{
    enum kb_err err = KB_OK;

    store_bind_int(statement, ":from", from_ms);
    store_bind_int(statement, ":to", from_ms + HOUR_MS - 1);
    err = store_run(kept->store, statement);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err modem_sample_thin(
    struct dispatch_store *kept, int64_t older_ms, int64_t *thinned_to_ms)
{
    int64_t from_ms = 0;
    enum kb_err err = next_hour(kept, *thinned_to_ms, &from_ms);

    if (err != KB_OK || from_ms + HOUR_MS > older_ms) {
        return err == KB_OK ? KB_NOT_FOUND : err;
    }
    err = store_op_begin_record(kept->store);
    if (err != KB_OK) {
        return err;
    }
    err = run_between(kept, kept->sample_sum, from_ms);
    if (err == KB_OK) {
        err = run_between(kept, kept->sample_thin, from_ms);
    }
    err = store_op_end(kept->store, err);
    if (err == KB_OK) {
        *thinned_to_ms = from_ms + HOUR_MS;
    }
    return err;
}

enum kb_err modem_sample_purge(struct dispatch_store *kept, int64_t before_ms)
{
    enum kb_err err = store_op_begin_record(kept->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(kept->sample_purge, ":before", before_ms);
    err = store_run(kept->store, kept->sample_purge);
    return store_op_end(kept->store, err == KB_NOT_FOUND ? KB_OK : err);
}
