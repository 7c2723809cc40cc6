// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "modems/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A modem without a device: bytes go in by hand, time moves by hand. */

#define HALO "0691261801000031000D91261802009000F10000FF0AC830FB0D22D7DDE930"

struct bench {
    char folder[64];
    char ledger_path[96];
    struct sim_ledger *ledger;
    struct sim *sim;
    struct sim_modem *modem;
    char heard[8192];
};

static struct bench *bench_new(const struct sim_options *options)
{
    struct bench *bench = mem_new(sizeof *bench);

    strcpy(bench->folder, "/tmp/kabari-sim-test-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->ledger_path, sizeof bench->ledger_path,
        "%s/ledger.jsonl", bench->folder);
    assert_int_equal(
        sim_ledger_open(bench->ledger_path, &bench->ledger), KB_OK);
    bench->sim = sim_new(options, bench->ledger, 0);
    bench->modem = sim_find(bench->sim, "m1");
    bench->modem->is_open = true;
    return bench;
}

static struct sim_options quick(void)
{
    return (struct sim_options){.modems = 1,
        .report_percent = 100,
        .seed = 1,
        .sms_store = 3,
        .clock_speed = 1,
        .profile = sim_profile_find("generic")};
}

static struct bench *quick_bench(void)
{
    struct sim_options options = quick();

    return bench_new(&options);
}

static void bench_free(struct bench *bench)
{
    sim_free(bench->sim);
    sim_ledger_close(bench->ledger);
    (void)unlink(bench->ledger_path);
    (void)rmdir(bench->folder);
    free(bench);
}

static void type(struct bench *bench, const char *text)
{
    sim_modem_feed(bench->modem, text, strlen(text));
}

/* What the modem has said since the last time. */
static const char *heard(struct bench *bench)
{
    (void)snprintf(bench->heard, sizeof bench->heard, "%s",
        bench->modem->out.used == 0 ? "" : buf_text(&bench->modem->out));
    bench->modem->out.used = 0;
    return bench->heard;
}

static const char *answer(struct bench *bench, const char *command)
{
    type(bench, command);
    type(bench, "\r");
    return heard(bench);
}

static void pass(struct bench *bench, int64_t ms)
{
    sim_timers_run(
        bench->sim->timers, sim_timers_now_us(bench->sim->timers) + ms * 1000);
}

static void ask(struct bench *bench, const char *request)
{
    char *reply = sim_request(bench->sim, request, strlen(request));

    assert_memory_equal(reply, "{\"ok\":true", 10);
    free(reply);
}

static char *ledger_text(struct bench *bench)
{
    FILE *file = fopen(bench->ledger_path, "re");
    char *text = mem_new(65536);

    assert_non_null(file);
    text[fread(text, 1, 65535, file)] = '\0';
    (void)fclose(file);
    return text;
}

static int ledger_count(struct bench *bench, const char *piece)
{
    char *text = ledger_text(bench);
    int count = 0;

    for (char *at = text; (at = strstr(at, piece)) != NULL; at++) {
        count++;
    }
    free(text);
    return count;
}

#define ACCEPTED "\"event\":\"accepted\""

static void quiet(struct bench *bench)
{
    assert_string_equal(answer(bench, "ATE0"), "ATE0\r\r\nOK\r\n");
}

static const char *submit(struct bench *bench)
{
    type(bench, "AT+CMGS=24\r");
    type(bench, HALO "\x1a");
    return heard(bench);
}

/* --- the line --------------------------------------------------------------- */

static void commands_are_echoed_until_told_not_to(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    assert_string_equal(answer(bench, "AT"), "AT\r\r\nOK\r\n");
    quiet(bench);
    assert_string_equal(answer(bench, "AT"), "\r\nOK\r\n");
    bench_free(bench);
}

