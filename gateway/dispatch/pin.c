// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Three wrong PINs block a SIM. One that went to it and was not accepted is
   remembered in the store, so that neither a restarted gateway nor a worker
   started afresh for another option tries it again. Of the PIN only a hash is
   kept: enough to see that the configuration has another one now. */

#define HASH_BYTES 16
#define HASH_ROOM  (2 * HASH_BYTES + 1)

static void hash_of(const char *pin, char *out)
{
    unsigned char hash[HASH_BYTES];

    (void)crypto_generichash(
        hash, sizeof hash, (const unsigned char *)pin, strlen(pin), NULL, 0);
    (void)sodium_bin2hex(out, HASH_ROOM, hash, sizeof hash);
}

static void key_of(const struct modem *modem, char *out, size_t room)
{
    (void)snprintf(out, room, "pin_tried.%s", modem->name);
}

bool pin_was_tried(const struct modem *modem)
{
    char key[64];
    char now[HASH_ROOM];
    char tried[HASH_ROOM] = "";

    key_of(modem, key, sizeof key);
    hash_of(modem->config->pin, now);
    return store_meta_get(modem->dispatch->rooms.store, key, tried,
               sizeof tried) == KB_OK &&
           strcmp(tried, now) == 0;
}

void pin_remember(struct modem *modem, bool tried)
{
    struct store *store = modem->dispatch->rooms.store;
    char key[64];
    char hash[HASH_ROOM] = "";
    enum kb_err err = store_op_begin_record(store);

    key_of(modem, key, sizeof key);
    if (tried) {
        hash_of(modem->config->pin, hash);
    }
    if (err == KB_OK) {
        err = store_op_end(store, store_meta_set(store, key, hash));
    }
    if (err != KB_OK) {
        log_warn("modem: modem=%s that its PIN was tried could not be stored",
            modem->name);
    }
}
