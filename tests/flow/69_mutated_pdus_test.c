// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a SIM full of SMS with digits flipped on the way is emptied within a
 * bounded time, however many of them nobody can read: what can be read comes
 * into the inbox, all else into the quarantine, nothing into both, and behind
 * them the modem hears what else comes. The simulator's ledger judges.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PDUS = 60,
    FLIPS = 4,
    PDU_BYTES = 200
};

/* As everywhere the same, so that what is found can be found again. */
static unsigned chance(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed / 65536U % below;
}

/* An SMS-DELIVER (3GPP TS 23.040 §9.2.2.1) "apa kabar NN" in UCS-2. */
static void write_pdu(int i, char *out)
{
    char text[32];
    size_t used = 0;

    (void)snprintf(text, sizeof text, "apa kabar %02d", i);
    used = (size_t)snprintf(out, PDU_BYTES,
        "06912618010000"
        "040D91"
        "2618020080%d0F%d"
        "0008"
        "61112081%d%d%d%d82"
        "18",
        i / 10, i % 10, i % 10, i / 10, i % 10, i / 10);
    for (size_t k = 0; text[k] != '\0'; k++) {
        used += (size_t)snprintf(
            out + used, PDU_BYTES - used, "%04X", (unsigned)text[k]);
    }
}

static void flip_some(unsigned *seed, char *pdu)
{
    for (int k = 0; k < FLIPS; k++) {
        pdu[chance(seed, (unsigned)strlen(pdu))] =
            "0123456789ABCDEF"[chance(seed, 16)];
    }
}

static size_t rows(struct bed *bed, const char *target)
{
    json_t *list = bed_ask(bed, "GET", target, NULL, NULL);
    size_t count = json_array_size(list);

    json_decref(list);
    return count;
}

/* It goes on with what comes behind them. */
static bool hears(struct bed *bed)
{
    size_t before = rows(bed, "/api/v1/inbox");

    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200008999\","
        "\"text\":\"apa kabar\"}"));
    BED_WAIT(20000, rows(bed, "/api/v1/inbox") == before + 1);
    return true;
}

static void a_sim_full_of_mutated_sms_is_emptied(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    const char *given = getenv("KABARI_SEED");
    unsigned seed = given == NULL ? 1U : (unsigned)strtoul(given, NULL, 10);
    char pdu[PDU_BYTES];
    size_t inbox = 0;
    size_t quarantine = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_works(bed, "m1"));
    for (int i = 0; i < PDUS; i++) {
        write_pdu(i, pdu);
        flip_some(&seed, pdu);
        json_decref(bed_sim(
            bed, "{\"cmd\":\"pdu\",\"modem\":\"m1\",\"hex\":\"%s\"}", pdu));
    }
    BED_WAIT(100000, bed_ledger_count(bed, "deleted") >= PDUS);
    inbox = rows(bed, "/api/v1/inbox");
    quarantine = rows(bed, "/api/v1/inbox/poison");
    print_message(
        "mutated: inbox %zu, quarantine %zu of %d\n", inbox, quarantine, PDUS);
    assert_true(quarantine > 0);
    /* Nothing is in both, and nothing is in neither. */
    assert_int_equal(inbox + quarantine, PDUS);
    assert_true(hears(bed));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sim_full_of_mutated_sms_is_emptied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
