// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/chaos_internal.h"
#include "tests/support/traffic.h"
#include "web/client.h"

#include <sqlite3.h>

#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define BATCH       20
#define TICK_MS     40
#define BACKLOG     250 /* what waits for a later try counts, too */
#define INBOUND_MS  900 /* between two that come in */
#define READY_MS    120000
#define WORST_RESET 60 /* per cent of the healed that are reset, too */

/* --- chance -------------------------------------------------------------- */

static uint32_t draw(struct chaos *chaos, uint32_t limit)
{
    uint64_t value = 0;

    chaos->random += UINT64_C(0x9e3779b97f4a7c15);
    value = chaos->random;
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    value ^= value >> 31;
    return (uint32_t)(value % limit);
}

static int between(struct chaos *chaos, int least, int most)
{
    return least + (int)draw(chaos, (uint32_t)(most - least + 1));
}

/* --- what may strike a modem --------------------------------------------- */

/* What a fault does to a submit under way is in the ledger, strike by strike;
   what the simulator does not know of, or cannot tell, stands here. */
enum excuse {
    EXCUSE_LEDGER, /* none but what the ledger says */
    EXCUSE_ONE,    /* a worker or a connection ended once */
    EXCUSE_MANY    /* as long as it lasts */
};

struct ill {
    const char *name;
    const char *request; /* NULL: the worker is killed */
    const char *member;  /* with a number of least … most, or NULL */
    int least;
    int most;
    int lasts_ms; /* at most; then the modem is healed */
    enum excuse excuse;
};

#define FAULT(name) "\"cmd\":\"fault\",\"fault\":\"" name "\""
#define CODES       (-1) /* most: one of codes[] */

static const int codes[] = {1, 8, 10, 17, 21, 22, 27, 28, 29, 30, 38, 41, 42,
    47, 50, 69, 96, 111, 127, 192, 208, 255, 302, 304, 310, 313, 320, 322, 330,
    331, 332, 340, 500, 512, 513};

