// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "inbound/inbound_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * Messages in several parts (3GPP TS 23.040 §9.2.3.24.1): parts come in any
 * order, twice, from two modems' memories, or never. A part may hold half a
 * number that must not be kept, so it waits sealed and is gone with its group.
 * The key comes from the store's own: it keeps such digits out of the file's
 * pages, it does not guard against somebody who has the whole database.
 */

#define PARTS_MOST 255 /* one octet in the header */

#define GAP "[…]"

void parts_make_key(struct inbound *inbound)
{
    static const char *const labels[] = {"inbound seal 1", "inbound seal 2"};
    struct registry_hash seed[2];

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        seed[i] = registry_hash(inbound->rooms.registry, labels[i]);
    }
    (void)crypto_generichash(inbound->seal_key, sizeof inbound->seal_key,
        (const unsigned char *)seed, sizeof seed, NULL, 0);
}

bool parts_is_part(const struct inbound_sms *sms)
{
    return sms->udh_ref >= 0 && sms->udh_parts > 1 &&
           sms->udh_parts <= PARTS_MOST && sms->udh_part >= 1 &&
           sms->udh_part <= sms->udh_parts;
}

/* --- sealing --------------------------------------------------------------- */

struct blob parts_seal(const struct inbound *inbound, const char *text)
{
    size_t bytes = strlen(text);
    struct blob sealed = {.bytes = crypto_secretbox_NONCEBYTES +
                                   crypto_secretbox_MACBYTES + bytes};
    unsigned char *data = mem_new(sealed.bytes);

    randombytes_buf(data, crypto_secretbox_NONCEBYTES);
    (void)crypto_secretbox_easy(data + crypto_secretbox_NONCEBYTES,
        (const unsigned char *)text, bytes, data, inbound->seal_key);
    sealed.data = data;
    return sealed;
}

void parts_unseal(
    const struct inbound *inbound, struct blob sealed, struct buf *out)
{
    const unsigned char *data = sealed.data;
    size_t head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    unsigned char *text = NULL;

    if (sealed.bytes < head) {
        return;
    }
    text = mem_new(sealed.bytes - head + 1);
    if (crypto_secretbox_open_easy(text, data + crypto_secretbox_NONCEBYTES,
            sealed.bytes - crypto_secretbox_NONCEBYTES, data,
            inbound->seal_key) == 0) {
        buf_add(out, text, sealed.bytes - head);
    } else {
        log_error("inbound: a waiting part cannot be read");
    }
    sodium_memzero(text, sealed.bytes - head + 1);
    free(text);
}

/* --- putting together ------------------------------------------------------ */

struct joining {
    const struct inbound *inbound;
    struct whole *out;
    int last;
};

static void on_part(void *arg, int part, struct blob sealed)
{
    struct joining *joining = arg;

    bool follows = part == joining->last + 1;

    joining->last = part;
    joining->out->have++;
    if (part <= PARTS_UNDERSTOOD) {
        buf_add_text(&joining->out->text, follows ? "" : GAP);
        parts_unseal(joining->inbound, sealed, &joining->out->text);
    }
}

enum kb_err parts_read(
    struct inbound *inbound, const struct group *group, struct whole *out)
{
    struct joining joining = {.inbound = inbound, .out = out};
    enum kb_err err = KB_OK;

    *out = (struct whole){.parts = group->parts};
    err = inbound_store_parts(inbound, group->id, on_part, &joining);
    if (err == KB_OK &&
        (joining.last < group->parts || group->parts > PARTS_UNDERSTOOD)) {
        buf_add_text(&out->text, GAP);
    }
    return err;
}

static enum kb_err add_to(struct inbound *inbound, int64_t id,
    const struct inbound_sms *sms, const struct sms_key *key)
{
    struct blob sealed = parts_seal(inbound, sms->text);
    enum kb_err err = inbound_store_part(inbound, id, key, sealed);

    free((void *)sealed.data);
    return err;
}

enum kb_err parts_add(struct inbound *inbound, const struct inbound_sms *sms,
    const struct sms_key *key, int64_t *done)
{
    struct group_key group = {
        .modem = sms->modem, .ref = sms->udh_ref, .parts = sms->udh_parts};
    int64_t id = 0;
    int count = 0;
    enum kb_err err = inbound_store_group(inbound, key, &group, &id);

    *done = 0;
    if (err == KB_NOT_FOUND) {
        err = inbound_store_group_new(inbound, key, &group, &id);
    }
    if (err == KB_OK) {
        err = add_to(inbound, id, sms, key);
    }
    if (err == KB_OK) {
        err = inbound_store_part_count(inbound, id, &count);
    }
    if (err == KB_OK && count == sms->udh_parts) {
        *done = id;
    }
    return err;
}
