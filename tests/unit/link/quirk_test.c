// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quirk files: what a line means, what is refused and how that is said, which
 * file fits a modem, and that every file of the source can be read.
 */
#include "link/quirk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct quirk read_text(const char *text)
{
    struct quirk quirk;
    struct why why = {0};

    if (quirk_read("/q/test-make.quirk", text, &quirk, &why) != KB_OK) {
        fail_msg("%s:%d: %s", why.file, why.line, why.text);
    }
    return quirk;
}

static void every_key_has_its_meaning(void **state)
{
    struct quirk quirk = read_text("# a comment\n"
                                   "words = Test 1\n"
                                   "manufacturer = test*\n"
                                   "model = T1*\nmodel = T2\n"
                                   "feature = SMS_ME\nfeature = NO_CLIP\n"
                                   "init = AT^CURC=0\ninit = AT+X=1\n"
                                   "cnmi = 2,1,0,2,0\n"
                                   "chatter = ^RSSI:\n"
                                   "connection = at9600\n"
                                   "reset = AT!RESET\n"
                                   "reset_wait_s = 7\npoll_s = 30\n"
                                   "pause_ms = 50\n"
                                   "error = cms 500-510 network\n"
                                   "error = cme 100 unknown");

    (void)state;
    assert_string_equal(quirk.name, "test-make");
    assert_string_equal(quirk.words, "Test 1");
    assert_int_equal(quirk.model_count, 2);
    assert_string_equal(quirk.features, "SMS_ME,NO_CLIP");
    assert_string_equal(quirk.init, "AT^CURC=0\nAT+X=1");
    assert_string_equal(quirk.cnmi, "2,1,0,2,0");
    assert_string_equal(quirk.connection, "at9600");
    assert_string_equal(quirk.reset, "AT!RESET");
    assert_int_equal(quirk.reset_wait_s, 7);
    assert_int_equal(quirk.poll_s, 30);
    assert_int_equal(quirk.pause_ms, 50);
    assert_int_equal(quirk_class_of(&quirk, false, 505), QUIRK_CLASS_NETWORK);
    assert_int_equal(quirk_class_of(&quirk, true, 100), QUIRK_CLASS_UNKNOWN);
    assert_int_equal(quirk_class_of(&quirk, true, 505), QUIRK_CLASS_NONE);
    assert_int_equal(quirk_class_of(&quirk, false, 511), QUIRK_CLASS_NONE);
    assert_int_equal(quirk_class_of(NULL, false, 505), QUIRK_CLASS_NONE);
}

static void a_fault_is_named_with_its_line(void **state)
{
    static const char *const wrong[] = {"word = x", "model", "cnmi = 1,2",
        "feature = sms_me", "init = +CFUN=1", "reset_wait_s = -1",
        "poll_s = soon", "error = cms 500", "error = cmx 500 network",
        "error = cms 9-5 network", "error = cms 500 netwrok"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quirk quirk;
        struct why why = {0};
        char text[128];

        (void)snprintf(text, sizeof text, "# first\n\n%s\n", wrong[i]);
        assert_int_equal(
            quirk_read("/q/x.quirk", text, &quirk, &why), KB_INVALID);
        assert_string_equal(why.file, "/q/x.quirk");
        assert_int_equal(why.line, 3);
        assert_true(why.text[0] != '\0');
    }
}

static void what_is_not_said_leaves_what_was(void **state)
{
    struct quirk quirk = read_text("feature = SMS_ME\nreset = AT+ONE\n"
                                   "poll_s = 9\nerror = cms 1-600 network\n");
    struct quirk over = read_text("feature = NO_CLIP\npause_ms = 5\n"
                                  "error = cms 500 unknown\n");

    (void)state;
    quirk_lay_over(&quirk, &over);
    assert_string_equal(quirk.features, "SMS_ME,NO_CLIP");
    assert_string_equal(quirk.reset, "AT+ONE");
    assert_int_equal(quirk.poll_s, 9);
    assert_int_equal(quirk.pause_ms, 5);
    assert_int_equal(quirk_class_of(&quirk, false, 500), QUIRK_CLASS_UNKNOWN);
    assert_int_equal(quirk_class_of(&quirk, false, 38), QUIRK_CLASS_NETWORK);
}

