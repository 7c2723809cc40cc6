// SPDX-License-Identifier: GPL-2.0-or-later
/* The checked read() of a hardened build is an inline function of that name. */
#undef _FORTIFY_SOURCE
#include "modems/worker/tee.h"

#include "base/clock.h"
#include "modems/worker/fold.h"
#include "modems/worker/prompt.h"
#include "modems/worker/sieve.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In a worker descriptors 0 to 4 are never the modem's: see modems/README.md.
   A probe, which notes nothing, has none of them. */
#define FIRST_FD       5
#define PROBE_FIRST_FD 3

/*
 * libGammu begins with this and throws away what comes until the line has been
 * silent for 50 ms: two bytes in 10 ms, so that a modem that says ^RSSI ten
 * times a second holds it there for ever, and no time-out of its own ends that.
 * So what is there goes at once, and after a while the line counts as silent.
 */
#define GAMMU_ESCAPE "\x1b\r"
#define GARBAGE_MS   300

/* The longest line that somebody else must read on: a PDU as hex. */
#define BEGUN_MOST 512

/* How long libGammu waits for the prompt, and what may come meanwhile: a few
   SMS as +CMT. */
#define PROMPT_WAIT_MS 30000
#define KEPT_MOST      4096
#define SIEVED_AT_ONCE 256

/* read() and write() have no argument for it, as usleep() has none: see
   pauses.c. */
static struct {
    struct at_log *log;
    dev_t device;
    int line; /* its descriptor, where that is known; 0 */
    uint64_t last;
    struct fold fold;
    struct sieve sieve;
    struct prompt prompt;
    char kept[KEPT_MOST]; /* read and sieved, not handed out yet */
    size_t kept_bytes;
    char begun[BEGUN_MOST]; /* of the line whose end was not read yet */
    size_t begun_bytes;
    bool opening;
    int64_t garbage_until_ms; /* 0: what comes is an answer */
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
} tee;

void tee_start(struct at_log *log, dev_t device)
{
    tee.log = log;
    tee.device = device;
    tee.line = 0;
    tee.kept_bytes = 0;
    tee.begun_bytes = 0;
    tee.prompt = (struct prompt){.state = PROMPT_NONE};
    tee.last = log == NULL ? 0 : at_log_last(log);
}

void tee_sieve(const char *prefixes)
{
    tee.sieve = (struct sieve){.prefixes = prefixes};
}

void tee_line(int fd)
{
    tee.line = fd;
}

void tee_opening(bool opening)
{
    tee.opening = opening;
    tee.garbage_until_ms = 0;
}

bool tee_waits(void)
{
    return tee.kept_bytes > 0;
}

size_t tee_begun(char *out, size_t out_bytes)
{
    size_t some = tee.begun_bytes < out_bytes ? tee.begun_bytes : out_bytes;

    memcpy(out, tee.begun, some);
    return some;
}

void tee_note(const char *text)
{
    if (tee.log != NULL) {
        at_log_add(tee.log, &tee.last, clock_mono_ms(), AT_LOG_NOTE, text,
            strlen(text));
    }
}

/* As long as its descriptor is not known, one fstat a call. */
static bool is_the_modem(int fd)
{
    struct stat status;
    int first = tee.log == NULL ? PROBE_FIRST_FD : FIRST_FD;

    if (tee.line != 0) {
        return fd == tee.line;
    }
    return tee.device != 0 && fd >= first && fstat(fd, &status) == 0 &&
           S_ISCHR(status.st_mode) && status.st_rdev == tee.device;
}

static void note(char kind, const void *data, ssize_t bytes)
{
    if (bytes > 0 && tee.log != NULL) {
        at_log_add(
            tee.log, &tee.last, clock_mono_ms(), kind, data, (size_t)bytes);
    }
}

/* --- what is thrown away -------------------------------------------------- */

static void expect_garbage(const void *data, ssize_t bytes)
{
    size_t size = sizeof GAMMU_ESCAPE - 1;
    bool is_escape = tee.opening && bytes == (ssize_t)size &&
                     memcmp(data, GAMMU_ESCAPE, size) == 0;

    tee.garbage_until_ms = is_escape ? clock_mono_ms() + GARBAGE_MS : 0;
}

/* The caller is told of as much as it has room for: it does not look at it. */
static ssize_t throw_away(int fd, char *data, size_t bytes)
{
    char raw[512];
    ssize_t got = 0;

    /* The rest of a line must not go missing in the middle of another. */
    tee.sieve = (struct sieve){.prefixes = tee.sieve.prefixes};
    fold_reset(&tee.fold);
    tee.kept_bytes = 0;
    tee.begun_bytes = 0;
    got = syscall(SYS_read, fd, raw, sizeof raw);
    note(AT_LOG_HEARD, raw, got);
    if (got <= 0) {
        return got;
    }
    if (clock_mono_ms() >= tee.garbage_until_ms) {
        return 0;
    }
    got = (size_t)got < bytes ? got : (ssize_t)bytes;
    memcpy(data, raw, (size_t)got);
    return got;
}

/* --- what is folded and sieved ---------------------------------------------- */

static ssize_t read_folded(int fd, char *data, size_t bytes)
{
    ssize_t got = syscall(SYS_read, fd, data, bytes);

    note(AT_LOG_HEARD, data, got);
    for (ssize_t i = 0; i < got; i++) {
        data[i] = fold_byte(&tee.fold, data[i]);
    }
    return got;
}