static void commands_may_share_a_line(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    assert_string_equal(answer(bench, "ATE0V1+CSQ;+CREG?"),
        "\r\n+CSQ: 20,99\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    assert_string_equal(answer(bench, "AT+NONSENSE;+CSQ"), "\r\nERROR\r\n");
    bench_free(bench);
}

static void escape_and_noise_before_at_do_no_harm(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    assert_string_equal(answer(bench, "\x1bxyzAT"), "\r\nOK\r\n");
    assert_string_equal(answer(bench, "hello"), "");
    bench_free(bench);
}

static void a_line_without_end_is_an_error_and_no_more(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    type(bench, "AT");
    for (int i = 0; i < 5000; i++) {
        type(bench, "+");
    }
    assert_string_equal(answer(bench, ""), "\r\nERROR\r\n");
    assert_string_equal(answer(bench, "AT"), "\r\nOK\r\n");
    bench_free(bench);
}

static void a_command_takes_its_time(void **state)
{
    struct sim_options options = quick();
    struct bench *bench = NULL;

    (void)state;
    options.pace.command_us = 20000;
    bench = bench_new(&options);
    type(bench, "AT\rAT\r");
    assert_string_equal(heard(bench), "AT\r");
    pass(bench, 19);
    assert_string_equal(heard(bench), "");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\nOK\r\nAT\r");
    pass(bench, 20);
    assert_string_equal(heard(bench), "\r\nOK\r\n");
    bench_free(bench);
}

/* Weighted towards what steers the line: a modem must live through it all. */
static void no_row_of_bytes_breaks_a_modem(void **state)
{
    static const char *const pieces[] = {"AT", "+CMGS=", "+CMGL=4", "\r",
        "\x1a", "\x1b", "24", HALO, ",", "\"", ";", "+CUSD=1,\"", "=?", "?",
        "\xff", "+CPIN=", "+CSCA=", "+CPMS=\"SR\"", "+CMGD=1,4", "D*123#",
        "0001000B91", "+CSCS=\"UCS2\"", "&", "E", "A/", "-1", "99999999999",
        "\n", "\b"};
    struct bench *bench = quick_bench();

    (void)state;
    for (int i = 0; i < 200000; i++) {
        type(bench,
            pieces[sim_random(bench->sim, sizeof pieces / sizeof pieces[0])]);
        bench->modem->out.used = 0;
        if (i % 1000 == 0) {
            ask(bench, "{\"cmd\":\"sms\",\"from\":\"1\",\"text\":\"x\"}");
            pass(bench, 1);
        }
    }
    type(bench, "\x1b\r");
    (void)heard(bench);
    assert_non_null(strstr(answer(bench, "AT"), "OK"));
    bench_free(bench);
}

/* --- submitting ------------------------------------------------------------- */

static void the_ledger_knows_before_the_gateway_does(void **state)
{
    struct sim_options options = quick();
    struct bench *bench = NULL;

    (void)state;
    options.pace.latency_us = 3000000;
    bench = bench_new(&options);
    quiet(bench);
    type(bench, "AT+CMGS=24\r");
    assert_string_equal(heard(bench), "\r\n> ");
    type(bench, HALO "\x1a");
    pass(bench, 2999);
    assert_string_equal(heard(bench), "");
    assert_int_equal(ledger_count(bench, ACCEPTED), 0);
    pass(bench, 1);
    assert_int_equal(ledger_count(bench, ACCEPTED), 1);
    assert_int_equal(ledger_count(bench, "\"to\":\"+6281200009001\""), 1);
    assert_int_equal(ledger_count(bench, "\"text\":\"Halo dunia\""), 1);
    assert_string_equal(heard(bench), "\r\n+CMGS: 193\r\n\r\nOK\r\n");
    bench_free(bench);
}

static void references_count_up_and_wrap(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    bench->modem->next_mr = 255;
    assert_string_equal(submit(bench), "\r\n> \r\n+CMGS: 255\r\n\r\nOK\r\n");
    assert_string_equal(submit(bench), "\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n");
    bench_free(bench);
}

static void escape_at_the_prompt_sends_nothing(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    type(bench, "AT+CMGS=24\r" HALO "\x1b");
    assert_string_equal(heard(bench), "\r\n> \r\nOK\r\n");
    type(bench, "AT+CMGS=24\r0691AT\r");
    assert_string_equal(heard(bench), "\r\n> \r\n+CMS ERROR: 304\r\n");
    assert_int_equal(ledger_count(bench, ACCEPTED), 0);
    bench_free(bench);
}

static void a_wrong_length_is_refused(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    type(bench, "AT+CMGS=23\r" HALO "\x1a");
    assert_string_equal(heard(bench), "\r\n> \r\n+CMS ERROR: 304\r\n");
    assert_int_equal(ledger_count(bench, ACCEPTED), 0);
    assert_string_equal(answer(bench, "AT+CMGS=5"), "\r\n+CMS ERROR: 304\r\n");
    bench_free(bench);
}

static void what_is_typed_during_a_submit_waits(void **state)
{
    struct sim_options options = quick();
    struct bench *bench = NULL;

    (void)state;
    options.pace.latency_us = 1000000;
    bench = bench_new(&options);
    quiet(bench);
    type(bench, "AT+CMGS=24\r" HALO "\x1a"
                "AT+CSQ\r");
    assert_string_equal(heard(bench), "\r\n> ");
    pass(bench, 1000);
    assert_string_equal(heard(bench),
        "\r\n+CMGS: 193\r\n\r\nOK\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    bench_free(bench);
}

static void without_network_nothing_is_accepted(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    assert_string_equal(answer(bench, "AT+CREG=1"), "\r\nOK\r\n");
    ask(bench, "{\"cmd\":\"network\",\"creg\":2}");
    assert_string_equal(heard(bench), "\r\n+CREG: 2\r\n");
    assert_string_equal(submit(bench), "\r\n> \r\n+CMS ERROR: 331\r\n");
    assert_int_equal(ledger_count(bench, ACCEPTED), 0);
    assert_int_equal(ledger_count(bench, "\"event\":\"rejected\""), 1);
    bench_free(bench);
}

static void credit_runs_out(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    ask(bench, "{\"cmd\":\"credit\",\"amount\":500,\"cost\":350}");
    assert_non_null(strstr(submit(bench), "+CMGS:"));
    assert_non_null(strstr(submit(bench), "+CMS ERROR: 50"));
    assert_int_equal(ledger_count(bench, ACCEPTED), 1);
    bench_free(bench);
}

/* --- reports and inbound ---------------------------------------------------- */

static void a_report_comes_when_it_is_due(void **state)
{
    struct sim_options options = quick();
    struct bench *bench = NULL;

    (void)state;
    options.pace.report_us = 2000000;
    bench = bench_new(&options);
    quiet(bench);
    (void)answer(bench, "AT+CNMI=2,1,0,2,0");
    (void)submit(bench);
    pass(bench, 1999);
    assert_string_equal(heard(bench), "");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CDSI: \"SR\",1\r\n");
    assert_int_equal(ledger_count(bench, "\"event\":\"delivered\""), 1);
    (void)answer(bench, "AT+CPMS=\"SR\"");
    assert_non_null(strstr(answer(bench, "AT+CMGR=1"),
        "+CMGR: 0,,26\r\n0691261801000006C10D91261802009000F1"));
    bench_free(bench);
}

static void reports_wait_until_they_are_wanted(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    (void)submit(bench);
    pass(bench, 1);
    assert_string_equal(heard(bench), "");
    assert_string_equal(answer(bench, "AT+CNMI=2,1,0,2,0"),
        "\r\nOK\r\n\r\n+CDSI: \"SR\",1\r\n");
    bench_free(bench);
}

#define INBOUND "{\"cmd\":\"sms\",\"from\":\"+6281200009002\",\"text\":\"CEK\"}"

static void an_inbound_sms_is_stored_told_read_and_deleted(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    (void)answer(bench, "AT+CNMI=2,1,0,2,0");
    ask(bench, INBOUND);
    assert_string_equal(heard(bench), "\r\n+CMTI: \"SM\",1\r\n");
    assert_non_null(strstr(answer(bench, "AT+CMGL=0"), "+CMGL: 1,0,,"));
    assert_string_equal(answer(bench, "AT+CMGL=0"), "\r\nOK\r\n");
    assert_non_null(strstr(answer(bench, "AT+CMGR=1"), "+CMGR: 1,,"));
    assert_string_equal(answer(bench, "AT+CMGD=1"), "\r\nOK\r\n");
    assert_string_equal(answer(bench, "AT+CMGR=1"), "\r\n+CMS ERROR: 321\r\n");
    assert_int_equal(ledger_count(bench, "\"event\":\"deleted\""), 1);
    bench_free(bench);
}

static void a_full_sim_loses_nothing(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    (void)answer(bench, "AT+CNMI=2,1");
    for (int i = 0; i < 5; i++) {
        ask(bench, INBOUND);
    }
    (void)heard(bench);
    assert_int_equal(bench->modem->pending_count[0], 2);
    assert_string_equal(
        answer(bench, "AT+CMGD=2"), "\r\nOK\r\n\r\n+CMTI: \"SM\",2\r\n");
    (void)answer(bench, "AT+CMGD=1,4");
    assert_int_equal(bench->modem->pending_count[0], 0);
    assert_int_equal(ledger_count(bench, "\"event\":\"inbound\""), 5);
    bench_free(bench);
}

static void an_urc_waits_for_the_end_of_a_line_and_of_a_pdu(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    (void)answer(bench, "AT+CNMI=2,1");
    type(bench, "AT+C");
    ask(bench, INBOUND);
    assert_string_equal(heard(bench), "");
    assert_string_equal(answer(bench, "SQ"),
        "\r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\n+CMTI: \"SM\",1\r\n");
    type(bench, "AT+CMGS=24\r");
    ask(bench, INBOUND);
    assert_string_equal(heard(bench), "\r\n> ");
    type(bench, "\x1b");
    assert_string_equal(heard(bench), "\r\nOK\r\n\r\n+CMTI: \"SM\",2\r\n");
    bench_free(bench);
}

static void parts_come_in_the_order_asked_for(void **state)
{
    struct bench *bench = quick_bench();
    char request[1024] = {0};
    char text[301] = {0};

    (void)state;
    memset(text, 'x', 300);
    (void)snprintf(request, sizeof request,
        "{\"cmd\":\"sms\",\"from\":\"123\",\"text\":\"%s\",\"ref\":77,"
        "\"order\":[2,1,2]}",
        text);
    ask(bench, request);
    assert_int_equal(bench->modem->store[SIM_STORE_SM].used, 3);
    /* behind SMSC, sender, time and length: 05 00 03 ref parts part */
    assert_memory_equal(bench->modem->store[SIM_STORE_SM].slot[0].pdu.data + 7 +
                            1 + 4 + 2 + 7 + 1,
        "\x05\x00\x03\x4d\x02\x02", 6);
    assert_memory_equal(bench->modem->store[SIM_STORE_SM].slot[1].pdu.data + 7 +
                            1 + 4 + 2 + 7 + 1,
        "\x05\x00\x03\x4d\x02\x01", 6);
    bench_free(bench);
}

/* --- faults ----------------------------------------------------------------- */

static void fault(struct bench *bench, const char *name)
{
    char request[200] = {0};

    (void)snprintf(
        request, sizeof request, "{\"cmd\":\"fault\",\"fault\":%s}", name);
    ask(bench, request);
}

static void a_lost_answer_was_still_accepted(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"lost_cmgs\"");
    assert_string_equal(submit(bench), "\r\n> ");
    assert_string_equal(answer(bench, "AT"), "\r\nOK\r\n");
    assert_int_equal(ledger_count(bench, ACCEPTED), 1);
    assert_non_null(strstr(submit(bench), "+CMGS: 194"));
    bench_free(bench);
}