/* Aligned columns would not fit a page. */
/* clang-format off */
static const struct ill ills[] = {
    {"unplug", "\"cmd\":\"unplug\"", "replug_ms", 200, 5000, 6000, EXCUSE_LEDGER},
    {"unplug before", FAULT("unplug_at:before"), "replug_ms", 200, 4000, 9000, EXCUSE_LEDGER},
    {"unplug prompt", FAULT("unplug_at:prompt"), "replug_ms", 200, 4000, 9000, EXCUSE_LEDGER},
    {"unplug pdu", FAULT("unplug_at:pdu"), "replug_ms", 200, 4000, 9000, EXCUSE_LEDGER},
    {"unplug after", FAULT("unplug_at:after"), "replug_ms", 200, 4000, 9000, EXCUSE_LEDGER},
    {"unplug lost", FAULT("unplug_at:after") ",\"lost\":true", "replug_ms", 200, 4000, 9000, EXCUSE_LEDGER},
    {"hang", FAULT("hang:command"), NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"hang off", FAULT("hang:command") ",\"until\":\"off\"", NULL, 0, 0, 12000, EXCUSE_LEDGER},
    {"hang CMGD", FAULT("hang:command") ",\"command\":\"+CMGD\"", NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"hang CMGR", FAULT("hang:command") ",\"command\":\"+CMGR\"", NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"hang prompt", FAULT("hang:prompt"), NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"hang pdu", FAULT("hang:pdu"), NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"hang submit", FAULT("hang:submit"), NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"hang lost", FAULT("hang:submit") ",\"lost\":true", NULL, 0, 0, 15000, EXCUSE_LEDGER},
    {"restart", FAULT("restart:command"), NULL, 0, 0, 12000, EXCUSE_LEDGER},
    {"restart before", FAULT("restart:before"), NULL, 0, 0, 12000, EXCUSE_LEDGER},
    {"restart prompt", FAULT("restart:prompt"), NULL, 0, 0, 12000, EXCUSE_LEDGER},
    {"restart after", FAULT("restart:after"), NULL, 0, 0, 12000, EXCUSE_LEDGER},
    {"echo off", FAULT("echo_off"), NULL, 0, 0, 15000, EXCUSE_MANY},
    {"no prompt", FAULT("no_prompt"), NULL, 0, 0, 12000, EXCUSE_LEDGER},
    {"lost +CMGS", FAULT("lost_cmgs"), NULL, 0, 0, 10000, EXCUSE_LEDGER},
    {"late +CMGS", FAULT("late_cmgs"), "value", 4, 12, 20000, EXCUSE_LEDGER},
    {"late, busy", FAULT("late_cmgs") ",\"busy\":true", "value", 4, 12, 20000, EXCUSE_LEDGER},
    {"ERROR", FAULT("bare_error"), NULL, 0, 0, 6000, EXCUSE_LEDGER},
    {"ERROR at prompt", FAULT("bare_error") ",\"at\":\"prompt\"", NULL, 0, 0, 6000, EXCUSE_LEDGER},
    {"code", FAULT("cms"), "value", 0, CODES, 6000, EXCUSE_LEDGER},
    {"code", FAULT("cms"), "value", 0, CODES, 6000, EXCUSE_LEDGER},
    {"code at prompt", FAULT("cms") ",\"at\":\"prompt\"", "value", 0, CODES, 6000, EXCUSE_LEDGER},
    {"noise", FAULT("noise"), "value", 2, 60, 8000, EXCUSE_MANY},
    {"chatter", FAULT("chatter"), "value", 20, 700, 8000, EXCUSE_LEDGER},
    {"URCs", FAULT("urc_inside"), NULL, 0, 0, 8000, EXCUSE_LEDGER},
    {"bursts", FAULT("prompt_burst"), "value", 1, 20, 8000, EXCUSE_LEDGER},
    {"trickle", FAULT("trickle"), "value", 1, 20, 8000, EXCUSE_LEDGER},
    {"storage full", FAULT("storage_full"), NULL, 0, 0, 8000, EXCUSE_LEDGER},
    {"no network", "\"cmd\":\"network\"", "creg", 2, 3, 6000, EXCUSE_LEDGER},
    {"no SIM", FAULT("sim_removed"), NULL, 0, 0, 6000, EXCUSE_LEDGER},
    {"CNMI refused", FAULT("cnmi_refused"), NULL, 0, 0, 8000, EXCUSE_LEDGER},
    {"CMGD ignored", FAULT("ignore") ",\"command\":\"+CMGD\",\"count\":1", NULL, 0, 0, 9000, EXCUSE_LEDGER},
    {"report early", FAULT("report_early"), NULL, 0, 0, 4000, EXCUSE_LEDGER},
    {"report twice", FAULT("report_twice"), NULL, 0, 0, 6000, EXCUSE_LEDGER},
    {"no reports", FAULT("no_reports"), NULL, 0, 0, 6000, EXCUSE_LEDGER},
    {"a call", "\"cmd\":\"call\",\"from\":\"+6281200099999\"", "rings", 1, 3, 9000, EXCUSE_LEDGER},
    {"worker killed", NULL, NULL, 0, 0, 4000, EXCUSE_ONE},
    {"worker killed", NULL, NULL, 0, 0, 4000, EXCUSE_ONE},
};
/* clang-format on */

/* A modem's own way to speak; it stays through all faults. */
static const char *const manners[CHAOS_MODEMS] = {
    [1] = "\"fault\":\"no_space\"",
    [2] = "\"fault\":\"trickle:11\"",
    [3] = "\"fault\":\"line_ends:1\"",
    [4] = "\"fault\":\"line_ends:3\"",
    [5] = "\"fault\":\"prompt_burst:3\"",
    [6] = "\"fault\":\"chatter:150\"",
};

struct patient {
    const struct ill *ill; /* NULL: well */
    struct chaos_span *span;
    int64_t next_ms; /* when it falls ill, or is healed */
};

