// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/raw_at.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SOON_MS 50

/* A line with a modem at the other end that has said all it will say. */
struct line {
    int worker;
    int modem;
    char others[512];
};

static void on_other(void *arg, const char *text)
{
    struct line *line = arg;
    size_t used = strlen(line->others);

    (void)snprintf(
        line->others + used, sizeof line->others - used, "[%s]", text);
}

static struct line modem_that_said(const char *text)
{
    struct line line = {0};
    int ends[2] = {-1, -1};

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    line.worker = ends[0];
    line.modem = ends[1];
    assert_int_equal(
        write(line.modem, text, strlen(text)), (ssize_t)strlen(text));
    return line;
}

static void hang_up(struct line *line)
{
    (void)close(line->worker);
    (void)close(line->modem);
}

static enum kb_err ask_for(
    struct line *line, int64_t timeout_ms, struct raw_answer *answer)
{
    const struct raw_at at = {line->worker, on_other, line};

    return raw_at_ask(&at, "AT+CREG?", "+CREG:", timeout_ms, answer);
}

static enum kb_err ask(struct line *line, struct raw_answer *answer)
{
    return ask_for(line, SOON_MS, answer);
}

static void an_answer_is_found_behind_its_echo(void **state)
{
    struct line line =
        modem_that_said("AT+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\nRING");
    struct raw_answer answer;
    char command[32] = "";
    char rest[8] = "";

    (void)state;
    assert_int_equal(ask(&line, &answer), KB_OK);
    assert_string_equal(answer.line, "+CREG: 0,1");
    assert_string_equal(line.others, "");
    assert_int_equal(read(line.modem, command, sizeof command - 1), 9);
    assert_string_equal(command, "AT+CREG?\r");
    /* What is behind the answer is not taken away. */
    assert_int_equal(read(line.worker, rest, sizeof rest - 1), 5);
    assert_string_equal(rest, "\nRING");
    hang_up(&line);
}

static void what_comes_in_between_is_handed_on(void **state)
{
    struct line line = modem_that_said("\r\n+CMTI: \"SM\",3\r\nAT+CREG?\r\r\n"
                                       "+CREG: 0,5\r\nRING\r\n\r\nOK\r\n");
    struct raw_answer answer;

    (void)state;
    assert_int_equal(ask(&line, &answer), KB_OK);
    assert_string_equal(line.others, "[+CMTI: \"SM\",3][RING]");
    hang_up(&line);
}

static void errors_are_refusals(void **state)
{
    static const char *const errors[] = {"\r\nERROR\r\n",
        "\r\n+CME ERROR: 10\r\n", "AT+CREG?\r\r\n+CMS ERROR: 500\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct line line = modem_that_said(errors[i]);
        struct raw_answer answer;

        assert_int_equal(ask(&line, &answer), KB_REFUSED);
        assert_true(strstr(answer.line, "ERROR") != NULL);
        hang_up(&line);
    }
}

static void silence_and_a_device_that_is_gone_are_told_apart(void **state)
{
    struct line silent = modem_that_said("\r\n+CREG: 0,1\r\n");
    struct line gone = modem_that_said("\r\n+CREG: 0,1\r\n");
    struct raw_answer answer;

    (void)state;
    assert_int_equal(ask(&silent, &answer), KB_BUSY);
    assert_int_equal(shutdown(gone.modem, SHUT_WR), 0);
    assert_int_equal(ask(&gone, &answer), KB_CLOSED);
    hang_up(&silent);
    hang_up(&gone);
}

static void an_endless_line_is_no_harm(void **state)
{
    char text[4000];
    struct line line;
    struct raw_answer answer;

    (void)state;
    memset(text, 'A', sizeof text);
    (void)snprintf(text + sizeof text - 12, 12, "\r\nOK\r\n");
    line = modem_that_said(text);
    assert_int_equal(ask_for(&line, INT64_C(100) * SOON_MS, &answer), KB_OK);
    assert_string_equal(answer.line, "");
    hang_up(&line);
}

static void a_wait_ends_at_its_line(void **state)
{
    struct line line = modem_that_said("\r\n+CMGS: 8\r\n\r\nOK\r\n");
    const struct raw_at at = {line.worker, on_other, &line};
    struct raw_answer answer;

    (void)state;
    assert_int_equal(raw_at_wait(&at, "+CMGS:", SOON_MS, &answer), KB_OK);
    assert_string_equal(answer.line, "+CMGS: 8");
    assert_int_equal(raw_at_wait(&at, "+CMGS:", SOON_MS, &answer), KB_REFUSED);
    assert_string_equal(answer.line, "");
    hang_up(&line);
}

static void a_registration_is_read_in_both_forms(void **state)
{
    (void)state;
    assert_int_equal(raw_at_creg("+CREG: 0,1"), 1);
    assert_int_equal(raw_at_creg("+CREG: 2,5,\"1A2B\",\"00C3\""), 5);
    assert_int_equal(raw_at_creg("+CREG: 3"), 3);
    assert_int_equal(raw_at_creg("+CREG: 1,\"1A2B\",\"00C3\""), 1);
    assert_int_equal(raw_at_creg("+CREG: "), -1);
    assert_int_equal(raw_at_creg("+CREG: 0,x"), -1);
    assert_int_equal(raw_at_creg(""), -1);
}

static void an_operator_is_read_as_plain_text(void **state)
{
    char name[8];

    (void)state;
    raw_at_cops("+COPS: 0,0,\"XL \x01\"", name, sizeof name);
    assert_string_equal(name, "XL ?");
    raw_at_cops("+COPS: 0,0,\"TELKOMSEL\",7", name, sizeof name);
    assert_string_equal(name, "TELKOMS");
    raw_at_cops("+COPS: 0", name, sizeof name);
    assert_string_equal(name, "");
    raw_at_cops("+COPS: 0,0,\"", name, sizeof name);
    assert_string_equal(name, "");
}

static void a_place_is_read_or_refused(void **state)
{
    static const char *const bad[] = {"+CMTI: \"SM\"", "+CMTI: SM,3",
        "+CMTI: \"SM\",x", "+CMTI: \"SM\",-1", "+CMTI: \"TOOLONG\",1",
        "+CMTI:"};
    char memory[4];
    int location = 0;

    (void)state;
    assert_true(
        raw_at_place("+CMTI: \"SM\",3", memory, sizeof memory, &location));
    assert_string_equal(memory, "SM");
    assert_int_equal(location, 3);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(raw_at_place(bad[i], memory, sizeof memory, &location));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_found_behind_its_echo),
        cmocka_unit_test(what_comes_in_between_is_handed_on),
        cmocka_unit_test(errors_are_refusals),
        cmocka_unit_test(silence_and_a_device_that_is_gone_are_told_apart),
        cmocka_unit_test(an_endless_line_is_no_harm),
        cmocka_unit_test(a_wait_ends_at_its_line),
        cmocka_unit_test(a_registration_is_read_in_both_forms),
        cmocka_unit_test(an_operator_is_read_as_plain_text),
        cmocka_unit_test(a_place_is_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
