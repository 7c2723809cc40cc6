// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: another system hears of messages, texts and campaigns by signed posts,
 * also when it was away and over a restart of kabarid; a client of Kannel's
 * sendsms hears by its dlr-url.
 */
#include "api/callback.h"
#include "tests/support/bed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET     "a secret of many letters"
#define HEARD_MOST 65536

/** A system that listens, in a thread: notes requests, answers a status. */
struct receiver {
    int fd;
    int port;
    atomic_int status;
    atomic_bool stop;
    pthread_t thread;
    pthread_mutex_t lock;
    char heard[HEARD_MOST]; /* all requests, one behind another */
    size_t used;
};

static size_t body_bytes(const char *request)
{
    const char *length = strcasestr(request, "Content-Length:");

    return length == NULL ? 0 : strtoul(length + 15, NULL, 10);
}

/* Reads one request whole. */
static void read_request(int fd, char *out, size_t room)
{
    size_t used = 0;
    ssize_t got = 1;
    const char *end = NULL;

    out[0] = '\0';
    while (got > 0 &&
           (end == NULL || used < (size_t)(end + 4 - out) + body_bytes(out))) {
        got = recv(fd, out + used, room - 1 - used, 0);
        used += got > 0 ? (size_t)got : 0;
        out[used] = '\0';
        end = strstr(out, "\r\n\r\n");
    }
}

static void serve_one(struct receiver *receiver, int fd)
{
    char request[8192];
    char answer[100];

    read_request(fd, request, sizeof request);
    (void)pthread_mutex_lock(&receiver->lock);
    receiver->used += (size_t)snprintf(receiver->heard + receiver->used,
        HEARD_MOST - receiver->used, "%s\n", request);
    (void)pthread_mutex_unlock(&receiver->lock);
    (void)snprintf(answer, sizeof answer,
        "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        atomic_load(&receiver->status));
    (void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    (void)close(fd);
}

static void *run(void *arg)
{
    struct receiver *receiver = arg;

    while (!atomic_load(&receiver->stop)) {
        struct pollfd poller = {.fd = receiver->fd, .events = POLLIN};

        if (poll(&poller, 1, 50) > 0) {
            int fd = accept(receiver->fd, NULL, NULL);

            if (fd >= 0) {
                serve_one(receiver, fd);
            }
        }
    }
    return NULL;
}

static struct receiver *receiver_new(void)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof address;

    assert_non_null(receiver);
    receiver->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(receiver->fd, (struct sockaddr *)&address, bytes), 0);
    assert_int_equal(
        getsockname(receiver->fd, (struct sockaddr *)&address, &bytes), 0);
    assert_int_equal(listen(receiver->fd, 64), 0);
    receiver->port = ntohs(address.sin_port);
    atomic_store(&receiver->status, 200);
    (void)pthread_mutex_init(&receiver->lock, NULL);
    assert_int_equal(pthread_create(&receiver->thread, NULL, run, receiver), 0);
    return receiver;
}

static void receiver_free(struct receiver *receiver)
{
    atomic_store(&receiver->stop, true);
    (void)pthread_join(receiver->thread, NULL);
    (void)close(receiver->fd);
    free(receiver);
}

/** How often a text was heard. */
static int heard(struct receiver *receiver, const char *text)
{
    int count = 0;

    (void)pthread_mutex_lock(&receiver->lock);
    for (const char *at = receiver->heard; (at = strstr(at, text)) != NULL;
         at++) {
        count++;
    }
    (void)pthread_mutex_unlock(&receiver->lock);
    return count;
}

static struct bed *bed_with(const struct receiver *receiver)
{
    char config[400];

    (void)snprintf(config, sizeof config,
        "webhooks = ( { url = \"http://127.0.0.1:%d/hook\"; secret = \"" SECRET
        "\"; } );\ncallbacks = { private = true; };\n",
        receiver->port);
    return bed_up(&(struct bed_options){.modems = 1, .config = config});
}

#define ONE "{\"phone\":\"081200009001\",\"text\":\"Halo\"}"

static void assert_signed(struct receiver *receiver)
{
    char signature[CALLBACK_SIGNATURE_BYTES];
    char *stamp = strstr(receiver->heard, "Kabari-Timestamp: ");
    char *body = strstr(receiver->heard, "\r\n\r\n{");

    assert_non_null(stamp);
    assert_non_null(body);
    body += 4;
    body[strcspn(body, "\n")] = '\0';
    callback_sign(SECRET,
        strtoll(stamp + strlen("Kabari-Timestamp: "), NULL, 10), body,
        signature);
    assert_non_null(strstr(receiver->heard, signature));
}

