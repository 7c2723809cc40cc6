// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring of AT exchanges: lines come out whole and in order, the oldest give
 * way, nothing personal is shown, and nothing that a hostile worker may have
 * written there does harm.
 */
#include "base/mem.h"
#include "link/at_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct lines {
    char text[4096];
    size_t count;
    char last[700];
};

static void on_line(void *arg, int64_t mono_ms, const char *line)
{
    struct lines *lines = arg;
    size_t used = strlen(lines->text);

    (void)mono_ms;
    lines->count++;
    (void)snprintf(lines->text + used, sizeof lines->text - used, "%s\n", line);
    (void)snprintf(lines->last, sizeof lines->last, "%s", line);
}

static void say(struct at_log *log, uint64_t *last, char kind, const char *text)
{
    at_log_add(log, last, 1000, kind, text, strlen(text));
}

static void a_conversation_is_shown_line_by_line(void **state)
{
    struct at_log *log = mem_new(sizeof *log);
    struct lines lines = {.count = 0};
    uint64_t last = 0;

    (void)state;
    say(log, &last, '#', "other");
    say(log, &last, '>', "AT+C");
    say(log, &last, '>', "SQ\r");
    /* Byte by byte, as some of it is read. */
    for (const char *byte = "\r\n+CSQ: 20,99\r\n\r\nOK\r\n"; *byte != '\0';
         byte++) {
        at_log_add(log, &last, 1000, '<', byte, 1);
    }
    say(log, &last, '>', "AT+CREG?\r"); /* … and then silence */
    at_log_read(log, on_line, &lines);
    assert_string_equal(lines.text, "# other\n> AT+CSQ\n< +CSQ: 20,99\n"
                                    "< OK\n> AT+CREG?\n");
    assert_int_equal(last, 4);
    assert_int_equal(at_log_last(log), 4);
    free(log);
}

static void the_oldest_give_way_and_the_next_worker_goes_on(void **state)
{
    struct at_log *log = mem_new(sizeof *log);
    struct lines lines = {.count = 0};
    uint64_t last = 0;
    char line[32];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(line, sizeof line, "n%d", i);
        say(log, &last, '#', line);
    }
    last = at_log_last(log);
    say(log, &last, '#', "next");
    at_log_read(log, on_line, &lines);
    assert_int_equal(lines.count, AT_LOG_SLOTS);
    assert_string_equal(lines.last, "# next");
    free(log);
}

static void a_long_line_takes_several_places(void **state)
{
    struct at_log *log = mem_new(sizeof *log);
    struct lines lines = {.count = 0};
    uint64_t last = 0;
    char line[300] = "AT+CSCS=";

    (void)state;
    memset(line + 8, 'x', 280);
    say(log, &last, '>', line);
    at_log_read(log, on_line, &lines);
    assert_int_equal(lines.count, 1);
    assert_int_equal(strlen(lines.last), strlen(line) + 2);
    free(log);
}

/* Whatever stands there: it ends, and only printable text comes out. */
static void garbage_in_the_ring_does_no_harm(void **state)
{
    struct at_log *log = mem_new(sizeof *log);
    unsigned char *bytes = (unsigned char *)log;
    unsigned random = 7;

    (void)state;
    for (int round = 0; round < 50; round++) {
        struct lines lines = {.count = 0};

        for (size_t i = 0; i < sizeof *log; i++) {
            random = random * 1103515245U + 12345U;
            bytes[i] = (unsigned char)(random >> 16);
        }
        /* Some places look right, so that their texts are read. */
        for (size_t i = 0; i < AT_LOG_SLOTS; i += 3) {
            log->slot[i].number = i == 0 ? AT_LOG_SLOTS : i;
            log->slot[i].kind = "><#"[i % 9 / 3];
        }
        at_log_read(log, on_line, &lines);
        for (const char *at = lines.last; *at != '\0'; at++) {
            assert_true(*at >= ' ' && *at <= '~');
        }
    }
    free(log);
}

static void nothing_personal_is_shown(void **state)
{
    static const struct {
        char kind;
        const char *line;
        const char *shown;
    } lines[] = {
        {'>', "AT+CPIN=\"1234\"",                                   "AT+CPIN=***"                           },
        {'>', "AT+CPIN?",                                           "AT+CPIN?"                              },
        {'<', "+CPIN: READY",                                       "+CPIN: READY"                          },
        {'>', "AT+CLCK=\"SC\",0,\"4321\"",                          "AT+CLCK=***"                           },
        {'>', "AT+CMGS=23",                                         "AT+CMGS=23"                            },
        {'<', "> ",                                                 "> "                                    },
        {'>', "0011000B9126180090001F10000AA04C8309F\x1a",
         "0011... [16 octets more]^Z"                                                                       },
        {'<',
         "07912618485400F9040B912618211032F4000042309251619580"
            "03C8F41C",                                             "07912618485400F904... [21 octets more]"},
        {'<', "+CMGS: 12",                                          "+CMGS: 12"                             },
        {'<', "+CLIP: \"+6281200009001\",145,,,\"BUDI S\",0",
         "+CLIP: \"+6281******001\",145,,,\"[6]\",0"                                                        },
        {'<', "+CUSD: 0,\"Sisa pulsa Rp5000\",15",                  "+CUSD: 0,\"[17]\",15"                  },
        {'>', "AT+CUSD=1,\"*888#\",15",                             "AT+CUSD=1,\"*888#\",15"                },
        {'<', "+CMTI: \"SM\",3",                                    "+CMTI: \"SM\",3"                       },
        {'<', "+COPS: 0,0,\"TELKOMSEL\"",                           "+COPS: 0,0,\"TELKOMSEL\""              },
        {'<', "^RSSI:17",                                           "^RSSI:17"                              },
        {'<', "Halo, ini rahasia",                                  "[17 bytes]"                            },
        {'>', "AT+CGMM",                                            "AT+CGMM"                               },
        {'<', "E173",                                               "E173"                                  },
        {'>', "AT+CIMI",                                            "AT+CIMI"                               },
        {'<', "510109000000001",                                    "5101********001"                       },
        {'>', "AT+CSQ",                                             "AT+CSQ"                                },
        {'<', "RAHASIA",                                            "[7 bytes]"                             },
        {'<', "NO CARRIER",                                         "NO CARRIER"                            },
        {'<', "+CMT: \"+6281200009001\",,\"16/09/01,08:00:00+32\"",
         "+CMT: \"+6281******001\",,\"[20]\""                                                               },
    };
    struct at_masker masker = {""};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char shown[128];

        at_mask(&masker, lines[i].kind, lines[i].line, shown, sizeof shown);
        assert_string_equal(shown, lines[i].shown);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_is_shown_line_by_line),
        cmocka_unit_test(the_oldest_give_way_and_the_next_worker_goes_on),
        cmocka_unit_test(a_long_line_takes_several_places),
        cmocka_unit_test(garbage_in_the_ring_does_no_harm),
        cmocka_unit_test(nothing_personal_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
