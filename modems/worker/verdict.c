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

/* The codes at which GSM_SendSMS fails with this error come from +CME; from
   +CMS they end in ERR_UNKNOWN, see ATGEN_HandleCMSError and …CMEError. */
static int cms_of(int code, GSM_Error error)
{
    static const struct {
        int cme;
        GSM_Error error;
        int cms;
    } codes[] = {
        {3,  ERR_SECURITYERROR,   302},
        {4,  ERR_NOTSUPPORTED,    303},
        {5,  ERR_SECURITYERROR,   316},
        {10, ERR_NOSIM,           310},
        {11, ERR_SECURITYERROR,   311},
        {12, ERR_SECURITYERROR,   312},
        {13, ERR_NOSIM,           313},
        {14, ERR_NOSIM,           314},
        {15, ERR_NOSIM,           315},
        {16, ERR_SECURITYERROR,   311},
        {17, ERR_SECURITYERROR,   317},
        {18, ERR_SECURITYERROR,   318},
        {20, ERR_FULL,            322},
        {21, ERR_INVALIDLOCATION, 321},
        {30, ERR_NETWORK_ERROR,   331},
        {31, ERR_NETWORK_ERROR,   332},
        {32, ERR_NETWORK_ERROR,   331},
    };

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].cme == code && codes[i].error == error) {
            return codes[i].cms;
        }
    }
    return code;
}

/* "Modem busy" and the like: whatever it is, it was before the PDU. */
static struct verdict before_pdu(const struct attempt *attempt)
{
    int code = attempt->answered ? cms_of(attempt->status, attempt->error) : -1;

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
    int code = attempt->status;

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
        return say(LINK_UNKNOWN, -1, false,
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