struct day {
    struct chaos *chaos;
    struct patient patient[CHAOS_MODEMS];
    int64_t inbound_ms;
    int64_t kill_ms;
    int64_t lock_ms;
    sqlite3 *held;
    struct chaos_span *held_span;
    int64_t release_ms;
};

static void name_of(int modem, char *out)
{
    (void)snprintf(out, 8, "m%d", modem);
}

static int64_t unix_ms(void)
{
    struct clock clock = clock_system();

    return clock_now_ms(&clock);
}

static struct chaos_span *begin_span(
    struct chaos *chaos, int modem, const char *what, enum excuse excuse)
{
    struct chaos_span *span = &chaos->span[chaos->spans++];

    assert_true(chaos->spans <= CHAOS_SPANS_MAX);
    *span = (struct chaos_span){.modem = modem,
        .what = what,
        .unknowns = excuse == EXCUSE_MANY,
        .no_unknowns = excuse == EXCUSE_LEDGER,
        .from_us = clock_mono_us(),
        .to_us = INT64_MAX,
        .from_ms = unix_ms(),
        .to_ms = INT64_MAX};
    return span;
}

static void end_span(struct chaos_span *span)
{
    span->to_us = clock_mono_us();
    span->to_ms = unix_ms();
}

static void take_up_manner(struct chaos *chaos, int modem)
{
    char name[8];

    if (chaos->options->manners && manners[modem - 1] != NULL) {
        name_of(modem, name);
        traffic_fault(chaos->bed, name, manners[modem - 1]);
    }
}

static void kill_worker(struct chaos *chaos, const char *name)
{
    pid_t worker = traffic_worker(chaos->bed, name);

    if (worker > 0) {
        (void)kill(worker, SIGKILL);
    }
}

static void strike(struct chaos *chaos, const struct ill *ill, const char *name)
{
    int number = 0;

    if (ill->request == NULL) {
        kill_worker(chaos, name);
        return;
    }
    if (ill->member == NULL) {
        json_decref(
            bed_sim(chaos->bed, "{\"modem\":\"%s\",%s}", name, ill->request));
        return;
    }
    number = ill->most == CODES
                 ? codes[draw(chaos, sizeof codes / sizeof *codes)]
                 : between(chaos, ill->least, ill->most);
    json_decref(bed_sim(chaos->bed, "{\"modem\":\"%s\",%s,\"%s\":%d}", name,
        ill->request, ill->member, number));
}

static void fall_ill(struct day *day, int modem, int64_t now_ms)
{
    struct patient *patient = &day->patient[modem - 1];
    char name[8];

    name_of(modem, name);
    patient->ill =
        &ills[draw(day->chaos, (uint32_t)(sizeof ills / sizeof *ills))];
    patient->span =
        begin_span(day->chaos, modem, patient->ill->name, patient->ill->excuse);
    strike(day->chaos, patient->ill, name);
    patient->next_ms = now_ms + between(day->chaos, patient->ill->lasts_ms / 3,
                                    patient->ill->lasts_ms);
}

/* What was on its way by then may be unknown. */
static void reset(struct chaos *chaos, int modem, const char *name)
{
    struct chaos_span *span =
        begin_span(chaos, modem, "modem reset", EXCUSE_ONE);
    int status = 0;
    char target[64];

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s/reset", name);
    json_decref(bed_ask(chaos->bed, "POST", target, NULL, &status));
    end_span(span);
}

/* Somebody came by: the plug, the SIM and the aerial are as they should be. An
   operator resets what is still shut. */
static void get_well(struct day *day, int modem, int64_t now_ms)
{
    struct chaos *chaos = day->chaos;
    struct patient *patient = &day->patient[modem - 1];
    char name[8];

    name_of(modem, name);
    json_decref(
        bed_sim(chaos->bed, "{\"cmd\":\"heal\",\"modem\":\"%s\"}", name));
    json_decref(
        bed_sim(chaos->bed, "{\"cmd\":\"replug\",\"modem\":\"%s\"}", name));
    json_decref(bed_sim(
        chaos->bed, "{\"cmd\":\"network\",\"modem\":\"%s\",\"creg\":1}", name));
    take_up_manner(chaos, modem);
    if (!traffic_modem_works(chaos->bed, name) &&
        draw(chaos, 100) < WORST_RESET) {
        reset(chaos, modem, name);
    }
    end_span(patient->span);
    patient->ill = NULL;
    patient->next_ms = now_ms + between(chaos, 0, chaos->options->rest_ms);
}

