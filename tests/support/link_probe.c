// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drives one modem by hand, without a gateway: to try a device, a quirk, or a
 * worker of another make against the driver contract (modems/README.md).
 *
 *     link_probe WORKER DEVICE [option …] < commands
 *
 * Options: pin=1234 pause=0 timeout=60 quirks=A,B budget=90
 * (seconds, of every operation) keep (deletes nothing)
 * Commands, a line each: send NUMBER TEXT | ucs2 NUMBER TEXT | parts NUMBER N
 * TEXT | ussd CODE | cancel | bench NUMBER N | reset | wait MS | stop
 * What happens is printed, a line each, with the milliseconds since the start.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "link/link.h"

#include <event2/event.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct event_base *base;
    struct link *link;
    int64_t begun_ms;
    struct event *timer;
    bool keep;
    bool busy; /* a command is under way: the next line waits */
    bool ended;
    uint64_t token;
    int64_t budget_ms;
    char number[32];
    int bench_left;
    int bench_count;
    int64_t bench_us;
};

static void say(const struct probe *probe, const char *fmt, ...)
{
    va_list args;

    printf("%7lld ", (long long)(clock_mono_ms() - probe->begun_ms));
    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above */
    (void)vprintf(fmt, args);
    va_end(args);
    (void)putchar('\n');
    (void)fflush(stdout);
}

