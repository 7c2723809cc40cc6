// SPDX-License-Identifier: GPL-2.0-or-later
/* /metrics, and that what the dashboard and the alerts name is there. */
#include "api_fixture.h"

#include <ctype.h>

static char *metrics(struct fixture *fixture)
{
    struct heard heard = {0};
    hand_over(fixture, "GET", "/metrics", NULL, &heard);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.type, "text/plain; version=0.0.4"));
    char *text = strdup(heard.text);
    heard_clear(&heard);
    return text;
}

static bool has(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    while (at && at != text && at[-1] != '\n') {
        at = strstr(at + 1, line);
    }
    return at != NULL;
}

static void counts_are_shown_by_state(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"Halo\"}", 201);
    tell(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"server\"}", 200);
    char *text = metrics(fixture);
    assert_true(has(text, "kabari_messages{state=\"queued\"} 1\n"));
    assert_true(has(text, "kabari_offices{state=\"down\"} 1\n"));
    assert_true(has(text, "kabari_offices{state=\"up\"} 1\n"));
    assert_true(has(text, "kabari_disk_has_room 1\n"));
    assert_true(has(text, "kabari_api_requests_total{status=\"2xx\"} "));
    assert_null(strstr(text, "9001"));
    free(text);
}

static void every_line_is_of_the_text_format(void **state)
{
    char *text = metrics(*state);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *space = strrchr(line, ' ');
        assert_non_null(space);
        if (line[0] == '#') {
            assert_true(
                str_starts(line, "# HELP ") || str_starts(line, "# TYPE "));
        } else {
            assert_true(isdigit((unsigned char)space[1]) || space[1] == '-');
            assert_true(islower((unsigned char)line[0]));
        }
    }
    free(text);
}

static void only_this_machine_may_ask_without_proof(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    struct api_request request = {
        .method = "GET",
        .path = "/metrics",
        .actor = &(struct access_actor){
                                        .kind = ACCESS_NOBODY, .address = "192.0.2.7"}
    };
    api_handle(fixture->api, &request, on_heard, &heard);
    assert_int_equal(heard.status, 401);
    heard_clear(&heard);
}

static char *read_whole(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/** Every kabari_… and process_… that a file names is a metric. */
static void assert_named(const char *file, const char *known)
{
    char *text = read_whole(file);
    int found = 0;
    for (const char *at = text; *at; at++) {
        bool starts = at == text || !(isalnum((unsigned char)at[-1]) ||
                                        at[-1] == '_' || at[-1] == '-');
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
        if (starts && length > 8 &&
            (str_starts(at, "kabari_") || str_starts(at, "process_"))) {
            char type[120];
            (void)snprintf(type, sizeof(type), "# TYPE %.*s ", (int)length, at);
            if (!strstr(known, type)) {
                fail_msg(
                    "%s names %.*s, which is no metric", file, (int)length, at);
            }
            found++;
        }
    }
    assert_true(found > 5);
    free(text);
}

static void what_dashboard_and_alerts_name_exists(void **state)
{
    char *known = metrics(*state);
    assert_named("gateway/share/monitoring/kabari-dashboard.json", known);
    assert_named("gateway/share/monitoring/kabari-alerts.yml", known);
    free(known);
}

static void the_dashboard_is_json(void **state)
{
    (void)state;
    json_t *json = json_load_file(
        "gateway/share/monitoring/kabari-dashboard.json", 0, NULL);
    assert_true(json_array_size(json_object_get(json, "panels")) > 5);
    json_decref(json);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(counts_are_shown_by_state),
        TEST(every_line_is_of_the_text_format),
        TEST(only_this_machine_may_ask_without_proof),
        TEST(what_dashboard_and_alerts_name_exists),
        cmocka_unit_test(the_dashboard_is_json),
    };
    return cmocka_run_group_tests_name("api: metrics", tests, NULL, NULL);
}
