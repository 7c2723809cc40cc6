// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: an operator's menu on a terminal is replied to, and ended by Ctrl-C, so
 * that nobody waits for it. No reply reaches another menu than the one that it
 * was typed for, no code a menu, and a code that the network does not take is
 * said to be none.
 */
#include "tests/support/bed.h"

#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/api/v1/modems/m1/ussd"
#define END  ((char *)NULL)

/* One gateway for all: each test leaves no menu open. */
static int set_up(void **state)
{
    static const struct bed_options options = {
        .modems = 1, .sim_args = "--latency-ms 20 --command-ms 0 --no-reports"};
    struct bed *bed = bed_up(&options);

    BED_WAIT(20000, bed_is(bed, "/api/v1/modems/m1", "state", "ready"));
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    bed_free(*state);
    return 0;
}

static size_t cancelled(struct bed *bed)
{
    return bed_ledger_count(bed, "ussd_cancelled");
}

/* --- somebody at a terminal ----------------------------------------------- */

struct person {
    pid_t pid;
    int terminal;
    char seen[4096];
    size_t used;
};

static void sit_down(struct bed *bed, struct person *person)
{
    char program[256];

    bed_program("kabari", program, sizeof program);
    *person = (struct person){.used = 0};
    person->pid = forkpty(&person->terminal, NULL, NULL, NULL);
    assert_true(person->pid >= 0);
    if (person->pid == 0) {
        (void)execl(program, program, "-c", bed->config, "modem", "ussd", "m1",
            "*123#", END);
        _exit(127);
    }
    assert_int_equal(fcntl(person->terminal, F_SETFL, O_NONBLOCK), 0);
}

/* True once these words have been shown; they, and what came before them, are
   not seen again. */
static bool sees(struct person *person, const char *words)
{
    ssize_t got = 0;
    char *found = strstr(person->seen, words);

    if (found != NULL) {
        found += strlen(words);
        person->used = strlen(found);
        memmove(person->seen, found, person->used + 1);
        return true;
    }
    got = read(person->terminal, person->seen + person->used,
        sizeof person->seen - 1 - person->used);
    if (got > 0) {
        person->used += (size_t)got;
        person->seen[person->used] = '\0';
    }
    return false;
}

static void types(struct person *person, const char *keys)
{
    assert_int_equal(
        write(person->terminal, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static int stands_up(struct person *person)
{
    int status = 0;

    assert_int_equal(waitpid(person->pid, &status, 0), person->pid);
    (void)close(person->terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_menu_on_a_terminal_is_replied_to_or_ended_by_ctrl_c(void **state)
{
    struct bed *bed = *state;
    struct person person;
    size_t before = cancelled(bed);

    sit_down(bed, &person);
    BED_WAIT(20000, sees(&person, "3 Keluar\r\n> "));
    types(&person, "2\n");
    BED_WAIT(20000, sees(&person, "1 100 SMS Rp5000"));
    BED_WAIT(20000, sees(&person, "> "));
    types(&person, "2\n");
    BED_WAIT(20000, sees(&person, "tidak cukup"));
    assert_int_equal(stands_up(&person), 0);
    assert_int_equal(cancelled(bed), before);

    sit_down(bed, &person);
    BED_WAIT(20000, sees(&person, "3 Keluar\r\n> "));
    types(&person, "\003");
    assert_int_equal(stands_up(&person), 0);
    assert_int_equal(
        bed_kabari(bed, NULL, "modem", "ussd", "m1", "*888#", END), 0);
    assert_int_equal(cancelled(bed), before + 1);
}

/* --- requests -------------------------------------------------------------- */

static int ask(struct bed *bed, const char *body)
{
    int status = 0;

    json_decref(bed_ask(bed, "POST", PATH, body, &status));
    return status;
}

static json_int_t open_menu(struct bed *bed)
{
    json_t *answer =
        bed_ask(bed, "POST", PATH, "{\"code\":\"*123#\",\"hold\":true}", NULL);
    json_int_t dialogue =
        json_integer_value(json_object_get(answer, "dialogue"));

    assert_true(json_is_true(json_object_get(answer, "open")));
    json_decref(answer);
    return dialogue;
}

static void a_reply_reaches_its_own_menu_only(void **state)
{
    struct bed *bed = *state;
    char late[96];
    size_t before = cancelled(bed);
    size_t asked = 0;

    assert_int_equal(ask(bed, "{\"code\":\"1\",\"hold\":true}"), 422);
    (void)snprintf(late, sizeof late,
        "{\"code\":\"1\",\"hold\":true,\"dialogue\":%lld}",
        (long long)open_menu(bed));
    /* Somebody else's code is no reply to it. */
    assert_int_equal(ask(bed, "{\"code\":\"*888#\",\"hold\":true}"), 503);
    bed_do(bed, "DELETE", PATH, NULL);
    assert_int_equal(ask(bed, late), 409);
    BED_WAIT(20000, cancelled(bed) == before + 1);
    assert_true(open_menu(bed) != 0);
    asked = bed_ledger_count(bed, "ussd");
    assert_int_equal(ask(bed, late), 409);
    assert_int_equal(bed_ledger_count(bed, "ussd"), asked);
    assert_int_equal(ask(bed, "{\"code\":\"2\",\"hold\":true}"), 200);
    bed_do(bed, "DELETE", PATH, NULL);
}

static void a_code_that_the_network_does_not_take_is_a_failure(void **state)
{
    struct bed *bed = *state;
    json_t *answer = bed_ask(bed, "POST", PATH, "{\"code\":\"*9#\"}", NULL);

    assert_string_equal(json_string_value(json_object_get(answer, "note")),
        "the network does not take that code");
    json_decref(answer);
    assert_int_equal(
        bed_kabari(bed, NULL, "modem", "ussd", "m1", "*9#", END), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_menu_on_a_terminal_is_replied_to_or_ended_by_ctrl_c),
        cmocka_unit_test(a_reply_reaches_its_own_menu_only),
        cmocka_unit_test(a_code_that_the_network_does_not_take_is_a_failure),
    };

    return cmocka_run_group_tests_name(
        "flow 81: a modem's USSD", tests, set_up, tear_down);
}
