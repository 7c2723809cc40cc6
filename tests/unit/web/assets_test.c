// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct web_asset *found(const char *path)
{
    bool stable = false;
    const struct web_asset *asset = web_asset_find(path, &stable);
    assert_non_null(asset);
    return asset;
}

static bool holds(const struct web_asset *asset, const char *text)
{
    return memmem(asset->bytes, asset->size, text, strlen(text)) != NULL;
}

static void the_root_is_the_page(void **state)
{
    (void)state;
    assert_string_equal(found("/")->path, "index.html");
    assert_string_equal(found("/console/")->path, "index.html");
    assert_string_equal(
        found("/console/app.js")->type, "text/javascript; charset=utf-8");
}

static void the_page_names_its_files_by_version(void **state)
{
    char path[128] = "";
    bool stable = false;
    (void)state;
    (void)snprintf(
        path, sizeof(path), "/console/%s/app.js", web_assets_version);
    assert_true(holds(found("/"), path));
    assert_false(holds(found("/"), "@VERSION@"));
    assert_non_null(web_asset_find(path, &stable));
    assert_true(stable);
    assert_non_null(web_asset_find("/console/app.js", &stable));
    assert_false(stable);
}

static void what_is_not_there_is_not_found(void **state)
{
    static const char *const paths[] = {"", "/console", "/console/nothing.js",
        "/console/0000000000000000/app.js", "/console/../app.js",
        "/console//app.js", "/app.js", "/api/v1/status"};
    bool stable = false;
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_null(web_asset_find(paths[i], &stable));
    }
}

/* RFC 1952 §2.3: magic, deflate; the last four bytes are the size. */
static void each_file_is_packed_whole(void **state)
{
    (void)state;
    assert_true(web_asset_count > 10);
    for (size_t i = 0; i < web_asset_count; i++) {
        const struct web_asset *asset = &web_assets[i];
        const unsigned char *end = asset->gzip + asset->gzip_size - 4;
        uint32_t size = (uint32_t)end[0] | (uint32_t)end[1] << 8 |
                        (uint32_t)end[2] << 16 | (uint32_t)end[3] << 24;
        assert_memory_equal(asset->gzip, "\x1f\x8b\x08", 3);
        assert_int_equal(size, asset->size);
        assert_int_equal(strlen(asset->etag), 18);
    }
}

/* What the first screen loads must stay small on a slow line. */
#define FIRST_MOST_BYTES ((size_t)100 * 1024)

static void the_first_screen_is_small(void **state)
{
    static const char *const first[] = {"index.html", "theme.js", "console.css",
        "vendor/bootstrap.css", "app.js", "lib/dom.js", "lib/api.js",
        "lib/i18n.js", "lib/ui.js", "lib/live.js", "lang/id.js",
        "screens/login.js", "screens/today.js", "icon.svg"};
    size_t bytes = 0;
    char path[64] = "";
    (void)state;
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        (void)snprintf(path, sizeof(path), "/console/%s", first[i]);
        bytes += found(path)->gzip_size;
    }
    print_message("the first screen: %zu bytes\n", bytes);
    assert_true(bytes < FIRST_MOST_BYTES);
}

static void others_work_is_named(void **state)
{
    const struct web_asset *notices = found("/console/notices.txt");
    (void)state;
    assert_true(holds(notices, "Bootstrap"));
    assert_true(holds(notices, "Chart.js"));
    assert_true(holds(notices, "GNU General Public License"));
}

static void gzip_is_sent_to_who_takes_it(void **state)
{
    (void)state;
    assert_true(web_takes_gzip("gzip"));
    assert_true(web_takes_gzip("br, GZip;q=0.5"));
    assert_true(web_takes_gzip("deflate, *"));
    assert_true(web_takes_gzip("gzip ; q=0.001"));
    assert_false(web_takes_gzip(NULL));
    assert_false(web_takes_gzip(""));
    assert_false(web_takes_gzip("identity"));
    assert_false(web_takes_gzip("gzip;q=0"));
    assert_false(web_takes_gzip("gzip; q=0.000, *"));
    assert_false(web_takes_gzip("*;q=0"));
    assert_false(web_takes_gzip("xgzip"));
}

static void a_known_tag_matches(void **state)
{
    (void)state;
    assert_true(web_etag_matches("\"a\"", "\"a\""));
    assert_true(web_etag_matches("\"b\", W/\"a\"", "\"a\""));
    assert_true(web_etag_matches("*", "\"a\""));
    assert_false(web_etag_matches(NULL, "\"a\""));
    assert_false(web_etag_matches("\"ab\"", "\"a\""));
    assert_false(web_etag_matches("a", "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_is_the_page),
        cmocka_unit_test(the_page_names_its_files_by_version),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(each_file_is_packed_whole),
        cmocka_unit_test(the_first_screen_is_small),
        cmocka_unit_test(others_work_is_named),
        cmocka_unit_test(gzip_is_sent_to_who_takes_it),
        cmocka_unit_test(a_known_tag_matches),
    };
    return cmocka_run_group_tests_name("web: assets", tests, NULL, NULL);
}
