// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers that the gateway holds, measured by the simulator's ledger and
 * compared within one run: messages a second of one modem, duty (the share of
 * its time in which the network works), and how soon a query is answered.
 *
 * BENCH=rate, duty or answer runs one of them.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "tests/support/people.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RATE_MESSAGES 4000
#define DUTY_MESSAGES 16
#define ANSWERS       200
#define BATCH         5000

static int64_t number(json_t *row, const char *member)
{
    return json_integer_value(json_object_get(row, member));
}

static void queue_some(struct bed *bed, int from, int count)
{
    struct buf body = {0};

    for (int i = from; i < from + count; i++) {
        buf_printf(&body,
            "%c{\"phone\":\"+6281200%06d\",\"text\":\"DUKCAPIL MABAR: pesan "
            "%d\",\"priority\":\"bulk\"}",
            i == from ? '[' : ',', 100000 + i, i);
    }
    buf_add_text(&body, "]");
    bed_do(bed, "POST", "/api/v1/messages", buf_text(&body));
    buf_clear(&body);
}

static void queue_messages(struct bed *bed, int count)
{
    for (int from = 0; from < count; from += BATCH) {
        queue_some(bed, from, count - from < BATCH ? count - from : BATCH);
    }
}

static bool modem_ready(struct bed *bed)
{
    return bed_is(bed, "/api/v1/modems/m1", "state", "ready");
}

/* A gateway whose queue is full before its sending begins. */
static struct bed *loaded(const struct bed_options *options, int count)
{
    struct bed *bed = bed_up(options);

    BED_WAIT(30000, modem_ready(bed));
    bed_do(bed, "POST", "/api/v1/pause", NULL);
    queue_messages(bed, count);
    bed_do(bed, "POST", "/api/v1/resume", NULL);
    return bed;
}

/* --- messages a second ----------------------------------------------------- */

static double rate_of(int modems, const char *modem_args, int count)
{
    struct bed_options options = {
        .modems = modems,
        .sim_args = "--latency-ms 0 --command-ms 0 --no-reports",
        .modem_args = modem_args,
    };
    struct bed *bed = loaded(&options, count);
    json_t *rows = NULL;
    double span_us = 0;

    BED_WAIT(300000, bed_queue(bed, "sent") == count);
    rows = bed_ledger(bed, "accepted");
    assert_int_equal(json_array_size(rows), count);
    span_us =
        (double)(number(json_array_get(rows, (size_t)count - 1), "mono_us") -
                 number(json_array_get(rows, 0), "mono_us"));
    json_decref(rows);
    bed_free(bed);
    return (count - 1) * 1e6 / span_us;
}

static void bench_rate(void)
{
    double cut = rate_of(1, "reports = false;", RATE_MESSAGES);
    double eight = rate_of(8, "reports = false;", 4 * RATE_MESSAGES);
    double stock = rate_of(1, "reports = false; pause_ms = -1;", 10);

    (void)printf("rate: one zero-latency modem %.0f messages/s with FULL "
                 "commits; must be at least 1000\n",
        cut);
    (void)printf("rate: eight such modems %.0f messages/s; must be at least "
                 "4000\n",
        eight);
    (void)printf("rate: with libGammu's own pauses %.2f messages/s: %.0f "
                 "times\n",
        stock, cut / stock);
}

/* --- duty ------------------------------------------------------------------- */

static double duty_of(const char *sim_args, const char *modem_args)
{
    struct bed_options options = {
        .modems = 1, .sim_args = sim_args, .modem_args = modem_args};
    struct bed *bed = loaded(&options, DUTY_MESSAGES);
    json_t *rows = NULL;
    double network_us = 0;
    double cycle_us = 0;

    BED_WAIT(300000, bed_ledger_count(bed, "accepted") == DUTY_MESSAGES);
    rows = bed_ledger(bed, "accepted");
    for (size_t i = 0; i + 1 < DUTY_MESSAGES; i++) {
        json_t *row = json_array_get(rows, i);
        json_t *next = json_array_get(rows, i + 1);

        network_us +=
            (double)(number(row, "mono_us") - number(row, "typed_us"));
        cycle_us +=
            (double)(number(next, "typed_us") - number(row, "typed_us"));
    }
    json_decref(rows);
    bed_free(bed);
    return network_us / cycle_us;
}

