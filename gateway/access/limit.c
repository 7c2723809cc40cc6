// SPDX-License-Identifier: GPL-2.0-or-later
/* How often a wrong password may come: by name, known or not, and by address.
 * Kept in memory and bounded; who has been quiet longest makes room. */
#include "access/access_internal.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MS    ((int64_t)15 * 60 * 1000)
#define NAME_MOST    10
#define ADDRESS_MOST 30
#define SLOTS        1024
#define KEY_BYTES    64

struct slot {
    char key[KEY_BYTES]; /* "" : free */
    int wrong;
    int64_t first_ms; /* of the window; monotonic */
    int64_t last_ms;
};

struct access_limits {
    struct slot name[SLOTS];
    struct slot address[SLOTS];
};

struct access_limits *access_limits_new(void)
{
    return mem_new(sizeof(struct access_limits));
}

void access_limits_free(struct access_limits *limits)
{
    free(limits);
}

/** What is too long counts by its start. */
static void make_key(const char *text, char out[static KEY_BYTES])
{
    size_t i = 0;

    for (; text[i] != '\0' && i + 1 < KEY_BYTES; i++) {
        out[i] = (char)tolower((unsigned char)text[i]);
    }
    out[i] = '\0';
}

/** The key's slot; with `make` one is taken for it where there is none. */
static struct slot *find(struct slot *slots, const char *text, bool make)
{
    char key[KEY_BYTES];
    struct slot *oldest = &slots[0];

    make_key(text, key);
    for (size_t i = 0; i < SLOTS; i++) {
        if (strcmp(slots[i].key, key) == 0) {
            return &slots[i];
        }
        if (slots[i].last_ms < oldest->last_ms) {
            oldest = &slots[i];
        }
    }
    if (!make) {
        return NULL;
    }
    *oldest = (struct slot){0};
    memcpy(oldest->key, key, sizeof key);
    return oldest;
}

static int wait_s(struct slot *slots, const char *text, int most)
{
    const struct slot *slot = *text == '\0' ? NULL : find(slots, text, false);
    int64_t left_ms = 0;

    if (slot == NULL || slot->wrong < most) {
        return 0;
    }
    left_ms = slot->first_ms + WINDOW_MS - clock_mono_ms();
    return left_ms > 0 ? (int)(left_ms / 1000) + 1 : 0;
}

int access_login_wait_s(
    struct access *access, const char *name, const char *address)
{
    int by_name = wait_s(access->limits->name, name, NAME_MOST);
    int by_address = wait_s(access->limits->address, address, ADDRESS_MOST);

    return by_name > by_address ? by_name : by_address;
}

static void count_wrong(struct slot *slots, const char *text)
{
    int64_t now = clock_mono_ms();
    struct slot *slot = *text == '\0' ? NULL : find(slots, text, true);

    if (slot == NULL) {
        return;
    }
    if (slot->wrong == 0 || now - slot->first_ms >= WINDOW_MS) {
        slot->wrong = 0;
        slot->first_ms = now;
    }
    slot->wrong++;
    slot->last_ms = now;
}

void access_login_note(
    struct access *access, const char *name, const char *address, bool right)
{
    struct slot *slot = NULL;

    if (!right) {
        count_wrong(access->limits->name, name);
        count_wrong(access->limits->address, address);
        return;
    }
    slot = find(access->limits->name, name, false);
    if (slot != NULL) {
        *slot = (struct slot){0};
    }
}
