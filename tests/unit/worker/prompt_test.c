// SPDX-License-Identifier: GPL-2.0-or-later
/* The prompt is what 3GPP TS 27.005 §3.5.1 says, and no other line is. */
#include "modems/worker/prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum prompt_state after(const char *said, const char *heard)
{
    struct prompt prompt = {.state = PROMPT_NONE};

    prompt_say(&prompt, said, strlen(said));
    for (; *heard != '\0'; heard++) {
        (void)prompt_hear(&prompt, *heard);
    }
    return prompt.state;
}

static void only_a_prompt_is_one(void **state)
{
    static const struct {
        const char *said;
        const char *heard;
        enum prompt_state want;
    } cases[] = {
        {"AT+CMGS=20\r",       "",                                  PROMPT_AWAITED},
        {"AT+CMGS=20\r",       "AT+CMGS=20\r",                      PROMPT_AWAITED},
        {"AT+CMGS=20\r",       "AT+CMGS=20\r\r\n> ",                PROMPT_SHOWN  },
        {"AT+CMGS=20\r",       "\n>",                               PROMPT_SHOWN  },
        {"AT+CMGS=20\r",       "\r\n+CMTI: \"SM\",1\r\n",           PROMPT_AWAITED},
        {"AT+CMGS=20\r",       "\r\nRING\r\n\r\n> ",                PROMPT_SHOWN  },
        {"AT+CMGS=20\r",       "\r\n+CUSD: 1,\"1>Info >2\",15\r\n", PROMPT_AWAITED},
        {"AT+CMGS=20\r",       "\r\n+CMS ERROR: 310\r\n",           PROMPT_REFUSED},
        {"AT+CMGS=20\r",       "\r\n+CME ERROR: 100\r\n",           PROMPT_REFUSED},
        {"AT+CMGS=20\r",       "\r\nERROR\r\n",                     PROMPT_REFUSED},
        {"AT+CMGS=20\r",       "\r\n+CMS ERR",                      PROMPT_AWAITED},
        {"AT+CMGS=20\r\x1b\r", "\r\n> ",                            PROMPT_NONE   },
        {"AT+CMGR=1\r",        "\r\n> ",                            PROMPT_NONE   },
        {"AT+CMGS=",           "\r\n> ",                            PROMPT_NONE   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(after(cases[i].said, cases[i].heard), cases[i].want);
    }
}

static void the_next_submit_is_seen_behind_a_pdu(void **state)
{
    struct prompt prompt = {.state = PROMPT_NONE};
    static const char command[] = "AT+CMGS=20\r";

    (void)state;
    prompt_say(&prompt, command, sizeof command - 1);
    (void)prompt_hear(&prompt, '>');
    prompt_say(&prompt, "0011000B91", 10);
    prompt_say(&prompt, "\x1a", 1);
    assert_int_equal(prompt.state, PROMPT_SHOWN);
    for (size_t i = 0; i < sizeof command - 1; i++) {
        prompt_say(&prompt, command + i, 1); /* as slow writing does */
    }
    assert_int_equal(prompt.state, PROMPT_AWAITED);
}

static void the_prompt_and_its_blank_are_its_own_bytes(void **state)
{
    struct prompt prompt = {.state = PROMPT_AWAITED};

    (void)state;
    assert_false(prompt_hear(&prompt, '\n'));
    assert_true(prompt_hear(&prompt, '>'));
    assert_true(prompt_hear(&prompt, ' '));
    assert_false(prompt_hear(&prompt, ' '));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_prompt_is_one),
        cmocka_unit_test(the_next_submit_is_seen_behind_a_pdu),
        cmocka_unit_test(the_prompt_and_its_blank_are_its_own_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
