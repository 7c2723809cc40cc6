// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The look at a PDU before libGammu sees it: what every network sends passes,
 * what lies about its lengths does not, and no bytes do harm.
 */
#include "modems/worker/pdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SMSC    "07912618010000F0"
#define SENDER  "0D91261802000009F1"
#define STAMP   "61908080000082"
#define DELIVER SMSC "04" SENDER "0000" STAMP

static void what_networks_send_is_nothing_odd(void **state)
{
    static const struct {
        const char *hex;
        enum pdu_kind kind;
    } good[] = {
        {DELIVER "03C3E21B",                                   PDU_DELIVER},
        {DELIVER "00",                                         PDU_DELIVER},
 /* A part of two: header of six octets, then septets. */
        {SMSC "44" SENDER "0000" STAMP "0A0500030102018661B1", PDU_DELIVER},
 /* UCS-2. */
        {SMSC "04" SENDER "0008" STAMP "0400480061",           PDU_DELIVER},
 /* A name for a sender. */
        {SMSC "040ED0D4F29C0E9A9701"
              "0000" STAMP "03C3E21B",
         PDU_DELIVER                                                      },
 /* No SMSC's address. */
        {"00"
         "04" SENDER "0000" STAMP "03C3E21B",
         PDU_DELIVER                                                      },
 /* A report. */
        {SMSC "0617" SENDER STAMP STAMP "00",                  PDU_REPORT },
 /* A draft of somebody's. */
        {SMSC "11000D91261802000009F10000A703C3E21B",          PDU_SUBMIT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct pdu_look look = pdu_look(good[i].hex);

        if (look.fault != NULL) {
            fail_msg("%zu: %s", i, look.fault);
        }
        assert_int_equal(look.kind, good[i].kind);
    }
}

static void what_lies_about_its_lengths_is_odd(void **state)
{
    static const char *const odd[] = {
        "", "0", "07", "zz", SMSC, SMSC "04", "FF04",
        DELIVER "FFC3E21B", /* seen: stack smashing */
        DELIVER "A1"
                "C3E21B",   /* 161 septets */
        DELIVER "20C3E21B", /* more than came */
        SMSC "44" SENDER "0000" STAMP "0AFF00030102018661B1", /* UDHL */
        SMSC "44" SENDER "0000" STAMP "00", /* a header in nothing */
        SMSC "44" SENDER "0000" STAMP "0A05000301020186", /* cut off */
        SMSC "04FF91261802000009F1"
             "0000" STAMP "03C3E21B",
        SMSC "03" SENDER "0000" STAMP "03C3E21B", /* no such kind */
        SMSC "0617" SENDER STAMP,                 /* half a report */
    };

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        if (pdu_look(odd[i]).fault == NULL) {
            fail_msg("nothing odd in %s", odd[i]);
        }
    }
}

static void every_cut_of_a_good_one_is_odd(void **state)
{
    char hex[256] = DELIVER "0AC8329BFD06DDDF72";

    (void)state;
    while (strlen(hex) > 0) {
        hex[strlen(hex) - 1] = '\0';
        assert_non_null(pdu_look(hex).fault);
    }
}

static void an_sms_that_is_too_long_is_odd(void **state)
{
    char hex[2000];

    (void)state;
    memset(hex, '1', sizeof hex);
    hex[sizeof hex - 2] = '\0';
    assert_non_null(pdu_look(hex).fault);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_networks_send_is_nothing_odd),
        cmocka_unit_test(what_lies_about_its_lengths_is_odd),
        cmocka_unit_test(every_cut_of_a_good_one_is_odd),
        cmocka_unit_test(an_sms_that_is_too_long_is_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