static void bench_duty(void)
{
    static const char quiet[] =
        "--latency-ms 3000 --command-ms 20 --no-reports";
    static const char told[] =
        "--latency-ms 3000 --command-ms 20 --report-ms 1000";
    double cut = duty_of(quiet, "reports = false;");
    double reports = duty_of(told, "reports = true;");
    double stock = duty_of(quiet, "reports = false; pause_ms = -1;");

    (void)printf("duty: %.4f without reports; must be at least 0.99\n", cut);
    (void)printf("duty: %.4f with reports; must be at least 0.975\n", reports);
    (void)printf("duty: %.4f with libGammu's own pauses\n", stock);
}

/* --- how soon a query is answered --------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

/* From the SMS at the modem to Ctrl-Z behind the answer's PDU. */
static size_t answer_spans(struct bed *bed, int64_t *spans)
{
    json_t *rows = bed_ledger(bed, NULL);
    json_t *asked = json_object();
    json_t *row = NULL;
    size_t i = 0;
    size_t count = 0;

    json_array_foreach(rows, i, row)
    {
        const char *event = json_string_value(json_object_get(row, "event"));
        json_t *text = json_object_get(row, "text");

        if (strcmp(event, "inbound") == 0) {
            assert_int_equal(
                json_object_set(asked,
                    json_string_value(json_object_get(row, "from")), row),
                0);
        } else if (strcmp(event, "accepted") == 0 &&
                   strstr(json_string_value(text), "NIK ..") != NULL) {
            json_t *query = json_object_get(
                asked, json_string_value(json_object_get(row, "to")));

            spans[count++] = number(row, "typed_us") - number(query, "mono_us");
        }
    }
    json_decref(asked);
    json_decref(rows);
    qsort(spans, count, sizeof *spans, by_value);
    return count;
}

static void ask(struct bed *bed, int person)
{
    char nik[17];
    char phone[24];

    person_nik(person, nik);
    person_phone(person, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\",\"text\":\"CEK %s\"}",
        phone, nik));
}

static size_t answered(struct bed *bed)
{
    int64_t spans[ANSWERS];

    return answer_spans(bed, spans);
}

static double ms_of(int64_t us)
{
    return (double)us / 1000;
}

/* What a modem is asked once after its start is over: signal, what lies in its
   memories, reports, room. */
static bool has_started(struct bed *bed)
{
    char *log = NULL;
    const char *reports = NULL;
    bool started = false;

    (void)bed_kabari(bed, &log, "modem", "log", "m1", "--at", (char *)NULL);
    reports = strstr(log, "AT+CPMS=\"SR\"");
    started = reports != NULL && strstr(reports, "# idle") != NULL &&
              strstr(strstr(reports, "# idle"), "+CPMS: ") != NULL;
    free(log);
    return started;
}

static void measure_answers(const char *name, const char *sim_args, int queued,
    int count, const char *must)
{
    struct bed_options options = {
        .modems = 1, .sim_args = sim_args, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t spans[ANSWERS];
    size_t asked = 0;

    people_import(bed, 400);
    BED_WAIT(30000, has_started(bed));
    if (queued > 0) {
        queue_messages(bed, queued);
        BED_WAIT(30000, bed_ledger_count(bed, "accepted") > 0);
    }
    for (int person = 0; asked < (size_t)count; person++) {
        if (person_phone_kind(person) == PEOPLE_OWN) {
            ask(bed, person);
            asked++;
            BED_WAIT(30000, answered(bed) == asked);
        }
    }
    asked = answer_spans(bed, spans);
    (void)printf("answer, %s: p50 %.1f ms, p99 %.1f ms of %zu; %s\n", name,
        ms_of(spans[asked / 2]), ms_of(spans[asked * 99 / 100]), asked, must);
    bed_free(bed);
}

static void bench_answer(void)
{
    measure_answers("idle, 20 ms a command",
        "--latency-ms 0 --command-ms 20 --no-reports", 0, ANSWERS,
        "must be at most 50 and 100");
    measure_answers("behind 1,000 messages at 1 s of network time",
        "--latency-ms 1000 --command-ms 20 --no-reports", 1000, 30,
        "must be at most 1100");
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } benches[] = {
        {"rate",   bench_rate  },
        {"duty",   bench_duty  },
        {"answer", bench_answer}
    };

    const char *only = getenv("BENCH");

    for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
        if (only == NULL || strcmp(only, benches[i].name) == 0) {
            benches[i].run();
            (void)fflush(stdout);
        }
    }
    return 0;
}
