// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A link and workers that misbehave. The worker is this very program, started
 * again by the link; the modem's name says how it behaves. Its device is
 * /dev/null, which is always there.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "link/link_internal.h"

#include <event2/event.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CHANNEL     3
#define PAGE        4
#define PATIENCE_MS 30000

/* --- the worker ---------------------------------------------------------- */

struct fake {
    struct stage_page *page;
    struct wire_config config;
    struct buf in;
};

static void fake_write(const void *data, size_t bytes)
{
    if (write(CHANNEL, data, bytes) != (ssize_t)bytes) {
        _exit(3);
    }
}

static void fake_say(enum wire_type type, const void *message)
{
    struct buf out = {0};

    if (wire_pack(&out, type, message) != KB_OK) {
        _exit(4);
    }
    fake_write(out.data, out.used);
    buf_clear(&out);
}

static void fake_log(const char *text)
{
    struct wire_log line = {""};

    (void)snprintf(line.line, sizeof line.line, "%s", text);
    fake_say(WIRE_LOG, &line);
}

static void fake_op(enum wire_operation operation)
{
    fake_say(WIRE_OP, &(struct wire_op){operation});
}

static void fake_state(enum link_state state, const char *why)
{
    struct wire_state message = {.state = state};

    (void)snprintf(message.why, sizeof message.why, "%s", why);
    fake_say(WIRE_STATE, &message);
}

static void fake_ready(void)
{
    fake_state(LINK_READY, "");
    fake_op(WIRE_IDLE);
}

static void fake_result(int64_t token, int mr)
{
    struct wire_result result = {
        .token = token, .outcome = LINK_SENT, .tp_mr = mr, .code = -1};

    fake_say(WIRE_RESULT, &result);
}

/* Blocks; ends the worker when the gateway closes the channel. */
static enum wire_type fake_hear(struct fake *fake, union wire_any *message)
{
    struct wire_frame frame = {0};
    char bytes[4096];

    while (wire_next(buf_text(&fake->in), fake->in.used, &frame) != KB_OK) {
        ssize_t got = read(CHANNEL, bytes, sizeof bytes);

        if (got <= 0) {
            _exit(0);
        }
        buf_add(&fake->in, bytes, (size_t)got);
    }
    if (fake->in.data == NULL || wire_unpack(&frame, message) != KB_OK) {
        _exit(5);
    }
    fake->in.used -= frame.frame_bytes;
    memmove(fake->in.data, fake->in.data + frame.frame_bytes, fake->in.used);
    return frame.type;
}

static int64_t fake_await_submit(struct fake *fake)
{
    union wire_any message;

    while (fake_hear(fake, &message) != WIRE_SUBMIT) {
    }
    stage_begin(fake->page, (uint64_t)message.submit.token);
    return message.submit.token;
}

static void fake_hang(void)
{
    for (;;) {
        (void)pause();
    }
}

static void fake_die(void)
{
    (void)raise(SIGKILL);
    _exit(8);
}

static void work_well(struct fake *fake)
{
    fake_ready();
    for (;;) {
        int64_t token = fake_await_submit(fake);

        fake_result(token, (int)(token & 0xff));
    }
}

static void work_silent(struct fake *fake)
{
    (void)fake;
    fake_hang();
}

static void work_hang_prompt(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PROMPT);
    fake_hang();
}

static void work_hang_pdu(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PDU);
    fake_hang();
}

/* A worker cannot win time by announcing things again and again. */
static void work_chatter(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PDU);
    for (;;) {
        fake_op(WIRE_OP_OTHER);
        (void)usleep(100000);
    }
}

static void work_crash_prompt(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PROMPT);
    fake_die();
}

static void work_crash_pdu(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PDU);
    fake_die();
}

static void work_crash_done(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_finish(fake->page, LINK_SENT, 77, -1);
    fake_die();
}

static void work_garbage(struct fake *fake)
{
    fake_ready();
    (void)fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PDU);
    fake_write("+CMGS: 12\r\n\r\nOK\r\n", 17);
    fake_hang();
}