static ssize_t hand_out(char *data, size_t bytes)
{
    size_t some = bytes < tee.kept_bytes ? bytes : tee.kept_bytes;

    memcpy(data, tee.kept, some);
    tee.kept_bytes -= some;
    memmove(tee.kept, tee.kept + some, tee.kept_bytes);
    return (ssize_t)some;
}

/* A byte that stays may bring those that were held before it: what the caller
   has no room for waits. Where nothing stays it is as if nothing had come. */
static ssize_t read_sieved(int fd, char *data, size_t bytes)
{
    char raw[SIEVED_AT_ONCE];
    ssize_t got = read_folded(fd, raw, bytes < sizeof raw ? bytes : sizeof raw);
    size_t used = 0;

    for (ssize_t i = 0; i < got; i++) {
        char stays[SIEVE_PREFIX_MOST];
        size_t count = sieve_take(&tee.sieve, raw[i], stays);
        size_t fits = count < bytes - used ? count : bytes - used;

        memcpy(data + used, stays, fits);
        used += fits;
        if (count - fits <= sizeof tee.kept - tee.kept_bytes) {
            memcpy(tee.kept + tee.kept_bytes, stays + fits, count - fits);
            tee.kept_bytes += count - fits;
        }
    }
    if (got > 0 && used == 0) {
        errno = EAGAIN;
        return -1;
    }
    return got <= 0 ? got : (ssize_t)used;
}

static void follow_line(const char *data, ssize_t bytes)
{
    for (ssize_t i = 0; i < bytes; i++) {
        (void)prompt_hear(&tee.prompt, data[i]);
        if (data[i] == '\r' || data[i] == '\n') {
            tee.begun_bytes = 0;
        } else if (tee.begun_bytes < sizeof tee.begun) {
            tee.begun[tee.begun_bytes++] = data[i];
        }
    }
}

static ssize_t read_new(int fd, void *data, size_t bytes)
{
    return tee.sieve.prefixes == NULL || *tee.sieve.prefixes == '\0'
               ? read_folded(fd, data, bytes)
               : read_sieved(fd, data, bytes);
}

static ssize_t read_modem(int fd, void *data, size_t bytes)
{
    ssize_t got =
        tee.kept_bytes > 0 ? hand_out(data, bytes) : read_new(fd, data, bytes);

    follow_line(data, got);
    return got;
}

/* --- the PDU waits for its prompt ------------------------------------------- */

/* What comes while libGammu is inside write() is kept for its next read(), all
   but the prompt, which it believes to have seen.
   @return false: nothing can come any more, or there is no room for it. */
static bool keep_what_comes(int fd)
{
    char raw[SIEVED_AT_ONCE + SIEVE_PREFIX_MOST];
    ssize_t got = 0;

    if (tee.kept_bytes + sizeof raw > sizeof tee.kept) {
        return false;
    }
    got = read_new(fd, raw, sizeof raw);
    for (ssize_t i = 0; i < got; i++) {
        if (!prompt_hear(&tee.prompt, raw[i])) {
            tee.kept[tee.kept_bytes++] = raw[i];
        }
    }
    return got > 0 || (got < 0 && errno == EAGAIN);
}

static bool prompt_comes(int fd)
{
    int64_t until_ms = clock_mono_ms() + PROMPT_WAIT_MS;
    int64_t left_ms = PROMPT_WAIT_MS;
    bool open = true;

    while (open && left_ms > 0 && tee.prompt.state == PROMPT_AWAITED) {
        struct pollfd tty = {.fd = fd, .events = POLLIN};

        open = poll(&tty, 1, (int)left_ms) <= 0 || keep_what_comes(fd);
        left_ms = until_ms - clock_mono_ms();
    }
    return tee.prompt.state == PROMPT_SHOWN;
}

/* @return false: what libGammu writes behind AT+CMGS may not go out. */
static bool may_write(int fd, const char *data, size_t bytes)
{
    bool early = tee.prompt.state == PROMPT_AWAITED ||
                 tee.prompt.state == PROMPT_REFUSED;

    if (!early || bytes == 0 || data[0] == GAMMU_ESCAPE[0] ||
        prompt_comes(fd)) {
        return true;
    }
    tee_note("the modem did not ask for the SMS; not given to it");
    if (tee.prompt.state == PROMPT_AWAITED) {
        /* A prompt that comes yet must not take the next command. */
        (void)write(fd, GAMMU_ESCAPE, sizeof GAMMU_ESCAPE - 1);
    }
    tee.prompt.state = PROMPT_NONE;
    return false;
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
ssize_t read(int fd, void *data, size_t bytes)
{
    if (bytes == 0 || !is_the_modem(fd)) {
        return syscall(SYS_read, fd, data, bytes);
    }
    return tee.garbage_until_ms != 0 ? throw_away(fd, data, bytes)
                                     : read_modem(fd, data, bytes);
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
ssize_t write(int fd, const void *data, size_t bytes)
{
    bool to_modem = is_the_modem(fd);
    ssize_t sent = 0;

    if (to_modem && !may_write(fd, data, bytes)) {
        errno = EIO;
        return -1;
    }
    sent = syscall(SYS_write, fd, data, bytes);
    if (to_modem && sent > 0) {
        note(AT_LOG_SENT, data, sent);
        expect_garbage(data, sent);
        prompt_say(&tee.prompt, data, (size_t)sent);
        fold_reset(&tee.fold);
    }
    return sent;
}