static void a_late_answer_comes_into_what_follows(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"late_cmgs:90\"");
    assert_string_equal(submit(bench), "\r\n> ");
    pass(bench, 89999);
    assert_string_equal(answer(bench, "AT"), "\r\nOK\r\n");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CMGS: 193\r\n\r\nOK\r\n");
    bench_free(bench);
}

static void a_late_answer_dies_with_the_power(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    fault(bench, "\"late_cmgs:90\"");
    (void)submit(bench);
    sim_modem_cut(bench->modem);
    sim_modem_power(bench->modem);
    pass(bench, 90000);
    assert_string_equal(heard(bench), "");
    bench_free(bench);
}

static void a_code_strikes_as_often_as_told(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"cms:38\",\"count\":2");
    assert_non_null(strstr(submit(bench), "+CMS ERROR: 38"));
    assert_non_null(strstr(submit(bench), "+CMS ERROR: 38"));
    assert_non_null(strstr(submit(bench), "+CMGS:"));
    fault(bench, "\"cms:28\",\"to\":\"+6281200009001\",\"count\":\"on\"");
    assert_non_null(strstr(submit(bench), "+CMS ERROR: 28"));
    fault(bench, "\"cms:28\",\"to\":\"+6281200009999\",\"count\":\"on\"");
    assert_non_null(strstr(submit(bench), "+CMGS:"));
    bench_free(bench);
}

