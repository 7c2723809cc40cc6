// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/verdict.h"

#include <stddef.h>

#define SECOND_MS    INT64_C(1000)
#define MINUTE_MS    (60 * SECOND_MS)
#define MOST_RETRIES 6

struct code {
    int first;
    int last;
    enum quirk_class class;
    const char *words;
};

/* +CMS ERROR */
static const struct code cms[] = {
    {1,   1,    QUIRK_CLASS_DESTINATION, "the number does not exist"                   },
    {8,   8,    QUIRK_CLASS_BARRED,      "the operator bars this SIM; check its credit"},
    {10,  10,   QUIRK_CLASS_BARRED,      "the operator bars calls and SMS of this SIM" },
    {17,  17,   QUIRK_CLASS_NETWORK,     "the network failed"                          },
    {21,  21,   QUIRK_CLASS_ONCE_MORE,   "the network rejected the SMS"                },
    {22,  22,   QUIRK_CLASS_NETWORK,     "the network is congested or out of memory"   },
    {28,  28,   QUIRK_CLASS_DESTINATION, "the number is not known to the network"      },
    {29,  29,   QUIRK_CLASS_BARRED,      "the network does not know this SIM"          },
    {30,  30,   QUIRK_CLASS_DESTINATION, "the subscriber is not known"                 },
    {38,  38,   QUIRK_CLASS_CONGESTED,   "the network is out of order"                 },
    {41,  42,   QUIRK_CLASS_NETWORK,     "the network is congested for a moment"       },
    {47,  47,   QUIRK_CLASS_NETWORK,     "the network has no resources"                },
    {50,  50,   QUIRK_CLASS_BARRED,      "this SIM has no SMS service"                 },
    {69,  69,   QUIRK_CLASS_BARRED,      "the operator does not give this SIM SMS"     },
    {192, 192,  QUIRK_CLASS_NETWORK,     "the SMSC is busy"                            },
    {197, 197,  QUIRK_CLASS_SENT,        "the SMSC had it already"                     },
    {310, 318,  QUIRK_CLASS_SIM,         "the SIM is missing, locked or at fault"      },
    {320, 322,  QUIRK_CLASS_MEMORY,      "the SIM's memory is full or at fault"        },
    {330, 330,  QUIRK_CLASS_SMSC,        "the SMSC's number is not known"              },
    {331, 331,  QUIRK_CLASS_NO_NETWORK,  "no network"                                  },
    {332, 332,  QUIRK_CLASS_UNKNOWN,     "the network did not answer in time"          },
    {500, 9999, QUIRK_CLASS_UNKNOWN,
     "the modem does not say whether it was sent"                                      },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct verdict retry(int attempts, const char *words)
{
    static const int64_t delays_ms[] = {5 * SECOND_MS, 15 * SECOND_MS,
        MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS};

    if (attempts >= MOST_RETRIES) {
        return (struct verdict){.message = OUTBOX_FAILED, .words = words};
    }
    return (struct verdict){.message = OUTBOX_RETRY,
        .delay_ms = delays_ms[attempts < 0 ? 0 : attempts],
        .words = words};
}

static struct verdict verdict_of_class(
    enum quirk_class class, int attempts, const char *words)
{
    struct verdict verdict = {.message = OUTBOX_GIVE_BACK, .words = words};

    switch (class) {
    case QUIRK_CLASS_DESTINATION:
        verdict.message = OUTBOX_FAILED;
        return verdict;
    case QUIRK_CLASS_SIM:
        verdict.modem = VERDICT_PARK;
        return verdict;
    case QUIRK_CLASS_BARRED:
        verdict.modem = VERDICT_SUSPECT;
        return verdict;
    case QUIRK_CLASS_NO_NETWORK:
        verdict.modem = VERDICT_NO_NETWORK;
        return verdict;
    case QUIRK_CLASS_UNKNOWN:
        verdict.message = OUTBOX_UNKNOWN;
        return verdict;
    case QUIRK_CLASS_SENT:
        verdict.message = OUTBOX_SENT;
        return verdict;
    case QUIRK_CLASS_ONCE_MORE:
        verdict = retry(attempts == 0 ? 0 : MOST_RETRIES, words);
        verdict.next = VERDICT_OTHER_SIM;
        return verdict;
    case QUIRK_CLASS_CONGESTED:
        verdict = retry(attempts, words);
        verdict.pushed_back = true;
        verdict.delay_ms = 5 * MINUTE_MS;
        verdict.modem = VERDICT_PAUSE;
        verdict.next = VERDICT_OTHER_OF_OPERATOR;
        return verdict;
    case QUIRK_CLASS_MEMORY:
    case QUIRK_CLASS_SMSC:
        verdict = retry(attempts, words);
        verdict.modem = VERDICT_RESET;
        return verdict;
    case QUIRK_CLASS_NETWORK:
    case QUIRK_CLASS_NONE:
    case QUIRK_CLASSES:
        break;
    }
    verdict = retry(attempts, words);
    verdict.pushed_back = true;
    return verdict;
}

static const struct code *find_code(int code)
{
    for (size_t i = 0; i < COUNT(cms); i++) {
        if (code >= cms[i].first && code <= cms[i].last) {
            return &cms[i];
        }
    }
    return NULL;
}

/* What a make's file says counts before the standard, where a +CME code stands
   for the +CMS one that says the same (the worker tells both). */
static struct verdict verdict_of_code(
    const struct link_result *result, const struct quirk *quirk, int attempts)
{
    const struct code *known = find_code(result->code);
    bool is_cme = result->cme >= 0;
    enum quirk_class own =
        quirk_class_of(quirk, is_cme, is_cme ? result->cme : result->code);
    const char *words =
        known != NULL ? known->words : "the network refused it for now";

    if (own != QUIRK_CLASS_NONE) {
        return verdict_of_class(own, attempts, words);
    }
    if (known != NULL) {
        return verdict_of_class(known->class, attempts, words);
    }
    /* A bare ERROR behind the PDU says nothing about the network. */
    return result->code < 0 ? verdict_of_class(QUIRK_CLASS_UNKNOWN, attempts,
                                  "the modem answered ERROR behind the SMS; it "
                                  "may have gone out")
                            : retry(attempts, words);
}

struct verdict verdict_of(
    const struct link_result *result, const struct quirk *quirk, int attempts)
{
    switch (result->outcome) {
    case LINK_SENT:
        return (struct verdict){.message = OUTBOX_SENT, .words = ""};
    case LINK_NOT_SENT:
        return (struct verdict){.message = OUTBOX_GIVE_BACK,
            .modem = VERDICT_PAUSE,
            .words = result->reason};
    case LINK_UNKNOWN:
        return (struct verdict){
            .message = OUTBOX_UNKNOWN, .words = result->reason};
    case LINK_REJECTED:
        break;
    }
    return verdict_of_code(result, quirk, attempts);
}

enum verdict_next verdict_next_sim(
    const struct verdict *verdict, const struct verdict_subject *subject)
{
    bool may_have_left =
        verdict->message == OUTBOX_SENT || verdict->message == OUTBOX_UNKNOWN;

    if (subject->pinned) {
        return VERDICT_ANY_SIM; /* it goes to its own in any case */
    }
    if (subject->parts > 1 && (subject->part > 1 || may_have_left)) {
        return VERDICT_SAME_SIM;
    }
    return verdict->message == OUTBOX_RETRY ? verdict->next : VERDICT_ANY_SIM;
}
