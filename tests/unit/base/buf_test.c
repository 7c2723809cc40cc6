// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void all_but_unreserved_characters_are_encoded(void **state)
{
    static const char plain[] = "ABCXYZabcxyz0189-._~";
    static const char other[] = "a b/+%&\xc3\xa9\0\x7f";
    struct buf out = {0};

    (void)state;
    buf_add_encoded(&out, "", 0);
    assert_int_equal(out.used, 0);
    assert_string_equal(buf_text(&out), "");
    buf_add_encoded(&out, plain, strlen(plain));
    assert_string_equal(buf_text(&out), plain);
    buf_clear(&out);
    buf_add_text(&out, "x=");
    buf_add_encoded(&out, other, sizeof other - 1);
    assert_string_equal(buf_text(&out), "x=a%20b%2F%2B%25%26%C3%A9%00%7F");
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_but_unreserved_characters_are_encoded),
    };

    return cmocka_run_group_tests_name("base: texts", tests, NULL, NULL);
}
