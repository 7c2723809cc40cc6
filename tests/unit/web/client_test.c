// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/client.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A server that says one thing, whatever it is asked. */
struct scripted {
    char folder[64];
    char path[96];
    int fd;
    const char *answer; /* NULL: none, the connection stays open */
    char asked[4096];
    pthread_t thread;
};

static int scripted_new(void **state)
{
    struct scripted *scripted = calloc(1, sizeof(*scripted));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(scripted);
    (void)snprintf(
        scripted->folder, sizeof(scripted->folder), "/tmp/kabari-web-XXXXXX");
    assert_non_null(mkdtemp(scripted->folder));
    (void)snprintf(
        scripted->path, sizeof(scripted->path), "%s/s", scripted->folder);
    (void)snprintf(
        address.sun_path, sizeof(address.sun_path), "%s", scripted->path);
    scripted->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        bind(scripted->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(scripted->fd, 4), 0);
    *state = scripted;
    return 0;
}

static int scripted_free(void **state)
{
    struct scripted *scripted = *state;
    close(scripted->fd);
    (void)unlink(scripted->path);
    assert_int_equal(rmdir(scripted->folder), 0);
    free(scripted);
    return 0;
}

/** Reads until a request with its body is there, answers, closes. */
static void *serve_once(void *arg)
{
    struct scripted *scripted = arg;
    int fd = accept(scripted->fd, NULL, NULL);
    size_t got = 0;
    while (
        !strstr(scripted->asked, "\r\n\r\n") ||
        (strstr(scripted->asked, "POST") && !strstr(scripted->asked, "END"))) {
        ssize_t more = recv(
            fd, scripted->asked + got, sizeof(scripted->asked) - got - 1, 0);
        if (more <= 0) {
            break;
        }
        got += (size_t)more;
    }
    if (scripted->answer) {
        (void)send(
            fd, scripted->answer, strlen(scripted->answer), MSG_NOSIGNAL);
    } else {
        struct pollfd gone = {.fd = fd, .events = POLLRDHUP};
        (void)poll(&gone, 1, 10000);
    }
    close(fd);
    return NULL;
}

static enum kb_err call(struct scripted *scripted, const char *answer,
    struct web_ask *ask, struct web_answer *out)
{
    struct why why = {0};
    scripted->answer = answer;
    memset(scripted->asked, 0, sizeof(scripted->asked));
    ask->socket_path = scripted->path;
    assert_int_equal(
        pthread_create(&scripted->thread, NULL, serve_once, scripted), 0);
    enum kb_err err = web_client_call(ask, out, &why);
    assert_int_equal(pthread_join(scripted->thread, NULL), 0);
    assert_int_equal(err == KB_OK, why.text[0] == '\0');
    return err;
}

static enum kb_err get(
    struct scripted *scripted, const char *answer, struct web_answer *out)
{
    struct web_ask ask = {.method = "GET", .target = "/x", .timeout_ms = 5000};
    return call(scripted, answer, &ask, out);
}

static void an_answer_with_its_length_is_read(void **state)
{
    struct web_answer answer = {0};
    assert_int_equal(get(*state,
                         "HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n"
                         "Content-Type: application/json\r\nRetry-After: 7\r\n"
                         "\r\n{}more",
                         &answer),
        KB_OK);
    assert_int_equal(answer.status, 503);
    assert_int_equal(answer.retry_after_s, 7);
    assert_string_equal(answer.content_type, "application/json");
    assert_string_equal(answer.body, "{}");
    web_answer_clear(&answer);
}

static void an_answer_in_chunks_is_put_together(void **state)
{
    struct web_answer answer = {0};
    assert_int_equal(get(*state,
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
                         &answer),
        KB_OK);
    assert_string_equal(answer.body, "abc0123456789");
    assert_int_equal(answer.body_bytes, 13);
    web_answer_clear(&answer);
}

static void an_answer_without_a_length_ends_with_the_connection(void **state)
{
    struct web_answer answer = {0};
    assert_int_equal(
        get(*state, "HTTP/1.1 200 OK\r\n\r\nall of it", &answer), KB_OK);
    assert_string_equal(answer.body, "all of it");
    web_answer_clear(&answer);
}

