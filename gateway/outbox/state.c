// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox/outbox_internal.h"

#include <string.h>

#define TO(state) (1U << MSG_##state)

static const struct {
    const char *name;
    unsigned next; /* the states that may follow */
} states[MSG_STATE_COUNT] = {
    [MSG_HELD] = {"held",        TO(HELD) | TO(QUEUED) | TO(CANCELLED) | TO(EXPIRED)  },
    [MSG_QUEUED] = {"queued",
                  TO(QUEUED) | TO(CLAIMED) | TO(HELD) | TO(CANCELLED) | TO(EXPIRED)   },
    [MSG_CLAIMED] = {"claimed",
                  TO(SUBMITTING) | TO(QUEUED) | TO(HELD) | TO(CANCELLED) | TO(EXPIRED)},
    [MSG_SUBMITTING] = {"submitting",
                  TO(SENT) | TO(CLAIMED) | TO(QUEUED) | TO(FAILED) | TO(UNKNOWN)      },
    [MSG_SENT] = {"sent",        TO(DELIVERED) | TO(UNDELIVERED)                      },
    [MSG_DELIVERED] = {"delivered",   0                                                    },
    [MSG_UNDELIVERED] = {"undelivered", TO(QUEUED) | TO(DELIVERED)                           },
    [MSG_FAILED] = {"failed",      TO(QUEUED)                                           },
    [MSG_EXPIRED] = {"expired",     TO(QUEUED)                                           },
    [MSG_CANCELLED] = {"cancelled",   TO(QUEUED)                                           },
    [MSG_UNKNOWN] = {"unknown",
                  TO(SENT) | TO(DELIVERED) | TO(UNDELIVERED) | TO(QUEUED) | TO(FAILED)},
};

bool msg_may_move(enum msg_state from, enum msg_state to)
{
    return (states[from].next & 1U << to) != 0;
}

bool msg_is_final(enum msg_state state)
{
    return state != MSG_HELD && state != MSG_QUEUED && state != MSG_CLAIMED &&
           state != MSG_SUBMITTING;
}

const char *msg_state_name(enum msg_state state)
{
    return states[state].name;
}

const char *msg_state_shown(enum msg_state state)
{
    return states[state == MSG_CLAIMED ? MSG_QUEUED : state].name;
}

enum kb_err msg_state_parse(const char *name, enum msg_state *out)
{
    for (int i = 0; i < MSG_STATE_COUNT; i++) {
        if (strcmp(states[i].name, name) == 0) {
            *out = (enum msg_state)i;
            return KB_OK;
        }
    }
    return KB_INVALID;
}

static const char *const classes[] = {
    [MSG_REPLY] = "reply", [MSG_NORMAL] = "normal", [MSG_BULK] = "bulk"};

const char *msg_class_name(enum msg_class class)
{
    return classes[class];
}

enum kb_err msg_class_parse(const char *name, enum msg_class *out)
{
    for (int i = MSG_REPLY; i <= MSG_BULK; i++) {
        if (strcmp(classes[i], name) == 0) {
            *out = (enum msg_class)i;
            return KB_OK;
        }
    }
    return KB_INVALID;
}