static void work_oversize(struct fake *fake)
{
    const unsigned char head[] = {0x7f, 0, 0, 0, WIRE_VERSION, WIRE_LOG};

    fake_ready();
    (void)fake_await_submit(fake);
    fake_write(head, sizeof head);
    fake_hang();
}

static void work_twice(struct fake *fake)
{
    int64_t token = 0;

    fake_ready();
    token = fake_await_submit(fake);
    fake_result(token, 1);
    fake_result(token, 2);
    fake_hang();
}

static void work_wrong_token(struct fake *fake)
{
    int64_t token = 0;

    fake_ready();
    token = fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PDU);
    fake_result(token + 1, 1);
    fake_hang();
}

static void work_result_then_die(struct fake *fake)
{
    int64_t token = 0;

    fake_ready();
    token = fake_await_submit(fake);
    stage_reach(fake->page, STAGE_PDU);
    fake_result(token, 5);
    fake_die();
}

static void work_pin(struct fake *fake)
{
    fake_log(fake->config.pin[0] == '\0' ? "no pin" : "got the pin");
    if (fake->config.pin[0] != '\0') {
        fake_say(WIRE_PIN, &(struct wire_pin){WIRE_PIN_TRYING});
        fake_die(); /* nobody knows whether it was right */
    }
    fake_state(LINK_PARKED, "wrong PIN");
    fake_op(WIRE_IDLE);
    (void)fake_await_submit(fake);
}

static void work_pin_right(struct fake *fake)
{
    fake_log(fake->config.pin[0] == '\0' ? "no pin" : "got the pin");
    fake_say(WIRE_PIN, &(struct wire_pin){WIRE_PIN_TRYING});
    fake_say(WIRE_PIN, &(struct wire_pin){WIRE_PIN_ACCEPTED});
    fake_ready();
    (void)fake_await_submit(fake);
    fake_die();
}

static void work_poison(struct fake *fake)
{
    static const char *const scans[] = {"none", "all", "drain", "usual"};

    fake_log(scans[fake->config.scan]);
    if (fake->config.scan != WIRE_SCAN_NONE) {
        fake_op(WIRE_OP_SCAN);
        fake_die();
    }
    fake_ready();
    (void)fake_await_submit(fake);
}

/* One SMS with the token 5 in every life; says what is done. */
static void work_inbound(struct fake *fake)
{
    struct wire_inbound sms = {.token = 5,
        .from = "+6281200009001",
        .text = "CEK",
        .message_class = -1,
        .udh_ref = -1};
    union wire_any message;
    char text[40];

    fake_ready();
    fake_say(WIRE_INBOUND, &sms);
    for (;;) {
        enum wire_type type = fake_hear(fake, &message);

        if (type == WIRE_DONE) {
            (void)snprintf(
                text, sizeof text, "done %d", (int)message.done.token);
            fake_log(text);
        } else if (type == WIRE_SUBMIT) {
            fake_result(message.submit.token, 1);
        }
    }
}

static void work_absent(struct fake *fake)
{
    (void)fake;
    fake_state(LINK_ABSENT, "the device does not answer as a modem");
    _exit(0);
}

static void work_descriptors(struct fake *fake)
{
    int open_ones = 0;

    for (int fd = 5; fd < 256; fd++) {
        open_ones += fcntl(fd, F_GETFD) == -1 ? 0 : 1;
    }
    fake_log(open_ones == 0 ? "none" : "some");
    work_well(fake);
}

static void work_stop(struct fake *fake)
{
    int64_t token = 0;
    char byte = 0;

    fake_ready();
    token = fake_await_submit(fake);
    /* The end of the channel comes while the SMS is under way. */
    while (read(CHANNEL, &byte, 1) > 0) {
    }
    fake_result(token, 9);
    _exit(0);
}