/* --- the files of the source ---------------------------------------------- */

static struct quirks *all(void)
{
    struct quirks *quirks = NULL;
    struct why why = {0};

    if (quirks_load("modems/quirks", &quirks, &why) != KB_OK) {
        fail_msg("%s:%d: %s", why.file, why.line, why.text);
    }
    return quirks;
}

static void every_usual_make_is_known_by_what_it_says(void **state)
{
    static const struct {
        const char *manufacturer;
        const char *model;
        const char *name;
    } makes[] = {
        {"huawei",                        "E173",           "huawei-e173" },
        {"huawei",                        "E1550",          "huawei-e173" },
        {"huawei",                        "E3531",          "huawei-e3531"},
        {"huawei",                        "E1752",          "huawei-e1752"},
        {"ZTE INCORPORATED",              "MF190",          "zte-mf190"   },
        {"ZTE CORPORATION",               "MF190S",         "zte-mf190"   },
        {"SIMCOM_Ltd",                    "SIMCOM_SIM800L", "sim800"      },
        {"SIMCOM_Ltd",                    "SIMCOM_SIM900",  "sim900"      },
        {"Quectel",                       "EC25",           "quectel-ec25"},
        {"Quectel_Ltd",                   "Quectel_M95",    "quectel-m95" },
        {"WAVECOM MODEM",                 "MULTIBAND 900E", "wavecom"     },
        {"Sierra Wireless, Incorporated", "MC8790",         "sierra"      },
        {"Simulated",                     "SIM-M1",         ""            },
        {"",                              "",               ""            },
    };
    struct quirks *quirks = all();

    (void)state;
    for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
        struct quirk quirk;

        quirks_effective(
            quirks, "", makes[i].manufacturer, makes[i].model, &quirk);
        assert_string_equal(quirk.name, makes[i].name);
        if (*makes[i].name != '\0') {
            assert_true(*quirk.words != '\0' && *quirk.reset != '\0');
        }
    }
    quirks_unref(quirks);
}

static void what_the_configuration_names_goes_before_what_fits(void **state)
{
    struct quirks *quirks = all();
    struct quirk quirk;
    char unknown[64];

    (void)state;
    quirks_effective(quirks, "sim900,SMS_ME", "huawei", "E173", &quirk);
    assert_string_equal(quirk.name, "sim900");
    assert_string_equal(quirk.features, "SMS_ME");
    quirks_effective(quirks, "SMS_ME", "huawei", "E173", &quirk);
    assert_string_equal(quirk.name, "huawei-e173");
    assert_non_null(strstr(quirk.features, "SMS_ME"));
    assert_null(
        quirks_unknown(quirks, "sim900,SMS_ME", unknown, sizeof unknown));
    assert_string_equal(
        quirks_unknown(quirks, "sim900,sim90o", unknown, sizeof unknown),
        "sim90o");
    quirks_unref(quirks);
}

static void a_folder_that_is_not_there_is_an_empty_one(void **state)
{
    struct quirks *quirks = NULL;
    struct quirk quirk;

    (void)state;
    assert_int_equal(quirks_load("/nowhere/at/all", &quirks, NULL), KB_OK);
    quirks_effective(quirks, "", "huawei", "E173", &quirk);
    assert_string_equal(quirk.name, "");
    quirks_unref(quirks);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_its_meaning),
        cmocka_unit_test(a_fault_is_named_with_its_line),
        cmocka_unit_test(what_is_not_said_leaves_what_was),
        cmocka_unit_test(every_usual_make_is_known_by_what_it_says),
        cmocka_unit_test(what_the_configuration_names_goes_before_what_fits),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_empty_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
