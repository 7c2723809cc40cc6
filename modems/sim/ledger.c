// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/ledger.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "modems/sim/tpdu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sim_ledger {
    int fd; /* -1: no file */
    struct buf line;
};

enum kb_err sim_ledger_open(const char *path, struct sim_ledger **out)
{
    int fd = -1;

    if (path != NULL) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0) {
            return KB_IO;
        }
    }
    *out = mem_new(sizeof **out);
    (*out)->fd = fd;
    return KB_OK;
}

void sim_ledger_close(struct sim_ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    if (ledger->fd >= 0) {
        (void)close(ledger->fd);
    }
    buf_clear(&ledger->line);
    free(ledger);
}

/* JSON by hand: this line stands in the path of every message, and jansson's
 * objects would cost more than all the rest of it. */
static void add_string(struct buf *line, const char *text)
{
    buf_add(line, "\"", 1);
    for (; *text != '\0'; text++) {
        size_t plain = strcspn(text, "\"\\\b\f\n\r\t\x01\x02\x03\x04\x05\x06"
                                     "\x07\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15"
                                     "\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e"
                                     "\x1f");

        buf_add(line, text, plain);
        text += plain;
        if (*text == '\0') {
            break;
        }
        if (*text == '"' || *text == '\\') {
            buf_printf(line, "\\%c", *text);
        } else {
            buf_printf(line, "\\u%04x", (unsigned)(unsigned char)*text);
        }
    }
    buf_add(line, "\"", 1);
}

void sim_ledger_begin(struct sim_ledger *ledger, const char *event,
    const char *modem, int64_t mono_us)
{
    struct clock clock = clock_system();

    ledger->line.used = 0;
    buf_printf(&ledger->line,
        "{\"t_ms\":%lld,\"mono_us\":%lld,\"modem\":\"%s\",\"event\":\"%s\"",
        (long long)clock_now_ms(&clock), (long long)mono_us, modem, event);
}

void sim_ledger_text(
    struct sim_ledger *ledger, const char *name, const char *text)
{
    buf_printf(&ledger->line, ",\"%s\":", name);
    add_string(&ledger->line, text);
}

void sim_ledger_number(
    struct sim_ledger *ledger, const char *name, int64_t value)
{
    buf_printf(&ledger->line, ",\"%s\":%lld", name, (long long)value);
}

void sim_ledger_bool(struct sim_ledger *ledger, const char *name, bool value)
{
    buf_printf(&ledger->line, ",\"%s\":%s", name, value ? "true" : "false");
}

void sim_ledger_hex(struct sim_ledger *ledger, const char *name,
    const uint8_t *data, size_t bytes)
{
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    sim_hex(data, bytes > SIM_PDU_MAX ? SIM_PDU_MAX : bytes, hex);
    sim_ledger_text(ledger, name, hex);
}

void sim_ledger_end(struct sim_ledger *ledger)
{
    ssize_t wrote = 0;

    buf_add_text(&ledger->line, "}\n");
    if (ledger->fd < 0) {
        return;
    }
    wrote = write(ledger->fd, ledger->line.data, ledger->line.used);
    if (wrote != (ssize_t)ledger->line.used) {
        log_error("sim: cannot write the ledger error=\"%s\"", strerror(errno));
        exit(EXIT_FAILURE);
    }
}
