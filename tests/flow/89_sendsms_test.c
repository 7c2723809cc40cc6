// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what sends its SMS by Kannel's sendsms moves over by an address, in
 * whichever manner it speaks it: a GET, a form, or an XML document, at either
 * of Kannel's paths.
 */
#include "tests/support/bed.h"
#include "web/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENDSMS  "/cgi-bin/sendsms"
#define ASK_MS   10000
#define SENT_MS  30000
#define ACCEPTED "0: Accepted for delivery"

static void assert_answer(
    struct bed *bed, const struct web_ask *ask, int status, const char *words)
{
    struct web_ask whole = *ask;
    struct web_answer answer = {0};
    struct why why = {0};

    whole.socket_path = bed->socket;
    whole.timeout_ms = ASK_MS;
    whole.body_bytes = ask->body == NULL ? 0 : strlen(ask->body);
    assert_int_equal(web_client_call(&whole, &answer, &why), KB_OK);
    assert_int_equal(answer.status, status);
    assert_string_equal(answer.body, words);
    web_answer_clear(&answer);
}

static int up(void **state)
{
    *state = bed_up(&(struct bed_options){.modems = 1});
    return 0;
}

static int down(void **state)
{
    bed_free(*state);
    return 0;
}

static void each_manner_of_sendsms_sends_an_sms(void **state)
{
    struct bed *bed = *state;

    BED_WAIT(SENT_MS, bed_is(bed, "/api/v1/modems/m1", "state", "ready"));
    assert_answer(bed,
        &(struct web_ask){.method = "GET",
            .target = SENDSMS "?from=3636&to=081200009001&text=Halo+satu"},
        202, ACCEPTED);
    assert_answer(bed,
        &(struct web_ask){.method = "POST",
            .target = SENDSMS,
            .content_type = "application/x-www-form-urlencoded",
            .body = "to=081200009002&text=Halo%20dua"},
        202, ACCEPTED);
    assert_answer(bed,
        &(struct web_ask){.method = "POST",
            .target = SENDSMS,
            .content_type = "text/xml; charset=UTF-8",
            .body = "<?xml version=\"1.0\"?><message><submit>"
                    "<da><number>081200009003</number></da>"
                    "<ud>Halo &amp; tiga</ud></submit></message>"},
        202, ACCEPTED);
    assert_answer(bed,
        &(struct web_ask){.method = "GET",
            .target = "/sendsms?user=a&pass=b&to=081200009004&text=Halo"},
        202, ACCEPTED);
    BED_WAIT(SENT_MS, bed_ledger_count(bed, "accepted") == 4);
    assert_true(bed_is(bed, "/api/v1/messages/3", "text", "Halo & tiga"));
    assert_true(bed_is(bed, "/api/v1/messages/3", "phone", "+6281200009003"));
}

static void what_it_does_not_carry_is_refused_in_its_words(void **state)
{
    struct bed *bed = *state;

    assert_answer(bed,
        &(struct web_ask){
            .method = "GET", .target = SENDSMS "?to=081200009001&text="},
        400, "Empty text is not sent, rejected");
    assert_answer(bed,
        &(struct web_ask){.method = "GET",
            .target = SENDSMS "?to=081200009001&text=x&udh=%05%00%03"},
        400, "UDH field is not carried here, rejected");
    assert_answer(bed,
        &(struct web_ask){.method = "POST",
            .target = SENDSMS,
            .content_type = "text/xml",
            .body = "<message><submit><ud>x</ud></submit></message>"},
        400, "Missing receiver(s) number(s), rejected");
    assert_int_equal(bed_queue(bed, "queued"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_manner_of_sendsms_sends_an_sms),
        cmocka_unit_test(what_it_does_not_carry_is_refused_in_its_words),
    };

    return cmocka_run_group_tests_name("sendsms", tests, up, down);
}
