// SPDX-License-Identifier: GPL-2.0-or-later
/* /metrics as Prometheus reads it (text format 0.0.4): base units, counters end
 * in _total, no phone and no NIK in a label. */
#include "api/handlers.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void head(
    struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(
    struct buf *out, const char *name, const char *help, int64_t value)
{
    head(out, name, "gauge", help);
    buf_printf(out, "%s %" PRId64 "\n", name, value);
}

/** A label's value (text format: \, " and line ends are escaped). */
static void add_label(struct buf *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\\' || *value == '"') {
            buf_add_text(out, "\\");
        }
        buf_add(out, *value == '\n' ? " " : value, 1);
    }
}

static void sample(struct buf *out, const char *name, const char *label,
    const char *value, int64_t number)
{
    buf_printf(out, "%s{%s=\"", name, label);
    add_label(out, value);
    buf_printf(out, "\"} %" PRId64 "\n", number);
}

/* --- messages ----------------------------------------------------------------- */

static enum kb_err add_messages(struct app *app, struct buf *out)
{
    struct outbox_counts counts = {0};
    enum kb_err err = outbox_counts(app->outbox, 0, &counts);
    if (err != KB_OK) {
        return err;
    }
    head(out, "kabari_messages", "gauge", "messages by present state");
    for (int state = 0; state < MSG_STATE_COUNT; state++) {
        if (state != MSG_CLAIMED) {
            sample(out, "kabari_messages", "state",
                msg_state_name((enum msg_state)state), counts.n[state]);
        }
    }
    return KB_OK;
}

static enum kb_err add_inbox(struct app *app, struct buf *out)
{
    int64_t open = 0;
    int64_t overdue = 0;
    enum kb_err err = inbox_count_open(app->inbound, &open);
    if (err == KB_OK) {
        err = inbox_count_overdue(app->inbound, &overdue);
    }
    gauge(out, "kabari_inbox_open", "texts that wait for a person", open);
    gauge(out, "kabari_inbox_overdue", "of those, longer than inbox.alarm_h",
        overdue);
    return err;
}

/* --- modems -------------------------------------------------------------------- */

static bool works(const char *state)
{
    return strcmp(state, "ready") == 0 || strcmp(state, "sending") == 0 ||
           strcmp(state, "limited") == 0;
}

static int64_t up_of(const struct dispatch_modem *modem)
{
    return works(modem->state) ? 1 : 0;
}

static int64_t queued_of(const struct dispatch_modem *modem)
{
    return modem->queued;
}

static int64_t sent_of(const struct dispatch_modem *modem)
{
    return modem->sent_total;
}

static int64_t failed_of(const struct dispatch_modem *modem)
{
    return modem->failed_total;
}

static int64_t unknown_of(const struct dispatch_modem *modem)
{
    return modem->unknown_total;
}

static int64_t inbound_of(const struct dispatch_modem *modem)
{
    return modem->inbound_total;
}

static int64_t credit_of(const struct dispatch_modem *modem)
{
    return modem->credit_known ? modem->credit : -1;
}

static const struct {
    const char *name;
    const char *type;
    const char *help;
    int64_t (*value)(const struct dispatch_modem *modem); /* -1: not known */
} modem_metrics[] = {
    {"kabari_modem_up",            "gauge",   "1 while it can send",            up_of     },
    {"kabari_modem_queued",        "gauge",   "messages claimed for it",        queued_of },
    {"kabari_modem_credit_rupiah", "gauge",   "credit of the SIM, where known",
     credit_of                                                                            },
    {"kabari_sms_sent_total",      "counter",
     "parts that the network took, since the start",                            sent_of   },
    {"kabari_sms_failed_total",    "counter",
     "parts that failed for good, since the start",                             failed_of },
    {"kabari_sms_unknown_total",   "counter",
     "parts of which it is not known whether they went",                        unknown_of},
    {"kabari_sms_received_total",  "counter", "SMS received, since the start",
     inbound_of                                                                           },
};

static void add_signal(
    const struct dispatch_modem *modems, size_t count, struct buf *out)
{
    head(out, "kabari_modem_signal_ratio", "gauge",
        "signal, 0 to 1, where known");
    for (size_t i = 0; i < count; i++) {
        if (modems[i].signal_percent >= 0) {
            buf_printf(out, "kabari_modem_signal_ratio{modem=\"%s\"} %.2f\n",
                modems[i].name, modems[i].signal_percent / 100.0);
        }
    }
}

static void add_modem_metric(const struct dispatch_modem *modems, size_t count,
    size_t metric, struct buf *out)
{
    const char *name = modem_metrics[metric].name;
    head(out, name, modem_metrics[metric].type, modem_metrics[metric].help);
    for (size_t i = 0; i < count; i++) {
        int64_t value = modem_metrics[metric].value(&modems[i]);
        if (value >= 0) {
            sample(out, name, "modem", modems[i].name, value);
        }
    }
}

static void add_modems(const struct app *app, struct buf *out)
{
    size_t count = app->dispatch ? dispatch_modem_count(app->dispatch) : 0;
    struct dispatch_modem *modems = mem_array(count + 1, sizeof(*modems));
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        known += dispatch_modem_at(app->dispatch, i, &modems[known]) == KB_OK;
    }
    for (size_t m = 0; m < sizeof(modem_metrics) / sizeof(modem_metrics[0]);
         m++) {
        add_modem_metric(modems, known, m, out);
    }
    add_signal(modems, known, out);
    free(modems);
}

