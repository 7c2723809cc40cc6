// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari backup, restore, migrate. */
#include "base/mem.h"
#include "cli/cli.h"
#include "store/backup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** As the daemon, which has a folder of its own, must be told. */
static char *whole_path(const char *file)
{
    char here[4096];

    return file[0] == '/' || getcwd(here, sizeof here) == NULL
               ? mem_strdup(file)
               : mem_printf("%s/%s", here, file);
}

int cli_do_backup(struct cli *cli)
{
    static const struct cli_command line = {
        .shape = CLI_LINE, .line = "{file}: {bytes} bytes, sound"};
    char *file = whole_path(cli->parsed.arg[0]);
    struct cli_ask ask = {.method = "POST",
        .path = "/api/v1/backup",
        .fields = json_pack("{ss}", "file", file)};
    json_t *answer = NULL;
    int code = cli_get_json(cli, &ask, &answer);

    if (code == CLI_DONE) {
        cli_print(cli, &line, answer);
    }
    json_decref(answer);
    json_decref(ask.fields);
    free(file);
    return code;
}

int cli_do_restore(struct cli *cli)
{
    struct why why = {0};
    char kept[1100] = "";
    enum kb_err err = cli_config(cli, &why);

    if (err == KB_OK &&
        !cli_confirm(cli, "Put the backup in the place of the database?")) {
        return cli_fail(CLI_FAILED, "nothing was done");
    }
    if (err == KB_OK) {
        err = store_restore(cli->config.database_path, cli->parsed.arg[0], kept,
            sizeof kept, &why);
    }
    if (err != KB_OK) {
        return err == KB_BUSY ? cli_fail(CLI_REFUSED, "%s", why.text)
                              : cli_fail_why(err, &why);
    }
    if (cli->parsed.json) {
        json_t *json = json_pack(
            "{ss ss}", "database", cli->config.database_path, "kept", kept);

        cli_print_json(json);
        json_decref(json);
    } else {
        (void)printf("%s is the backup now%s%s\n", cli->config.database_path,
            kept[0] == '\0' ? "" : "; the old one is ", kept);
    }
    return CLI_DONE;
}

/** Whoever opens the store has brought it up to date. */
int cli_do_migrate(struct cli *cli)
{
    struct cli_ask ask = {.method = "GET", .path = "/api/v1/status"};
    json_t *status = NULL;
    int code = cli_get_json(cli, &ask, &status);

    json_decref(status);
    if (code != CLI_DONE) {
        return code;
    }
    if (cli->parsed.json) {
        json_t *json = json_pack("{si}", "schema", store_schema());

        cli_print_json(json);
        json_decref(json);
    } else {
        (void)printf("the database has schema %d\n", store_schema());
    }
    return CLI_DONE;
}
