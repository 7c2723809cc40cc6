// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/batch.h"
#include "api/rows.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_US  3000
#define LOOK_ROWS 8 /* between two looks at the clock */

struct batches {
    struct app *app;
    bool any;  /* something may be stored */
    bool late; /* it could not be worked on */
    /* The one that is worked on, as far as this process has come; id 0: none. */
    int64_t id;
    int64_t first_id;
    int count;
    int done;
    char *text;
    struct rows rows;
    sqlite3_stmt *add;
    sqlite3_stmt *add_text;
    sqlite3_stmt *next;
    sqlite3_stmt *text_of;
    sqlite3_stmt *mark;
    sqlite3_stmt *drop;
};

static const struct store_query queries[] = {
    {offsetof(struct batches, add),
     "INSERT INTO batch (first_id, count) VALUES (:first, :count)"         },
    {offsetof(struct batches, add_text),
     "INSERT INTO batch_text (batch_id, text) VALUES (:id, :text)"         },
    {offsetof(struct batches, next),
     "SELECT id, first_id, count, done FROM batch ORDER BY id LIMIT 1"     },
    {offsetof(struct batches, text_of),
     "SELECT text FROM batch_text WHERE batch_id = :id"                    },
    {offsetof(struct batches, mark),
     "UPDATE batch SET done = :done WHERE id = :id AND done = :was"        },
    {offsetof(struct batches, drop),     "DELETE FROM batch WHERE id = :id"},
};

#define QUERIES (sizeof(queries) / sizeof(queries[0]))

enum kb_err batches_open(struct app *app, struct batches **out)
{
    struct batches *batches = mem_new(sizeof(*batches));
    batches->app = app;
    if (store_prepare_room(app->store, batches, queries, QUERIES) != KB_OK) {
        free(batches);
        return KB_DB;
    }
    batches->any = store_step(app->store, batches->next) == KB_OK;
    (void)sqlite3_reset(batches->next);
    *out = batches;
    return KB_OK;
}

/** What is stored counts: the next slice reads it again. */
static void forget(struct batches *batches)
{
    free(batches->text);
    batches->text = NULL;
    batches->id = 0;
}

void batches_close(struct batches *batches)
{
    if (batches) {
        forget(batches);
        store_finalize_room(batches, queries, QUERIES);
        free(batches);
    }
}

/* --- taking -------------------------------------------------------------- */

static enum kb_err add(
    struct batches *batches, const struct batch_new *batch, int64_t first)
{
    struct store *store = batches->app->store;
    store_bind_int(batches->add, ":first", first);
    store_bind_int(batches->add, ":count", batch->count);
    enum kb_err err = store_run(store, batches->add);
    if (err == KB_OK) {
        store_bind_int(batches->add_text, ":id",
            sqlite3_last_insert_rowid(store_db(store)));
        store_bind_text(batches->add_text, ":text", batch->text);
        err = store_run(store, batches->add_text);
        store_bind_null(batches->add_text, ":text");
    }
    return err;
}

enum kb_err batches_take(struct batches *batches, const struct batch_new *batch,
    int64_t *id, int64_t *first, struct why *why)
{
    struct app *app = batches->app;
    struct outbox_new last = *batch->last;
    int64_t newest = 0;
    enum kb_err err = outbox_last_id(app->outbox, &newest);
    if (err == KB_OK) {
        err = add(batches, batch, newest + 1);
        *id = sqlite3_last_insert_rowid(store_db(app->store));
    }
    if (err == KB_OK) {
        last.id = newest + batch->count;
        err = outbox_accept(app->outbox, &last, &last.id, why);
    }
    *first = newest + 1;
    batches->any = batches->any || err == KB_OK;
    return err;
}

/* --- making messages of it ----------------------------------------------- */

/** Reads over the rows that are messages already. */
static enum kb_err skip(struct batches *batches)
{
    struct why why = {0};
    enum kb_err err = KB_OK;
    while (err == KB_OK && batches->rows.count < batches->done) {
        json_t *json = NULL;
        err = rows_next(&batches->rows, &json, &why);
        json_decref(json);
    }
    return err == KB_OK ? KB_OK : KB_DB;
}

