// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/verdict.h"

#include <stddef.h>

#define CMS_NETWORK_TIMEOUT 332
#define CMS_UNKNOWN_FIRST   500

static struct verdict say(
    enum link_outcome outcome, int code, bool leave, const char *reason)
{
    return (struct verdict){outcome, -1, code, leave, reason};
}

/* A +CME code says of modem and SIM what a +CMS code of another number says. */
static int cms_of(const struct attempt *attempt)
{
    static const struct {
        int cme;
        int cms;
    } codes[] = {
        {3,  302},
        {4,  303},
        {5,  316},
        {10, 310},
        {11, 311},
        {12, 312},
        {13, 313},
        {14, 314},
        {15, 315},
        {16, 311},
        {17, 317},
        {18, 318},
        {20, 322},
        {21, 321},
        {30, 331},
        {31, 332},
        {32, 331},
    };

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (attempt->is_cme && codes[i].cme == attempt->status) {
            return codes[i].cms;
        }
    }
    /* Whatever else a modem fails at is no word of the network's. */
    return attempt->is_cme ? CMS_UNKNOWN_FIRST : attempt->status;
}

static int code_of(const struct attempt *attempt)
{
    return attempt->status > 0 ? cms_of(attempt) : attempt->status;
}

/* "Modem busy" and the like: whatever it is, it was before the PDU. */
static struct verdict before_pdu(const struct attempt *attempt)
{
    int code = attempt->answered ? code_of(attempt) : -1;

    if (attempt->error == ERR_EMPTYSMSC || attempt->error == ERR_GETTING_SMSC) {
        return say(LINK_REJECTED, 330, false, "the SMSC's number is not known");
    }
    if (code > 0 && code < CMS_UNKNOWN_FIRST && code != CMS_NETWORK_TIMEOUT) {
        return say(LINK_REJECTED, code, false, "the modem refused the SMS");
    }
    if (attempt->answered) {
        return say(LINK_NOT_SENT, code, false,
            "the modem answered with an error before it took the SMS");
    }
    return say(LINK_NOT_SENT, -1, true,
        attempt->present ? "the modem did not ask for the SMS"
                         : "the modem went away before it took the SMS");
}

static struct verdict answered(const struct attempt *attempt)
{
    int code = code_of(attempt);

    if (code == 0 && attempt->reference >= 0) {
        return (struct verdict){
            LINK_SENT, attempt->reference & 0xff, -1, false, ""};
    }
    if (code == 0) {
        /* Seen: a lost +CMGS, and the OK of something else. */
        return say(LINK_UNKNOWN, -1, true,
            "the modem said OK but gave no reference; it may have gone out");
    }
    if (code < 0) {
        /* 3GPP TS 27.005 §3.5.1 knows only +CMS ERROR behind a PDU. A bare
           ERROR is what a modem says that had left the prompt and took the PDU
           for a command: whatever it still has of it would spoil the next
           submit, too. */
        return say(LINK_UNKNOWN, -1, true,
            "the modem answered ERROR behind the SMS; it may have gone out");
    }
    if (code >= CMS_UNKNOWN_FIRST || code == CMS_NETWORK_TIMEOUT) {
        return say(LINK_UNKNOWN, code > 9999 ? 9999 : code, false,
            "the modem does not know whether the SMS went out");
    }
    return say(LINK_REJECTED, code, false, "the network refused the SMS");
}

struct verdict verdict_of_attempt(const struct attempt *attempt)
{
    if (!attempt->may_be_sent) {
        return before_pdu(attempt);
    }
    if (attempt->answered) {
        return answered(attempt);
    }
    return say(LINK_UNKNOWN, -1, true,
        attempt->present ? "no answer to the SMS in time; it may have gone out"
                         : "the modem went away; the SMS may have gone out");
}

bool verdict_may_be_late(int reference, const struct mr_known *known)
{
    int least = known->first ? 2 : 1; /* the unanswered one took one, too */
    int steps = ((reference - known->last) % 256 + 256) % 256;

    return known->last < 0 || steps < least || steps > least + known->refused;
}