static void messages_and_texts_are_posted_signed_and_in_order(void **state)
{
    struct receiver *receiver = receiver_new();
    struct bed *bed = bed_with(receiver);

    (void)state;
    bed_do(bed, "POST", "/api/v1/messages", ONE);
    BED_WAIT(20000, heard(receiver, "\"state\":\"delivered\"") == 1);
    assert_int_equal(heard(receiver, "\"state\":\"sent\""), 1);
    assert_true(strstr(receiver->heard, "\"state\":\"sent\"") <
                strstr(receiver->heard, "\"state\":\"delivered\""));
    assert_int_equal(heard(receiver, "Kabari-Event: delivery"), 2);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009001\","
        "\"text\":\"mau tanya\"}"));
    BED_WAIT(20000, heard(receiver, "Kabari-Event: inbound") == 1);
    assert_true(heard(receiver, "mau tanya") == 1);
    assert_signed(receiver);
    bed_free(bed);
    receiver_free(receiver);
}

static void a_modem_s_state_is_posted_once_for_each_change(void **state)
{
    struct receiver *receiver = receiver_new();
    struct bed *bed = bed_with(receiver);

    (void)state;
    BED_WAIT(
        20000, heard(receiver, "{\"name\":\"m1\",\"state\":\"ready\"}") == 1);
    bed_do(bed, "POST", "/api/v1/messages", ONE);
    BED_WAIT(20000, heard(receiver, "\"state\":\"delivered\"") == 1);
    bed_do(bed, "POST", "/api/v1/modems/m1/pause", NULL);
    BED_WAIT(20000, heard(receiver, "\"state\":\"paused\"") == 1);
    bed_do(bed, "POST", "/api/v1/modems/m1/resume", NULL);
    BED_WAIT(
        20000, heard(receiver, "{\"name\":\"m1\",\"state\":\"ready\"}") == 2);
    assert_int_equal(heard(receiver, "Kabari-Event: modem"), 3);
    bed_free(bed);
    receiver_free(receiver);
}

static void a_system_that_was_away_hears_after_a_restart(void **state)
{
    struct receiver *receiver = receiver_new();
    struct bed *bed = bed_with(receiver);

    (void)state;
    atomic_store(&receiver->status, 503);
    bed_do(bed, "POST", "/api/v1/messages", ONE);
    BED_WAIT(20000, heard(receiver, "\"state\":\"sent\"") >= 1);
    BED_WAIT(20000, bed_is(bed, "/api/v1/messages/1", "state", "delivered"));
    assert_int_equal(heard(receiver, "\"state\":\"delivered\""), 0);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    atomic_store(&receiver->status, 204);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, heard(receiver, "\"state\":\"delivered\"") == 1);
    assert_true(heard(receiver, "\"state\":\"sent\"") >= 2);
    bed_free(bed);
    receiver_free(receiver);
}

static void a_dlr_url_hears_what_its_mask_asks_for(void **state)
{
    struct receiver *receiver = receiver_new();
    struct bed *bed = bed_with(receiver);
    char target[400];
    int status = 0;

    (void)state;
    (void)snprintf(target, sizeof target,
        "/cgi-bin/sendsms?username=a&password=b&to=081200009001&text=Halo&"
        "dlr-mask=9&dlr-url=http%%3A%%2F%%2F127.0.0.1%%3A%d%%2Fdlr%%3Ft%%3D%%25"
        "d%%26to%%3D%%25P%%26id%%3D%%25I",
        receiver->port);
    json_decref(bed_ask(bed, "GET", target, NULL, &status));
    assert_int_equal(status, 202);
    BED_WAIT(
        20000, heard(receiver, "GET /dlr?t=1&to=%2B6281200009001&id=1") == 1);
    assert_int_equal(
        heard(receiver, "GET /dlr?t=8&to=%2B6281200009001&id=1"), 1);
    bed_free(bed);
    receiver_free(receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_and_texts_are_posted_signed_and_in_order),
        cmocka_unit_test(a_modem_s_state_is_posted_once_for_each_change),
        cmocka_unit_test(a_system_that_was_away_hears_after_a_restart),
        cmocka_unit_test(a_dlr_url_hears_what_its_mask_asks_for),
    };
    return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
