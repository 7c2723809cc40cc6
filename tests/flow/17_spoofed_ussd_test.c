// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal (row 21 of the faults): a USSD request that is not the provider's, or not
 * of now, gets 401 and changes nothing: a wrong secret, another address, an old
 * stamp, a session that has ended and is played again, a request of a live
 * session that was heard before.
 */
#include "base/clock.h"
#include "tests/support/people.h"
#include "tests/support/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SECRET "rahasia-penyedia"
#define STOP   "6" /* the menu's item: no more reminders */

static const struct bed_options provider = {.modems = 1,
    .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
    .modem_args = "reports = false;",
    .config = "ussd = { enabled = true; secret = \"" SECRET "\"; };",
    .http = true};

/* A resident with that phone, whom a forged STOP would silence. */
static struct bed *bed_with_resident(const struct bed_options *options)
{
    struct bed *bed = bed_up(options);
    char nik[17];

    people_import(bed, 20);
    person_nik(3, nik);
    json_decref(bed_json(bed, "resident", "set", nik, "--phone", PROVIDER_PHONE,
        (const char *)NULL));
    return bed;
}

static bool is_stopped(struct bed *bed)
{
    json_t *resident = NULL;
    char target[64];
    char nik[17];
    bool stopped = false;

    person_nik(3, nik);
    (void)snprintf(target, sizeof target, "/api/v1/residents/%s", nik);
    resident = bed_ask(bed, "GET", target, NULL, NULL);
    stopped = json_is_true(json_object_get(resident, "phone_stopped"));
    json_decref(resident);
    return stopped;
}

/* A request by /ussd/json with the stamp of an instant. */
static struct provider_heard json_of(struct bed *bed, const char *session,
    const char *event, const char *text, int64_t at_ms)
{
    char body[400];
    char stamp[40];
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm when = {0};

    assert_non_null(gmtime_r(&seconds, &when));
    assert_true(strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &when) > 0);
    (void)snprintf(body, sizeof body,
        "{\"session\":\"%s\",\"phone\":\"" PROVIDER_PHONE
        "\",\"event\":\"%s\",\"text\":\"%s\",\"at\":\"%s.%03dZ\"}",
        session, event, text, stamp, (int)(at_ms % 1000));
    return provider_post(bed, "/ussd/json", "application/json", SECRET, body);
}

static int64_t wall_ms(void)
{
    struct clock clock = clock_system();

    return clock_now_ms(&clock);
}

static void a_wrong_secret_changes_nothing(void **state)
{
    struct bed *bed = bed_with_resident(&provider);

    (void)state;
    assert_int_equal(provider_at(bed, "falsch", "f1", STOP).status, 401);
    assert_int_equal(provider_at(bed, "", "f1", STOP).status, 401);
    assert_int_equal(provider_at(bed, SECRET "x", "f1", STOP).status, 401);
    assert_int_equal(provider_post(bed, "/ussd/json", "application/json", "",
                         "{\"session\":\"f2\",\"phone\":\"" PROVIDER_PHONE
                         "\",\"event\":\"response\",\"text\":\"" STOP
                         "\",\"secret\":\"nein\"}")
                         .status,
        401);
    assert_false(is_stopped(bed));
    assert_true(bed_logged(bed, "ussd: refused"));
    assert_false(bed_logged(bed, PROVIDER_PHONE));
    assert_false(bed_logged(bed, SECRET));
    bed_free(bed);
}

static void another_address_changes_nothing(void **state)
{
    struct bed_options options = provider;
    struct bed *bed = NULL;

    (void)state;
    options.config = "ussd = { enabled = true; secret = \"" SECRET
                     "\"; addresses = [ \"192.0.2.10\" ]; };";
    bed = bed_with_resident(&options);
    assert_int_equal(provider_at(bed, SECRET, "f1", STOP).status, 401);
    assert_false(is_stopped(bed));
    bed_free(bed);
}

static void an_old_stamp_changes_nothing(void **state)
{
    static const int64_t off_ms[] = {-301000, -86400000, 301000};
    struct bed *bed = bed_with_resident(&provider);

    (void)state;
    for (size_t i = 0; i < sizeof off_ms / sizeof *off_ms; i++) {
        assert_int_equal(
            json_of(bed, "f3", "response", STOP, wall_ms() + off_ms[i]).status,
            401);
    }
    assert_false(is_stopped(bed));
    bed_free(bed);
}

static void what_is_played_again_changes_nothing(void **state)
{
    struct bed *bed = bed_with_resident(&provider);
    int64_t now_ms = wall_ms();

    (void)state;
    /* A session that has ended, whatever is asked in it. */
    provider_shows(provider_at(bed, SECRET, "f4", "0"), "END");
    assert_int_equal(provider_at(bed, SECRET, "f4", "0").status, 401);
    assert_int_equal(provider_at(bed, SECRET, "f4", STOP).status, 401);
    /* A live one: the same request, and an older one of it. */
    assert_int_equal(json_of(bed, "f5", "start", "", now_ms).status, 200);
    provider_shows(
        json_of(bed, "f5", "response", "3", now_ms + 1), "kecamatan");
    assert_int_equal(
        json_of(bed, "f5", "response", "3", now_ms + 1).status, 401);
    assert_int_equal(json_of(bed, "f5", "start", "", now_ms).status, 401);
    assert_int_equal(
        json_of(bed, "f5", "response", STOP, now_ms + 1).status, 401);
    assert_false(is_stopped(bed));
    /* It goes on where it was, and the provider itself is heard. */
    provider_shows(json_of(bed, "f5", "response", "1", now_ms + 2), "Kantor");
    provider_shows(
        provider_at(bed, SECRET, "f6", STOP), "tidak akan diingatkan");
    assert_true(is_stopped(bed));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_secret_changes_nothing),
        cmocka_unit_test(another_address_changes_nothing),
        cmocka_unit_test(an_old_stamp_changes_nothing),
        cmocka_unit_test(what_is_played_again_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
