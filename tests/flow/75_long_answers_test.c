// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal (FAULTS.md 17): whoever reads a whole registry slowly, or uploads one,
 * costs kabarid next to no memory: answers go out in pieces as they are taken,
 * large bodies wait in a file. What is too much at once is told to come again.
 */
#include "tests/support/bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define END        (const char *)NULL
#define ROWS       20000
#define READERS    24
#define UPLOADS    8
#define GROWTH_KB  (12L * 1024) /* whole, all of them would be four times that */
#define BODY_BYTES ((size_t)6 * 1024 * 1024)

static const char export_request[] =
    "GET /api/v1/residents/export HTTP/1.1\r\nHost: x\r\n\r\n";

/** A sanitizer that keeps what was freed would hide what is measured. */
static int with_a_registry(void **state)
{
    struct bed *bed = NULL;
    char folder[96];
    char file[128];

    (void)setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1);
    bed = bed_new(&(struct bed_options){.modems = 0});
    bed_start_gateway(bed, NULL);
    (void)snprintf(folder, sizeof folder, "%s/sample", bed->folder);
    assert_int_equal(bed_kabari(bed, NULL, "sample", "--out", folder,
                         "--residents", "20000", "--seed", "1", END),
        0);
    (void)snprintf(file, sizeof file, "%s/residents.csv", folder);
    assert_int_equal(
        bed_kabari(bed, NULL, "resident", "import", file, "--yes", END), 0);
    *state = bed;
    return 0;
}

static int without(void **state)
{
    bed_free(*state);
    return 0;
}

static long resident_kb(const struct bed *bed)
{
    char path[64];
    char line[256];
    long kb = -1;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)bed->gateway);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kb = strtol(line + 6, NULL, 10);
        }
    }
    (void)fclose(file);
    assert_true(kb > 0);
    return kb;
}

/** A connection that takes little at a time; 20 s without a byte end a read. */
static int meet(const struct bed *bed)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 20};
    int few = 4096;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)snprintf(
        address.sun_path, sizeof address.sun_path, "%s", bed->socket);
    assert_int_equal(
        connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void say(int fd, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t sent = send(fd, text, bytes, MSG_NOSIGNAL);

        assert_true(sent > 0);
        text += sent;
        bytes -= (size_t)sent;
    }
}

/* --- answers --------------------------------------------------------- */

static int read_byte(FILE *from)
{
    int byte = fgetc(from);

    assert_int_not_equal(byte, EOF);
    return byte;
}

static void read_line(FILE *from, char *out, int bytes)
{
    assert_non_null(fgets(out, bytes, from));
}

/** Reads the chunks to their end; how many lines they have. */
static long lines_of(FILE *from)
{
    char line[256] = "";
    long lines = 0;
    unsigned long bytes = 1;

    while (strcmp(line, "\r\n") != 0) {
        read_line(from, line, sizeof line);
    }
    while (bytes > 0) {
        read_line(from, line, sizeof line);
        bytes = strtoul(line, NULL, 16);
        for (unsigned long i = 0; i < bytes; i++) {
            lines += read_byte(from) == '\n' ? 1 : 0;
        }
        read_line(from, line, sizeof line);
    }
    return lines;
}

static void slow_readers_of_a_registry_cost_next_to_nothing(void **state)
{
    struct bed *bed = *state;
    int fds[READERS];
    long before = resident_kb(bed);
    char piece[512];
    FILE *first = NULL;
    int status = 0;

    for (int i = 0; i < READERS; i++) {
        fds[i] = meet(bed);
        say(fds[i], export_request, strlen(export_request));
    }
    /* Each has begun; the gateway has done for all of them what it does. */
    for (int i = 1; i < READERS; i++) {
        assert_true(recv(fds[i], piece, sizeof piece, 0) > 0);
        assert_non_null(strstr(piece, "200 OK"));
    }
    json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, &status));
    assert_int_equal(status, 200);
    assert_in_range(resident_kb(bed), 1, before + GROWTH_KB);
    /* Nothing is missing for who reads on, and others may go. */
    first = fdopen(fds[0], "r");
    assert_int_equal(lines_of(first), ROWS + 1);
    (void)fclose(first);
    for (int i = 1; i < READERS; i++) {
        (void)close(fds[i]);
    }
    assert_in_range(resident_kb(bed), 1, before + GROWTH_KB);
    json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, &status));
    assert_int_equal(status, 200);
}

/** So many want all at once; how many of them are refused. */
static int refused_of_seventy(const struct bed *bed)
{
    int fds[70];
    char piece[512];
    int refused = 0;

    for (int i = 0; i < 70; i++) {
        fds[i] = meet(bed);
        say(fds[i], export_request, strlen(export_request));
    }
    for (int i = 0; i < 70; i++) {
        ssize_t got = recv(fds[i], piece, sizeof piece - 1, 0);

        assert_true(got > 0);
        piece[got] = '\0';
        refused += strstr(piece, " 503 ") != NULL ? 1 : 0;
    }
    for (int i = 0; i < 70; i++) {
        (void)close(fds[i]);
    }
    return refused;
}

