// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a provider's USSD sessions over TCP are served fast, and only the
 * provider's: a wrong secret, an old stamp or a session that is played again
 * gets 401 and changes nothing. A modem's own menus are always ended, and its
 * credit is what the operator said or unknown.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/people.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET  "rahasia-penyedia"
#define PHONE   "%%2B6281200009801"
#define REPEATS 200

static const struct bed_options provider = {.modems = 1,
    .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
    .modem_args = "reports = false; balance = { code = \"*888#\"; };",
    .config = "ussd = { enabled = true; secret = \"" SECRET "\"; };",
    .http = true};

/* --- a provider ------------------------------------------------------------------- */

struct heard {
    int status;
    char body[1024];
};

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(
        connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* One POST on a connection of its own. */
static struct heard post(struct bed *bed, const char *path, const char *type,
    const char *secret, const char *body)
{
    struct buf request = {0};
    struct heard heard = {.status = 0};
    char answer[4096];
    size_t used = 0;
    ssize_t bytes = 0;
    int fd = connect_to(bed_port(bed));
    const char *head_end = NULL;

    buf_printf(&request,
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
        "X-Kabari-Secret: %s\r\nConnection: close\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        path, type, secret, strlen(body), body);
    assert_int_equal(
        write(fd, request.data, request.used), (ssize_t)request.used);
    while ((bytes = read(fd, answer + used, sizeof answer - 1 - used)) > 0) {
        used += (size_t)bytes;
    }
    answer[used] = '\0';
    (void)close(fd);
    buf_clear(&request);
    assert_true(strncmp(answer, "HTTP/1.1 ", 9) == 0);
    heard.status = (int)strtol(answer + 9, NULL, 10);
    head_end = strstr(answer, "\r\n\r\n");
    assert_non_null(head_end);
    (void)snprintf(heard.body, sizeof heard.body, "%s", head_end + 4);
    return heard;
}

static struct heard at(
    struct bed *bed, const char *secret, const char *session, const char *text)
{
    char body[512];

    (void)snprintf(body, sizeof body,
        "sessionId=%s&serviceCode=*123%%23&phoneNumber=" PHONE
        "&networkCode=62001&text=%s",
        session, text);
    return post(
        bed, "/ussd/at", "application/x-www-form-urlencoded", secret, body);
}

static void assert_shows(struct heard heard, const char *part)
{
    assert_int_equal(heard.status, 200);
    if (strstr(heard.body, part) == NULL) {
        print_error("\"%s\" lacks \"%s\"\n", heard.body, part);
        fail();
    }
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

static void a_session_over_tcp_brings_the_answer(void **state)
{
    struct bed *bed = bed_up(&provider);
    char nik[17];
    char text[40];

    (void)state;
    people_import(bed, 20);
    person_nik(3, nik);
    assert_shows(at(bed, SECRET, "a1", ""), "CON DUKCAPIL MABAR\n1 Cek");
    assert_shows(at(bed, SECRET, "a1", "1"), "CON Masukkan 16 angka");
    (void)snprintf(text, sizeof text, "1*%s", nik);
    assert_shows(at(bed, SECRET, "a1", text), "END Untuk NIK ..");
    assert_shows(at(bed, SECRET, "a2", "0"), "END Terima kasih");
    bed_free(bed);
}

/* --- forged and repeated (row 21 of the faults) --------------------------------------- */

static void forged_and_repeated_requests_change_nothing(void **state)
{
    struct bed *bed = bed_up(&provider);
    char json[400];

    (void)state;
    people_import(bed, 20);
    {
        char nik[17];

        person_nik(3, nik);
        json_decref(bed_json(bed, "resident", "set", nik, "--phone",
            "+6281200009801", (const char *)NULL));
    }
    assert_int_equal(at(bed, "falsch", "f1", "6").status, 401);
    assert_int_equal(at(bed, "", "f1", "6").status, 401);
    assert_int_equal(
        post(bed, "/ussd/json", "application/json", "",
            "{\"session\":\"f2\",\"phone\":\"+6281200009801\",\"event\":"
            "\"start\",\"secret\":\"nein\"}")
            .status,
        401);
    (void)snprintf(json, sizeof json,
        "{\"session\":\"f3\",\"phone\":\"+6281200009801\",\"event\":"
        "\"response\",\"text\":\"6\",\"secret\":\"%s\",\"at\":"
        "\"2016-09-01T00:00:00Z\"}",
        SECRET);
    assert_int_equal(
        post(bed, "/ussd/json", "application/json", "", json).status, 401);
    assert_false(is_stopped(bed));
    assert_shows(at(bed, SECRET, "f4", "0"), "END");
    assert_int_equal(at(bed, SECRET, "f4", "6").status, 401);
    assert_false(is_stopped(bed));
    assert_shows(at(bed, SECRET, "f5", "6"), "tidak akan diingatkan");
    assert_true(is_stopped(bed));
    assert_true(bed_logged(bed, "ussd: refused"));
    bed_free(bed);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

static void a_step_is_quick(void **state)
{
    struct bed *bed = bed_up(&provider);
    int64_t *spans = mem_array(REPEATS, sizeof *spans);
    char session[16];

    (void)state;
    people_import(bed, 20);
    for (int i = 0; i < REPEATS; i++) {
        int64_t start = clock_mono_us();

        (void)snprintf(session, sizeof session, "q%d", i);
        assert_shows(at(bed, SECRET, session, "3"), "CON Pilih kecamatan");
        spans[i] = clock_mono_us() - start;
    }
    qsort(spans, REPEATS, sizeof *spans, by_value);
    print_message("a step: p50 %lld us, p99 %lld us\n",
        (long long)spans[REPEATS / 2], (long long)spans[REPEATS * 99 / 100]);
    /* Instrumented and busy; the promise is the benchmark's. */
    assert_true(spans[REPEATS * 99 / 100] < 1000000);
    free(spans);
    bed_free(bed);
}

/* --- a modem's own menus ------------------------------------------------------------------ */

static json_t *ask_modem(struct bed *bed, const char *body)
{
    return bed_ask(bed, "POST", "/api/v1/modems/m1/ussd", body, NULL);
}

static bool codes_hold_one(struct bed *bed)
{
    json_t *rows = bed_ledger(bed, "ussd");
    json_t *row = NULL;
    size_t i = 0;
    bool found = false;

    json_array_foreach(rows, i, row)
    {
        found = found || strcmp(json_string_value(json_object_get(row, "code")),
                             "1") == 0;
    }
    json_decref(rows);
    return found;
}

static void a_menu_is_ended_or_held_and_replied_to(void **state)
{
    struct bed *bed = bed_up(&provider);
    json_t *answer = NULL;

    (void)state;
    BED_WAIT(20000, bed_is(bed, "/api/v1/modems/m1", "state", "ready"));
    BED_WAIT(20000, bed_number(bed, "/api/v1/modems/m1", "credit") >= 0);
    answer = ask_modem(bed, "{\"code\":\"*123#\"}");
    assert_non_null(strstr(
        json_string_value(json_object_get(answer, "text")), "1 Info pulsa"));
    assert_false(json_is_true(json_object_get(answer, "open")));
    json_decref(answer);
    BED_WAIT(20000, bed_ledger_count(bed, "ussd_cancelled") == 1);
    assert_false(codes_hold_one(bed));

    answer = ask_modem(bed, "{\"code\":\"*123#\",\"hold\":true}");
    assert_true(json_is_true(json_object_get(answer, "open")));
    json_decref(answer);
    answer = ask_modem(bed, "{\"code\":\"2\",\"hold\":true}");
    assert_non_null(strstr(
        json_string_value(json_object_get(answer, "text")), "Paket SMS"));
    json_decref(answer);
    bed_do(bed, "DELETE", "/api/v1/modems/m1/ussd", NULL);
    BED_WAIT(20000, bed_ledger_count(bed, "ussd_cancelled") == 2);
    bed_free(bed);
}

static void credit_that_does_not_parse_is_unknown(void **state)
{
    struct bed_options options = provider;
    struct bed *bed = NULL;
    json_t *modem = NULL;

    (void)state;
    options.modem_args = "reports = false; balance = { code = \"*123#\"; };";
    bed = bed_up(&options);
    BED_WAIT(20000, bed_ledger_count(bed, "ussd_cancelled") == 1);
    BED_WAIT(20000, !bed_is(bed, "/api/v1/modems/m1", "credit_at", ""));
    modem = bed_ask(bed, "GET", "/api/v1/modems/m1", NULL, NULL);
    assert_true(json_is_null(json_object_get(modem, "credit")));
    json_decref(modem);
    assert_false(codes_hold_one(bed));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_over_tcp_brings_the_answer),
        cmocka_unit_test(forged_and_repeated_requests_change_nothing),
        cmocka_unit_test(a_step_is_quick),
        cmocka_unit_test(a_menu_is_ended_or_held_and_replied_to),
        cmocka_unit_test(credit_that_does_not_parse_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