static void tend(struct day *day, int64_t now_ms)
{
    for (int modem = 1; modem <= CHAOS_MODEMS - CHAOS_CALM; modem++) {
        struct patient *patient = &day->patient[modem - 1];

        if (now_ms < patient->next_ms) {
            continue;
        }
        if (patient->ill == NULL) {
            fall_ill(day, modem, now_ms);
        } else {
            get_well(day, modem, now_ms);
        }
    }
}

/* --- traffic ------------------------------------------------------------- */

void chaos_phone(int i, char *out)
{
    (void)snprintf(out, 24, "+6281200%06d", 100000 + i);
}

void chaos_inbound_phone(int i, char *out)
{
    (void)snprintf(out, 24, "+6281201%06d", 100000 + i);
}

bool chaos_is_long(int i)
{
    return i % 11 == 7;
}

static void add_message(struct buf *body, int i)
{
    static const char *const classes[] = {"bulk", "normal", "bulk", "bulk"};
    char phone[24];

    chaos_phone(i, phone);
    buf_printf(body,
        "{\"phone\":\"%s\",\"text\":\"pesan %d%*s\",\"priority\":\"%s\"}",
        phone, i, chaos_is_long(i) ? 180 : 0, chaos_is_long(i) ? "." : "",
        classes[i % 4]);
}

static void note_posted(
    struct chaos *chaos, int first, const struct web_answer *answer, bool came)
{
    json_t *ids = NULL;
    json_t *whole = NULL;

    if (came && answer->status != 201 && answer->status != 503) {
        fail_msg("POST messages: %d %s", answer->status, answer->body);
    }
    whole = came && answer->status == 201 ? json_loads(answer->body, 0, NULL)
                                          : NULL;
    ids = json_object_get(whole, "ids");
    assert_true(whole == NULL || json_array_size(ids) == BATCH);
    for (int i = 0; i < BATCH; i++) {
        chaos->post[first + i] = !came           ? CHAOS_POST_UNSURE
                                 : whole == NULL ? CHAOS_POST_REFUSED
                                                 : CHAOS_POST_TAKEN;
        chaos->id[first + i] =
            json_integer_value(json_array_get(ids, (size_t)i));
    }
    json_decref(whole);
}

/* @return false where the gateway did not take it. */
static bool post_batch(struct chaos *chaos)
{
    struct buf body = {0};
    int first = chaos->messages;
    struct web_ask ask = {.socket_path = chaos->bed->socket,
        .method = "POST",
        .target = "/api/v1/messages",
        .content_type = "application/json",
        .timeout_ms = 20000};
    struct web_answer answer = {0};
    bool came = false;

    assert_true(first + BATCH <= CHAOS_MESSAGES_MAX);
    for (int i = first; i < first + BATCH; i++) {
        buf_add_text(&body, i == first ? "[" : ",");
        add_message(&body, i);
    }
    buf_add_text(&body, "]");
    ask.body = buf_text(&body);
    ask.body_bytes = body.used;
    chaos->messages += BATCH;
    came = web_client_call(&ask, &answer, NULL) == KB_OK;
    note_posted(chaos, first, &answer, came);
    came = came && answer.status == 201;
    web_answer_clear(&answer);
    buf_clear(&body);
    return came;
}

static void feed(struct day *day)
{
    if (day->held != NULL) { /* one refusal a while is enough */
        if (draw(day->chaos, 20) == 0) {
            (void)post_batch(day->chaos);
        }
        return;
    }
    while (bed_queue(day->chaos->bed, "queued") < BACKLOG &&
           post_batch(day->chaos)) {
    }
}