static void work_ussd(struct fake *fake)
{
    struct wire_answer answer = {"Pulsa Anda 5000", 1};
    union wire_any message;

    fake_ready();
    fake_say(WIRE_ANSWER, &answer); /* nobody asked yet */
    while (fake_hear(fake, &message) != WIRE_USSD) {
    }
    fake_say(WIRE_ANSWER, &answer);
    while (fake_hear(fake, &message) != WIRE_USSD) {
    }
    fake_die();
}

static const struct {
    const char *name;
    void (*work)(struct fake *fake);
} works[] = {
    {"well",            work_well           },
    {"silent",          work_silent         },
    {"hang-prompt",     work_hang_prompt    },
    {"hang-pdu",        work_hang_pdu       },
    {"chatter",         work_chatter        },
    {"crash-prompt",    work_crash_prompt   },
    {"crash-pdu",       work_crash_pdu      },
    {"crash-done",      work_crash_done     },
    {"garbage",         work_garbage        },
    {"oversize",        work_oversize       },
    {"twice",           work_twice          },
    {"wrong-token",     work_wrong_token    },
    {"result-then-die", work_result_then_die},
    {"pin",             work_pin            },
    {"pin-right",       work_pin_right      },
    {"poison",          work_poison         },
    {"inbound",         work_inbound        },
    {"absent",          work_absent         },
    {"descriptors",     work_descriptors    },
    {"stop",            work_stop           },
    {"ussd",            work_ussd           },
};

static int run_worker(const char *name)
{
    struct fake fake = {0};
    union wire_any message;

    fake.page = mmap(
        NULL, STAGE_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE, 0);
    if (fake.page == MAP_FAILED || fake_hear(&fake, &message) != WIRE_CONFIG) {
        return 6;
    }
    fake.config = message.config;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        if (strcmp(works[i].name, name) == 0) {
            works[i].work(&fake);
        }
    }
    return 7;
}

/* --- the gateway's side -------------------------------------------------- */

struct seen {
    struct event_base *base;
    struct link *link;
    enum link_state states[64];
    size_t state_count;
    struct link_result results[8];
    size_t result_count;
    char logs[64][240];
    size_t log_count;
    uint64_t inbound[16];
    size_t inbound_count;
    int ussd_status[8];
    size_t ussd_count;
};

static void on_state(void *arg, enum link_state state, const char *why)
{
    struct seen *seen = arg;

    (void)why;
    if (seen->state_count < 64) {
        seen->states[seen->state_count++] = state;
    }
}

static void on_result(void *arg, const struct link_result *result)
{
    struct seen *seen = arg;

    assert_in_range(seen->result_count, 0, 7);
    seen->results[seen->result_count++] = *result;
}

static void on_log(void *arg, const char *line)
{
    struct seen *seen = arg;

    if (seen->log_count < 64) {
        (void)snprintf(seen->logs[seen->log_count++], 240, "%s", line);
    }
}

static void on_inbound(void *arg, const struct link_inbound *sms)
{
    struct seen *seen = arg;

    assert_string_equal(sms->text, "CEK");
    if (seen->inbound_count < 16) {
        seen->inbound[seen->inbound_count++] = sms->token;
    }
}

static void on_ussd(void *arg, const struct link_ussd *answer)
{
    struct seen *seen = arg;

    seen->ussd_status[seen->ussd_count++ % 8] = answer->status;
}

static struct seen *start_on(const char *behaviour, const char *device)
{
    struct seen *seen = mem_new(sizeof *seen);
    const struct link_modem modem = {.name = behaviour,
        .device = device,
        .connection = "dku2at",
        .pin = "1234",
        .quirks = "",
        .send_timeout_s = 1,
        .reports = true};
    const struct link_budgets budgets = {1000, 1000, 1000, 1000, 1000};
    const struct link_events events = {.arg = seen,
        .on_state = on_state,
        .on_result = on_result,
        .on_inbound = on_inbound,
        .on_ussd = on_ussd,
        .on_log = on_log};

