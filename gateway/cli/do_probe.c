// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari modem probe: a device tried step by step by kabari-modem, in words. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "link/link.h"
#include "link/quirk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef KABARI_PREFIX
#define KABARI_PREFIX "/usr/local"
#endif

/* No step takes longer, libGammu's start on a slow serial line included. */
#define STEP_MS   60000
#define BY_ID     "/dev/serial/by-id"
#define LINE_MOST 1024

struct probe {
    struct cli *cli;
    json_t *steps;
    char trying[32];
    char manufacturer[64];
    char model[64];
    char operator_name[64];
    bool wants_pin;
};

/* --- what the worker says ------------------------------------------------------ */

static void keep(struct probe *probe, const char *name, const char *value)
{
    const struct {
        const char *name;
        char *out;
        size_t bytes;
    } kept[] = {
        {"manufacturer", probe->manufacturer,  sizeof probe->manufacturer },
        {"model",        probe->model,         sizeof probe->model        },
        {"operator",     probe->operator_name, sizeof probe->operator_name},
    };

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (strcmp(kept[i].name, name) == 0) {
            (void)snprintf(kept[i].out, kept[i].bytes, "%s", value);
        }
    }
    probe->wants_pin = probe->wants_pin ||
                       (strcmp(name, "sim") == 0 && strcmp(value, "pin") == 0);
}

static void add_step(struct probe *probe, const char *name, const char *result,
    const char *value, const char *words)
{
    (void)json_array_append_new(
        probe->steps, json_pack("{ss ss ss ss}", "step", name, "result", result,
                          "value", value, "words", words));
    if (!probe->cli->parsed.json) {
        (void)printf("%-5s %-13s %s\n", result, name, words);
        (void)fflush(stdout);
    }
}

/* NAME <tab> RESULT <tab> VALUE <tab> WORDS; see modems/worker/probe.h. */
static void take_line(struct probe *probe, char *line)
{
    char *part[4] = {line, NULL, NULL, NULL};

    for (int i = 1; i < 4 && part[i - 1] != NULL; i++) {
        part[i] = strchr(part[i - 1], '\t');
        if (part[i] != NULL) {
            *part[i]++ = '\0';
        }
    }
    if (part[1] == NULL || !str_utf8_valid(line, strlen(line))) {
        return;
    }
    if (part[3] == NULL) {
        (void)snprintf(probe->trying, sizeof probe->trying, "%s", part[0]);
        return;
    }
    probe->trying[0] = '\0';
    keep(probe, part[0], part[2]);
    add_step(probe, part[0], part[1], part[2], part[3]);
}

static void take_bytes(struct probe *probe, struct buf *in)
{
    char *end = NULL;

    while (in->used > 0 && (end = memchr(in->data, '\n', in->used)) != NULL) {
        size_t bytes = (size_t)(end - in->data) + 1;

        *end = '\0';
        take_line(probe, in->data);
        in->used -= bytes;
        memmove(in->data, in->data + bytes, in->used);
    }
}

/* --- the worker -------------------------------------------------------------------- */