static void bring_sms(struct day *day, int64_t now_ms)
{
    struct chaos *chaos = day->chaos;
    char phone[24];

    if (now_ms < day->inbound_ms || chaos->inbound == CHAOS_INBOUND_MAX) {
        return;
    }
    day->inbound_ms = now_ms + between(chaos, 0, 2 * INBOUND_MS);
    chaos_inbound_phone(chaos->inbound, phone);
    json_decref(bed_sim(chaos->bed,
        "{\"cmd\":\"sms\",\"modem\":\"m%d\",\"from\":\"%s\",\"text\":\"apa "
        "kabar %d%*s\"}",
        between(chaos, 1, CHAOS_MODEMS - CHAOS_CALM), phone, chaos->inbound,
        chaos->inbound % 7 == 3 ? 170 : 0, chaos->inbound % 7 == 3 ? "?" : ""));
    chaos->inbound++;
}

/* --- the gateway's own bad moments ---------------------------------------- */

static bool all_ready(struct chaos *chaos)
{
    json_t *rows = bed_ask(chaos->bed, "GET", "/api/v1/modems", NULL, NULL);
    json_t *row = NULL;
    size_t i = 0;
    size_t ready = 0;

    json_array_foreach(rows, i, row)
    {
        const char *state = json_string_value(json_object_get(row, "state"));

        ready += strcmp(state, "ready") == 0 || strcmp(state, "sending") == 0;
    }
    json_decref(rows);
    return ready == CHAOS_MODEMS;
}

static bool calm_work(struct chaos *chaos)
{
    char name[8];

    for (int i = CHAOS_MODEMS - CHAOS_CALM + 1; i <= CHAOS_MODEMS; i++) {
        name_of(i, name);
        if (!traffic_modem_works(chaos->bed, name)) {
            return false;
        }
    }
    return true;
}

/* In the middle of a POST as often as not. */
static void kill_gateway(struct day *day)
{
    struct chaos *chaos = day->chaos;
    struct chaos_span *span =
        begin_span(chaos, 0, "kabarid killed", EXCUSE_ONE);
    int wait_us = between(chaos, 0, 8000);
    pid_t killer = fork();

    assert_true(killer >= 0);
    if (killer == 0) {
        (void)usleep((useconds_t)wait_us);
        (void)kill(chaos->bed->gateway, SIGKILL);
        _exit(0);
    }
    (void)post_batch(chaos);
    assert_int_equal(waitpid(killer, NULL, 0), killer);
    assert_int_equal(
        waitpid(chaos->bed->gateway, NULL, 0), chaos->bed->gateway);
    bed_start_gateway(chaos->bed, NULL);
    BED_WAIT(READY_MS, calm_work(chaos));
    end_span(span);
}

static void hold_database(struct day *day, int64_t now_ms)
{
    day->held = traffic_hold_database(day->chaos->bed);
    day->held_span = begin_span(day->chaos, 0, "database held", EXCUSE_LEDGER);
    day->release_ms = now_ms + between(day->chaos, 500, 4000);
}

static void release_database(struct day *day)
{
    traffic_release_database(day->held);
    day->held = NULL;
    end_span(day->held_span);
}

static int64_t next_of(const struct day *day, int times, int64_t now_ms)
{
    const struct chaos_options *options = day->chaos->options;

    return times == 0
               ? INT64_MAX
               : now_ms + between(day->chaos, 500,
                              2 * options->stormy_s * 1000 / (times + 1));
}

static void trouble(struct day *day, int64_t now_ms)
{
    if (day->held != NULL) {
        if (now_ms >= day->release_ms) {
            release_database(day);
        }
        return;
    }
    if (now_ms >= day->kill_ms) {
        kill_gateway(day);
        day->kill_ms = next_of(day, day->chaos->options->kills, bed_mono_ms());
    } else if (now_ms >= day->lock_ms) {
        hold_database(day, now_ms);
        day->lock_ms = next_of(day, day->chaos->options->locks, now_ms);
    }
}

/* --- the day ------------------------------------------------------------- */