static void an_empty_answer_has_an_empty_body(void **state)
{
    struct web_answer answer = {0};
    assert_int_equal(get(*state,
                         "HTTP/1.1 100 Continue\r\n\r\n"
                         "HTTP/1.1 204 No Content\r\n\r\n",
                         &answer),
        KB_OK);
    assert_int_equal(answer.status, 204);
    assert_string_equal(answer.body, "");
    web_answer_clear(&answer);
}

static void what_is_no_http_is_a_broken_protocol(void **state)
{
    static const char *const broken[] = {"", "hello\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct web_answer answer = {0};
        assert_int_equal(get(*state, broken[i], &answer), KB_PROTOCOL);
        assert_null(answer.body);
    }
}

static void an_answer_beyond_the_limit_is_refused(void **state)
{
    static const char *const endless[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"};
    for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
        struct web_answer answer = {0};
        assert_int_equal(get(*state, endless[i], &answer), KB_FULL);
    }
}

static void silence_ends_with_the_time(void **state)
{
    struct web_answer answer = {0};
    struct web_ask ask = {.method = "GET", .target = "/", .timeout_ms = 20};
    assert_int_equal(call(*state, NULL, &ask, &answer), KB_BUSY);
}

static void a_body_goes_with_its_length_and_type(void **state)
{
    struct scripted *scripted = *state;
    struct web_answer answer = {0};
    struct web_ask ask = {.method = "POST",
        .target = "/api/v1/x?y=1",
        .content_type = "text/csv",
        .body = "a,b\nEND",
        .body_bytes = 7,
        .timeout_ms = 5000};
    assert_int_equal(
        call(scripted, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &ask,
            &answer),
        KB_OK);
    assert_non_null(
        strstr(scripted->asked, "POST /api/v1/x?y=1 HTTP/1.1\r\nHost: "));
    assert_non_null(strstr(scripted->asked, "Content-Type: text/csv\r\n"));
    assert_non_null(strstr(scripted->asked, "Content-Length: 7\r\n"));
    assert_non_null(strstr(scripted->asked, "\r\n\r\na,b\nEND"));
    web_answer_clear(&answer);
}

static enum kb_err call_path(const char *path)
{
    struct web_ask ask = {.socket_path = path,
        .method = "GET",
        .target = "/",
        .timeout_ms = 1000};
    struct web_answer answer = {0};
    struct why why = {0};
    enum kb_err err = web_client_call(&ask, &answer, &why);
    assert_true(why.text[0] != '\0');
    return err;
}

static void a_socket_that_nobody_listens_on_is_no_daemon(void **state)
{
    struct scripted *scripted = *state;
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/none", scripted->folder);
    assert_int_equal(call_path(path), KB_CLOSED);
    close(scripted->fd);
    assert_int_equal(call_path(scripted->path), KB_CLOSED);
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(call_path(path), KB_INVALID);
    scripted->fd = socket(AF_UNIX, SOCK_STREAM, 0);
}

static void a_part_of_a_path_is_encoded(void **state)
{
    (void)state;
    char *encoded = web_encode("a b/+62&\xc3\xa9~");
    assert_string_equal(encoded, "a%20b%2F%2B62%26%C3%A9~");
    free(encoded);
    encoded = web_encode("");
    assert_string_equal(encoded, "");
    free(encoded);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scripted_new, scripted_free)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_with_its_length_is_read),
        TEST(an_answer_in_chunks_is_put_together),
        TEST(an_answer_without_a_length_ends_with_the_connection),
        TEST(an_empty_answer_has_an_empty_body),
        TEST(what_is_no_http_is_a_broken_protocol),
        TEST(an_answer_beyond_the_limit_is_refused),
        TEST(silence_ends_with_the_time),
        TEST(a_body_goes_with_its_length_and_type),
        TEST(a_socket_that_nobody_listens_on_is_no_daemon),
        cmocka_unit_test(a_part_of_a_path_is_encoded),
    };
    return cmocka_run_group_tests_name("web: client", tests, NULL, NULL);
}