static void a_code_may_strike_before_the_prompt(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"cms:302\",\"at\":\"prompt\"");
    assert_string_equal(answer(bench, "AT+CMGS=24"), "\r\n+CMS ERROR: 302\r\n");
    bench_free(bench);
}

static void a_hang_swallows_all_until_somebody_opens_anew(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"hang\",\"command\":\"+CSQ\"");
    assert_string_equal(answer(bench, "AT"), "\r\nOK\r\n");
    assert_string_equal(answer(bench, "AT+CSQ"), "");
    assert_string_equal(answer(bench, "AT"), "");
    sim_modem_opened(bench->modem);
    assert_string_equal(
        answer(bench, "AT+CSQ"), "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    bench_free(bench);
}

static void a_hang_after_the_pdu_decides_whether_it_went_out(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"hang:submit\"");
    assert_string_equal(submit(bench), "\r\n> ");
    assert_int_equal(ledger_count(bench, ACCEPTED), 1);
    sim_modem_opened(bench->modem);
    fault(bench, "\"hang:submit\",\"lost\":true");
    assert_string_equal(submit(bench), "\r\n> ");
    assert_int_equal(ledger_count(bench, ACCEPTED), 1);
    bench_free(bench);
}

static void the_plug_goes_at_the_stage_named(void **state)
{
    static const struct {
        const char *fault;
        const char *said;
        int accepted;
    } stages[] = {
        {"\"unplug_at:before\"",              "",       0},
        {"\"unplug_at:prompt\"",              "\r\n> ", 0},
        {"\"unplug_at:pdu\"",                 "\r\n> ", 0},
        {"\"unplug_at:after\"",               "\r\n> ", 1},
        {"\"unplug_at:after\",\"lost\":true", "\r\n> ", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        struct bench *bench = quick_bench();

        quiet(bench);
        fault(bench, stages[i].fault);
        assert_string_equal(submit(bench), stages[i].said);
        assert_true(bench->modem->unplug_now);
        assert_int_equal(ledger_count(bench, ACCEPTED), stages[i].accepted);
        bench_free(bench);
    }
}

static void strays_stand_inside_answers(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"urc_inside\"");
    assert_string_equal(answer(bench, "AT+CSQ"),
        "\r\nRING\r\n\r\n+CSQ: 20,99\r\n\r\n+CMTI: \"SM\",1\r\n\r\nOK\r\n");
    bench_free(bench);
}

