// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "inbound/inbound_internal.h"
#include "inbound/numbers.h"
#include "inbound/words.h"

#include <stdio.h>
#include <string.h>

/* From here on nobody asks anything any more; ten parts have 1,600 characters
   at most. */
#define SCAN_BYTES 4096

/* A bare number of that many digits is meant as a NIK; phones have fewer, or
   start with 0, 8 or 62. */
#define BARE_DIGITS 10

const char *intent_name(enum intent intent)
{
    static const char *const names[] = {
        [INTENT_STATUS] = "status",
        [INTENT_BAD_LENGTH] = "bad_length",
        [INTENT_BAD_NIK] = "bad_nik",
        [INTENT_EXAMPLE] = "example",
        [INTENT_INFO] = "info",
        [INTENT_FAQ_OFFICE] = "faq_office",
        [INTENT_FAQ_HOURS] = "faq_hours",
        [INTENT_FAQ_PICKUP] = "faq_pickup",
        [INTENT_FAQ_REQUIRE] = "faq_require",
        [INTENT_FAQ_FEE] = "faq_fee",
        [INTENT_FAQ_STATUS] = "faq_status",
        [INTENT_STOP] = "stop",
        [INTENT_START] = "start",
        [INTENT_WRONG_PERSON] = "wrong_person",
        [INTENT_DONE] = "done",
        [INTENT_RESCHEDULE] = "reschedule",
        [INTENT_HUMAN] = "human",
        [INTENT_ACK] = "ack",
    };

    return names[intent];
}

/* --- what stands in the text ---------------------------------------------- */

/* A text taken apart. */
struct reading {
    const char *text; /* at most SCAN_BYTES */
    struct words words;
    struct number number; /* the first that may be a NIK, else the first */
    bool has_number;
    bool has_double; /* a second personal number stands behind it */
};

static void read_numbers(struct reading *reading)
{
    struct number number = {0};
    size_t at = 0;

    while (number_next(reading->text, at, &number)) {
        bool personal = number.count >= NUMBER_PERSONAL;

        at = number.end;
        if (personal && reading->number.count >= NUMBER_PERSONAL) {
            reading->has_double = true;
            return;
        }
        if (!reading->has_number || personal) {
            reading->number = number;
            reading->has_number = true;
        }
    }
}

static void say(struct understood *out, enum intent intent, const char *reason)
{
    out->intent = intent;
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
}

/* --- numbers --------------------------------------------------------------- */

static bool has_keyword(const struct words *words)
{
    return words_have(words, "cek status ktp nik ektp reg ulang");
}

/* Dates and hours in groups can have as many digits as a NIK. */
static bool is_meant_as_nik(const struct reading *reading)
{
    return !reading->number.grouped || reading->words.count == 0 ||
           has_keyword(&reading->words);
}

static void take_nik(const struct reading *reading, struct understood *out)
{
    const struct number *number = &reading->number;

    say(out, INTENT_STATUS, "");
    (void)snprintf(out->reason, sizeof out->reason,
        "16 digits that can be a NIK%s%s",
        number->mended ? ", with O and l read as digits" : "",
        reading->has_double || number->count == NUMBER_DOUBLE
            ? "; the number behind it is dropped"
            : "");
    memcpy(out->nik, number->digits, NIK_DIGITS);
    out->nik[NIK_DIGITS] = '\0';
}

static bool understand_nik(
    const struct reading *reading, struct understood *out)
{
    const struct number *number = &reading->number;
    char nik[NIK_BYTES] = "";
    enum nik_fault fault = NIK_LENGTH;

    if (number->count == NIK_DIGITS || number->count == NUMBER_DOUBLE) {
        memcpy(nik, number->digits, NIK_DIGITS);
        fault = nik_check(nik);
    }
    if (fault == NIK_FINE) {
        take_nik(reading, out);
        return true;
    }
    if (!is_meant_as_nik(reading)) {
        return false;
    }
    if (fault == NIK_EXAMPLE) {
        say(out, INTENT_EXAMPLE, nik_fault_text(fault));
    } else if (fault == NIK_LENGTH) {
        say(out, INTENT_BAD_LENGTH, "a number that is no NIK by its length");
        out->digits = number->count > 999 ? 999 : (int)number->count;
    } else {
        say(out, INTENT_BAD_NIK, nik_fault_text(fault));
    }
    return true;
}