/** 65 are served, once those who have gone are forgotten. */
static void too_many_long_answers_are_told_to_come_again(void **state)
{
    int refused = 0;

    BED_WAIT(
        20000, (refused = refused_of_seventy(*state)) >= 1 && refused <= 6);
}

/* --- uploads --------------------------------------------------------- */

static size_t head_of(char *out, size_t room, size_t length)
{
    return (size_t)snprintf(out, room,
        "POST /api/v1/residents/import?dry_run=1 HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: text/csv\r\nContent-Length: %zu\r\n\r\n",
        length);
}

static void say_head(int fd, size_t length)
{
    char head[256];
    size_t bytes = head_of(head, sizeof head, length);

    say(fd, head, bytes);
}

/** A list of that length whose rows are one and the same. */
static char *list_of(size_t bytes)
{
    static const char head[] = "nik,nama,kecamatan\n";
    static const char row[] = "5315050101909001,Maria Weng,Lembor\n";
    char *text = malloc(bytes + 1);
    size_t used = strlen(head);

    assert_non_null(text);
    memcpy(text, head, used);
    while (used + sizeof row < bytes) {
        memcpy(text + used, row, strlen(row));
        used += strlen(row);
    }
    memset(text + used, '\n', bytes - used);
    text[bytes] = '\0';
    return text;
}

static void uploads_wait_in_files(void **state)
{
    struct bed *bed = *state;
    char *large = list_of(BODY_BYTES);
    char *small = list_of((size_t)1100 * 1024);
    char answer[4096] = "";
    int fds[UPLOADS];
    long before = resident_kb(bed);

    for (int i = 0; i < UPLOADS; i++) {
        fds[i] = meet(bed);
        say_head(fds[i], BODY_BYTES);
        say(fds[i], large, BODY_BYTES - 1);
    }
    assert_in_range(resident_kb(bed), 1, before + GROWTH_KB);
    for (int i = 0; i < UPLOADS; i++) {
        (void)close(fds[i]);
    }
    /* One that is whole is read from its file. */
    fds[0] = meet(bed);
    say_head(fds[0], strlen(small));
    say(fds[0], small, strlen(small));
    assert_true(recv(fds[0], answer, sizeof answer - 1, 0) > 0);
    assert_non_null(strstr(answer, "200 OK"));
    assert_non_null(strstr(answer, "\"rejected\":32"));
    (void)close(fds[0]);
    free(large);
    free(small);
}

/** In one write: the second is at hand before the first is answered. */
static void a_request_gets_no_other_requests_body(void **state)
{
    static const char few[] = "nik,nama,kecamatan\n1,A,B\n2,A,B\n3,A,B\n";
    char *large = list_of((size_t)1100 * 1024);
    size_t room = strlen(large) + 1024;
    char *both = malloc(room);
    char answer[16384] = "";
    const char *second = NULL;
    size_t used = 0;
    int fd = meet(*state);

    assert_non_null(both);
    used += head_of(both, room, strlen(large));
    used += (size_t)snprintf(both + used, room - used, "%s", large);
    used += head_of(both + used, room - used, strlen(few));
    used += (size_t)snprintf(both + used, room - used, "%s", few);
    say(fd, both, used);
    used = 0;
    while (second == NULL || strstr(second, "}") == NULL) {
        ssize_t got = recv(fd, answer + used, sizeof answer - 1 - used, 0);

        assert_true(got > 0);
        used += (size_t)got;
        answer[used] = '\0';
        second = strstr(answer + 1, "HTTP/1.1 ");
    }
    assert_non_null(strstr(second, "200 OK"));
    assert_non_null(strstr(second, "\"rows\":3,"));
    (void)close(fd);
    free(both);
    free(large);
}

static void more_than_the_disk_may_have_is_told_to_come_again(void **state)
{
    struct bed *bed = *state;
    size_t length = (size_t)60 * 1024 * 1024;
    char *some = list_of(65536);
    char answer[1024] = "";
    int fds[5];
    int64_t until = 0;

    for (int i = 0; i < 5; i++) {
        fds[i] = meet(bed);
        say_head(fds[i], length);
    }
    /* A file is made with the body's second piece. */
    until = bed_mono_ms() + 15000;
    while (bed_mono_ms() < until && strstr(answer, " 503 ") == NULL) {
        for (int i = 0; i < 5; i++) {
            (void)send(fds[i], some, 4096, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (recv(fds[i], answer, sizeof answer - 1, MSG_DONTWAIT) > 0) {
                break;
            }
        }
    }
    assert_non_null(strstr(answer, "503 Service Unavailable"));
    assert_non_null(strstr(answer, "\"full\""));
    for (int i = 0; i < 5; i++) {
        (void)close(fds[i]);
    }
    free(some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_readers_of_a_registry_cost_next_to_nothing),
        cmocka_unit_test(too_many_long_answers_are_told_to_come_again),
        cmocka_unit_test(uploads_wait_in_files),
        cmocka_unit_test(a_request_gets_no_other_requests_body),
        cmocka_unit_test(more_than_the_disk_may_have_is_told_to_come_again),
    };

    return cmocka_run_group_tests_name(
        "long answers and large uploads", tests, with_a_registry, without);
}
