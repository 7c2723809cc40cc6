// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_LOG_H
#define KABARI_BASE_LOG_H

/*
 * One event, one line, on standard error: "room: event key=value …".
 * Under systemd (JOURNAL_STREAM is set) a line starts with its priority in
 * angle brackets (sd-daemon(3)) and carries no time, else with the local time.
 * Never log a whole phone number, NIK or text: see log_phone and log_nik.
 */

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/**
 * Writes one line. A line over 1,000 bytes is cut; line breaks and control
 * characters in it are replaced, so that no value can forge a second line.
 * $KABARI_LOG (error, warning, info, debug) says which levels are written;
 * info and above without it.
 */
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/** Room for a masked phone number, a masked NIK or a quoted value. */
struct log_text {
    char text[200];
};

/** "+62812…" as "0812****321": first four and last three digits stay. */
struct log_text log_phone(const char *phone);

/** "5315050101809001" as "531505******9001". */
struct log_text log_nik(const char *nik);

/** A value as logfmt has it: quoted and escaped where it holds spaces. */
struct log_text log_quote(const char *value);

#endif
