// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "modems/sim/control.h"
#include "modems/sim/ledger.h"
#include "modems/sim/options.h"
#include "modems/sim/port.h"

#include <event2/event.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* kabari-sim: everything is opened here, the loop runs, all is closed. */

struct program {
    const struct sim_command_line *line;
    struct event_base *loop;
    struct event *term;
    struct event *interrupt;
    struct sim_ledger *ledger;
    struct sim *sim;
    struct sim_ports *ports;
    struct sim_control *control;
    FILE *trace;
};

static void complain(const char *what, const char *detail)
{
    (void)fprintf(stderr, "kabari-sim: %s%s\n", what, detail);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(arg);
}

/* Two descriptors a modem, and a few more. */
static void raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

static struct event_base *new_loop(void)
{
    struct event_config *config = event_config_new();
    struct event_base *loop = NULL;

    if (config != NULL) {
        /* Latencies of a few milliseconds must not be rounded up. */
        (void)event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
        loop = event_base_new_with_config(config);
        event_config_free(config);
    }
    return loop;
}

static struct event *catch_signal(struct event_base *loop, int number)
{
    struct event *event = evsignal_new(loop, number, on_signal, loop);

    (void)event_add(event, NULL);
    return event;
}

static const char *path_or(const struct sim_command_line *line,
    const char *path, const char *name, char *out)
{
    if (path != NULL) {
        return path;
    }
    (void)snprintf(out, 512, "%s/%s", line->dir, name);
    return out;
}

static enum kb_err switch_faults(struct program *program)
{
    const struct sim_command_line *line = program->line;
    struct why why = {0};

    for (size_t i = 0; i < line->faults; i++) {
        if (sim_request_fault(program->sim, line->fault[i], &why) != KB_OK) {
            complain("--fault: ", why.text);
            return KB_INVALID;
        }
    }
    return KB_OK;
}

static enum kb_err open_files(struct program *program)
{
    const struct sim_command_line *line = program->line;
    char path[512] = {0};

    if (mkdir(line->dir, 0700) != 0 && errno != EEXIST) {
        complain("cannot make the folder: ", strerror(errno));
        return KB_IO;
    }
    if (sim_ledger_open(path_or(line, line->ledger, "ledger.jsonl", path),
            &program->ledger) != KB_OK) {
        complain("cannot open the ledger: ", strerror(errno));
        return KB_IO;
    }
    if (line->trace != NULL) {
        program->trace = fopen(line->trace, "ae");
        if (program->trace == NULL) {
            complain("cannot open the trace: ", strerror(errno));
            return KB_IO;
        }
    }
    return KB_OK;
}

static enum kb_err open_all(struct program *program)
{
    const struct sim_command_line *line = program->line;
    char path[512] = {0};
    enum kb_err err = open_files(program);

    if (err != KB_OK) {
        return err;
    }
    program->loop = new_loop();
    if (program->loop == NULL) {
        complain("no event loop", "");
        return KB_IO;
    }
    program->term = catch_signal(program->loop, SIGTERM);
    program->interrupt = catch_signal(program->loop, SIGINT);
    program->sim = sim_new(&line->sim, program->ledger, clock_mono_us());
    err = switch_faults(program);
    if (err == KB_OK) {
        err = sim_ports_open(program->sim, program->loop, line->dir,
            program->trace, &program->ports);
    }
    if (err == KB_OK) {
        err = sim_control_open(program->sim, program->ports, program->loop,
            path_or(line, line->control, "control.sock", path),
            &program->control);
    }
    return err;
}

static void free_event(struct event *event)
{
    if (event != NULL) {
        event_free(event);
    }
}

static void close_all(struct program *program)
{
    sim_control_close(program->control);
    sim_ports_close(program->ports);
    sim_free(program->sim);
    free_event(program->term);
    free_event(program->interrupt);
    if (program->loop != NULL) {
        event_base_free(program->loop);
    }
    if (program->trace != NULL) {
        (void)fclose(program->trace);
    }
    sim_ledger_close(program->ledger);
}

static int run(const struct sim_command_line *line)
{
    struct program program = {.line = line};
    enum kb_err err = KB_OK;

    raise_limits();
    err = open_all(&program);
    if (err == KB_OK) {
        (void)puts("ready");
        (void)fflush(stdout);
        (void)event_base_dispatch(program.loop);
    }
    close_all(&program);
    return err == KB_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int send_request(const struct sim_command_line *line)
{
    char path[512] = {0};

    return sim_control_send(
        path_or(line, line->control, "control.sock", path), line->request);
}

static int show_help(void)
{
    struct buf text = {0};

    sim_options_help(&text);
    (void)fputs(buf_text(&text), stdout);
    buf_clear(&text);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct sim_command_line line;
    struct why why = {0};

    if (sim_options_read(argc, argv, &line, &why) != KB_OK) {
        complain(why.text, "");
        return 2;
    }
    if (line.help) {
        return show_help();
    }
    return line.request != NULL ? send_request(&line) : run(&line);
}
