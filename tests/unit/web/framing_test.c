// SPDX-License-Identifier: GPL-2.0-or-later
/* Row 18 of the faults: what is no HTTP is refused, in pieces of any size. */
#include "base/buf.h"
#include "web/framing.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/data/http"

static uint64_t a_megabyte(
    void *arg, const char *method, const char *target, bool credentials)
{
    (void)arg;
    (void)method;
    (void)target;
    return credentials ? 1048576 : 65536;
}

/** Feeds in pieces; the result of the whole. */
static struct framing feed(const char *bytes, size_t count, size_t piece)
{
    struct framing framing;

    framing_start(&framing, a_megabyte, NULL);
    for (size_t at = 0; at < count; at += piece) {
        size_t left = count - at;

        (void)framing_feed(&framing, bytes + at, left < piece ? left : piece);
    }
    return framing;
}

static void read_file(const char *name, struct buf *out)
{
    char path[512];
    char piece[4096];
    size_t got = 0;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, FOLDER "/%s", name);
    file = fopen(path, "rb");
    assert_non_null(file);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0) {
        buf_add(out, piece, got);
    }
    (void)fclose(file);
}

/** Names start with good_ or with the status that is due: 400_bare_lf. */
static void check_file(const char *name)
{
    struct buf bytes = {0};
    bool good = strncmp(name, "good", 4) == 0;

    read_file(name, &bytes);
    for (size_t piece = 1; piece <= bytes.used; piece += piece < 40 ? 1 : 997) {
        struct framing framing = feed(bytes.data, bytes.used, piece);
        int status = framing.state == FRAMING_BAD ? framing.status : 0;
        int due = good ? 0 : (int)strtol(name, NULL, 10);

        if (status != due || (good && framing.state != FRAMING_IDLE)) {
            fail_msg("%s in pieces of %zu: %d", name, piece, status);
        }
    }
    buf_clear(&bytes);
}

static void every_file_of_the_corpus_gets_what_its_name_says(void **state)
{
    DIR *folder = opendir(FOLDER);
    const struct dirent *entry = NULL;
    int files = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            check_file(entry->d_name);
            files++;
        }
    }
    (void)closedir(folder);
    assert_true(files >= 60);
}

static void it_knows_where_requests_end(void **state)
{
    static const char two[] =
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        "GET /d HTTP/1.1\r\nHost: x\r\n\r\n";
    struct framing framing = feed(two, sizeof two - 1, 7);

    (void)state;
    assert_int_equal(framing.requests, 2);
    assert_int_equal(framing.state, FRAMING_IDLE);
    assert_string_equal(framing.target, "/d");
    framing = feed(two, strlen("POST /a"), 1);
    assert_int_equal(framing.state, FRAMING_HEAD);
    framing = feed(
        two, strlen(two) - strlen("bcGET /d HTTP/1.1\r\nHost: x\r\n\r\n"), 5);
    assert_int_equal(framing.state, FRAMING_BODY);
    assert_int_equal(framing.body_left, 2);
}

static void bad_stays_bad(void **state)
{
    struct framing framing = feed("GET  / HTTP/1.1\r\n", 17, 17);

    (void)state;
    assert_int_equal(framing.state, FRAMING_BAD);
    assert_false(
        framing_feed(&framing, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27));
    assert_int_equal(framing.requests, 0);
}

static void every_byte_is_refused_where_it_must_not_stand(void **state)
{
    char head[] = "GET / HTTP/1.1\r\nHost: x\r\nA_: b\r\n\r\n";
    char *at = strchr(head, '_');

    (void)state;
    for (int c = 0; c < 256; c++) {
        bool token =
            strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ:",
                c) != NULL &&
            c != 0;
        struct framing framing;

        *at = (char)c;
        framing = feed(head, sizeof head - 1, sizeof head);
        assert_int_equal(framing.state == FRAMING_IDLE, token);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_of_the_corpus_gets_what_its_name_says),
        cmocka_unit_test(it_knows_where_requests_end),
        cmocka_unit_test(bad_stays_bad),
        cmocka_unit_test(every_byte_is_refused_where_it_must_not_stand),
    };

    return cmocka_run_group_tests_name("web: framing", tests, NULL, NULL);
}