static int start(char *const *argv, pid_t *pid, int *out)
{
    posix_spawn_file_actions_t actions;
    int ends[2] = {-1, -1};
    int err = pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;

    if (err != 0) {
        return err;
    }
    err = posix_spawn_file_actions_init(&actions);
    if (err == 0) {
        err |= posix_spawn_file_actions_addopen(
            &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        err |=
            posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        err = err != 0
                  ? err
                  : posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    if (err != 0) {
        (void)close(ends[0]);
        return err;
    }
    *out = ends[0];
    return 0;
}

/* @return false where a step hung. */
static bool hear(struct probe *probe, int fd)
{
    struct buf in = {0};
    char bytes[LINE_MOST];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t got = 1;

    while (got > 0 && poll(&ready, 1, STEP_MS) > 0) {
        got = read(fd, bytes, sizeof bytes);
        if (got > 0) {
            buf_add(&in, bytes, (size_t)got);
            take_bytes(probe, &in);
        }
    }
    buf_clear(&in);
    return got <= 0;
}

/* @return the worker's exit status; -1: it hung, crashed, was never there. */
static int run(struct probe *probe, const char *device, const char *connection)
{
    char worker[PATH_MAX];
    char *argv[] = {worker, (char[]){"--probe"}, mem_strdup(device),
        mem_strdup(connection), NULL};
    pid_t pid = 0;
    int out = -1;
    int status = -1;
    int err = 0;

    link_find_worker(KABARI_PREFIX "/libexec/kabari", worker, sizeof worker);
    err = start(argv, &pid, &out);
    free(argv[2]);
    free(argv[3]);
    if (err != 0) {
        return cli_fail(-1, "%s cannot be started: %s", worker, strerror(err));
    }
    if (!hear(probe, out)) {
        add_step(probe, probe->trying[0] == '\0' ? "worker" : probe->trying,
            "no", "", "hangs; unplug it and try again");
    }
    (void)close(out);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- the proposal ----------------------------------------------------------------- */

/* The name below /dev/serial/by-id that leads to the same device. */
static void stable_name(const char *device, char *out, size_t out_bytes)
{
    struct stat wanted;
    DIR *folder = opendir(BY_ID);
    struct dirent *entry = NULL;

    (void)snprintf(out, out_bytes, "%s", device);
    if (stat(device, &wanted) != 0 || str_starts(device, "/dev/serial/")) {
        if (folder != NULL) {
            (void)closedir(folder);
        }
        return;
    }
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[sizeof BY_ID + NAME_MAX + 2];
        struct stat found;

        (void)snprintf(path, sizeof path, BY_ID "/%s", entry->d_name);
        if (stat(path, &found) == 0 && S_ISCHR(found.st_mode) &&
            found.st_rdev == wanted.st_rdev) {
            (void)snprintf(out, out_bytes, "%s", path);
            break;
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

/* "TELKOMSEL" and "Telkomsel 4G" are operators' telkomsel. */
static const char *operator_of(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->operator_count; i++) {
        const char *known = config->operators[i].name;

        if (*name != '\0' && strncasecmp(known, name, strlen(known)) == 0) {
            return known;
        }
    }
    return "";
}

static void free_name(const struct config *config, char *out, size_t out_bytes)
{
    int number = 1;

    do {
        (void)snprintf(out, out_bytes, "m%d", number++);
    } while (config_modem_find(config, out) != NULL);
}

static void make_of(
    const struct config *config, const struct probe *probe, struct quirk *quirk)
{
    const char *folder = config->quirks_path == NULL ? KABARI_PREFIX
                             "/share/kabari/quirks"
                                                     : config->quirks_path;
    struct quirks *quirks = NULL;

    quirk_clear(quirk);
    if (quirks_load(folder, &quirks, NULL) == KB_OK) {
        quirks_effective(quirks, "", probe->manufacturer, probe->model, quirk);
        quirks_unref(quirks);
    }
}

static void propose(struct probe *probe, const char *device,
    const char *connection, struct buf *out, struct quirk *quirk)
{
    const struct config *config = &probe->cli->config;
    char path[PATH_MAX];
    char name[32];

    stable_name(device, path, sizeof path);
    free_name(config, name, sizeof name);
    make_of(config, probe, quirk);
    buf_printf(out,
        "{ name = \"%s\"; device = \"%s\";\n  connection = \"%s\"; "
        "operator = \"%s\"; pin = \"%s\"; }",
        name, path, connection, operator_of(config, probe->operator_name),
        probe->wants_pin ? "write it here" : "");
}

static void show(struct probe *probe, bool good, const char *block,
    const struct quirk *quirk)
{
    if (probe->cli->parsed.json) {
        json_t *json = json_pack("{sb sO ss ss}", "ok", good ? 1 : 0, "steps",
            probe->steps, "quirks", quirk->name, "config", good ? block : "");

        cli_print_json(json);
        json_decref(json);
        return;
    }
    if (!good) {
        return;
    }
    if (*quirk->name != '\0') {
        (void)printf("\nA known make: %s (%s); its quirks count by "
                     "themselves.\n",
            quirk->words, quirk->name);
    }
    (void)printf("\nPut this into modems = ( … ) of the configuration, then "
                 "kabari check and systemctl reload kabarid:\n\n%s\n",
        block);
}

int cli_do_modem_probe(struct cli *cli)
{
    const char *device = cli->parsed.arg[0];
    const char *connection = cli_option(&cli->parsed, "connection");
    struct probe probe = {.cli = cli, .steps = json_array()};
    struct quirk quirk;
    struct buf block = {0};
    struct why why = {0};
    int status = 0;

    connection = connection == NULL ? "dku2at" : connection;
    quirk_clear(&quirk);
    /* Without a configuration it works, too: there may be none yet. */
    if (cli_config(cli, &why) != KB_OK) {
        cli->config = (struct config){0};
    }
    status = run(&probe, device, connection);
    if (status == 0) {
        propose(&probe, device, connection, &block, &quirk);
    }
    show(&probe, status == 0, buf_text(&block), &quirk);
    buf_clear(&block);
    json_decref(probe.steps);
    if (status != 0 && !cli->parsed.json) {
        return cli_fail(CLI_FAILED,
            "%s cannot be used as it is; see the last line", device);
    }
    return status == 0 ? CLI_DONE : CLI_FAILED;
}
