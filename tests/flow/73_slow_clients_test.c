// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: clients that do not hurry are ended in their time, each kind in its
 * own: a head that drips after 10 s, a body that never ends 30 s after its
 * first byte, whoever reads next to nothing of an answer within 20 s. Until
 * then they slow nobody, and messages go out.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define EACH 20
/* A slow reader has looked at nothing for so long … */
#define TAKEN_AFTER_MS 45000
/* … and asked for so much, at the least. */
#define ASKED_BYTES ((size_t)300 * 20000)

#define BODY                                                                   \
    "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"                     \
    "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
#define ROOT  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
#define HEAD  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
#define LARGE "GET /console/chart.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

/* One kind of client: what it says first, what it adds ever again. */
struct kind {
    const char *name;
    const char *first; /* NULL: asks for a large file */
    int times;
    char drip; /* '\0': nothing, and it reads nothing */
    int64_t least_ms;
    int64_t most_ms; /* with room for a machine that has other things to do */
};

static const struct kind kinds[] = {
    {"heads that drip",  HEAD, 1,   'a', 9000,  18000},
    {"bodies that drip", BODY, 1,   ' ', 29000, 40000},
    {"slow readers",     NULL, 300, 0,   19000, 60000},
};

#define KINDS (sizeof kinds / sizeof *kinds)

struct client {
    int fd;
    int64_t since_ms;
};

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int little = 2048;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Where the first page says that its style sheet is. */
static void find_large(struct bed *bed, char *request, size_t room)
{
    struct buf page = {0};
    char piece[4096];
    ssize_t got = 0;
    const char *at = NULL;
    int fd = connect_to(bed_port(bed));

    assert_true(send(fd, ROOT, strlen(ROOT), MSG_NOSIGNAL) > 0);
    while ((got = recv(fd, piece, sizeof piece, 0)) > 0) {
        buf_add(&page, piece, (size_t)got);
    }
    (void)close(fd);
    at = strstr(buf_text(&page), "/console/");
    assert_non_null(at);
    at += strlen("/console/");
    (void)snprintf(request, room,
        "GET /console/%.*s/vendor/bootstrap.css HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n\r\n",
        (int)strcspn(at, "/"), at);
    buf_clear(&page);
}

static void begin(struct bed *bed, const struct kind *kind, struct client *out)
{
    char large[256];
    const char *first = kind->first;
    size_t bytes = 0;

    if (first == NULL) {
        find_large(bed, large, sizeof large);
        first = large;
    }
    bytes = strlen(first);

    *out = (struct client){connect_to(bed_port(bed)), bed_mono_ms()};
    for (int i = 0; i < kind->times; i++) {
        assert_int_equal(
            send(out->fd, first, bytes, MSG_NOSIGNAL), (ssize_t)bytes);
    }
}

/* What was on its way when the server ended it still comes; of what was asked
   for, that is little. */
static bool is_cut_short(int fd)
{
    struct timeval limit = {.tv_sec = 5};
    char piece[65536];
    size_t all = 0;
    ssize_t got = 0;

    assert_int_equal(
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    while (
        all < ASKED_BYTES / 2 && (got = recv(fd, piece, sizeof piece, 0)) > 0) {
        all += (size_t)got;
    }
    return all < ASKED_BYTES / 2 && (got == 0 || errno == ECONNRESET);
}

/* Whether the server has ended it, as its next byte shows. */
static bool has_ended(
    const struct kind *kind, const struct client *client, int64_t took_ms)
{
    char byte = kind->drip;

    if (kind->drip == '\0') {
        return took_ms >= TAKEN_AFTER_MS && is_cut_short(client->fd);
    }
    return send(client->fd, &byte, 1, MSG_NOSIGNAL) != 1 ||
           recv(client->fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* @return whether it is still there, as it may be. */
static bool is_there(const struct kind *kind, struct client *client)
{
    int64_t took = bed_mono_ms() - client->since_ms;

    if (!has_ended(kind, client, took)) {
        if (took > kind->most_ms) {
            fail_msg(
                "%s: still there after %lld ms", kind->name, (long long)took);
        }
        return true;
    }
    if (took < kind->least_ms) {
        fail_msg("%s: ended after %lld ms", kind->name, (long long)took);
    }
    (void)close(client->fd);
    client->fd = -1;
    return false;
}

static int count_open(struct client clients[KINDS][EACH])
{
    int open = 0;

    for (size_t i = 0; i < KINDS; i++) {
        for (int j = 0; j < EACH; j++) {
            open += clients[i][j].fd >= 0 && is_there(&kinds[i], &clients[i][j])
                        ? 1
                        : 0;
        }
    }
    return open;
}

static void whoever_does_not_hurry_is_ended_and_slows_nobody(void **state)
{
    struct bed_options options = {.modems = 1,
        .http = true,
        .sim_args = "--latency-ms 100 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct client clients[KINDS][EACH];
    int64_t slowest = 0;
    int sent = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    for (size_t i = 0; i < KINDS; i++) {
        for (int j = 0; j < EACH; j++) {
            begin(bed, &kinds[i], &clients[i][j]);
        }
    }
    while (count_open(clients) > 0) {
        int64_t asked = bed_mono_ms();

        if (sent < 100) {
            (void)traffic_send(bed, sent++);
        }
        slowest =
            bed_mono_ms() - asked > slowest ? bed_mono_ms() - asked : slowest;
        (void)usleep(100000);
    }
    print_message("slowest request: %lld ms\n", (long long)slowest);
    assert_true(slowest < 1000); /* instrumented, beside other tests */
    assert_true(sent > 50);
    BED_WAIT(30000, bed_queue(bed, "sent") == sent);
    traffic_judge(bed, sent);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_does_not_hurry_is_ended_and_slows_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
