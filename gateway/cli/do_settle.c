// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari message settle: what became of messages that nobody knows of. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int settle(struct cli *cli, const char *path, const char *as)
{
    struct cli_ask ask = {
        .method = "POST", .path = path, .fields = json_pack("{ss}", "as", as)};
    json_t *answer = NULL;
    int code = cli_get_json(cli, &ask, &answer);

    if (code == CLI_DONE && cli->parsed.json) {
        cli_print_json(answer);
    } else if (code == CLI_DONE && json_object_get(answer, "settled") != NULL) {
        (void)printf("%lld messages: %s\n",
            (long long)json_integer_value(json_object_get(answer, "settled")),
            as);
    } else if (code == CLI_DONE) {
        (void)printf("message %s: %s\n", cli->parsed.arg[0], as);
    }
    json_decref(answer);
    json_decref(ask.fields);
    return code;
}

int cli_do_settle(struct cli *cli)
{
    const struct cli_parsed *parsed = &cli->parsed;
    bool all = cli_option(parsed, "all") != NULL;
    char *path = NULL;
    int code = CLI_USAGE;

    if (parsed->arg_count != (all ? 1U : 2U)) {
        return cli_fail(CLI_USAGE,
            "write: kabari message settle ID sent|failed|queued, or: kabari "
            "message settle --all sent|failed|queued");
    }
    if (!all) {
        path = cli_path(cli, "/api/v1/messages/{}/settle");
        code = settle(cli, path, parsed->arg[1]);
        free(path);
        return code;
    }
    if (!cli_confirm(cli,
            "All unknown messages? Those that are queued are sent again, "
            "perhaps a second time.")) {
        return cli_fail(CLI_FAILED, "nothing was done");
    }
    return settle(cli, "/api/v1/messages/unknown/settle", parsed->arg[0]);
}