/* "CEK 5315xxxxxxxxxxxx" and "CEK 16 angka NIK" stand in our own texts. */
static bool is_copied(const struct reading *reading)
{
    return strstr(reading->text, "xxxx") != NULL ||
           strstr(reading->text, "XXXX") != NULL;
}

static bool is_phone(const struct number *number)
{
    return strchr("08", number->digits[0]) != NULL ||
           strncmp(number->digits, "62", 2) == 0;
}

/* --- words ----------------------------------------------------------------- */

/* A command wins over a number beside it, but not over a form of SIM
   registration (UNREG#NIK#KK). */
static bool is_command(
    const struct reading *reading, const struct word_rule *rule)
{
    return rule != NULL && rule->score >= WORD_COMMAND &&
           !reading->has_double &&
           (rule->intent == INTENT_STOP ||
               rule->intent == INTENT_WRONG_PERSON ||
               rule->intent == INTENT_RESCHEDULE);
}

static void command_with_nik(
    const struct reading *reading, struct understood *out)
{
    if (reading->number.count == NIK_DIGITS) {
        memcpy(out->nik, reading->number.digits, NIK_DIGITS);
        out->nik[NIK_DIGITS] = '\0';
    }
}

/* A query by its words; how many digits came with it, "16 angka" aside. */
static void query_without_nik(
    const struct reading *reading, struct understood *out)
{
    bool copied = words_have(&reading->words, "angka digit");

    if (reading->has_number && !copied) {
        out->digits = (int)reading->number.count;
    }
}

/* Neither words nor a number that says anything. */
static void understand_rest(
    const struct reading *reading, struct understood *out)
{
    const char *at = reading->text;
    uint32_t code = 0;
    bool symbols = false;

    while ((code = str_utf8_next(&at)) != 0) {
        /* Dingbats and emoji, but no script that people write words in. */
        symbols = symbols || (code >= 0x2600 && code <= 0x27bf) ||
                  (code >= 0x1f000 && code <= 0x1faff);
        if (code > ' ' && code < 0x2000 && code != '!') {
            say(out, INTENT_HUMAN, "no rule understands it");
            return;
        }
    }
    say(out, symbols ? INTENT_ACK : INTENT_HUMAN,
        symbols ? "signs only: no answer" : "nothing to read in it");
}

static void understand_words(
    const struct reading *reading, struct understood *out)
{
    const struct number *number = &reading->number;
    const struct word_rule *rule = words_rule(&reading->words);

    if (rule != NULL) {
        say(out, rule->intent, rule->why);
        if (rule->intent == INTENT_BAD_LENGTH) {
            query_without_nik(reading, out);
        }
    } else if (reading->words.count == 0 && reading->has_number &&
               number->count >= BARE_DIGITS && !is_phone(number)) {
        say(out, INTENT_BAD_LENGTH, "a number that is no NIK by its length");
        out->digits = (int)number->count;
    } else if (reading->words.count > 0 || reading->has_number) {
        say(out, INTENT_HUMAN, "no rule understands it");
    } else {
        understand_rest(reading, out);
    }
}

static void understand(struct reading *reading, struct understood *out)
{
    const struct word_rule *rule = NULL;

    words_read(reading->text, &reading->words);
    read_numbers(reading);
    (void)snprintf(out->office, sizeof out->office, "%s",
        words_take_place(&reading->words));
    if (reading->number.count < NUMBER_PERSONAL) {
        if (is_copied(reading)) {
            say(out, INTENT_EXAMPLE, "our own example, copied");
            return;
        }
        understand_words(reading, out);
        return;
    }
    rule = words_rule(&reading->words);
    if (is_command(reading, rule)) {
        say(out, rule->intent, rule->why);
        command_with_nik(reading, out);
    } else if (!understand_nik(reading, out)) {
        understand_words(reading, out);
    }
}

void inbound_understand(const char *text, struct understood *out)
{
    char scanned[SCAN_BYTES + 1];
    struct reading reading = {.text = scanned};
    size_t bytes = strnlen(text, SCAN_BYTES);

    memcpy(scanned, text, bytes);
    scanned[bytes] = '\0';
    *out = (struct understood){0};
    understand(&reading, out);
}
