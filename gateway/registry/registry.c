// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/registry.h"

#include "base/log.h"
#include "base/mem.h"
#include "registry/registry_internal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BYTES 8 /* 16 hex digits */
#define KEY_NAME   "hash_key"

/* --- the key for hashes --------------------------------------------------- */

static enum kb_err make_key(struct registry *registry)
{
    char hex[REGISTRY_KEY_BYTES * 2 + 1];
    enum kb_err err = KB_OK;

    randombytes_buf(registry->key, sizeof registry->key);
    (void)sodium_bin2hex(hex, sizeof hex, registry->key, sizeof registry->key);
    err = store_op_begin_record(registry->store);
    if (err == KB_OK) {
        err = store_meta_set(registry->store, KEY_NAME, hex);
        err = store_op_end(registry->store, err);
    }
    return err == KB_OK ? store_commit(registry->store) : err;
}

static enum kb_err load_key(struct registry *registry)
{
    char hex[REGISTRY_KEY_BYTES * 2 + 1] = "";
    size_t bytes = 0;
    enum kb_err err =
        store_meta_get(registry->store, KEY_NAME, hex, sizeof hex);

    if (err == KB_NOT_FOUND) {
        return make_key(registry);
    }
    if (err == KB_OK && (sodium_hex2bin(registry->key, sizeof registry->key,
                             hex, strlen(hex), NULL, &bytes, NULL) != 0 ||
                            bytes != sizeof registry->key)) {
        log_error("registry: the store's hash_key is damaged");
        return KB_DB;
    }
    return err;
}

struct registry_hash registry_hash(
    const struct registry *registry, const char *value)
{
    /* BLAKE2b with a key (RFC 7693); libsodium's least output is 16 bytes. */
    unsigned char hash[crypto_generichash_BYTES_MIN];
    struct registry_hash out = {""};

    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)value,
        strlen(value), registry->key, sizeof registry->key);
    (void)sodium_bin2hex(out.text, sizeof out.text, hash, HASH_BYTES);
    return out;
}

/* --- opening -------------------------------------------------------------- */

static enum kb_err prepare(struct store *store, const char *const *sql,
    sqlite3_stmt **out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (store_prepare(store, sql[i], &out[i]) != KB_OK) {
            return KB_DB;
        }
    }
    return KB_OK;
}

static void finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)sqlite3_finalize(statements[i]);
    }
}

static enum kb_err open_parts(struct registry *registry)
{
    struct store *store = registry->store;
    enum kb_err err = prepare(
        store, registry_resident_sql, registry->resident, RESIDENT_SQL_COUNT);

    if (err == KB_OK) {
        err = prepare(
            store, registry_phone_sql, registry->phone, PHONE_SQL_COUNT);
    }
    if (err == KB_OK) {
        err = prepare(
            store, registry_office_sql, registry->office, OFFICE_SQL_COUNT);
    }
    if (err == KB_OK) {
        err = prepare(
            store, registry_import_sql, registry->import, IMPORT_SQL_COUNT);
    }
    return err == KB_OK ? load_key(registry) : err;
}

enum kb_err registry_open(
    struct store *store, const struct clock *clock, struct registry **out)
{
    struct registry *registry = NULL;
    enum kb_err err = KB_OK;

    if (sodium_init() < 0) {
        log_error("registry: libsodium cannot start");
        return KB_IO;
    }
    registry = mem_new(sizeof *registry);
    registry->store = store;
    registry->clock = clock;
    err = open_parts(registry);
    if (err != KB_OK) {
        registry_close(registry);
        return err;
    }
    *out = registry;
    return KB_OK;
}

void registry_close(struct registry *registry)
{
    if (registry == NULL) {
        return;
    }
    finalize(registry->resident, RESIDENT_SQL_COUNT);
    finalize(registry->phone, PHONE_SQL_COUNT);
    finalize(registry->office, OFFICE_SQL_COUNT);
    finalize(registry->import, IMPORT_SQL_COUNT);
    sodium_memzero(registry->key, sizeof registry->key);
    free(registry);
}

enum kb_err registry_or_none(enum kb_err err)
{
    return err == KB_NOT_FOUND ? KB_OK : err;
}

void registry_copy(char *out, size_t out_bytes, const char *text)
{
    size_t bytes = strnlen(text, out_bytes - 1);

    memcpy(out, text, bytes);
    out[bytes] = '\0';
}

void registry_copy_column(
    sqlite3_stmt *statement, int column, char *out, size_t out_bytes)
{
    registry_copy(out, out_bytes, store_column_text(statement, column));
}
