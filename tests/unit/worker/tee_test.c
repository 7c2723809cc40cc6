// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "modems/worker/raw_at.h"
#include "modems/worker/tee.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* Descriptors of the modem are 5 and more. */
#define FIRST_FD 5

struct tty {
    int modem;  /* the modem's end */
    int worker; /* as libGammu has it */
    struct at_log *log;
};

static struct tty tty_new(void)
{
    struct tty tty = {.modem = posix_openpt(O_RDWR | O_NOCTTY)};
    struct termios line;
    struct stat device;
    int fd = -1;

    assert_true(tty.modem >= 0);
    assert_int_equal(grantpt(tty.modem), 0);
    assert_int_equal(unlockpt(tty.modem), 0);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    fd = open(ptsname(tty.modem), O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(fd >= 0);
    tty.worker = fcntl(fd, F_DUPFD, FIRST_FD);
    assert_true(tty.worker >= FIRST_FD);
    (void)close(fd);
    assert_int_equal(tcgetattr(tty.worker, &line), 0);
    cfmakeraw(&line);
    assert_int_equal(tcsetattr(tty.worker, TCSANOW, &line), 0);
    assert_int_equal(fstat(tty.worker, &device), 0);
    tty.log = mem_new(sizeof *tty.log);
    tee_start(tty.log, device.st_rdev);
    return tty;
}

static void tty_free(struct tty *tty)
{
    tee_opening(false);
    tee_start(NULL, 0);
    (void)close(tty->worker);
    (void)close(tty->modem);
    free(tty->log);
}

static void modem_says(struct tty *tty, const char *text)
{
    ssize_t length = (ssize_t)strlen(text);

    assert_int_equal(write(tty->modem, text, strlen(text)), length);
}

static void worker_says(struct tty *tty, const char *text)
{
    ssize_t length = (ssize_t)strlen(text);

    assert_int_equal(write(tty->worker, text, strlen(text)), length);
}

/* What the worker reads next, within a second: bytes, 0 or -1. */
static ssize_t reads(struct tty *tty, char *out, size_t out_bytes)
{
    struct pollfd fd = {.fd = tty->worker, .events = POLLIN};

    memset(out, 0, out_bytes);
    (void)poll(&fd, 1, 1000);
    return read(tty->worker, out, out_bytes - 1);
}

/* libGammu's own loop: two bytes at a time, until nothing comes for 50 ms. */
static int rounds_until_silent(struct tty *tty, int most)
{
    char garbage[2];
    int rounds = 0;
    ssize_t got = 1;

    while (got > 0 && rounds < most) {
        struct pollfd fd = {.fd = tty->worker, .events = POLLIN};

        modem_says(tty, "\r\n^RSSI:17\r\n"); /* a modem that never is silent */
        got = poll(&fd, 1, 50) > 0 ? read(tty->worker, garbage, sizeof garbage)
                                   : 0;
        rounds++;
    }
    return rounds;
}

static void a_chattering_modem_does_not_keep_the_line_from_opening(void **state)
{
    struct tty tty = tty_new();
    char text[64];
    int64_t begun_ms = clock_mono_ms();

    (void)state;
    tee_opening(true);
    worker_says(&tty, "\x1b\r");
    assert_true(rounds_until_silent(&tty, 1000000) < 1000000);
    assert_true(clock_mono_ms() - begun_ms < 5000);
    /* What comes after the first command is an answer again. */
    worker_says(&tty, "AT\r");
    modem_says(&tty, "AT\r\r\nOK\r\n");
    do {
        assert_true(reads(&tty, text, 2) > 0);
    } while (text[0] != 'A');
    assert_true(reads(&tty, text, sizeof text) > 0);
    assert_string_equal(text, "T\r\r\nOK\r\n");
    tty_free(&tty);
}

static void garbage_goes_in_one_round(void **state)
{
    struct tty tty = tty_new();
    char garbage[3];
    char text[64];

    (void)state;
    tee_opening(true);
    worker_says(&tty, "\x1b\r");
    modem_says(&tty, "\r\n^RSSI:17\r\n");
    assert_int_equal(reads(&tty, garbage, sizeof garbage), 2);
    errno = 0;
    assert_int_equal(read(tty.worker, text, sizeof text), -1);
    assert_int_equal(errno, EAGAIN);
    tty_free(&tty);
}

/* At the end of a submit that got no prompt libGammu says ESC, too. */
static void an_escape_later_on_throws_nothing_away(void **state)
{
    struct tty tty = tty_new();
    char text[64];

    (void)state;
    worker_says(&tty, "\x1b\r");
    modem_says(&tty, "\r\n+CMTI: \"SM\",1\r\n");
    assert_int_equal(reads(&tty, text, 3), 2);
    assert_string_equal(text, "\r\n");
    assert_true(reads(&tty, text, sizeof text) > 0);
    assert_string_equal(text, "+CMTI: \"SM\",1\r\n");
    tty_free(&tty);
}

static void note_other(void *arg, const char *line)
{
    struct buf *lines = arg;

    buf_printf(lines, "%s|", line);
}

static void a_line_that_libgammu_began_is_read_on_from_its_beginning(
    void **state)
{
    struct tty tty = tty_new();
    struct buf lines = {0};
    struct raw_at at = {tty.worker, note_other, &lines};
    struct raw_answer answer = {""};
    char text[64];

    (void)state;
    modem_says(&tty, "OK\r\n\r\n+CMT:,31\r\n06912618");
    assert_true(reads(&tty, text, sizeof text) > 0);
    modem_says(&tty, "0100\r\nAT+CNMI?\r\r\n+CNMI:2,2\r\n\r\nOK\r\n");
    assert_int_equal(
        raw_at_ask(&at, "AT+CNMI?", "+CNMI", 5000, &answer), KB_OK);
    assert_string_equal(buf_text(&lines), "069126180100|");
    assert_string_equal(answer.line, "+CNMI:2,2");
    buf_clear(&lines);
    tty_free(&tty);
}

/* libGammu writes the PDU as soon as any line came that it knows. */
static void a_pdu_waits_for_its_prompt(void **state)
{
    struct tty tty = tty_new();
    char text[64];
    int status = 0;
    pid_t modem = 0;

    (void)state;
    worker_says(&tty, "AT+CMGS=20\r");
    modem_says(&tty, "\r\n+CMTI: \"SM\",1\r\n");
    assert_true(reads(&tty, text, sizeof text) > 0);
    modem = fork();
    assert_true(modem >= 0);
    if (modem == 0) {
        struct pollfd early = {.fd = tty.modem, .events = POLLIN};
        char said[64];

        status = read(tty.modem, said, sizeof said) > 0 && /* the command */
                         poll(&early, 1, 100) == 0
                     ? 0
                     : 1;
        modem_says(&tty, "\r\nRING\r\n\r\n> \r\n+CREG: 1\r\n");
        _exit(status);
    }
    worker_says(&tty, "0011000B91");
    assert_int_equal(waitpid(modem, &status, 0), modem);
    assert_int_equal(status, 0);
    /* What came with the prompt is read later. */
    assert_true(tee_waits());
    assert_true(reads(&tty, text, sizeof text) > 0);
    assert_string_equal(text, "\r\nRING\r\n\r\n\r\n+CREG: 1\r\n");
    assert_false(tee_waits());
    tty_free(&tty);
}

static void a_pdu_is_not_written_where_the_prompt_was_refused(void **state)
{
    static const char command[] = "AT+CMGS=20\r";
    struct tty tty = tty_new();
    char text[64];

    (void)state;
    worker_says(&tty, command);
    modem_says(&tty, "\r\n+CMTI: \"SM\",1\r\n\r\n+CMS ERROR: 310\r\n");
    assert_int_equal(reads(&tty, text, 20), 19); /* the first line */
    errno = 0;
    assert_int_equal(write(tty.worker, "0011", 4), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(read(tty.modem, text, sizeof text), sizeof command - 1);
    worker_says(&tty, "AT\r");
    assert_int_equal(read(tty.modem, text, sizeof text), 3);
    tty_free(&tty);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_chattering_modem_does_not_keep_the_line_from_opening),
        cmocka_unit_test(garbage_goes_in_one_round),
        cmocka_unit_test(an_escape_later_on_throws_nothing_away),
        cmocka_unit_test(
            a_line_that_libgammu_began_is_read_on_from_its_beginning),
        cmocka_unit_test(a_pdu_waits_for_its_prompt),
        cmocka_unit_test(a_pdu_is_not_written_where_the_prompt_was_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
