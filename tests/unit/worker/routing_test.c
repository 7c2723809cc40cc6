// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/routing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_stands_is_read_with_and_without_a_blank(void **state)
{
    static const char *const good[] = {
        "+CNMI: 2,2,0,1,0", "+CNMI:2,2,0,1,0", "+CNMI: 2, 2, 0, 1, 0"};
    static const char *const bad[] = {"", "OK", "+CNMI", "+CNMI: ", "+CNMI: x",
        "+CNMI: 2", "+CNMI: 2,9,0,1,0", "+CNMI: 2,-1,0", "+CMTI: \"SM\",1"};
    struct routing routing = {
        {7, 7, 7, 7, 7}
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(routing_read(bad[i], &routing));
        assert_int_equal(routing.value[0], 7);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(routing_read(good[i], &routing));
        assert_memory_equal(
            routing.value, ((int[]){2, 2, 0, 1, 0}), sizeof routing.value);
    }
}

static void only_sms_that_are_merely_said_are_in_danger(void **state)
{
    (void)state;
    assert_false(routing_loses_sms(&(struct routing){
        {2, 0, 0, 0, 0}
    }));
    assert_false(routing_loses_sms(&(struct routing){
        {2, 1, 0, 2, 0}
    }));
    assert_true(routing_loses_sms(&(struct routing){
        {2, 2, 0, 1, 0}
    }));
    assert_true(routing_loses_sms(&(struct routing){
        {2, 3, 0, 1, 0}
    }));
}

static void they_are_kept_by_the_least_change_that_is_taken(void **state)
{
    static const char *const wanted[ROUTING_TRIES] = {
        "AT+CNMI=2,1,0,2,0", "AT+CNMI=1,1,2,1,1", "AT+CNMI=0,0,0,0,0"};
    struct routing routing = {
        {1, 2, 2, 1, 1}
    };
    char command[32];

    (void)state;
    for (int i = 0; i < ROUTING_TRIES; i++) {
        routing_command(&routing, i, command, sizeof command);
        assert_string_equal(command, wanted[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_is_read_with_and_without_a_blank),
        cmocka_unit_test(only_sms_that_are_merely_said_are_in_danger),
        cmocka_unit_test(they_are_kept_by_the_least_change_that_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
