// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: the API's description of itself passes a generic OpenAPI checker, and
 * what a whole gateway with modems answers is what it describes.
 */
#include "api/shape.h"
#include "tests/support/bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_generic_checker_takes_the_description(void **state)
{
    struct bed *bed = *state;
    const char *modules = getenv("KABARI_NODE");
    char file[160];
    char command[700];
    json_t *doc = bed_ask(bed, "GET", "/api/v1/openapi.json", NULL, NULL);
    char *text = json_dumps(doc, JSON_COMPACT);

    bed_write(bed, "openapi.json", text, file, sizeof file);
    assert_non_null(modules); /* make sets it */
    (void)snprintf(command, sizeof command,
        "node tests/support/check_openapi.mjs %s %s", file, modules);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): our own words
    free(text);
    json_decref(doc);
}

static void assert_shape(
    struct bed *bed, const char *method, const char *target, const char *body)
{
    struct why why = {0};
    char path[200];
    int status = 0;
    const struct api_route *route = NULL;
    json_t *answer = bed_ask(bed, method, target, body, &status);

    (void)snprintf(path, sizeof path, "%s", target);
    path[strcspn(path, "?")] = '\0';
    route = api_route_find(method, path);
    if (status >= 300 || route == NULL ||
        shape_check(api_answer_of(method, route->path), answer, &why) !=
            KB_OK) {
        fail_msg("%s %s: %d %s", method, target, status, why.text);
    }
    json_decref(answer);
}

static void a_gateway_with_modems_answers_as_described(void **state)
{
    static const struct {
        const char *method;
        const char *target;
        const char *body;
    } asks[] = {
        {"GET",    "/api/v1/status",           NULL                  },
        {"GET",    "/api/v1/modems",           NULL                  },
        {"GET",    "/api/v1/modems/m1",        NULL                  },
        {"GET",    "/api/v1/modems/m1/log",    NULL                  },
        {"POST",   "/api/v1/modems/m1/pause",  "{}"                  },
        {"POST",   "/api/v1/modems/m1/resume", "{}"                  },
        {"POST",   "/api/v1/modems/m1/ussd",   "{\"code\":\"*888#\"}"},
        {"DELETE", "/api/v1/modems/m1/ussd",   NULL                  },
        {"POST",   "/api/v1/modems/m1/reset",  "{}"                  },
        {"POST",   "/api/v1/pause",            "{}"                  },
        {"POST",   "/api/v1/resume",           "{}"                  },
        {"POST",   "/api/v1/messages",
         "{\"phone\":\"081200009001\",\"text\":\"Halo\"}"            },
        {"GET",    "/api/v1/messages",         NULL                  },
        {"GET",    "/api/v1/messages/1",       NULL                  },
        {"GET",    "/api/v1/messages/1/why",   NULL                  },
        {"GET",    "/api/v1/alarms?all=1",     NULL                  },
        {"GET",    "/api/v1/inbox",            NULL                  },
    };
    struct bed *bed = *state;

    BED_WAIT(15000, bed_is(bed, "/api/v1/modems/m1", "state", "ready"));
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        assert_shape(bed, asks[i].method, asks[i].target, asks[i].body);
    }
}

static int up(void **state)
{
    *state = bed_up(&(struct bed_options){.modems = 1});
    return 0;
}

static int down(void **state)
{
    bed_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_generic_checker_takes_the_description, up, down),
        cmocka_unit_test_setup_teardown(
            a_gateway_with_modems_answers_as_described, up, down),
    };
    return cmocka_run_group_tests_name("OpenAPI", tests, NULL, NULL);
}