    seen->base = event_base_new();
    seen->link =
        link_new(seen->base, "/proc/self/exe", &modem, &budgets, &events);
    link_start(seen->link);
    return seen;
}

static struct seen *start(const char *behaviour)
{
    return start_on(behaviour, "/dev/null");
}

static void finish(struct seen *seen)
{
    link_free(seen->link);
    event_base_free(seen->base);
    free(seen);
}

/* One turn of the loop, woken at least every 50 ms. */
static void turn(struct seen *seen)
{
    struct timeval wait = {0, 50000};

    (void)event_base_loopexit(seen->base, &wait);
    (void)event_base_loop(seen->base, EVLOOP_ONCE);
}

#define AWAIT(seen, condition)                                                 \
    do {                                                                       \
        int64_t until_ms = clock_mono_ms() + PATIENCE_MS;                      \
        while (!(condition)) {                                                 \
            assert_true(clock_mono_ms() < until_ms);                           \
            turn(seen);                                                        \
        }                                                                      \
    } while (0)

static bool logged(const struct seen *seen, const char *line)
{
    for (size_t i = 0; i < seen->log_count; i++) {
        if (strcmp(seen->logs[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static size_t times_logged(const struct seen *seen, const char *line)
{
    size_t times = 0;

    for (size_t i = 0; i < seen->log_count; i++) {
        times += strcmp(seen->logs[i], line) == 0 ? 1 : 0;
    }
    return times;
}

static enum link_state last_state(const struct seen *seen)
{
    return seen->state_count == 0 ? LINK_STARTING
                                  : seen->states[seen->state_count - 1];
}

static bool was(const struct seen *seen, enum link_state state)
{
    for (size_t i = 0; i < seen->state_count; i++) {
        if (seen->states[i] == state) {
            return true;
        }
    }
    return false;
}

static enum kb_err submit(struct seen *seen, uint64_t token)
{
    struct link_submit sms = {.token = token,
        .to = "+6281200009001",
        .text = "Halo",
        .udh_parts = 1,
        .udh_part = 1,
        .report = true};

    return link_submit(seen->link, &sms);
}

static struct seen *ready(const char *behaviour)
{
    struct seen *seen = start(behaviour);

    AWAIT(seen, link_state(seen->link) == LINK_READY);
    return seen;
}

/* --- tests --------------------------------------------------------------- */

static void a_submit_gets_its_result(void **state)
{
    struct seen *seen = ready("well");

    (void)state;
    for (uint64_t token = 41; token < 44; token++) {
        assert_int_equal(submit(seen, token), KB_OK);
        assert_int_equal(submit(seen, 99), KB_BUSY);
        AWAIT(seen, seen->result_count == token - 40);
    }
    assert_int_equal(seen->results[2].token, 43);
    assert_int_equal(seen->results[2].outcome, LINK_SENT);
    assert_int_equal(seen->results[2].tp_mr, 43);
    finish(seen);
}

static void nothing_is_told_from_inside_a_call(void **state)
{
    struct seen *seen = start("well");

    (void)state;
    assert_int_equal(seen->state_count, 0);
    assert_int_equal(submit(seen, 1), KB_CLOSED);
    assert_int_equal(seen->result_count, 0);
    finish(seen);
}

static struct link_result one_result_of(
    const char *behaviour, enum link_state state)
{
    struct seen *seen = ready(behaviour);
    struct link_result result;

    assert_int_equal(submit(seen, 7), KB_OK);
    AWAIT(seen, seen->result_count > 0 && was(seen, state) &&
                    seen->states[seen->state_count - 1] != LINK_READY);
    assert_int_equal(submit(seen, 8), KB_CLOSED);
    assert_int_equal(seen->result_count, 1);
    result = seen->results[0];
    assert_int_equal(result.token, 7);
    finish(seen);
    return result;
}

static void a_worker_killed_before_the_pdu_has_not_sent(void **state)
{
    (void)state;
    assert_int_equal(
        one_result_of("crash-prompt", LINK_STARTING).outcome, LINK_NOT_SENT);
}

static void a_worker_killed_after_the_pdu_leaves_it_unknown(void **state)
{
    (void)state;
    assert_int_equal(
        one_result_of("crash-pdu", LINK_STARTING).outcome, LINK_UNKNOWN);
}

static void a_worker_that_crashed_comes_back(void **state)
{
    struct seen *seen = ready("crash-pdu");

    (void)state;
    assert_int_equal(submit(seen, 7), KB_OK);
    AWAIT(seen, seen->result_count == 1);
    assert_int_equal(submit(seen, 8), KB_CLOSED);
    AWAIT(seen, seen->link->generation == 2);
    AWAIT(seen, link_state(seen->link) == LINK_READY);
    assert_int_equal(submit(seen, 9), KB_OK);
    AWAIT(seen, seen->result_count == 2);
    assert_int_equal(seen->results[1].token, 9);
    finish(seen);
}

static void a_result_only_in_the_page_is_not_lost(void **state)
{
    struct link_result result = one_result_of("crash-done", LINK_STARTING);

    (void)state;
    assert_int_equal(result.outcome, LINK_SENT);
    assert_int_equal(result.tp_mr, 77);
}

static void what_a_worker_said_before_it_died_counts(void **state)
{
    struct link_result result = one_result_of("result-then-die", LINK_STARTING);

    (void)state;
    assert_int_equal(result.outcome, LINK_SENT);
    assert_int_equal(result.tp_mr, 5);
}

static void a_hang_before_the_pdu_ends_at_the_budget(void **state)
{
    int64_t begun_ms = clock_mono_ms();

    (void)state;
    assert_int_equal(
        one_result_of("hang-prompt", LINK_HUNG).outcome, LINK_NOT_SENT);
    assert_true(clock_mono_ms() - begun_ms >= 1000);
}

static void a_hang_after_the_pdu_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(
        one_result_of("hang-pdu", LINK_HUNG).outcome, LINK_UNKNOWN);
}

static void no_chain_of_operations_keeps_a_submit_for_ever(void **state)
{
    (void)state;
    assert_int_equal(one_result_of("chatter", LINK_HUNG).outcome, LINK_UNKNOWN);
}

static void garbage_ends_the_worker(void **state)
{
    (void)state;
    assert_int_equal(
        one_result_of("garbage", LINK_STARTING).outcome, LINK_UNKNOWN);
    assert_int_equal(
        one_result_of("oversize", LINK_STARTING).outcome, LINK_NOT_SENT);
}

static void a_second_result_ends_the_worker_and_is_not_told(void **state)
{
    struct link_result result = one_result_of("twice", LINK_STARTING);

    (void)state;
    assert_int_equal(result.outcome, LINK_SENT);
    assert_int_equal(result.tp_mr, 1);
}

static void a_result_for_another_token_is_never_credited(void **state)
{
    (void)state;
    assert_int_equal(
        one_result_of("wrong-token", LINK_STARTING).outcome, LINK_UNKNOWN);
}

static void a_worker_that_never_gets_ready_is_hung(void **state)
{
    struct seen *seen = start("silent");

    (void)state;
    AWAIT(seen, last_state(seen) == LINK_HUNG);
    finish(seen);
}

static void a_pin_that_may_have_been_wrong_is_not_given_again(void **state)
{
    struct seen *seen = start("pin");

    (void)state;
    AWAIT(seen, last_state(seen) == LINK_PARKED);
    assert_int_equal(times_logged(seen, "got the pin"), 1);
    assert_int_equal(times_logged(seen, "no pin"), 1);
    link_reset(seen->link);
    AWAIT(seen, times_logged(seen, "got the pin") == 2);
    finish(seen);
}

static void a_pin_that_was_right_is_given_again(void **state)
{
    struct seen *seen = ready("pin-right");

    (void)state;
    assert_int_equal(submit(seen, 1), KB_OK);
    AWAIT(seen, times_logged(seen, "got the pin") == 2);
    finish(seen);
}

static void after_two_crashes_in_a_scan_the_drain_comes_first(void **state)
{
    struct seen *seen = ready("poison");

    (void)state;
    assert_int_equal(times_logged(seen, "usual"), 2);
    assert_int_equal(times_logged(seen, "drain"), 1);
    assert_int_equal(times_logged(seen, "all"), 1);
    assert_int_equal(times_logged(seen, "none"), 1);
    finish(seen);
}

static void an_inbound_sms_is_done_once(void **state)
{
    struct seen *seen = ready("inbound");

    (void)state;
    AWAIT(seen, seen->inbound_count == 1);
    link_inbound_done(seen->link, seen->inbound[0]);
    link_inbound_done(seen->link, seen->inbound[0]);
    AWAIT(seen, logged(seen, "done 5"));
    assert_int_equal(submit(seen, 1), KB_OK); /* a second done came before */
    AWAIT(seen, seen->result_count == 1);
    assert_int_equal(times_logged(seen, "done 5"), 1);
    finish(seen);
}

static void a_done_for_a_worker_that_is_gone_deletes_nothing(void **state)
{
    struct seen *seen = ready("inbound");

    (void)state;
    AWAIT(seen, seen->inbound_count == 1);
    link_reset(seen->link);
    AWAIT(seen, seen->inbound_count == 2);
    assert_true(seen->inbound[0] != seen->inbound[1]);
    link_inbound_done(seen->link, seen->inbound[0]);
    assert_int_equal(submit(seen, 1), KB_OK);
    AWAIT(seen, seen->result_count == 1);
    assert_int_equal(times_logged(seen, "done 5"), 0);
    finish(seen);
}

static void a_device_that_is_not_there_is_absent(void **state)
{
    struct seen *seen = start_on("well", "/nonexistent/modem");

    (void)state;
    AWAIT(seen, last_state(seen) == LINK_ABSENT);
    assert_int_equal(submit(seen, 1), KB_CLOSED);
    finish(seen);
}

static void a_device_that_comes_back_is_found(void **state)
{
    char dir[] = "/tmp/kabari-link-XXXXXX";
    char path[64];
    struct seen *seen = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/modem", dir);
    seen = start_on("well", path);
    AWAIT(seen, last_state(seen) == LINK_ABSENT);
    assert_int_equal(symlink("/dev/null", path), 0);
    AWAIT(seen, last_state(seen) == LINK_READY);
    finish(seen);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void a_device_that_is_no_modem_stays_absent(void **state)
{
    struct seen *seen = start("absent");

    (void)state;
    AWAIT(seen, last_state(seen) == LINK_ABSENT);
    /* Tried again, and nobody is told of it. */
    AWAIT(seen, seen->link->generation >= 2);
    AWAIT(seen, seen->link->process.pid == 0);
    assert_int_equal(seen->state_count, 2); /* starting, absent */
    finish(seen);
}

static void a_rehearsal_refuses_what_is_no_pseudo_terminal(void **state)
{
    struct seen *seen = start("well");

    (void)state;
    seen->link->modem.pty_only = true;
    AWAIT(seen, last_state(seen) == LINK_ABSENT);
    assert_int_equal(seen->link->generation, 0);
    finish(seen);
}

static void a_worker_inherits_nothing(void **state)
{
    int spare = open("/dev/null", O_RDONLY);
    struct seen *seen = ready("descriptors");

    (void)state;
    assert_true(spare >= 0);
    AWAIT(seen, logged(seen, "none") || logged(seen, "some"));
    assert_true(logged(seen, "none"));
    finish(seen);
    (void)close(spare);
}

static void a_stop_waits_for_the_sms_under_way(void **state)
{
    struct seen *seen = ready("stop");

    (void)state;
    assert_int_equal(submit(seen, 3), KB_OK);
    link_stop(seen->link);
    assert_false(link_stopped(seen->link));
    assert_int_equal(submit(seen, 4), KB_BUSY);
    AWAIT(seen, link_stopped(seen->link));
    assert_int_equal(seen->result_count, 1);
    assert_int_equal(seen->results[0].outcome, LINK_SENT);
    assert_int_equal(seen->results[0].tp_mr, 9);
    finish(seen);
}

static void a_reset_starts_a_fresh_worker_at_once(void **state)
{
    struct seen *seen = ready("crash-pdu");
    int64_t begun_ms = clock_mono_ms();

    (void)state;
    link_reset(seen->link);
    assert_int_equal(submit(seen, 1), KB_CLOSED);
    AWAIT(seen, last_state(seen) == LINK_READY && seen->link->generation == 2);
    assert_true(clock_mono_ms() - begun_ms < 800);
    finish(seen);
}

static void a_ussd_request_is_answered_once(void **state)
{
    struct seen *seen = ready("ussd");

    (void)state;
    AWAIT(seen, logged(seen, "ussd: not asked for, status=1"));
    assert_int_equal(seen->ussd_count, 0);
    assert_int_equal(link_ussd(seen->link, "*888#"), KB_OK);
    assert_int_equal(link_ussd(seen->link, "*888#"), KB_BUSY);
    AWAIT(seen, seen->ussd_count == 1);
    assert_int_equal(seen->ussd_status[0], 1);
    assert_int_equal(link_ussd(seen->link, "1"), KB_OK);
    AWAIT(seen, seen->ussd_count == 2);
    assert_int_equal(seen->ussd_status[1], -1);
    finish(seen);
}

int main(int argc, char **argv)
{
    struct stat channel;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submit_gets_its_result),
        cmocka_unit_test(nothing_is_told_from_inside_a_call),
        cmocka_unit_test(a_worker_killed_before_the_pdu_has_not_sent),
        cmocka_unit_test(a_worker_killed_after_the_pdu_leaves_it_unknown),
        cmocka_unit_test(a_worker_that_crashed_comes_back),
        cmocka_unit_test(a_result_only_in_the_page_is_not_lost),
        cmocka_unit_test(what_a_worker_said_before_it_died_counts),
        cmocka_unit_test(a_hang_before_the_pdu_ends_at_the_budget),
        cmocka_unit_test(a_hang_after_the_pdu_is_unknown),
        cmocka_unit_test(no_chain_of_operations_keeps_a_submit_for_ever),
        cmocka_unit_test(garbage_ends_the_worker),
        cmocka_unit_test(a_second_result_ends_the_worker_and_is_not_told),
        cmocka_unit_test(a_result_for_another_token_is_never_credited),
        cmocka_unit_test(a_worker_that_never_gets_ready_is_hung),
        cmocka_unit_test(a_pin_that_may_have_been_wrong_is_not_given_again),
        cmocka_unit_test(a_pin_that_was_right_is_given_again),
        cmocka_unit_test(after_two_crashes_in_a_scan_the_drain_comes_first),
        cmocka_unit_test(an_inbound_sms_is_done_once),
        cmocka_unit_test(a_done_for_a_worker_that_is_gone_deletes_nothing),
        cmocka_unit_test(a_device_that_is_not_there_is_absent),
        cmocka_unit_test(a_device_that_comes_back_is_found),
        cmocka_unit_test(a_device_that_is_no_modem_stays_absent),
        cmocka_unit_test(a_rehearsal_refuses_what_is_no_pseudo_terminal),
        cmocka_unit_test(a_worker_inherits_nothing),
        cmocka_unit_test(a_stop_waits_for_the_sms_under_way),
        cmocka_unit_test(a_reset_starts_a_fresh_worker_at_once),
        cmocka_unit_test(a_ussd_request_is_answered_once),
    };

    if (argc == 3 && fstat(CHANNEL, &channel) == 0 &&
        S_ISSOCK(channel.st_mode)) {
        return run_worker(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
