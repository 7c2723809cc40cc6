// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/kannel.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include <cmocka.h>

static void headers_and_body_become_the_form_of_a_get(void **state)
{
    struct evkeyvalq headers;
    struct buf form = {0};

    (void)state;
    TAILQ_INIT(&headers);
    assert_int_equal(
        evhttp_add_header(&headers, "X-Kannel-Username", "u&x"), 0);
    assert_int_equal(evhttp_add_header(&headers, "X-Kannel-To", "0812"), 0);
    assert_int_equal(
        evhttp_add_header(&headers, "Content-Type", "text/plain"), 0);
    assert_true(kannel_form(&headers, "a\0b", 3, &form));
    assert_string_equal(buf_text(&form), "username=u%26x&to=0812&text=a%00b");
    buf_clear(&form);
    evhttp_clear_headers(&headers);
}

static void a_form_and_a_request_without_them_stay(void **state)
{
    struct evkeyvalq headers;
    struct buf form = {0};

    (void)state;
    TAILQ_INIT(&headers);
    assert_false(kannel_form(&headers, "x", 1, &form));
    assert_int_equal(evhttp_add_header(&headers, "X-Kannel-To", "0812"), 0);
    assert_int_equal(evhttp_add_header(&headers, "Content-Type",
                         "application/x-www-form-urlencoded"),
        0);
    assert_false(kannel_form(&headers, "to=1", 4, &form));
    assert_int_equal(form.used, 0);
    evhttp_clear_headers(&headers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_and_body_become_the_form_of_a_get),
        cmocka_unit_test(a_form_and_a_request_without_them_stay),
    };

    return cmocka_run_group_tests_name(
        "web: sendsms by POST", tests, NULL, NULL);
}
