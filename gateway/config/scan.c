// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "config/config_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INCLUDE "@include"
#define WORD_CHARS                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"                     \
    "0123456789_*.+-"
#define INT_32_LEAST (-2147483648LL)
#define INT_32_MOST  2147483647LL

struct scan {
    struct reader *reader;
    const char *file;
    const char *at;
    int line;
    int depth;
    bool fresh; /* only blanks so far in this line */
    bool sound;
};

static struct place here(const struct scan *scan)
{
    return (struct place){.file = scan->file, .line = scan->line, .field = ""};
}

/* Moves over a character and counts lines. */
static void step(struct scan *scan)
{
    if (*scan->at == '\n') {
        scan->line++;
        scan->fresh = true;
    } else if (*scan->at != ' ' && *scan->at != '\t') {
        scan->fresh = false;
    }
    scan->at++;
}

static void over_line_comment(struct scan *scan)
{
    scan->at += strcspn(scan->at, "\n");
}

static void over_comment(struct scan *scan)
{
    struct place start = here(scan);

    while (*scan->at != '\0' && !str_starts(scan->at, "*/")) {
        step(scan);
    }
    if (*scan->at == '\0') {
        scan->sound = false;
        config_fault(scan->reader, start,
            "the comment that starts here has no end; close it with */");
        return;
    }
    scan->at += 2;
}

static void over_string(struct scan *scan)
{
    struct place start = here(scan);

    scan->at++;
    while (*scan->at != '"') {
        if (*scan->at == '\0' || *scan->at == '\n') {
            scan->sound = false;
            config_fault(scan->reader, start,
                "a text is not closed; put a quote (\") at its end, in the "
                "same line");
            return;
        }
        scan->at += scan->at[0] == '\\' && scan->at[1] == '"' ? 2 : 1;
    }
    scan->at++;
    scan->fresh = false;
}

/* libconfig 1.5 keeps the low 32 bits of a number and says nothing. */
static bool number_fits(const char *word)
{
    bool hex = str_starts(word, "0x") || str_starts(word, "0X");
    char *end = NULL;
    long long value = 0;

    errno = 0;
    value = strtoll(word, &end, hex ? 16 : 10);
    if (*end != '\0' && *end != 'L') {
        return true; /* no whole number; libconfig will say so */
    }
    return errno == 0 && value >= INT_32_LEAST && value <= INT_32_MOST;
}

static void over_word(struct scan *scan)
{
    char word[80] = "";
    size_t bytes = strspn(scan->at, WORD_CHARS);
    size_t sign = *scan->at == '-' || *scan->at == '+' ? 1 : 0;
    bool number = isdigit((unsigned char)scan->at[sign]) != 0;

    if (number) {
        bytes = bytes < sizeof word ? bytes : sizeof word - 1;
        memcpy(word, scan->at, bytes);
        if (!number_fits(word)) {
            scan->sound = false;
            config_fault(scan->reader, here(scan),
                "the number %s is too large for any option; write a smaller "
                "one",
                word);
        }
    }
    scan->at += bytes;
    scan->fresh = false;
}

/* The name in quotes behind @include, as libconfig reads it; false where it
   is no include to libconfig, which will call it a syntax error. */
static bool include_name(const char *at, char *name, size_t bytes)
{
    size_t blanks = strspn(at + strlen(INCLUDE), " \t");
    const char *start = at + strlen(INCLUDE) + blanks;
    size_t length = 0;

    *name = '\0';
    if (blanks == 0 || *start != '"') {
        return false;
    }
    length = strcspn(start + 1, "\"\\\n");
    if (start[1 + length] == '"' && length < bytes) {
        memcpy(name, start + 1, length);
        name[length] = '\0';
    }
    return true;
}

static void include_fault(struct scan *scan, const char *text, const char *name)
{
    scan->sound = false;
    config_fault(
        scan->reader, here(scan), "@include \"%.200s\": %s", name, text);
}

static void follow_include(struct scan *scan, const char *name)
{
    char *whole = config_resolve(scan->reader, name);

    if (*name == '\0') {
        include_fault(scan,
            "write a file's name in quotes in the same line, at most 255 bytes "
            "and without backslashes",
            name);
    } else if (*name == '/') {
        /* libconfig 1.5 puts the folder before it all the same. */
        include_fault(scan,
            "name it as seen from the configuration file's folder, such as "
            "\"local.conf\" or \"../common.conf\"",
            name);
    } else if (scan->depth >= CONFIG_INCLUDE_DEPTH_MOST) {
        include_fault(scan,
            "includes lie more than 10 deep; does a file include itself?",
            name);
    } else if (access(whole, F_OK) != 0) {
        include_fault(scan,
            "there is no such file; mend the path or take the line out", name);
    } else {
        scan->sound =
            config_scan(scan->reader, whole, scan->depth + 1) && scan->sound;
    }
    free(whole);
}

/* Only as a line's first word does libconfig take it for an include. */
static void over_include(struct scan *scan)
{
    char name[256] = "";

    if (!include_name(scan->at, name, sizeof name)) {
        step(scan);
        return;
    }
    follow_include(scan, name);
    scan->at += strcspn(scan->at, "\"");
    over_string(scan);
}

static void scan_text(struct scan *scan)
{
    while (*scan->at != '\0') {
        if (*scan->at == '#' || str_starts(scan->at, "//")) {
            over_line_comment(scan);
        } else if (str_starts(scan->at, "/*")) {
            over_comment(scan);
        } else if (*scan->at == '"') {
            over_string(scan);
        } else if (scan->fresh && str_starts(scan->at, INCLUDE)) {
            over_include(scan);
        } else if (strspn(scan->at, WORD_CHARS) > 0) {
            over_word(scan);
        } else {
            step(scan);
        }
    }
}

/* The whole file, or NULL after a fault was told of. A folder would make
   libconfig's scanner end the process, a pipe would hang it. */
static char *read_whole(struct reader *reader, const char *path, size_t *bytes)
{
    struct place place = {.file = path, .line = 0, .field = ""};
    FILE *file = fopen(path, "re");
    struct stat status;
    char *text = NULL;

    if (file == NULL || fstat(fileno(file), &status) != 0) {
        config_fault(reader, place, "cannot be read: %s", strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        config_fault(reader, place, "is no plain file; name the file itself");
    } else if (status.st_size > CONFIG_FILE_BYTES_MOST) {
        config_fault(reader, place,
            "has more than %d bytes; is it the right "
            "file?",
            CONFIG_FILE_BYTES_MOST);
    } else {
        text = mem_new(CONFIG_FILE_BYTES_MOST + 1);
        *bytes = fread(text, 1, CONFIG_FILE_BYTES_MOST, file);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

bool config_scan(struct reader *reader, const char *file, int depth)
{
    size_t bytes = 0;
    char *text = read_whole(reader, file, &bytes);
    struct scan scan = {.reader = reader,
        .file = file,
        .at = text,
        .line = 1,
        .depth = depth,
        .fresh = true,
        .sound = true};

    if (text == NULL) {
        return false;
    }
    if (strlen(text) < bytes) {
        config_fault(reader, here(&scan),
            "holds NUL bytes; save it as plain UTF-8 text");
        scan.sound = false;
    } else {
        scan_text(&scan);
    }
    free(text);
    return scan.sound;
}
