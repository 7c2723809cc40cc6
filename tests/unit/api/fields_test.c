// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/fields.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct sample {
    const char *text;
    int64_t number;
    bool yes;
    int64_t at_ms;
    int32_t day;
    struct api_texts texts;
};

static const struct api_field sample_fields[] = {
    API_FIELD("text", API_TEXT, sample, text, .needed = true, .most = 10),
    API_FIELD("number", API_INT, sample, number, .least = 1, .most = 5,
        .fallback = 3),
    API_FIELD("yes", API_BOOL, sample, yes, .needed = false),
    API_FIELD("at", API_TIME, sample, at_ms, .needed = false),
    API_FIELD("day", API_DAY, sample, day, .needed = false),
    API_FIELD("texts", API_TEXTS, sample, texts, .needed = false),
    {0},
};

/** Reads a body; the field that is at fault, "" where none is. */
static const char *fault_of(const char *body, struct why *why)
{
    struct sample sample = {0};
    json_t *json = json_loads(body, 0, NULL);
    assert_non_null(json);
    *why = (struct why){0};
    enum kb_err err = api_fields_read(json, sample_fields, &sample, why);
    json_decref(json);
    assert_true(err == KB_OK || err == KB_INVALID);
    return err == KB_OK ? "" : why->field;
}

static void every_type_is_read(void **state)
{
    struct sample sample = {0};
    struct why why = {0};
    (void)state;
    json_t *json = json_loads("{\"text\":\"a\",\"number\":5,\"yes\":true,"
                              "\"at\":\"2016-09-30T08:00:00+08:00\","
                              "\"day\":\"2016-09-30\",\"texts\":[\"x\",\"y\"]}",
        0, NULL);
    assert_int_equal(
        api_fields_read(json, sample_fields, &sample, &why), KB_OK);
    assert_string_equal(sample.text, "a");
    assert_int_equal(sample.number, 5);
    assert_true(sample.yes);
    assert_int_equal(sample.at_ms, 1475193600000);
    assert_int_equal(sample.day, civil_day(2016, 9, 30));
    assert_int_equal(sample.texts.count, 2);
    assert_string_equal(sample.texts.item[1], "y");
    json_decref(json);
}

static void what_is_absent_or_null_has_its_default(void **state)
{
    struct sample sample = {0};
    struct why why = {0};
    (void)state;
    json_t *json = json_loads("{\"text\":\"\",\"number\":null}", 0, NULL);
    assert_int_equal(
        api_fields_read(json, sample_fields, &sample, &why), KB_OK);
    assert_int_equal(sample.number, 3);
    assert_int_equal(sample.at_ms, 0);
    assert_int_equal(sample.day, INT32_MIN);
    assert_int_equal(sample.texts.count, 0);
    json_decref(json);
}

static void a_wrong_value_names_its_field(void **state)
{
    static const char *const wrong[][2] = {
        {"{}",                                            "text"  },
        {"{\"text\":7}",                                  "text"  },
        {"{\"text\":\"12345678901\"}",                    "text"  },
        {"{\"text\":\"a\",\"number\":0}",                 "number"},
        {"{\"text\":\"a\",\"number\":6}",                 "number"},
        {"{\"text\":\"a\",\"number\":\"6\"}",             "number"},
        {"{\"text\":\"a\",\"number\":1.5}",               "number"},
        {"{\"text\":\"a\",\"yes\":\"perhaps\"}",          "yes"   },
        {"{\"text\":\"a\",\"at\":\"tomorrow\"}",          "at"    },
        {"{\"text\":\"a\",\"day\":\"2016-02-30\"}",       "day"   },
        {"{\"text\":\"a\",\"day\":\"2016-02-03 08:00\"}", "day"   },
        {"{\"text\":\"a\",\"texts\":[1]}",                "texts" },
        {"{\"text\":\"a\",\"tetx\":\"b\"}",               "tetx"  },
        {"{\"text\":\"a\",\"number\":\"4\"}",             ""      },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct why why = {0};
        assert_string_equal(fault_of(wrong[i][0], &why), wrong[i][1]);
    }
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    struct sample sample = {0};
    struct why why = {0};
    (void)state;
    json_t *json = json_loads("[1]", 0, NULL);
    assert_int_equal(
        api_fields_read(json, sample_fields, &sample, &why), KB_INVALID);
    json_decref(json);
}

