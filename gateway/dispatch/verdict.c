// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/verdict.h"

#include <stddef.h>

#define SECOND_MS    INT64_C(1000)
#define MINUTE_MS    (60 * SECOND_MS)
#define MOST_RETRIES 6

enum class {
    CLASS_DESTINATION,
    CLASS_SIM,
    CLASS_BARRED,
    CLASS_NO_NETWORK,
    CLASS_CONGESTED,
    CLASS_NETWORK,
    CLASS_ONCE_MORE,
    CLASS_MAYBE_SENT,
    CLASS_MEMORY,
    CLASS_SMSC,
    CLASS_SENT
};

static const struct {
    int first;
    int last;
    enum class class;
    const char *words;
} codes[] = {
    {1,   1,    CLASS_DESTINATION, "the number does not exist"                   },
    {8,   8,    CLASS_BARRED,      "the operator bars this SIM; check its credit"},
    {10,  10,   CLASS_BARRED,      "the operator bars calls and SMS of this SIM" },
    {17,  17,   CLASS_NETWORK,     "the network failed"                          },
    {21,  21,   CLASS_ONCE_MORE,   "the network rejected the SMS"                },
    {22,  22,   CLASS_NETWORK,     "the network is congested or out of memory"   },
    {28,  28,   CLASS_DESTINATION, "the number is not known to the network"      },
    {29,  29,   CLASS_BARRED,      "the network does not know this SIM"          },
    {30,  30,   CLASS_DESTINATION, "the subscriber is not known"                 },
    {38,  38,   CLASS_CONGESTED,   "the network is out of order"                 },
    {41,  42,   CLASS_NETWORK,     "the network is congested for a moment"       },
    {47,  47,   CLASS_NETWORK,     "the network has no resources"                },
    {50,  50,   CLASS_BARRED,      "this SIM has no SMS service"                 },
    {69,  69,   CLASS_BARRED,      "the operator does not give this SIM SMS"     },
    {192, 192,  CLASS_NETWORK,     "the SMSC is busy"                            },
    {197, 197,  CLASS_SENT,        "the SMSC had it already"                     },
    {310, 318,  CLASS_SIM,         "the SIM is missing, locked or at fault"      },
    {320, 322,  CLASS_MEMORY,      "the SIM's memory is full or at fault"        },
    {330, 330,  CLASS_SMSC,        "the SMSC's number is not known"              },
    {331, 331,  CLASS_NO_NETWORK,  "no network"                                  },
    {332, 332,  CLASS_MAYBE_SENT,  "the network did not answer in time"          },
    {500, 9999, CLASS_MAYBE_SENT,  "the modem does not say whether it was sent"  },
};

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
    enum class class, int attempts, const char *words)
{
    struct verdict verdict = {.message = OUTBOX_GIVE_BACK, .words = words};

    switch (class) {
    case CLASS_DESTINATION:
        verdict.message = OUTBOX_FAILED;
        return verdict;
    case CLASS_SIM:
        verdict.modem = VERDICT_PARK;
        return verdict;
    case CLASS_BARRED:
        verdict.modem = VERDICT_SUSPECT;
        return verdict;
    case CLASS_NO_NETWORK:
        verdict.modem = VERDICT_NO_NETWORK;
        return verdict;
    case CLASS_MAYBE_SENT:
        verdict.message = OUTBOX_UNKNOWN;
        return verdict;
    case CLASS_SENT:
        verdict.message = OUTBOX_SENT;
        return verdict;
    case CLASS_ONCE_MORE:
        return retry(attempts == 0 ? 0 : MOST_RETRIES, words);
    case CLASS_CONGESTED:
        verdict = retry(attempts, words);
        verdict.pushed_back = true;
        verdict.delay_ms = 5 * MINUTE_MS;
        verdict.modem = VERDICT_PAUSE;
        return verdict;
    case CLASS_MEMORY:
    case CLASS_SMSC:
        verdict = retry(attempts, words);
        verdict.modem = VERDICT_RESET;
        return verdict;
    case CLASS_NETWORK:
        break;
    }
    verdict = retry(attempts, words);
    verdict.pushed_back = true;
    return verdict;
}

static struct verdict verdict_of_code(int code, int attempts)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (code >= codes[i].first && code <= codes[i].last) {
            return verdict_of_class(codes[i].class, attempts, codes[i].words);
        }
    }
    /* A bare ERROR behind the PDU says nothing about the network. */
    return code < 0
               ? verdict_of_class(CLASS_MAYBE_SENT, attempts,
                     "the modem answered ERROR behind the SMS; it may have gone out")
               : retry(attempts, "the network refused it for now");
}

struct verdict verdict_of(const struct link_result *result, int attempts)
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
    return verdict_of_code(result->code, attempts);
}