/** The oldest that is stored; KB_NOT_FOUND where there is none. */
static enum kb_err load(struct batches *batches)
{
    struct store *store = batches->app->store;
    enum kb_err err = store_step(store, batches->next);
    if (err != KB_OK) {
        return err;
    }
    batches->id = sqlite3_column_int64(batches->next, 0);
    batches->first_id = sqlite3_column_int64(batches->next, 1);
    batches->count = sqlite3_column_int(batches->next, 2);
    batches->done = sqlite3_column_int(batches->next, 3);
    (void)sqlite3_reset(batches->next);
    store_bind_int(batches->text_of, ":id", batches->id);
    err = store_step(store, batches->text_of);
    if (err != KB_OK) {
        return KB_DB; /* the two go together */
    }
    batches->text = mem_strdup(store_column_text(batches->text_of, 0));
    (void)sqlite3_reset(batches->text_of);
    batches->rows =
        (struct rows){.text = batches->text, .bytes = strlen(batches->text)};
    return skip(batches);
}

static enum kb_err accept(
    struct batches *batches, const json_t *json, struct why *why)
{
    struct row row = {.phone = ""};
    int64_t id = 0;
    enum kb_err err = row_read(json, &row, why);
    if (err == KB_OK) {
        row.message.id = batches->first_id + batches->done;
        err = outbox_accept(batches->app->outbox, &row.message, &id, why);
    }
    return err;
}

/** What could be read when it was taken is read the same way again; what cannot
 *  must not stand in the way of the rest. */
static enum kb_err make_one(struct batches *batches)
{
    struct why why = {0};
    json_t *json = NULL;
    bool is_last = batches->done + 1 == batches->count;
    if (rows_next(&batches->rows, &json, &why) != KB_OK) {
        return KB_DB;
    }
    enum kb_err err = is_last ? KB_OK : accept(batches, json, &why);
    json_decref(json);
    if (err == KB_INVALID) {
        log_error("api: no message can be made of batch id=%lld row=%d why=%s",
            (long long)batches->id, batches->done + 1,
            log_quote(why.text).text);
        err = KB_OK;
    }
    batches->done += err == KB_OK ? 1 : 0;
    return err;
}

static enum kb_err mark(struct batches *batches, int was)
{
    struct store *store = batches->app->store;
    if (batches->done == batches->count) {
        store_bind_int(batches->drop, ":id", batches->id);
        return store_run(store, batches->drop);
    }
    store_bind_int(batches->mark, ":id", batches->id);
    store_bind_int(batches->mark, ":was", was);
    store_bind_int(batches->mark, ":done", batches->done);
    return store_run(store, batches->mark);
}

static enum kb_err make_some(struct batches *batches)
{
    int64_t end_us = clock_mono_us() + SLICE_US;
    int was = batches->done;
    enum kb_err err = KB_OK;
    while (err == KB_OK && batches->done < batches->count &&
           (batches->done % LOOK_ROWS != 0 || batches->done == was ||
               clock_mono_us() < end_us)) {
        err = make_one(batches);
    }
    return err == KB_OK ? mark(batches, was) : err;
}

static enum kb_err slice(struct batches *batches)
{
    struct store *store = batches->app->store;
    enum kb_err err = store_op_begin(store);
    return err == KB_OK ? store_op_end(store, make_some(batches)) : err;
}

static void put_off(struct batches *batches, enum kb_err err)
{
    log_warn("api: batch id=%lld waits at row=%d why=%s",
        (long long)batches->id, batches->done + 1, kb_err_name(err));
    batches->late = true;
}

bool batches_wait(const struct batches *batches)
{
    return batches->any && !batches->late;
}

bool batches_work(struct batches *batches, int64_t *over)
{
    *over = 0;
    if (!batches_wait(batches)) {
        return false;
    }
    enum kb_err err = batches->id == 0 ? load(batches) : KB_OK;
    if (batches->id == 0 && err == KB_NOT_FOUND) {
        batches->any = false;
        return false;
    }
    int64_t id = batches->id;
    err = err == KB_OK ? slice(batches) : err;
    if (err == KB_NOT_FOUND) {
        forget(batches); /* its commit was lost: what is stored counts */
        return true;
    }
    if (err != KB_OK) {
        put_off(batches, err);
    }
    if (err != KB_OK || batches->done == batches->count) {
        *over = id;
        forget(batches);
    }
    return !batches->late;
}

bool batches_again(struct batches *batches)
{
    batches->late = false;
    return batches->any;
}