static void a_query_is_decoded(void **state)
{
    json_t *query = NULL;
    struct why why = {0};
    (void)state;
    assert_int_equal(api_query_read("find=Maria+Weng&b=%2B62%26&w=1&w=2&empty",
                         &query, &why),
        KB_OK);
    assert_string_equal(
        json_string_value(json_object_get(query, "find")), "Maria Weng");
    assert_string_equal(json_string_value(json_object_get(query, "b")), "+62&");
    assert_int_equal(json_array_size(json_object_get(query, "w")), 2);
    assert_string_equal(json_string_value(json_object_get(query, "empty")), "");
    json_decref(query);
}

static void a_broken_query_is_refused(void **state)
{
    static const char *const broken[] = {
        "a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=\xff", "%"};
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        json_t *query = NULL;
        struct why why = {0};
        assert_int_equal(api_query_read(broken[i], &query, &why), KB_INVALID);
        assert_null(query);
    }
}

static void times_are_read_local_or_with_their_offset(void **state)
{
    static const struct {
        const char *text;
        int64_t at_ms; /* -1: refused */
    } times[] = {
        {"2016-09-30 08:00",              1475193600000},
        {"2016-09-30",                    1475164800000},
        {"2016-09-30T08:00:00+08:00",     1475193600000},
        {"2016-09-30T00:00:00Z",          1475193600000},
        {"2016-09-29T19:00:30-05:00",     1475193630000},
        {"2016-09-30T08:00:00.125+08:00", 1475193600125},
        {"2016-09-30T08:00:00.5Z",        1475222400500},
        {"2016-09-30T08:00:00",           -1           },
        {"2016-09-30T08:00:00+8",         -1           },
        {"2016-09-30T08:00:61Z",          -1           },
        {"2016-09-30T08:00:00.Z",         -1           },
        {"2016-13-30T08:00:00Z",          -1           },
        {"",                              -1           },
        {"2016-09-30T08:00:00Z; DROP",    -1           },
    };

    (void)state;
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t at_ms = -1;
        enum kb_err err = api_time_read(times[i].text, &at_ms);
        assert_int_equal(err, times[i].at_ms < 0 ? KB_INVALID : KB_OK);
        assert_int_equal(at_ms, times[i].at_ms);
    }
}

static void malformed_bytes_in_an_answer_are_replaced(void **state)
{
    (void)state;
    json_t *text = api_text_json("a\xff"
                                 "b");
    assert_string_equal(json_string_value(text), "a\xef\xbf\xbd"
                                                 "b");
    json_decref(text);
}

static void a_list_of_lines_becomes_an_array(void **state)
{
    (void)state;
    json_t *list = api_split_json("one\ntwo", '\n');
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_array_get(list, 1)), "two");
    json_decref(list);
    list = api_split_json("", '\n');
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(what_is_absent_or_null_has_its_default),
        cmocka_unit_test(a_wrong_value_names_its_field),
        cmocka_unit_test(a_body_that_is_no_object_is_refused),
        cmocka_unit_test(a_query_is_decoded),
        cmocka_unit_test(a_broken_query_is_refused),
        cmocka_unit_test(times_are_read_local_or_with_their_offset),
        cmocka_unit_test(malformed_bytes_in_an_answer_are_replaced),
        cmocka_unit_test(a_list_of_lines_becomes_an_array),
    };
    return cmocka_run_group_tests_name("api: fields", tests, NULL, NULL);
}
