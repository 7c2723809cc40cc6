// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal (FAULTS.md 23): the same list or POST twice has one effect, also when
 * both come at the same moment and when kabarid is killed in between. And a
 * backup taken meanwhile is whole, and can be put back.
 */
#include "tests/support/bed.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define END     (const char *)NULL
#define CLIENTS 16

/** One POST with a key over the control socket; the status goes back. */
static int post_with_key(const char *socket_path, const char *path,
    const char *type, const char *key, const char *body)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char head[400];
    char answer[4096] = "";
    size_t used = 0;
    size_t sent = 0;
    ssize_t got = 1;
    int status = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(
        address.sun_path, sizeof address.sun_path, "%s", socket_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return 0;
    }
    (void)snprintf(head, sizeof head,
        "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Content-Type: %s\r\nIdempotency-Key: %s\r\nContent-Length: %zu\r\n"
        "\r\n",
        path, type, key, strlen(body));
    (void)send(fd, head, strlen(head), MSG_NOSIGNAL);
    while (got > 0 && sent < strlen(body)) {
        got = send(fd, body + sent, strlen(body) - sent, MSG_NOSIGNAL);
        sent += got > 0 ? (size_t)got : 0;
    }
    while (got > 0 && used < sizeof answer - 1) {
        got = recv(fd, answer + used, sizeof answer - 1 - used, 0);
        used += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    (void)sscanf(answer, "HTTP/1.1 %d", &status); // NOLINT(cert-err34-c)
    return status;
}

#define ONE "{\"phone\":\"081200009001\",\"text\":\"Halo\"}"

static int post_one(const char *socket_path, const char *key)
{
    return post_with_key(
        socket_path, "/api/v1/messages", "application/json", key, ONE);
}

struct crowd {
    const char *socket_path;
    atomic_int created;
    atomic_int in_progress;
};

static void *run_client(void *arg)
{
    struct crowd *crowd = arg;
    int status = post_one(crowd->socket_path, "same-key");

    atomic_fetch_add(&crowd->created, status == 201);
    atomic_fetch_add(&crowd->in_progress, status == 409);
    return NULL;
}

static size_t messages(struct bed *bed)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/messages", NULL, NULL);
    size_t count = json_array_size(list);

    json_decref(list);
    return count;
}

static void the_same_post_from_many_at_once_has_one_effect(void **state)
{
    struct bed *bed = bed_up(&(struct bed_options){.modems = 1});
    struct crowd crowd = {.socket_path = bed->socket};
    pthread_t threads[CLIENTS];

    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, run_client, &crowd), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(
        atomic_load(&crowd.created) + atomic_load(&crowd.in_progress), CLIENTS);
    assert_true(atomic_load(&crowd.created) >= 1);
    assert_int_equal(messages(bed), 1);
    BED_WAIT(20000, bed_ledger_count(bed, "accepted") == 1);
    bed_free(bed);
}

static void a_key_outlives_a_kill(void **state)
{
    struct bed *bed = bed_up(&(struct bed_options){.modems = 1});

    (void)state;
    assert_int_equal(post_one(bed->socket, "k1"), 201);
    (void)bed_stop_gateway(bed, SIGKILL);
    bed_start_gateway(bed, NULL);
    assert_int_equal(post_one(bed->socket, "k1"), 201);
    assert_int_equal(messages(bed), 1);
    bed_free(bed);
}

#define MANY 3000

/** An array of MANY messages; free() it. */
static char *many(void)
{
    size_t room = MANY * sizeof ONE + 2;
    char *text = malloc(room);
    size_t used = 0;

    assert_non_null(text);
    for (int i = 0; i < MANY; i++) {
        used += (size_t)snprintf(
            text + used, room - used, "%c" ONE, i == 0 ? '[' : ',');
    }
    (void)snprintf(text + used, room - used, "]");
    return text;
}

struct batch {
    const char *socket_path;
    char *body;
    int status;
};

static void *run_batch(void *arg)
{
    struct batch *batch = arg;

    batch->status = post_with_key(batch->socket_path, "/api/v1/messages",
        "application/json", "batch", batch->body);
    return NULL;
}

static void a_long_array_that_was_begun_outlives_a_kill_whole(void **state)
{
    struct bed *bed = bed_up(&(struct bed_options){.modems = 1});
    struct batch batch = {.socket_path = bed->socket, .body = many()};
    pthread_t thread = 0;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, run_batch, &batch), 0);
    BED_WAIT(20000, messages(bed) > 0);
    (void)bed_stop_gateway(bed, SIGKILL);
    assert_int_equal(pthread_join(thread, NULL), 0);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, messages(bed) == MANY);
    (void)run_batch(&batch);
    assert_int_equal(batch.status, 201);
    assert_int_equal(messages(bed), MANY);
    free(batch.body);
    bed_free(bed);
}

static const char residents_csv[] =
    "nik,nama,tgl_lahir,jk,kecamatan,hp,status\n"
    "5315030101909000,Maria Contoh,1990-01-01,L,53.15.03,081200009001,"
    "belum_rekam\n";

static void the_same_list_twice_adds_nobody_twice(void **state)
{
    struct bed *bed = bed_up(&(struct bed_options){.modems = 1});
    json_t *found = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(post_with_key(bed->socket, "/api/v1/residents/import",
                             "text/csv", "list", residents_csv),
            200);
    }
    found = bed_ask(bed, "GET", "/api/v1/residents?find=Maria", NULL, NULL);
    assert_int_equal(json_array_size(found), 1);
    json_decref(found);
    bed_free(bed);
}

static void a_backup_is_whole_and_can_be_put_back(void **state)
{
    struct bed *bed = bed_up(&(struct bed_options){.modems = 1});
    char file[160];

    (void)state;
    (void)snprintf(file, sizeof file, "%s/copy.db", bed->folder);
    bed_do(bed, "POST", "/api/v1/messages", ONE);
    assert_int_equal(bed_kabari(bed, NULL, "backup", file, END), 0);
    assert_int_equal(bed_kabari(bed, NULL, "backup", file, END), 4);
    bed_do(bed, "POST", "/api/v1/messages", ONE);
    assert_int_equal(messages(bed), 2);
    assert_int_equal(bed_kabari(bed, NULL, "restore", file, END), 4);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    assert_int_equal(bed_kabari(bed, NULL, "restore", bed->config, END), 4);
    assert_int_equal(bed_kabari(bed, NULL, "restore", file, END), 0);
    assert_int_equal(bed_kabari(bed, NULL, "migrate", END), 0);
    bed_start_gateway(bed, NULL);
    assert_int_equal(messages(bed), 1);
    assert_int_equal(bed_kabari(bed, NULL, "purge", END), 0);
    bed_free(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_post_from_many_at_once_has_one_effect),
        cmocka_unit_test(a_key_outlives_a_kill),
        cmocka_unit_test(a_long_array_that_was_begun_outlives_a_kill_whole),
        cmocka_unit_test(the_same_list_twice_adds_nobody_twice),
        cmocka_unit_test(a_backup_is_whole_and_can_be_put_back),
    };
    return cmocka_run_group_tests_name("the same twice", tests, NULL, NULL);
}
