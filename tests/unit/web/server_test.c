// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "tests/unit/api/api_fixture.h"
#include "web/client.h"
#include "web/web_internal.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A server in this thread's loop, clients in another. */
struct served {
    struct fixture *fixture;
    struct event_base *base;
    struct event *pulse; /* so that the loop looks about while nothing comes */
    struct web *web;
};

static void on_pulse(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

static int served_new(void **state)
{
    struct served *served = calloc(1, sizeof(*served));
    struct why why = {0};
    struct timeval soon = {.tv_usec = 2000};
    assert_non_null(served);
    served->fixture = fixture_open("");
    fixture_fill(served->fixture);
    served->base = event_base_new();
    served->pulse = event_new(served->base, -1, EV_PERSIST, on_pulse, NULL);
    assert_int_equal(event_add(served->pulse, &soon), 0);
    if (web_open(served->base, served->fixture->api,
            &served->fixture->app.config, &served->web, &why) != KB_OK) {
        fail_msg("%s", why.text);
    }
    *state = served;
    return 0;
}

static int served_free(void **state)
{
    struct served *served = *state;
    void *fixture = served->fixture;
    web_close(served->web);
    assert_int_equal(fixture_free(&fixture), 0);
    event_free(served->pulse);
    event_base_free(served->base);
    free(served);
    return 0;
}

/** One turn as the daemon's loop has it. */
static void turn(struct served *served)
{
    assert_true(event_base_loop(served->base, EVLOOP_ONCE) >= 0);
    (void)api_work(served->fixture->api);
    assert_int_equal(store_commit(served->fixture->app.store), KB_OK);
}

/* --- a client in a thread -------------------------------------------- */

struct client {
    struct web_ask ask;
    struct web_answer answer;
    enum kb_err err;
    atomic_bool done;
    pthread_t thread;
};

static void *run_client(void *arg)
{
    struct client *client = arg;
    client->err = web_client_call(&client->ask, &client->answer, NULL);
    atomic_store(&client->done, true);
    return NULL;
}

static struct client *client_start(struct served *served, const char *method,
    const char *target, const char *body, size_t bytes)
{
    struct client *client = calloc(1, sizeof(*client));
    assert_non_null(client);
    bool json = body && body[0] == '{';
    client->ask = (struct web_ask){
        .socket_path = served->fixture->app.config.control_socket,
        .method = method,
        .target = target,
        .content_type = json   ? "application/json"
                        : body ? "text/csv"
                               : NULL,
        .body = body,
        .body_bytes = bytes,
        .timeout_ms = 60000,
    };
    assert_int_equal(
        pthread_create(&client->thread, NULL, run_client, client), 0);
    return client;
}

static void client_end(struct client *client)
{
    assert_int_equal(pthread_join(client->thread, NULL), 0);
}

static void client_free(struct client *client)
{
    web_answer_clear(&client->answer);
    free(client);
}

/** Asks over the control socket; client_free() what comes back. */
static struct client *control(struct served *served, const char *method,
    const char *target, const char *body)
{
    struct client *client =
        client_start(served, method, target, body, body ? strlen(body) : 0);
    while (!atomic_load(&client->done)) {
        turn(served);
    }
    client_end(client);
    assert_int_equal(client->err, KB_OK);
    return client;
}

static void status_is(struct served *served, const char *method,
    const char *target, const char *body, int status)
{
    struct client *client = control(served, method, target, body);
    assert_int_equal(client->answer.status, status);
    client_free(client);
}

/* --- raw bytes, answered by the same loop ---------------------------- */

static int open_raw(struct served *served)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_int_equal(str_copy(address.sun_path, sizeof(address.sun_path),
                         served->fixture->app.config.control_socket),
        KB_OK);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(
        connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static int open_tcp(struct served *served)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)web_port(served->web)),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(
        connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/** Sends bytes and reads until the server closes; takes fd. */
static char *exchange(struct served *served, int take_fd, const char *bytes)
{
    struct buf heard = {0};
    ssize_t got = 0;
    assert_int_equal(
        send(take_fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
    for (int turns = 0; turns < 2000; turns++) {
        char piece[4096];
        turn(served);
        got = recv(take_fd, piece, sizeof(piece), MSG_DONTWAIT);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            buf_add(&heard, piece, (size_t)got);
        }
    }
    close(take_fd);
    assert_int_equal(got, 0);
    return buf_take(&heard);
}

static void heard_on_tcp(
    struct served *served, const char *request, const char *expected)
{
    char *heard = exchange(served, open_tcp(served), request);
    if (!strstr(heard, expected)) {
        fail_msg("%s is not in %s", expected, heard);
    }
    free(heard);
}

#define CLOSE "Host: x\r\nConnection: close\r\n\r\n"

/* --- the control socket ---------------------------------------------- */

static void a_request_goes_round_over_the_control_socket(void **state)
{
    struct client *client = control(*state, "GET", "/api/v1/status", NULL);
    assert_int_equal(client->answer.status, 200);
    assert_string_equal(client->answer.content_type, "application/json");
    assert_non_null(strstr(client->answer.body, "\"DUKCAPIL MABAR\""));
    client_free(client);
}

static void a_change_over_the_socket_is_committed_before_its_answer(
    void **state)
{
    struct served *served = *state;
    struct client *client = control(served, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"halo\"}");
    assert_int_equal(client->answer.status, 201);
    client_free(client);
    client = control(served, "GET", "/api/v1/messages?limit=5", NULL);
    assert_non_null(strstr(client->answer.body, "+6281200009001"));
    client_free(client);
}

static void errors_keep_their_status_and_shape(void **state)
{
    struct client *client =
        control(*state, "GET", "/api/v1/offices/NONE", NULL);
    assert_int_equal(client->answer.status, 404);
    assert_non_null(strstr(client->answer.body, "{\"error\":{\"code\":"));
    client_free(client);
    client = control(*state, "POST", "/api/v1/pause", NULL);
    assert_int_equal(client->answer.status, 503);
    assert_true(client->answer.retry_after_s > 0);
    client_free(client);
    status_is(
        *state, "PATCH", "/api/v1/offices/LEMBOR", "{\"capacity\":7}", 200);
    status_is(
        *state, "DELETE", "/api/v1/residents/5315050101909001", NULL, 200);
    status_is(*state, "PUT", "/api/v1/offices", "{}", 405);
}

static void escapes_in_a_path_are_undone_once(void **state)
{
    status_is(*state, "GET", "/api/v1/offices/LEM%42OR", NULL, 200);
    status_is(*state, "GET", "/api/v1/offices/LEM%2542OR", NULL, 404);
    status_is(*state, "GET", "/api/v1/offices/LEMBOR%00x", NULL, 400);
    struct client *client = control(*state, "GET", "/api/v1/offices/A+B", NULL);
    assert_non_null(strstr(client->answer.body, "no office A+B;"));
    client_free(client);
}

static void a_405_names_the_methods_that_there_are(void **state)
{
    struct served *served = *state;
    char *heard = exchange(
        served, open_raw(served), "DELETE /api/v1/offices HTTP/1.1\r\n" CLOSE);
    assert_non_null(strstr(heard, "405"));
    assert_non_null(strstr(heard, "Allow: GET, HEAD\r\n"));
    free(heard);
}

/** What a request hears on a connection that it closes. */
static void heard_is(
    struct served *served, const char *request, const char *start, bool body)
{
    char *heard = exchange(served, open_raw(served), request);
    const char *end = strstr(heard, "\r\n\r\n");
    assert_non_null(end);
    assert_int_equal(strncmp(heard, start, strlen(start)), 0);
    assert_int_equal(end[4] != '\0', body);
    free(heard);
}

static void a_head_is_a_get_without_its_body(void **state)
{
    struct served *served = *state;
    static const char one[] = "HTTP/1.1 200 OK\r\nContent-Type: "
                              "application/json\r\n";
    static const char csv[] = "HTTP/1.1 200 OK\r\nContent-Type: text/csv";
    heard_is(served, "GET /api/v1/offices HTTP/1.1\r\n" CLOSE, one, true);
    heard_is(served, "HEAD /api/v1/offices HTTP/1.1\r\n" CLOSE, one, false);
    heard_is(served, "HEAD /api/v1/messages HTTP/1.1\r\n" CLOSE, one, false);
    heard_is(
        served, "HEAD /api/v1/residents/export HTTP/1.1\r\n" CLOSE, csv, false);
    heard_is(served, "HEAD /api/v1/messages/9 HTTP/1.1\r\n" CLOSE,
        "HTTP/1.1 404 ", false);
    heard_is(served,
        "HEAD /cgi-bin/sendsms?to=081200009001&text=x HTTP/1.1\r\n" CLOSE,
        "HTTP/1.1 405 ", false);
}

static void of_a_long_answer_a_head_has_the_head_alone(void **state)
{
    struct served *served = *state;
    struct buf batch = {0};
    for (int i = 0; i < 500; i++) {
        buf_printf(&batch, "%s{\"phone\":\"081200009001\",\"text\":\"Halo\"}",
            i > 0 ? "," : "[");
    }
    buf_add_text(&batch, "]");
    tell(served->fixture, "POST", "/api/v1/messages", buf_text(&batch), 201);
    buf_clear(&batch);
    heard_is(served, "GET /api/v1/messages HTTP/1.1\r\n" CLOSE,
        "HTTP/1.1 200 OK\r\n", true);
    heard_is(served, "HEAD /api/v1/messages HTTP/1.1\r\n" CLOSE,
        "HTTP/1.1 200 OK\r\n", false);
    status_is(served, "GET", "/api/v1/messages/1", NULL, 200);
}

static void a_body_over_64_mib_is_413(void **state)
{
    struct served *served = *state;
    char *heard = exchange(served, open_raw(served),
        "POST /api/v1/residents/import HTTP/1.1\r\n"
        "Content-Length: 67108865\r\n" CLOSE);
    assert_non_null(strstr(heard, "HTTP/1.1 413"));
    free(heard);
}

static void a_head_without_end_is_refused(void **state)
{
    struct served *served = *state;
    struct buf request = {0};
    buf_add_text(&request, "GET /api/v1/status HTTP/1.1\r\nX: ");
    for (int i = 0; i < 20000; i++) {
        buf_add_text(&request, "a");
    }
    buf_add_text(&request, "\r\n" CLOSE);
    char *heard = exchange(served, open_raw(served), request.data);
    assert_null(strstr(heard, "200 OK"));
    free(heard);
    buf_clear(&request);
}

static void a_large_import_arrives_whole(void **state)
{
    struct served *served = *state;

    enum {
        ROWS = 30000
    };
    struct buf csv = {0};
    buf_add_text(&csv, "nik,nama,kantor\n");
    for (int i = 0; i < ROWS; i++) {
        buf_printf(&csv, "53150%d0101909%03d,Orang Nomor %d,LEMBOR\n",
            i / 1000 % 10, i % 1000, i);
    }
    struct client *client = client_start(served, "POST",
        "/api/v1/residents/import?dry_run=1", csv.data, csv.used);
    while (!atomic_load(&client->done)) {
        turn(served);
    }
    client_end(client);
    assert_int_equal(client->err, KB_OK);
    assert_int_equal(client->answer.status, 200);
    assert_non_null(strstr(client->answer.body, "\"rows\":30000"));
    client_free(client);
    buf_clear(&csv);
}

/** Until a request waits for its commit. */
/* The number of a descriptor that has closed is soon used again. */
static void a_connection_that_has_gone_takes_no_bytes_of_the_next(void **state)
{
    struct buf csv = {0};
    int rows = 0;
    buf_add_text(&csv, "nik,nama,status\n");
    while (csv.used < 200000) {
        buf_printf(&csv, "53150101%02d80%04d,Orang,belum_rekam\n",
            rows / 1000 + 1, 9000 + rows % 1000);
        rows++;
    }
    for (int i = 0; i < 8; i++) {
        status_is(*state, "GET", "/api/v1/status", NULL, 200);
        struct client *client =
            control(*state, "POST", "/api/v1/residents/import", buf_text(&csv));
        assert_true(client->answer.status < 300);
        client_free(client);
    }
    buf_clear(&csv);
}

static void until_asked(struct served *served)
{
    for (int turns = 0; !served->web->calls; turns++) {
        assert_true(turns < 5000);
        assert_true(event_base_loop(served->base, EVLOOP_ONCE) >= 0);
    }
}

static void a_client_that_leaves_early_is_no_harm(void **state)
{
    struct served *served = *state;
    static const char request[] =
        "POST /api/v1/messages HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: 42\r\n\r\n"
        "{\"phone\":\"081200009001\",\"text\":\"halohalo\"}";
    int fd = open_raw(served);
    assert_int_equal(
        send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    until_asked(served);
    close(fd);
    for (int i = 0; i < 5; i++) {
        assert_true(event_base_loop(served->base, EVLOOP_ONCE) >= 0);
    }
    turn(served);
    assert_null(served->web->calls);
    status_is(served, "GET", "/api/v1/status", NULL, 200);
}

static void an_answer_after_the_servers_end_goes_nowhere(void **state)
{
    struct served *served = *state;
    static const char body[] = "{\"phone\":\"081200009001\",\"text\":\"halo\"}";
    struct client *client =
        client_start(served, "POST", "/api/v1/messages", body, strlen(body));
    until_asked(served);
    web_close(served->web);
    served->web = NULL;
    client_end(client);
    assert_int_equal(client->err, KB_PROTOCOL);
    client_free(client);
    assert_int_equal(store_commit(served->fixture->app.store), KB_OK);
    assert_int_not_equal(
        access(served->fixture->app.config.control_socket, F_OK), 0);
}

/* --- who may, and whose socket --------------------------------------- */

static void root_the_own_user_and_the_group_may_ask(void **state)
{
    static const struct {
        uid_t uid;
        gid_t gid;
        gid_t group;
        bool may;
    } peers[] = {
        {0,   0,         (gid_t)-1, true },
        {500, 500,       (gid_t)-1, true },
        {501, 500,       (gid_t)-1, false},
        {501, 77,        77,        true },
        {501, 78,        77,        false},
        {501, (gid_t)-1, (gid_t)-1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
        struct ucred peer = {.uid = peers[i].uid, .gid = peers[i].gid};
        assert_int_equal(
            web_peer_may(&peer, 500, peers[i].group), peers[i].may);
    }
}

static void the_kernel_says_who_asks(void **state)
{
    struct served *served = *state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    struct web_peer peer = web_peer_of(served->web, ends[0]);
    assert_int_equal(peer.uid, geteuid());
    assert_true(peer.allowed);
    close(ends[0]);
    close(ends[1]);
    peer = web_peer_of(served->web, -1);
    assert_false(peer.allowed);
}

static void others_cannot_open_the_socket(void **state)
{
    struct served *served = *state;
    struct stat made = {0};
    assert_int_equal(
        stat(served->fixture->app.config.control_socket, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0660);
}

static enum kb_err open_second(struct served *served)
{
    struct web *second = NULL;
    struct why why = {0};
    enum kb_err err = web_open(served->base, served->fixture->api,
        &served->fixture->app.config, &second, &why);
    assert_int_equal(err == KB_OK, why.text[0] == '\0');
    web_close(second);
    return err;
}

static void a_socket_in_use_is_not_taken_away(void **state)
{
    struct served *served = *state;
    assert_int_equal(open_second(served), KB_BUSY);
    status_is(served, "GET", "/api/v1/status", NULL, 200);
}

static void a_socket_left_behind_is_replaced(void **state)
{
    struct served *served = *state;
    const char *path = served->fixture->app.config.control_socket;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    web_close(served->web);
    served->web = NULL;
    assert_int_equal(
        str_copy(address.sun_path, sizeof(address.sun_path), path), KB_OK);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    assert_int_equal(open_second(served), KB_OK);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    struct served *served = *state;
    web_close(served->web);
    served->web = NULL;
    fixture_write(served->fixture, "kabari.sock", "precious");
    assert_int_equal(open_second(served), KB_IO);
    assert_int_equal(
        access(served->fixture->app.config.control_socket, F_OK), 0);
}

/* --- TCP ------------------------------------------------------------- */

static void tcp_shows_the_console_and_health(void **state)
{
    heard_on_tcp(*state, "GET / HTTP/1.1\r\n" CLOSE, "<title>Kabari</title>");
    heard_on_tcp(*state, "GET / HTTP/1.1\r\n" CLOSE,
        "Content-Security-Policy: default-src 'none'");
    heard_on_tcp(*state, "GET /console/console.css HTTP/1.1\r\n" CLOSE,
        "Content-Type: text/css");
    heard_on_tcp(*state, "GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n" CLOSE,
        "Content-Encoding: gzip");
    heard_on_tcp(*state, "GET /console/nothing.js HTTP/1.1\r\n" CLOSE, " 404 ");
    heard_on_tcp(*state, "GET /healthz HTTP/1.1\r\n" CLOSE, "\r\n\r\nok\n");
    heard_on_tcp(*state, "GET /readyz HTTP/1.1\r\n" CLOSE, " 200 OK\r\n");
}

static void tcp_asks_who_it_is(void **state)
{
    heard_on_tcp(
        *state, "GET /api/v1/status HTTP/1.1\r\n" CLOSE, "HTTP/1.1 401");
    heard_on_tcp(
        *state, "POST /api/v1/messages HTTP/1.1\r\n" CLOSE, "HTTP/1.1 401");
    heard_on_tcp(*state, "GET /api/v1/no HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404");
    heard_on_tcp(*state, "POST / HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, served_new, served_free)
    const struct CMUnitTest tests[] = {
        TEST(a_request_goes_round_over_the_control_socket),
        TEST(a_change_over_the_socket_is_committed_before_its_answer),
        TEST(errors_keep_their_status_and_shape),
        TEST(escapes_in_a_path_are_undone_once),
        TEST(a_405_names_the_methods_that_there_are),
        TEST(a_head_is_a_get_without_its_body),
        TEST(of_a_long_answer_a_head_has_the_head_alone),
        TEST(a_body_over_64_mib_is_413),
        TEST(a_head_without_end_is_refused),
        TEST(a_large_import_arrives_whole),
        TEST(a_connection_that_has_gone_takes_no_bytes_of_the_next),
        TEST(a_client_that_leaves_early_is_no_harm),
        TEST(an_answer_after_the_servers_end_goes_nowhere),
        cmocka_unit_test(root_the_own_user_and_the_group_may_ask),
        TEST(the_kernel_says_who_asks),
        TEST(others_cannot_open_the_socket),
        TEST(a_socket_in_use_is_not_taken_away),
        TEST(a_socket_left_behind_is_replaced),
        TEST(what_is_no_socket_is_left_alone),
        TEST(tcp_shows_the_console_and_health),
        TEST(tcp_asks_who_it_is),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* as kabarid does */
    return cmocka_run_group_tests_name("web: server", tests, NULL, NULL);
}
