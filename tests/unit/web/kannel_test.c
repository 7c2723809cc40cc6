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

static void assert_xml(const char *document, const char *wanted)
{
    struct evkeyvalq headers;
    struct buf form = {0};

    TAILQ_INIT(&headers);
    assert_int_equal(
        evhttp_add_header(&headers, "Content-Type", "text/xml; charset=UTF-8"),
        0);
    assert_true(kannel_form(&headers, document, strlen(document), &form));
    assert_string_equal(buf_text(&form), wanted);
    buf_clear(&form);
    evhttp_clear_headers(&headers);
}

static void an_xml_document_becomes_the_same_form(void **state)
{
    (void)state;
    assert_xml("<?xml version=\"1.0\"?><message><submit>"
               "<oa><number>3636</number></oa>"
               "<da><number>081200009001</number></da>"
               "<ud>Tom &amp; &lt;Jerry&gt; &#233;&#x20ac;</ud>"
               "<vp><delay>60</delay></vp><timing><delay>5</delay></timing>"
               "<statusrequest><dlr-mask>31</dlr-mask></statusrequest>"
               "<from><user>u</user><pass>p</pass></from>"
               "</submit></message>",
        "username=u&password=p&from=3636&to=081200009001&validity=60&"
        "deferred=5&dlr-mask=31&text=Tom%20%26%20%3CJerry%3E%20%C3%A9%E2%82"
        "%AC");
    assert_xml("<ud><![CDATA[a<b>&amp;]]></ud>", "text=a%3Cb%3E%26amp%3B");
    assert_xml("<m><da type='x' ><number >0812</number>"
               "<number>0813</number></da><!-- <ud>no</ud> --></m>",
        "to=0812");
}

static void what_is_no_xml_says_nothing(void **state)
{
    (void)state;
    assert_xml("", "");
    assert_xml("<da><number>0812</da>", "");
    assert_xml("<ud>x", "");
    assert_xml("<ud>&#4294967361;</ud>", "");
    assert_xml("<ud>&#0;</ud>", "");
    assert_xml("<ud>&</ud>", "");
    assert_xml("<ud>a</ud><ud>b</ud>", "");
    assert_xml("<!DOCTYPE m [<!ENTITY e \"x\">]><ud>&e;</ud>", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_and_body_become_the_form_of_a_get),
        cmocka_unit_test(a_form_and_a_request_without_them_stay),
        cmocka_unit_test(an_xml_document_becomes_the_same_form),
        cmocka_unit_test(what_is_no_xml_says_nothing),
    };

    return cmocka_run_group_tests_name(
        "web: sendsms by POST", tests, NULL, NULL);
}
