// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How soon residents are answered: by SMS while 100,000 bulk messages wait, and
 * by USSD at a provider's pace.
 *
 * BENCH=query or ussd runs one of them.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/people.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BULK       100000
#define BATCH      5000
#define MODEMS     8
#define QUERIES    504
#define NETWORK_MS 1000

/* A modem is asked once in that time, at a moment of its own, early enough that
   the answer has gone out before the next query comes: what may be ahead of an
   answer is the one bulk message that the modem has taken. */
#define ROUND_MS 4000
#define EARLY_MS 1700

#define CALLERS  16
#define SESSIONS 500 /* of each caller */
#define STEPS    3

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

static double ms_of(int64_t us)
{
    return (double)us / 1000;
}

/* --- queries while bulk waits ---------------------------------------------------- */

static void queue_bulk(struct bed *bed)
{
    for (int first = 0; first < BULK; first += BATCH) {
        struct buf body = {0};

        buf_add_text(&body, "[");
        for (int i = first; i < first + BATCH; i++) {
            buf_printf(&body,
                "%s{\"phone\":\"+6281200%06d\",\"text\":\"DUKCAPIL MABAR: "
                "pesan %d\",\"priority\":\"bulk\"}",
                i == first ? "" : ",", 100000 + i, i);
        }
        buf_add_text(&body, "]");
        bed_do(bed, "POST", "/api/v1/messages", buf_text(&body));
        buf_clear(&body);
    }
}

static int64_t number(json_t *row, const char *member)
{
    return json_integer_value(json_object_get(row, member));
}

/* One resident asks, at a moment that has nothing to do with what the modem is
   doing just then. */
struct query {
    int64_t at_ms; /* since the first round began */
    int modem;
    int64_t asked_us; /* the ledger's; -1: not yet */
    int64_t typed_us; /* the answer's PDU and Ctrl-Z */
    int64_t free_us;  /* when the modem had sent what was before it */
};

static int by_time(const void *a, const void *b)
{
    return by_value(
        &((const struct query *)a)->at_ms, &((const struct query *)b)->at_ms);
}

static void plan_queries(struct query *queries)
{
    unsigned seed = 20160901;

    for (int i = 0; i < QUERIES; i++) {
        queries[i] = (struct query){.at_ms = (int64_t)(i / MODEMS) * ROUND_MS +
                                             rand_r(&seed) % EARLY_MS,
            .modem = i % MODEMS + 1,
            .asked_us = -1,
            .typed_us = -1};
    }
    qsort(queries, QUERIES, sizeof *queries, by_time);
}

#define ASKERS 900000 /* their phones: +6281200900000 and on */

static void ask_all(struct bed *bed, const struct query *queries)
{
    int64_t start = bed_mono_ms();

    for (int i = 0; i < QUERIES; i++) {
        int64_t wait = start + queries[i].at_ms - bed_mono_ms();

        if (wait > 0) {
            (void)poll(NULL, 0, (int)wait);
        }
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m%d\",\"from\":\"+6281200%06d\","
            "\"text\":\"info lembor\"}",
            queries[i].modem, ASKERS + i));
    }
}

/* Which query a phone asked; -1: none of them. */
static int query_of(json_t *row, const char *member)
{
    const char *phone = json_string_value(json_object_get(row, member));
    long number =
        phone != NULL && strlen(phone) == 14 ? strtol(phone + 8, NULL, 10) : -1;

    return number >= ASKERS && number < ASKERS + QUERIES ? (int)number - ASKERS
                                                         : -1;
}

static int modem_of(json_t *row)
{
    const char *name = json_string_value(json_object_get(row, "modem"));
    int modem = name == NULL ? 0 : (int)strtol(name + 1, NULL, 10);

    return modem > 0 && modem <= MODEMS ? modem : 0;
}

/* Reads the ledger; how many queries were answered. */
static int read_answers(struct bed *bed, struct query *queries)
{
    json_t *rows = bed_ledger(bed, NULL);
    json_t *row = NULL;
    size_t i = 0;
    int answered = 0;
    int64_t free_us[MODEMS + 1] = {0};

    json_array_foreach(rows, i, row)
    {
        const char *event = json_string_value(json_object_get(row, "event"));
        int modem = modem_of(row);
        int asked = strcmp(event, "inbound") == 0 ? query_of(row, "from") : -1;
        int told = strcmp(event, "accepted") == 0 ? query_of(row, "to") : -1;

        if (asked >= 0) {
            queries[asked].asked_us = number(row, "mono_us");
        } else if (told >= 0) {
            queries[told].typed_us = number(row, "typed_us");
            queries[told].free_us = free_us[modem];
            answered++;
        }
        if (strcmp(event, "accepted") == 0) {
            free_us[modem] = number(row, "mono_us");
        }
    }
    json_decref(rows);
    return answered;
}