static void pass(struct day *day, int64_t until_ms, bool stormy)
{
    int64_t now_ms = bed_mono_ms();

    while (now_ms < until_ms) {
        feed(day);
        bring_sms(day, now_ms);
        if (stormy) {
            tend(day, now_ms);
            trouble(day, now_ms);
        }
        (void)poll(NULL, 0, TICK_MS);
        now_ms = bed_mono_ms();
    }
}

static void heal_all(struct day *day)
{
    if (day->held != NULL) {
        release_database(day);
    }
    for (int modem = 1; modem <= CHAOS_MODEMS - CHAOS_CALM; modem++) {
        if (day->patient[modem - 1].ill != NULL) {
            get_well(day, modem, bed_mono_ms());
        }
    }
    day->chaos->calm_us = clock_mono_us();
}

/* What waits for a later try may wait on; the rest has to leave. */
static bool drained(struct chaos *chaos)
{
    json_t *status = bed_ask(chaos->bed, "GET", "/api/v1/status", NULL, NULL);
    json_t *queue = json_object_get(status, "queue");
    int64_t submitting =
        json_integer_value(json_object_get(queue, "submitting"));
    int64_t queued = json_integer_value(json_object_get(queue, "queued"));

    json_decref(status);
    return submitting == 0 && queued == 0;
}

static void drain(struct chaos *chaos)
{
    int64_t give_up_ms =
        bed_mono_ms() + INT64_C(1000) * chaos->options->drain_s;

    for (int i = 1; i <= CHAOS_MODEMS - CHAOS_CALM; i++) {
        char name[8];

        name_of(i, name);
        if (!traffic_modem_works(chaos->bed, name)) {
            reset(chaos, i, name);
        }
    }
    BED_WAIT(READY_MS, all_ready(chaos));
    while (!drained(chaos) && bed_mono_ms() < give_up_ms) {
        (void)poll(NULL, 0, 100);
    }
    (void)poll(NULL, 0, 3000); /* the last reports */
}

static struct bed *begin(const struct chaos_options *options)
{
    char sim_args[200];
    struct bed_options bed = {.modems = CHAOS_MODEMS,
        .sim_args = sim_args,
        .modem_args = "send_timeout_s = 3;",
        .config =
            "budgets = { init_s = 20; send_s = 6; scan_s = 8; ussd_s = 3; "
            "other_s = 6; };"};

    (void)snprintf(sim_args, sizeof sim_args,
        "--latency-ms %d --command-ms 5 --prompt-ms 10 --report-ms 1500 "
        "--sms-store 12 --seed %" PRIu64,
        options->latency_ms, options->seed >> 1);
    return bed_up(&bed);
}

void chaos_run(const struct chaos_options *options)
{
    struct chaos *chaos = mem_new(sizeof *chaos);
    struct day day = {.chaos = chaos};

    chaos->options = options;
    chaos->random = options->seed;
    (void)printf("chaos: CHAOS_SEED=%" PRIu64 " quiet=%d s stormy=%d s\n",
        options->seed, options->quiet_s, options->stormy_s);
    (void)fflush(stdout);
    chaos->bed = begin(options);
    for (int modem = 1; modem <= CHAOS_MODEMS; modem++) {
        take_up_manner(chaos, modem);
    }
    BED_WAIT(READY_MS, all_ready(chaos));
    pass(&day, bed_mono_ms() + INT64_C(1000) * options->quiet_s, false);
    chaos->stormy_us = clock_mono_us();
    day.kill_ms = next_of(&day, options->kills, bed_mono_ms());
    day.lock_ms = next_of(&day, options->locks, bed_mono_ms());
    for (int i = 0; i < CHAOS_MODEMS; i++) {
        day.patient[i].next_ms =
            bed_mono_ms() + between(chaos, 0, options->rest_ms);
    }
    pass(&day, bed_mono_ms() + INT64_C(1000) * options->stormy_s, true);
    heal_all(&day);
    drain(chaos);
    assert_int_equal(bed_stop_gateway(chaos->bed, SIGTERM), 0);
    chaos_judge(chaos);
    bed_free(chaos->bed);
    free(chaos);
}