static void chatter_goes_on_through_a_hang(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    fault(bench, "\"hang\"");
    (void)answer(bench, "AT");
    fault(bench, "\"chatter:700\"");
    assert_string_equal(heard(bench), "\r\n^RSSI:20\r\n");
    pass(bench, 1400);
    assert_string_equal(heard(bench), "\r\n^RSSI:20\r\n\r\n^RSSI:20\r\n");
    ask(bench, "{\"cmd\":\"heal\"}");
    pass(bench, 7000);
    assert_string_equal(heard(bench), "");
    assert_string_equal(answer(bench, "AT"), "\r\nOK\r\n");
    bench_free(bench);
}

static void report_faults_change_what_the_network_says(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    (void)answer(bench, "AT+CNMI=2,1,0,2,0");
    fault(bench, "\"report_status:70\",\"count\":1");
    fault(bench, "\"report_twice\"");
    (void)submit(bench);
    pass(bench, 1);
    assert_int_equal(ledger_count(bench, "\"status\":70"), 2);
    ask(bench, "{\"cmd\":\"heal\"}");
    fault(bench, "\"no_reports\",\"count\":1");
    (void)submit(bench);
    pass(bench, 1);
    assert_int_equal(ledger_count(bench, "\"event\":\"delivered\""), 2);
    (void)heard(bench);
    fault(bench, "\"report_early\"");
    assert_string_equal(submit(bench),
        "\r\n> \r\n+CDSI: \"SR\",3\r\n\r\n+CMGS: 195\r\n\r\nOK\r\n");
    bench_free(bench);
}

/* --- PIN, USSD, calls, requests --------------------------------------------- */