/* --- offices, campaigns, alarms -------------------------------------------------- */

/** How many there are of each of these words. */
struct tally {
    const char *const *words;
    size_t count;
    int64_t n[8];
};

static void add_to_tally(struct tally *tally, const char *word)
{
    for (size_t i = 0; i < tally->count; i++) {
        tally->n[i] += strcmp(tally->words[i], word) == 0;
    }
}

static void add_tally(struct buf *out, const char *name, const char *label,
    const char *help, const struct tally *tally)
{
    head(out, name, "gauge", help);
    for (size_t i = 0; i < tally->count; i++) {
        sample(out, name, label, tally->words[i], tally->n[i]);
    }
}

static enum kb_err add_offices(struct app *app, struct buf *out)
{
    struct tally tally = {.words = office_states, .count = OFFICE_STATES};
    struct office *offices = NULL;
    size_t count = 0;
    enum kb_err err = registry_office_list(app->registry, &offices, &count);
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        add_to_tally(&tally, offices[i].state);
    }
    free(offices);
    add_tally(out, "kabari_offices", "state", "offices by state", &tally);
    return err;
}

static enum kb_err add_campaigns(struct app *app, struct buf *out)
{
    static const char *const words[] = {
        "draft", "scheduled", "running", "paused", "done", "cancelled"};
    struct tally tally = {.words = words, .count = 6};
    struct campaign *campaigns = NULL;
    size_t count = 0;
    enum kb_err err = campaign_list(app->campaigns, &campaigns, &count);
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        add_to_tally(&tally, campaigns[i].state);
    }
    free(campaigns);
    add_tally(out, "kabari_campaigns", "state", "campaigns by state", &tally);
    return err;
}

static void on_alarm(void *arg, const struct alarm *alarm)
{
    add_to_tally(arg, alarm_severity_name(alarm->severity));
}

static enum kb_err add_alarms(struct app *app, struct buf *out)
{
    static const char *const words[] = {"notice", "warning", "critical"};
    struct tally tally = {.words = words, .count = 3};
    enum kb_err err = alarm_list(
        app->alarms, &(struct alarm_filter){.all = false}, on_alarm, &tally);
    add_tally(out, "kabari_alarms", "severity", "alarms that stand", &tally);
    return err;
}

/* --- the process ------------------------------------------------------------------ */

static void add_store(struct app *app, struct buf *out)
{
    struct stat file = {0};
    bool known = stat(app->config.database_path, &file) == 0;
    gauge(out, "kabari_database_bytes", "size of the database",
        known ? (int64_t)file.st_size : 0);
    gauge(out, "kabari_disk_has_room", "0: no new work is taken",
        store_has_room(app->store) ? 1 : 0);
}

static void add_sending(const struct app *app, struct buf *out)
{
    bool paused = app->dispatch && dispatch_paused(app->dispatch);
    gauge(out, "kabari_paused", "1: all sending but answers is held",
        paused ? 1 : 0);
    gauge(out, "kabari_clock_behind",
        "1: the machine's clock is before what the database has seen",
        app->clock_behind ? 1 : 0);
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void add_process(struct buf *out)
{
    struct rusage usage = {0};
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*d %ld", &pages) != 1) { // NOLINT(cert-err34-c)
            pages = 0;
        }
        (void)fclose(file);
    }
    gauge(out, "process_resident_memory_bytes", "memory of kabarid",
        (int64_t)pages * sysconf(_SC_PAGESIZE));
    (void)getrusage(RUSAGE_SELF, &usage);
    head(out, "process_cpu_seconds_total", "counter", "CPU time of kabarid");
    buf_printf(out, "process_cpu_seconds_total %.3f\n",
        seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime));
}

static void add_build(struct buf *out)
{
    head(out, "kabari_build_info", "gauge", "the version that runs");
    sample(out, "kabari_build_info", "version", KABARI_VERSION, 1);
}

/** Numbers only: this machine may have them without proof. */
static bool may_read(const struct api_call *call)
{
    const struct access_actor *actor = call->actor;
    return actor->kind == ACCESS_LOCAL || actor->kind == ACCESS_SESSION ||
           (actor->scopes & (1U << SCOPE_METRICS_READ)) != 0 ||
           str_starts(actor->address, "127.") ||
           strcmp(actor->address, "::1") == 0;
}

static enum kb_err metrics_get(struct api_call *call, struct why *why)
{
    struct app *app = call->app;
    struct buf *out = &call->out;
    (void)why;
    if (!may_read(call)) {
        call->status = 401;
        call->answer =
            json_pack("{s{ss ss}}", "error", "code", "unauthorized", "message",
                "ask from this machine, or with a token whose scope is "
                "metrics:read");
        return KB_OK;
    }
    call->content_type = "text/plain; version=0.0.4; charset=utf-8";
    add_build(out);
    add_modems(app, out);
    add_sending(app, out);
    add_store(app, out);
    add_process(out);
    api_traffic_metrics(call->api, out);
    enum kb_err err = add_messages(app, out);
    err = err == KB_OK ? add_inbox(app, out) : err;
    err = err == KB_OK ? add_offices(app, out) : err;
    err = err == KB_OK ? add_campaigns(app, out) : err;
    return err == KB_OK ? add_alarms(app, out) : err;
}

const struct api_route api_metrics_routes[] = {
    {"GET",        "/metrics", metrics_get, .help = "counters for Prometheus"},
    {0},
};
