// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: the usual makes of modem, as simulated from what is known of them, are
 * recognised by themselves, send, report and hear, whatever they chatter, leave
 * out or do their own way; and a device can be tried before it is configured.
 * The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bed *up(const char *make, int modems)
{
    char sim[160];
    struct bed_options options = {.modems = modems, .sim_args = sim};

    (void)snprintf(sim, sizeof sim,
        "--latency-ms 20 --command-ms 0 --report-ms 50 --profile %s", make);
    return bed_up(&options);
}

/* A menu by USSD, of several lines: read whole, whatever the alphabet. */
static void asks(struct bed *bed)
{
    json_t *answer = NULL;

    json_decref(bed_sim(bed, "{\"cmd\":\"ussd\",\"modem\":\"m1\","
                             "\"code\":\"*9#\",\"m\":0,\"reply\":"
                             "\"Kuota \u00e9 [1]\\n2 \u20ac5\"}"));
    answer = bed_ask(
        bed, "POST", "/api/v1/modems/m1/ussd", "{\"code\":\"*9#\"}", NULL);
    assert_non_null(strstr(json_string_value(json_object_get(answer, "text")),
        "Kuota \u00e9 [1]"));
    assert_non_null(strstr(
        json_string_value(json_object_get(answer, "text")), "2 \u20ac5"));
    json_decref(answer);
}

/* One message out and reported, one in and answered. */
static void works(const char *make, const char *quirks)
{
    struct bed *bed = up(make, 1);
    char phone[24];
    int64_t id = 0;

    BED_WAIT(30000, traffic_modem_is(bed, "m1", "ready"));
    assert_true(bed_is(bed, "/api/v1/modems/m1", "quirks", quirks));
    id = traffic_send(bed, 0);
    BED_WAIT(30000, traffic_is(bed, id, "delivered"));
    traffic_phone(1, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\","
        "\"text\":\"apa kabar\"}",
        phone));
    BED_WAIT(40000, traffic_accepted(bed, 1) == 1);
    BED_WAIT(10000, traffic_events(bed, "m1", "deleted") >= 1);
    asks(bed);
    traffic_judge(bed, 1);
    bed_free(bed);
}

static void huawei_sticks_work(void **state)
{
    (void)state;
    works("huawei-e173", "huawei-e173");
    works("huawei-e1752", "huawei-e1752");
}

static void a_stick_that_tells_of_no_sms_is_polled(void **state)
{
    (void)state;
    works("huawei-e3531", "huawei-e3531");
}

static void a_zte_stick_works(void **state)
{
    (void)state;
    works("zte-mf190", "zte-mf190");
}

static void modules_without_a_memory_of_reports_work(void **state)
{
    (void)state;
    works("sim800", "sim800");
    works("sim900", "sim900");
}

static void quectel_modules_work(void **state)
{
    (void)state;
    works("quectel-ec25", "quectel-ec25");
    works("quectel-m95", "quectel-m95");
}

static void wavecom_and_sierra_modems_work(void **state)
{
    (void)state;
    works("wavecom", "wavecom");
    works("sierra", "sierra");
}

/* --- a device tried ------------------------------------------------------- */

static bool step_is(const json_t *answer, const char *step, const char *result)
{
    json_t *entry = NULL;
    size_t i = 0;

    json_array_foreach(json_object_get(answer, "steps"), i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "step")), step) ==
            0) {
            return strcmp(json_string_value(json_object_get(entry, "result")),
                       result) == 0;
        }
    }
    return false;
}

static json_t *probe(struct bed *bed, const char *device, int code)
{
    char path[128];
    char *out = NULL;
    json_t *answer = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", bed->sim_folder, device);
    assert_int_equal(
        bed_kabari(bed, &out, "--json", "modem", "probe", path, (char *)NULL),
        code);
    answer = json_loads(out, 0, NULL);
    assert_non_null(answer);
    free(out);
    return answer;
}

static void a_device_is_tried_and_its_configuration_proposed(void **state)
{
    struct bed_options one = {.modems = 1};
    struct bed_options sims = {.modems = 3,
        .sim_args = "--latency-ms 20 --command-ms 0 --profile huawei-e173"};
    struct bed *bed = bed_new(&one); /* m1 is configured, m2 and m3 are not */
    json_t *answer = NULL;
    const char *config = NULL;
    size_t before = 0;

    (void)state;
    bed_start_sim(bed, &sims);
    answer = probe(bed, "m2", 0);
    config = json_string_value(json_object_get(answer, "config"));
    assert_string_equal(
        json_string_value(json_object_get(answer, "quirks")), "huawei-e173");
    assert_non_null(strstr(config, "name = \"m2\""));
    assert_non_null(strstr(config, "/m2\""));
    assert_non_null(strstr(config, "operator = \"telkomsel\""));
    assert_true(step_is(answer, "sim", "ok"));
    assert_true(step_is(answer, "libgammu", "ok"));
    json_decref(answer);

    /* A PIN is never tried. */
    before = bed_ledger_count(bed, "wrong_pin");
    traffic_fault(bed, "m3", "\"fault\":\"pin\"");
    answer = probe(bed, "m3", 0);
    assert_true(step_is(answer, "sim", "warn"));
    assert_int_equal(bed_ledger_count(bed, "wrong_pin"), before);
    json_decref(answer);

    /* One that says nothing is no modem's port. */
    traffic_fault(bed, "m3", "\"fault\":\"hang\",\"until\":\"off\"");
    answer = probe(bed, "m3", 1);
    assert_true(step_is(answer, "answers", "no"));
    json_decref(answer);

    /* kabarid's own stays kabarid's. */
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    answer = probe(bed, "m1", 1);
    assert_true(step_is(answer, "free", "no"));
    json_decref(answer);
    assert_true(traffic_modem_is(bed, "m1", "ready"));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(huawei_sticks_work),
        cmocka_unit_test(a_stick_that_tells_of_no_sms_is_polled),
        cmocka_unit_test(a_zte_stick_works),
        cmocka_unit_test(modules_without_a_memory_of_reports_work),
        cmocka_unit_test(quectel_modules_work),
        cmocka_unit_test(wavecom_and_sierra_modems_work),
        cmocka_unit_test(a_device_is_tried_and_its_configuration_proposed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