static void three_wrong_pins_ask_for_the_puk(void **state)
{
    struct sim_options options = quick();
    struct bench *bench = NULL;

    (void)state;
    options.pin = "2468";
    bench = bench_new(&options);
    quiet(bench);
    (void)answer(bench, "AT+CMEE=1");
    assert_non_null(strstr(answer(bench, "AT+CPIN?"), "SIM PIN"));
    assert_string_equal(answer(bench, "AT+CMGS=24"), "\r\n+CMS ERROR: 311\r\n");
    for (int i = 0; i < 3; i++) {
        assert_string_equal(
            answer(bench, "AT+CPIN=\"1234\""), "\r\n+CME ERROR: 16\r\n");
    }
    assert_non_null(strstr(answer(bench, "AT+CPIN?"), "SIM PUK"));
    assert_int_equal(ledger_count(bench, "\"event\":\"wrong_pin\""), 3);
    assert_string_equal(
        answer(bench, "AT+CPIN=\"12345678\",\"2468\""), "\r\nOK\r\n");
    assert_non_null(strstr(answer(bench, "AT+CPIN?"), "READY"));
    bench_free(bench);
}

static void a_ussd_menu_is_walked_and_left(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    ask(bench, "{\"cmd\":\"ussd\",\"code\":\"*9#\",\"reply\":\"1 a\",\"m\":1}");
    ask(bench, "{\"cmd\":\"ussd\",\"code\":\"*9#>1\",\"reply\":\"Rp%c\"}");
    (void)answer(bench, "AT+CUSD=1,\"*9#\",15");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CUSD: 1,\"1 a\",15\r\n");
    (void)answer(bench, "AT+CUSD=1,\"1\",15");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CUSD: 0,\"Rp50000\",15\r\n");
    (void)answer(bench, "AT+CUSD=1,\"*404#\",15");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CUSD: 4\r\n");
    bench_free(bench);
}

static void a_ussd_answer_follows_the_character_set(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    ask(bench, "{\"cmd\":\"ussd\",\"code\":\"*9#\",\"reply\":\"@b\"}");
    (void)answer(bench, "AT+CSCS=\"UCS2\"");
    (void)answer(bench, "AT+CUSD=1,\"002A00390023\",15");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CUSD: 0,\"00400062\",15\r\n");
    (void)answer(bench, "AT+CSCS=\"HEX\"");
    (void)answer(bench, "AT+CUSD=1,\"2A3923\",15");
    pass(bench, 1);
    assert_string_equal(heard(bench), "\r\n+CUSD: 0,\"0062\",15\r\n");
    bench_free(bench);
}

static void a_stick_that_packs_ussd_is_spoken_to_in_septets(void **state)
{
    struct sim_options options = quick();
    struct bench *bench = NULL;

    (void)state;
    options.profile = sim_profile_find("huawei");
    bench = bench_new(&options);
    quiet(bench);
    ask(bench,
        "{\"cmd\":\"ussd\",\"code\":\"*888#\",\"reply\":\"hellohello\"}");
    (void)answer(bench, "AT+CSCS=\"UCS2\"");
    (void)answer(bench, "AT+CUSD=1,\"2A1C0E3702\",15");
    pass(bench, 1);
    assert_string_equal(
        heard(bench), "\r\n+CUSD: 0,\"E8329BFD4697D9EC37\",15\r\n");
    bench_free(bench);
}

static void a_call_rings_until_it_is_ended(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    quiet(bench);
    (void)answer(bench, "AT+CLIP=1");
    ask(bench, "{\"cmd\":\"call\",\"from\":\"+6281200009003\"}");
    assert_string_equal(
        heard(bench), "\r\nRING\r\n\r\n+CLIP: \"+6281200009003\",145,,,,0\r\n");
    pass(bench, 3000);
    assert_non_null(strstr(heard(bench), "RING"));
    assert_string_equal(answer(bench, "ATH"), "\r\nOK\r\n");
    pass(bench, 9000);
    assert_string_equal(heard(bench), "");
    bench_free(bench);
}

