// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari check, template check, template render, sample. */
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "link/quirk.h"
#include "registry/sample.h"

#include <stdlib.h>
#include <string.h>

/* --- check: needs neither a daemon nor the store --- */

struct check {
    const struct cli *cli;
    json_t *faults;
    json_t *warnings;
    int templates;
};

static void on_fault(void *arg, const struct why *why)
{
    struct check *check = arg;
    char line[1024] = "";

    why_format(why, line, sizeof line);
    if (!check->cli->parsed.json) {
        (void)fprintf(stderr, "%s\n", line);
    }
    (void)json_array_append_new(
        check->faults, json_pack("{ss si ss}", "file", why->file, "line",
                           why->line, "message", why->text));
}

static void on_finding(void *arg, const struct text_finding *finding)
{
    struct check *check = arg;
    const char *line = finding->warnings;

    check->templates++;
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        char *warning = mem_printf(
            "%s/%s.txt: %.*s", finding->lang, finding->name, (int)length, line);

        (void)json_array_append_new(check->warnings, json_string(warning));
        free(warning);
        line += length;
        line += strspn(line, "\n");
    }
}

static void check_templates(struct check *check, const struct config *config)
{
    struct texts *texts = NULL;
    struct why why = {0};
    struct texts_source from = {.dir = config->templates_path,
        .lang = config->site_language,
        .site = config->site_name};

    if (texts_check_signed(&from, on_fault, check) == 0 &&
        texts_load_signed(&from, &texts, &why) == KB_OK) {
        texts_each(texts, on_finding, check);
    }
    (void)script_check(config->templates_path, texts, on_fault, check);
    texts_free(texts);
}

/* A broken file, and a name that is neither a file nor a feature. */
static void check_quirks(struct check *check, const struct config *config)
{
    struct quirks *quirks = NULL;
    struct why why = {0};
    char name[64];

    if (quirks_load(config->quirks_path, &quirks, &why) != KB_OK) {
        on_fault(check, &why);
        return;
    }
    for (size_t i = 0; i < config->modem_count; i++) {
        const struct config_modem *modem = &config->modems[i];

        if (quirks_unknown(quirks, modem->quirks, name, sizeof name) != NULL) {
            char *warning = mem_printf("modem %s: there is no %s.quirk in %s",
                modem->name, name, config->quirks_path);

            (void)json_array_append_new(check->warnings, json_string(warning));
            free(warning);
        }
    }
    quirks_unref(quirks);
}

static void print_check(const struct check *check, const struct config *config)
{
    size_t faults = json_array_size(check->faults);
    size_t i = 0;
    json_t *warning = NULL;

    if (check->cli->parsed.json) {
        json_t *json = json_pack("{sb sO sO si}", "ok", faults == 0 ? 1 : 0,
            "faults", check->faults, "warnings", check->warnings, "templates",
            check->templates);

        cli_print_json(json);
        json_decref(json);
        return;
    }
    json_array_foreach(check->warnings, i, warning)
    {
        (void)printf("warning: %s\n", json_string_value(warning));
    }
    if (faults == 0) {
        (void)printf("ok: %zu modems, %d templates, %zu warnings\n",
            config->modem_count, check->templates,
            json_array_size(check->warnings));
    } else {
        (void)cli_fail(CLI_REFUSED, "%zu %s; mend and check again", faults,
            faults == 1 ? "fault" : "faults");
    }
}

int cli_do_check(struct cli *cli)
{
    struct check check = {
        .cli = cli, .faults = json_array(), .warnings = json_array()};
    const char *file = config_file(cli->parsed.config_file);
    struct why why = {0};
    int code = CLI_DONE;

    if (config_check(file, on_fault, &check) == 0 &&
        cli_config(cli, &why) == KB_OK) {
        check_templates(&check, &cli->config);
        check_quirks(&check, &cli->config);
    }
    print_check(&check, &cli->config);
    code = json_array_size(check.faults) == 0 ? CLI_DONE : CLI_REFUSED;
    json_decref(check.faults);
    json_decref(check.warnings);
    return code;
}

/* --- templates --- */

int cli_do_template_check(struct cli *cli)
{
    struct cli_ask ask = {.method = "GET", .path = "/api/v1/templates/check"};
    json_t *answer = NULL;
    json_t *fault = NULL;
    struct buf out = {0};
    size_t i = 0;
    int code = cli_get_json(cli, &ask, &answer);

    if (code != CLI_DONE) {
        return code;
    }
    code = json_is_true(json_object_get(answer, "ok")) ? CLI_DONE : CLI_REFUSED;
    if (cli->parsed.json) {
        cli_print_json(answer);
        json_decref(answer);
        return code;
    }
    json_array_foreach(json_object_get(answer, "faults"), i, fault)
    {
        cli_line(&out, "{file}:{line}: {message}\n", fault);
    }
    (void)fputs(buf_text(&out), stderr);
    buf_clear(&out);
    if (code == CLI_DONE) {
        cli_table(&out, cli_columns_of("findings"),
            json_object_get(answer, "findings"), cli_terminal());
        (void)fputs(buf_text(&out), stdout);
    }
    buf_clear(&out);
    json_decref(answer);
    return code;
}

int cli_do_render(struct cli *cli)
{
    char *path = cli_path(cli, "/api/v1/templates/{}/render");
    struct cli_ask ask = {.method = "POST", .path = path};
    struct buf size = {0};
    json_t *answer = NULL;
    int code = CLI_FAILED;

    ask.fields = cli_fields(cli);
    code = cli_get_json(cli, &ask, &answer);
    if (code == CLI_DONE && cli->parsed.json) {
        cli_print_json(answer);
    } else if (code == CLI_DONE) {
        (void)printf(
            "%s\n", json_string_value(json_object_get(answer, "text")));
        cli_line(&size, "{coding}, {units} units, {parts} parts\n", answer);
        (void)fputs(buf_text(&size), stderr);
    }
    buf_clear(&size);
    json_decref(answer);
    json_decref(ask.fields);
    free(path);
    return code;
}

/* --- sample --- */

static enum kb_err read_number(
    const struct cli *cli, const char *name, int64_t most, int64_t *out)
{
    const char *text = cli_option(&cli->parsed, name);

    return text == NULL ? KB_OK : str_int(text, 1, most, out);
}

int cli_do_sample(struct cli *cli)
{
    const char *folder = cli_option(&cli->parsed, "out");
    int64_t residents = SAMPLE_RESIDENTS;
    int64_t seed = SAMPLE_SEED;
    struct why why = {0};
    enum kb_err err = KB_OK;

    if (read_number(cli, "residents", SAMPLE_RESIDENTS_MOST, &residents) !=
            KB_OK ||
        read_number(cli, "seed", INT64_MAX, &seed) != KB_OK) {
        return cli_fail(CLI_REFUSED,
            "--residents is 1 to %d, --seed a whole number from 1",
            SAMPLE_RESIDENTS_MOST);
    }
    err = registry_sample_write(folder, residents, (uint64_t)seed, &why);
    if (err != KB_OK) {
        return cli_fail_why(err, &why);
    }
    if (cli->parsed.json) {
        json_t *json = json_pack("{ss sI sI}", "folder", folder, "residents",
            (json_int_t)residents, "seed", (json_int_t)seed);

        cli_print_json(json);
        json_decref(json);
    } else {
        (void)printf("%s/offices.csv\n%s/residents.csv\n", folder, folder);
    }
    return CLI_DONE;
}