static void soon(struct probe *probe, int64_t ms)
{
    struct timeval wait = {
        (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};

    (void)event_add(probe->timer, &wait);
}

static void submit(struct probe *probe, const char *text,
    enum link_coding coding, int part, int parts)
{
    struct link_submit sms = {
        .token = ++probe->token,
        .to = probe->number,
        .text = text,
        .coding = coding,
        .udh_ref = 77,
        .udh_parts = (uint8_t)parts,
        .udh_part = (uint8_t)part,
        .report = true,
    };
    enum kb_err err = link_submit(probe->link, &sms);

    probe->busy = err == KB_OK;
    if (err != KB_OK) {
        say(probe, "submit: %s", kb_err_name(err));
    }
}

static void on_state(void *arg, enum link_state state, const char *why)
{
    say(arg, "state %s %s", link_state_name(state), why);
}

static void on_identity(void *arg, const struct link_identity *identity)
{
    say(arg, "identity %s %s imei=%s imsi=%s smsc=%s override=%d poll=%d",
        identity->manufacturer, identity->model, identity->imei, identity->imsi,
        identity->smsc, identity->usleep_override ? 1 : 0,
        identity->incoming_by_poll ? 1 : 0);
}

static void on_result(void *arg, const struct link_result *result)
{
    static const char *const outcomes[] = {
        "sent", "not_sent", "rejected", "unknown"};
    struct probe *probe = arg;

    probe->busy = false;
    if (probe->bench_left > 0 && --probe->bench_left > 0) {
        submit(probe, "bench", LINK_GSM7, 1, 1);
        return;
    }
    say(probe, "result token=%llu %s tp_mr=%d code=%d took_ms=%lld %s",
        (unsigned long long)result->token, outcomes[result->outcome],
        result->tp_mr, result->code, (long long)result->took_ms,
        result->reason);
    if (probe->bench_count > 0) {
        double seconds = (double)(clock_mono_us() - probe->bench_us) / 1e6;

        say(probe, "bench %.0f a second", probe->bench_count / seconds);
        probe->bench_count = 0;
    }
    soon(probe, 0);
}

static void on_inbound(void *arg, const struct link_inbound *sms)
{
    struct probe *probe = arg;

    say(probe,
        "inbound from=%s text=\"%s\" raw=%s at=%lld coding=%d class=%d "
        "alpha=%d ref=%d part=%d/%d",
        sms->from, sms->text, sms->raw, (long long)sms->smsc_at_ms,
        (int)sms->coding, sms->message_class, sms->alphanumeric ? 1 : 0,
        sms->udh_ref, sms->udh_part, sms->udh_parts);
    if (!probe->keep) {
        link_inbound_done(probe->link, sms->token);
    }
}

static void on_report(void *arg, const struct link_report *report)
{
    struct probe *probe = arg;

    say(probe, "report to=%s tp_mr=%d tp_st=%d at=%lld discharge=%lld",
        report->to, report->tp_mr, report->tp_st, (long long)report->smsc_at_ms,
        (long long)report->discharge_at_ms);
    if (!probe->keep) {
        link_inbound_done(probe->link, report->token);
    }
}

static void on_call(void *arg, const char *number)
{
    say(arg, "call %s", number);
}

static void on_signal(void *arg, int percent, int dbm)
{
    say(arg, "signal %d %% %d dBm", percent, dbm);
}

static void on_network(void *arg, int creg, const char *network)
{
    say(arg, "network creg=%d %s", creg, network);
}

static void on_ussd(void *arg, const struct link_ussd *answer)
{
    struct probe *probe = arg;

    say(probe, "ussd status=%d \"%s\"", answer->status, answer->text);
    probe->busy = false;
    soon(probe, 0);
}

static void on_log(void *arg, const char *line)
{
    say(arg, "log %s", line);
}

static void command_ussd(struct probe *probe, const char *code)
{
    enum kb_err err = link_ussd(probe->link, code);

    probe->busy = err == KB_OK;
    if (err != KB_OK) {
        say(probe, "ussd: %s", kb_err_name(err));
    }
}

static void command_send(struct probe *probe, const char *verb, char *rest)
{
    char *text = strchr(rest, ' ');
    char *end = NULL;
    long count = 1;

    if (text == NULL) {
        return;
    }
    *text++ = '\0';
    (void)snprintf(probe->number, sizeof probe->number, "%s", rest);
    count = strtol(text, &end, 10);
    if (strcmp(verb, "bench") == 0) {
        probe->bench_left = probe->bench_count = (int)count;
        probe->bench_us = clock_mono_us();
        submit(probe, "bench", LINK_GSM7, 1, 1);
    } else if (strcmp(verb, "part") == 0) {
        /* part NUMBER I/N TEXT */
        long parts = strtol(end + 1, &end, 10);

        submit(probe, str_trim(end), LINK_GSM7, (int)count, (int)parts);
    } else {
        submit(probe, text, strcmp(verb, "ucs2") == 0 ? LINK_UCS2 : LINK_GSM7,
            1, 1);
    }
}

static void command(struct probe *probe, char *line)
{
    char *rest = strchr(line, ' ');
    char empty[1] = "";

    if (rest == NULL) {
        rest = empty;
    } else {
        *rest++ = '\0';
    }
    if (strcmp(line, "wait") == 0) {
        soon(probe, strtol(rest, NULL, 10));
        probe->busy = true;
    } else if (strcmp(line, "reset") == 0) {
        link_reset(probe->link);
    } else if (strcmp(line, "stop") == 0) {
        link_stop(probe->link);
        probe->ended = true;
    } else if (strcmp(line, "cancel") == 0) {
        link_ussd_cancel(probe->link);
    } else if (strcmp(line, "ussd") == 0) {
        command_ussd(probe, rest);
    } else {
        command_send(probe, line, rest);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct probe *probe = arg;
    char line[2048];

    (void)fd;
    (void)what;
    probe->busy = false;
    if (probe->ended) {
        if (link_stopped(probe->link)) {
            (void)event_base_loopbreak(probe->base);
        } else {
            soon(probe, 10);
        }
        return;
    }
    while (!probe->busy && !probe->ended) {
        if (fgets(line, sizeof line, stdin) == NULL) {
            (void)snprintf(line, sizeof line, "stop");
        }
        line[strcspn(line, "\n")] = '\0';
        command(probe, line);
    }
    if (probe->ended) {
        soon(probe, 10);
    }
}

static void option(struct probe *probe, struct link_modem *modem, char *text)
{
    char *value = strchr(text, '=');

    if (value == NULL) {
        probe->keep = strcmp(text, "keep") == 0;
        return;
    }
    *value++ = '\0';
    if (strcmp(text, "pin") == 0) {
        modem->pin = value;
    } else if (strcmp(text, "pause") == 0) {
        modem->pause_ms = (int)strtol(value, NULL, 10);
    } else if (strcmp(text, "timeout") == 0) {
        modem->send_timeout_s = (int)strtol(value, NULL, 10);
    } else if (strcmp(text, "quirks") == 0) {
        modem->quirks = value;
    } else if (strcmp(text, "budget") == 0) {
        probe->budget_ms = strtol(value, NULL, 10) * 1000;
    }
}

int main(int argc, char **argv)
{
    struct probe probe = {.base = event_base_new(),
        .begun_ms = clock_mono_ms(),
        .budget_ms = 90000};
    struct link_modem modem = {.name = "probe",
        .connection = "dku2at",
        .pin = "",
        .quirks = "",
        .send_timeout_s = 60,
        .reports = true};
    struct link_budgets budgets = {0};
    const struct link_events events = {
        .arg = &probe,
        .on_state = on_state,
        .on_identity = on_identity,
        .on_result = on_result,
        .on_inbound = on_inbound,
        .on_report = on_report,
        .on_call = on_call,
        .on_signal = on_signal,
        .on_network = on_network,
        .on_ussd = on_ussd,
        .on_log = on_log,
    };

    if (argc < 3) {
        (void)fputs("usage: link_probe WORKER DEVICE [option …]\n", stderr);
        return 2;
    }
    modem.device = argv[2];
    for (int i = 3; i < argc; i++) {
        option(&probe, &modem, argv[i]);
    }
    budgets = (struct link_budgets){probe.budget_ms, probe.budget_ms,
        probe.budget_ms, probe.budget_ms, probe.budget_ms};
    probe.link = link_new(probe.base, argv[1], &modem, &budgets, &events);
    probe.timer = event_new(probe.base, -1, 0, on_timer, &probe);
    link_start(probe.link);
    soon(&probe, 1500);
    (void)event_base_dispatch(probe.base);
    event_free(probe.timer);
    link_free(probe.link);
    event_base_free(probe.base);
    return 0;
}
