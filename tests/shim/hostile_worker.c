// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "link/link.h"
#include "link/wire.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * Stands in kabari-modem's place and breaks its contract (modems/README.md):
 * each modem's name chooses how. m1 and m2 get the honest worker, which lies
 * beside it as kabari-modem-honest.
 */

enum {
    CHANNEL = 3,
    PAGE = 4,
    PAGE_BYTES = 4096
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a test's
static unsigned chance = 1;

static unsigned draw(unsigned limit)
{
    chance = chance * 1103515245U + 12345U;
    return (chance >> 16) % limit;
}

static void say(const void *data, size_t bytes)
{
    const char *at = data;

    while (bytes > 0) {
        ssize_t wrote = write(CHANNEL, at, bytes);

        if (wrote <= 0) {
            _exit(0);
        }
        at += wrote;
        bytes -= (size_t)wrote;
    }
}

static void say_frame(enum wire_type type, const void *message)
{
    struct buf out = {0};

    if (wire_pack(&out, type, message) != KB_OK) {
        _exit(1);
    }
    say(buf_text(&out), out.used);
    buf_clear(&out);
}

static void say_state(int state)
{
    struct wire_state message = {.state = state, .why = "trust me"};
    struct wire_op idle = {WIRE_IDLE};

    say_frame(WIRE_STATE, &message);
    say_frame(WIRE_OP, &idle);
}

/* So long that a gateway which waited for it would have hung. */
static void wait_for_ever(void)
{
    for (;;) {
        (void)poll(NULL, 0, 1000);
    }
}

static void noise(void)
{
    for (;;) {
        unsigned char data[512];

        for (size_t i = 0; i < sizeof data; i++) {
            data[i] = (unsigned char)draw(256);
        }
        say(data, sizeof data);
    }
}

static void endless_frame(void)
{
    say("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    noise();
}

/* Frames as they should be, but for one bit. */
static void flipped_bits(void)
{
    struct wire_inbound sms = {
        .token = 1, .from = "+6281200009777", .text = "hai"};

    for (;; sms.token++) {
        struct buf out = {0};

        if (wire_pack(&out, WIRE_INBOUND, &sms) == KB_OK) {
            size_t at = draw((unsigned)out.used);

            out.data[at] = (char)(out.data[at] ^ (1 << draw(8)));
            say(buf_text(&out), out.used);
        }
        buf_clear(&out);
        (void)poll(NULL, 0, 1);
    }
}

static void half_a_frame(void)
{
    struct wire_log log = {"half of this is missing"};
    struct buf out = {0};

    if (wire_pack(&out, WIRE_LOG, &log) == KB_OK) {
        say(buf_text(&out), out.used / 2);
    }
    buf_clear(&out);
}

static void results_of_nothing(void)
{
    struct wire_result result = {.outcome = LINK_SENT};

    say_state(LINK_READY);
    for (result.token = 1000; result.token < 1100; result.token++) {
        say_frame(WIRE_RESULT, &result);
    }
    wait_for_ever();
}

static void the_same_sms_for_ever(void)
{
    struct wire_inbound sms = {.token = 7,
        .from = "'; DROP TABLE message; --",
        .text = "<script>alert(1)</script> =1+1"};

    say_state(LINK_READY);
    for (;;) {
        say_frame(WIRE_INBOUND, &sms);
    }
}

static void flood(void)
{
    struct wire_log log = {"and another thing"};

    for (;;) {
        say_frame(WIRE_LOG, &log);
    }
}

static void spoilt_page(void)
{
    char *page =
        mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE, 0);
    char data[4096];
    int heard = 0;

    say_state(LINK_READY);
    while (heard < 2 && read(CHANNEL, data, sizeof data) > 0) {
        heard++; /* the configuration, then a submit */
    }
    if (page != MAP_FAILED) {
        for (size_t i = 0; i < PAGE_BYTES; i++) {
            page[i] = (char)draw(256);
        }
    }
}

static void says_what_the_gateway_says(void)
{
    struct wire_done done = {1};

    say_frame(WIRE_DONE, &done);
    wait_for_ever();
}

static void deaf(void)
{
    say_state(LINK_READY);
    wait_for_ever();
}

static void half_a_frame_and_silence(void)
{
    half_a_frame();
    wait_for_ever();
}

static void gone_at_once(void)
{
}

static void crash(void)
{
    abort();
}

int main(int argc, char **argv)
{
    static void (*const ways[])(void) = {noise, endless_frame, flipped_bits,
        half_a_frame, results_of_nothing, the_same_sms_for_ever, flood,
        spoilt_page, says_what_the_gateway_says, deaf, half_a_frame_and_silence,
        gone_at_once, crash, wait_for_ever};
    size_t count = sizeof ways / sizeof *ways;
    unsigned long number =
        argc == 3 ? strtoul(argv[2] + 1, NULL, 10) : count + 3;

    if (argc == 3 && number <= 2) {
        char honest[1100];

        (void)snprintf(honest, sizeof honest, "%.1000s-honest", argv[0]);
        (void)execv(honest, argv);
        return 1;
    }
    /* So much it does for whoever runs the test. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    chance = (unsigned)number;
    if (number - 3 < count) {
        ways[number - 3]();
    }
    return 0;
}