static void a_wrong_request_says_what_is_wrong(void **state)
{
    static const struct {
        const char *request;
        const char *error;
    } wrong[] = {
        {"{\"cmd\":\"nope\"}",                                 "unknown cmd"     },
        {"[]",                                                 "JSON object"     },
        {"{\"cmd\":\"sms\",\"fromm\":\"1\"}",                  "unknown field"   },
        {"{\"cmd\":\"sms\",\"text\":\"x\"}",                   "from is missing" },
        {"{\"cmd\":\"stats\",\"modem\":\"m2\"}",               "no modem m2"     },
        {"{\"cmd\":\"network\",\"creg\":9}",                   "0 to 5"          },
        {"{\"cmd\":\"fault\",\"fault\":\"x\"}",                "no fault"        },
        {"{\"cmd\":\"fault\",\"fault\":\"cms:x\"}",            "behind its colon"},
        {"{\"cmd\":\"fault\",\"fault\":\"unplug_at:x\"}",      "behind its colon"},
        {"{\"cmd\":\"fault\",\"fault\":\"cms\",\"at\":\"x\"}", "at must be"      },
        {"{\"cmd\":\"pdu\",\"hex\":\"0\"}",                    "hex must be"     },
        {"{\"cmd\":\"sms\",\"from\":\"1\",\"order\":[3]}",     "part 1 to 1"     },
    };
    struct bench *bench = quick_bench();

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *reply =
            sim_request(bench->sim, wrong[i].request, strlen(wrong[i].request));

        assert_memory_equal(reply, "{\"ok\":false", 11);
        assert_non_null(strstr(reply, wrong[i].error));
        free(reply);
    }
    bench_free(bench);
}

static void texts_in_the_ledger_are_valid_json(void **state)
{
    struct bench *bench = quick_bench();

    (void)state;
    ask(bench,
        "{\"cmd\":\"sms\",\"from\":\"1\",\"text\":\"a\\\"b\\\\c\\n\\u0001\"}");
    assert_int_equal(
        ledger_count(bench, "\"text\":\"a\\\"b\\\\c\\u000a\\u0001\""), 1);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_echoed_until_told_not_to),
        cmocka_unit_test(commands_may_share_a_line),
        cmocka_unit_test(escape_and_noise_before_at_do_no_harm),
        cmocka_unit_test(a_line_without_end_is_an_error_and_no_more),
        cmocka_unit_test(a_command_takes_its_time),
        cmocka_unit_test(no_row_of_bytes_breaks_a_modem),
        cmocka_unit_test(the_ledger_knows_before_the_gateway_does),
        cmocka_unit_test(references_count_up_and_wrap),
        cmocka_unit_test(escape_at_the_prompt_sends_nothing),
        cmocka_unit_test(a_wrong_length_is_refused),
        cmocka_unit_test(what_is_typed_during_a_submit_waits),
        cmocka_unit_test(without_network_nothing_is_accepted),
        cmocka_unit_test(credit_runs_out),
        cmocka_unit_test(a_report_comes_when_it_is_due),
        cmocka_unit_test(reports_wait_until_they_are_wanted),
        cmocka_unit_test(an_inbound_sms_is_stored_told_read_and_deleted),
        cmocka_unit_test(a_full_sim_loses_nothing),
        cmocka_unit_test(an_urc_waits_for_the_end_of_a_line_and_of_a_pdu),
        cmocka_unit_test(parts_come_in_the_order_asked_for),
        cmocka_unit_test(a_lost_answer_was_still_accepted),
        cmocka_unit_test(a_late_answer_comes_into_what_follows),
        cmocka_unit_test(a_late_answer_dies_with_the_power),
        cmocka_unit_test(a_code_strikes_as_often_as_told),
        cmocka_unit_test(a_code_may_strike_before_the_prompt),
        cmocka_unit_test(a_hang_swallows_all_until_somebody_opens_anew),
        cmocka_unit_test(a_hang_after_the_pdu_decides_whether_it_went_out),
        cmocka_unit_test(the_plug_goes_at_the_stage_named),
        cmocka_unit_test(strays_stand_inside_answers),
        cmocka_unit_test(chatter_goes_on_through_a_hang),
        cmocka_unit_test(report_faults_change_what_the_network_says),
        cmocka_unit_test(three_wrong_pins_ask_for_the_puk),
        cmocka_unit_test(a_ussd_menu_is_walked_and_left),
        cmocka_unit_test(a_ussd_answer_follows_the_character_set),
        cmocka_unit_test(a_stick_that_packs_ussd_is_spoken_to_in_septets),
        cmocka_unit_test(a_call_rings_until_it_is_ended),
        cmocka_unit_test(a_wrong_request_says_what_is_wrong),
        cmocka_unit_test(texts_in_the_ledger_are_valid_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
