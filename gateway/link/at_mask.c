// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "link/at_log.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* So many hex digits alone on a line are a PDU. */
#define PDU_DIGITS 16
/* So many digits in a row are taken for a number of somebody's. */
#define NUMBER_DIGITS 6
#define KEEP_FIRST    4
#define KEEP_LAST     3

struct writer {
    char *out;
    size_t room;
    size_t used;
};

static void put(struct writer *writer, char byte)
{
    if (writer->used + 1 < writer->room) {
        writer->out[writer->used++] = byte;
    }
}

static void put_text(struct writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        put(writer, *text);
    }
}

static void put_plain(struct writer *writer, char byte)
{
    if (byte == 0x1a || byte == 0x1b) {
        put(writer, '^');
        put(writer, byte == 0x1a ? 'Z' : '[');
    } else {
        put(writer, byte >= ' ' && byte <= '~' ? byte : '.');
    }
}

static size_t digits_in(const char *text)
{
    return strspn(text, "0123456789");
}

/* Text with runs of digits masked. */
static void put_masked(struct writer *writer, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes;) {
        size_t run = digits_in(text + i);

        run = run < bytes - i ? run : bytes - i;
        if (run < NUMBER_DIGITS) {
            put_plain(writer, text[i++]);
            continue;
        }
        for (size_t d = 0; d < run; d++) {
            bool shown = run > KEEP_FIRST + KEEP_LAST &&
                         (d < KEEP_FIRST || d >= run - KEEP_LAST);

            put(writer, shown ? text[i + d] : '*');
        }
        i += run;
    }
}

/* --- PDUs ---------------------------------------------------------------- */

static bool is_pdu(const char *line, size_t *digits)
{
    *digits = strspn(line, "0123456789ABCDEFabcdef");
    return *digits >= PDU_DIGITS &&
           line[*digits + strspn(line + *digits, "\x1a\x1b ")] == '\0';
}

/* The SMSC's address and the first octet say what kind it is; what follows is
   about people. */
static void put_pdu(struct writer *writer, const char *line, size_t digits)
{
    char length[3] = {line[0], line[1], '\0'};
    unsigned long smsc = 0;
    size_t shown = 2;
    char rest[48];

    smsc = strtoul(length, NULL, 16);
    if (smsc <= 12) {
        shown = 2 * (smsc + 1) + 2;
    }
    shown = shown < digits ? shown : 2;
    for (size_t i = 0; i < shown; i++) {
        put(writer, line[i]);
    }
    (void)snprintf(
        rest, sizeof rest, "... [%zu octets more]", (digits - shown) / 2);
    put_text(writer, rest);
    if (strchr(line + digits, 0x1a) != NULL) {
        put_text(writer, "^Z");
    }
}

/* --- commands and answers ------------------------------------------------ */

/* What stands in quotes there is about the modem, not about people. */
static bool is_harmless(const char *name)
{
    static const char *const names[] = {"+CPMS", "+CSCS", "+CNMI", "+CMTI",
        "+CDSI", "+CREG", "+CGREG", "+CEREG", "+COPS", "+CPBS", "+CPIN"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    return name[0] == '^';
}

static bool has_secret(const char *name)
{
    return strcasecmp(name, "+CPIN") == 0 || strcasecmp(name, "+CPWD") == 0 ||
           strcasecmp(name, "+CLCK") == 0 || strcasecmp(name, "+CPIN2") == 0;
}

static bool tells_the_make(const char *name)
{
    static const char *const names[] = {"+CGMI", "+CGMM", "+CGMR", "+GMI",
        "+GMM", "+GMR", "+CGSN", "+GSN", "+CIMI", "I"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "+CSQ" of "+CSQ: 20,99" and of "+CSQ=?". */
static void name_of(const char *text, char *out, size_t out_bytes)
{
    size_t length = strcspn(text, ":=?; ");

    length = length < out_bytes ? length : out_bytes - 1;
    memcpy(out, text, length);
    out[length] = '\0';
}

static void put_quoted(
    struct writer *writer, const char *text, size_t bytes, bool harmless)
{
    char size[32];

    put(writer, '"');
    if (harmless || bytes == 0 || strspn(text, "+*#0123456789") >= bytes) {
        put_masked(writer, text, bytes);
    } else {
        (void)snprintf(size, sizeof size, "[%zu]", bytes);
        put_text(writer, size);
    }
    put(writer, '"');
}

static void put_arguments(
    struct writer *writer, const char *text, bool harmless)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "\"");
        size_t quoted = 0;

        put_masked(writer, text, plain);
        text += plain;
        if (*text == '"') {
            quoted = strcspn(text + 1, "\"");
            put_quoted(writer, text + 1, quoted, harmless);
            text += 1 + quoted;
            text += *text == '"' ? 1 : 0;
        }
    }
}

static const char *behind_at(const char *line)
{
    while (*line == 0x1b || *line == ' ') {
        line++;
    }
    return strncasecmp(line, "AT", 2) == 0 ? line + 2 : NULL;
}

static void put_command(
    struct at_masker *masker, struct writer *writer, const char *command)
{
    name_of(command, masker->command, sizeof masker->command);
    put_text(writer, "AT");
    if (has_secret(masker->command) && strchr(command, '=') != NULL &&
        strchr(command, '?') == NULL) {
        put_text(writer, masker->command);
        put_text(writer, "=***");
        return;
    }
    put_arguments(writer, command, is_harmless(masker->command));
}

static bool is_result(const char *line)
{
    static const char *const words[] = {"OK", "ERROR", "RING", "NO CARRIER",
        "BUSY", "NO ANSWER", "NO DIALTONE", "CONNECT", "RDY", "Call Ready",
        "SMS Ready", "> ", ">"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(line, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void put_heard(
    struct at_masker *masker, struct writer *writer, const char *line)
{
    char name[24];
    char size[32];

    name_of(line, name, sizeof name);
    if (strchr("+^*$%", line[0]) != NULL) {
        put_arguments(writer, line, is_harmless(name));
    } else if (is_result(line) || tells_the_make(masker->command)) {
        put_masked(writer, line, strlen(line));
    } else {
        (void)snprintf(size, sizeof size, "[%zu bytes]", strlen(line));
        put_text(writer, size);
    }
}

void at_mask(struct at_masker *masker, char kind, const char *line, char *out,
    size_t out_bytes)
{
    struct writer writer = {out, out_bytes, 0};
    const char *command = kind == AT_LOG_NOTE ? NULL : behind_at(line);
    size_t digits = 0;

    if (kind == AT_LOG_NOTE) {
        put_masked(&writer, line, strlen(line));
    } else if (is_pdu(line, &digits) && !tells_the_make(masker->command)) {
        put_pdu(&writer, line, digits);
    } else if (command != NULL) {
        put_command(masker, &writer, command);
    } else if (kind == AT_LOG_HEARD) {
        put_heard(masker, &writer, line);
    } else {
        put_text(&writer, line[0] == 0x1b ? "^[" : "[text]");
    }
    if (out_bytes > 0) {
        out[writer.used] = '\0';
    }
}