static void print_answers(struct bed *bed, const struct query *queries)
{
    int64_t spans[QUERIES];
    int64_t ours[QUERIES];

    for (int i = 0; i < QUERIES; i++) {
        const struct query *query = &queries[i];
        int64_t free_us =
            query->free_us > query->asked_us ? query->free_us : query->asked_us;

        spans[i] = query->typed_us - query->asked_us;
        ours[i] = query->typed_us - free_us;
    }
    qsort(spans, QUERIES, sizeof *spans, by_value);
    qsort(ours, QUERIES, sizeof *ours, by_value);
    (void)printf("query: %d at random moments, %d modems, %lld bulk messages "
                 "still queued at the end\n",
        QUERIES, MODEMS, (long long)bed_queue(bed, "queued"));
    (void)printf(
        "query: SMS to the answer's PDU p50 %.1f ms, p99 %.1f ms, worst "
        "%.1f ms at %d ms of network time; p99 must be at most %d\n",
        ms_of(spans[QUERIES / 2]), ms_of(spans[QUERIES * 99 / 100]),
        ms_of(spans[QUERIES - 1]), NETWORK_MS, NETWORK_MS + 100);
    (void)printf(
        "query: of that, from when the modem was free p50 %.1f ms, p99 "
        "%.1f ms\n",
        ms_of(ours[QUERIES / 2]), ms_of(ours[QUERIES * 99 / 100]));
}

static void bench_query(void)
{
    struct bed_options options = {.modems = MODEMS,
        .sim_args = "--latency-ms 1000 --command-ms 20 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct query *queries = mem_array(QUERIES, sizeof *queries);

    people_import(bed, 1);
    BED_WAIT(60000, bed_is(bed, "/api/v1/modems/m8", "state", "ready"));
    queue_bulk(bed);
    BED_WAIT(30000, bed_ledger_count(bed, "accepted") > MODEMS);
    plan_queries(queries);
    ask_all(bed, queries);
    BED_WAIT(60000, read_answers(bed, queries) == QUERIES);
    print_answers(bed, queries);
    free(queries);
    bed_free(bed);
}

/* --- USSD sessions ------------------------------------------------------------------ */

struct caller {
    pthread_t thread;
    int port;
    int index;
    int failed;
    int64_t spans[SESSIONS * STEPS];
};

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;

    if (fd < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        abort();
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* Reads one answer; true for 200 and a screen. */
static bool read_answer(int fd)
{
    char answer[4096];
    size_t used = 0;
    const char *body = NULL;
    size_t length = 0;

    for (;;) {
        ssize_t bytes = read(fd, answer + used, sizeof answer - 1 - used);

        if (bytes <= 0) {
            return false;
        }
        used += (size_t)bytes;
        answer[used] = '\0';
        body = strstr(answer, "\r\n\r\n");
        if (body != NULL) {
            const char *at = strcasestr(answer, "Content-Length: ");

            length = at == NULL ? 0 : strtoul(at + 16, NULL, 10);
            if (strlen(body + 4) >= length) {
                break;
            }
        }
    }
    return strncmp(answer, "HTTP/1.1 200", 12) == 0 &&
           (strncmp(body + 4, "CON ", 4) == 0 ||
               strncmp(body + 4, "END ", 4) == 0);
}

static bool step(int fd, int session, const char *text)
{
    char body[256];
    char request[600];
    int bytes = snprintf(body, sizeof body,
        "sessionId=b%d&serviceCode=*123%%23&phoneNumber=%%2B6281200%06d"
        "&text=%s",
        session, session % 1000000, text);

    bytes = snprintf(request, sizeof request,
        "POST /ussd/at HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        "X-Kabari-Secret: rahasia\r\nContent-Length: %d\r\n\r\n%s",
        bytes, body);
    return write(fd, request, (size_t)bytes) == bytes && read_answer(fd);
}

/* Dials, asks for offices, chooses one and hangs up. */
static void *call_often(void *arg)
{
    static const char *const texts[STEPS] = {"", "3", "3*5"};
    struct caller *caller = arg;
    int fd = connect_to(caller->port);

    for (int i = 0; i < SESSIONS; i++) {
        for (int k = 0; k < STEPS; k++) {
            int64_t start = clock_mono_us();

            if (!step(fd, caller->index * SESSIONS + i, texts[k])) {
                caller->failed++;
            }
            caller->spans[i * STEPS + k] = clock_mono_us() - start;
        }
    }
    (void)close(fd);
    return NULL;
}

static void bench_ussd(void)
{
    struct bed_options options = {.modems = 1,
        .config = "ussd = { enabled = true; secret = \"rahasia\"; };",
        .http = true};
    struct bed *bed = bed_up(&options);
    struct caller *callers = mem_array(CALLERS, sizeof *callers);
    size_t count = (size_t)CALLERS * SESSIONS * STEPS;
    int64_t *spans = mem_array(count, sizeof *spans);
    int64_t start = 0;
    double seconds = 0;
    int failed = 0;

    people_import(bed, 100);
    start = clock_mono_us();
    for (int i = 0; i < CALLERS; i++) {
        callers[i].port = bed_port(bed);
        callers[i].index = i;
        assert_int_equal(
            pthread_create(&callers[i].thread, NULL, call_often, &callers[i]),
            0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
        memcpy(spans + i * SESSIONS * STEPS, callers[i].spans,
            sizeof callers[i].spans);
        failed += callers[i].failed;
    }
    seconds = (double)(clock_mono_us() - start) / 1e6;
    qsort(spans, count, sizeof *spans, by_value);
    (void)printf(
        "ussd: %.0f sessions/s of %d steps each, %d failed; must be at "
        "least 1000\n",
        CALLERS * SESSIONS / seconds, STEPS, failed);
    (void)printf("ussd: a step p50 %.1f ms, p99 %.1f ms with %d at once; must "
                 "be at most 50\n",
        ms_of(spans[count / 2]), ms_of(spans[count * 99 / 100]), CALLERS);
    free(spans);
    free(callers);
    bed_free(bed);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } benches[] = {
        {"query", bench_query},
        {"ussd",  bench_ussd },
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
