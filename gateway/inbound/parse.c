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
        [INTENT_MENU] = "menu",
        [INTENT_CODE] = "code",
        [INTENT_WATCH] = "watch",
        [INTENT_LANGUAGE] = "language",
    };

    return names[intent];
}

/* --- what stands in the text ---------------------------------------------- */

/* What a number is called by the words before it. */
enum label {
    LABEL_NONE,
    LABEL_NIK,
    LABEL_CARD /* of a family: KK */
};

/* A text taken apart. */
struct reading {
    const struct script *script;
    const char *text; /* at most SCAN_BYTES */
    struct words words;
    struct number number; /* the one that may be a NIK, else the first */
    enum label label;
    bool has_number;
    bool has_double; /* a second personal number stands beside it */
};

static enum label label_of(
    const struct reading *reading, size_t start, size_t end)
{
    struct words before = {0};
    bool card = false;
    bool nik = false;

    words_read_span(reading->script, reading->text, start, end, &before);
    card = words_have(&before, "kk keluarga");
    nik = words_have(&before, "nik ktp ektp");
    return card == nik ? LABEL_NONE : card ? LABEL_CARD : LABEL_NIK;
}

/* Whether a personal number is rather the NIK than the one before it. */
static bool is_better(const struct reading *reading, enum label label)
{
    return (reading->label == LABEL_CARD && label != LABEL_CARD) ||
           (reading->label == LABEL_NONE && label == LABEL_NIK);
}

static void take_number(
    struct reading *reading, const struct number *number, enum label label)
{
    bool personal = number->count >= NUMBER_PERSONAL;
    bool second = reading->number.count >= NUMBER_PERSONAL;

    if (personal && second) {
        reading->has_double = true;
    }
    if (!reading->has_number ||
        (personal && (!second || is_better(reading, label)))) {
        reading->number = *number;
        reading->label = label;
        reading->has_number = true;
    }
}

static void read_numbers(struct reading *reading)
{
    struct number number = {0};
    size_t at = 0;

    while (number_next(reading->text, at, &number)) {
        take_number(reading, &number, label_of(reading, at, number.start));
        at = number.end;
    }
}

static void say(struct understood *out, enum intent intent, const char *reason)
{
    out->intent = intent;
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
}

/* What a number says stands above all rules of words. */
#define NUMBER_SCORE 100

static void say_number(
    struct understood *out, enum intent intent, const char *what)
{
    out->intent = intent;
    (void)snprintf(out->reason, sizeof out->reason, "number, score %d: %s",
        NUMBER_SCORE, what);
}

static void say_rule(struct understood *out, const struct script_rule *rule)
{
    out->intent = rule->intent;
    (void)snprintf(out->reason, sizeof out->reason,
        "rule %s, score %d (intents.rules:%d)", rule->name, rule->score,
        rule->line);
    memcpy(out->answer, rule->answer, sizeof out->answer);
    memcpy(out->lang, rule->lang, sizeof out->lang);
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

    out->intent = INTENT_STATUS;
    (void)snprintf(out->reason, sizeof out->reason,
        "number, score %d: 16 digits that can be a NIK%s%s", NUMBER_SCORE,
        number->mended ? ", with O and l read as digits" : "",
        reading->has_double || number->count == NUMBER_DOUBLE
            ? "; the number beside it is dropped"
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
    if (reading->label == LABEL_CARD && number->count == NIK_DIGITS) {
        say_number(out, INTENT_BAD_NIK, "a family card's, by the words");
        out->family_card = true;
        return true;
    }
    if (fault == NIK_FINE) {
        take_nik(reading, out);
        return true;
    }
    if (!is_meant_as_nik(reading)) {
        return false;
    }
    if (fault == NIK_EXAMPLE) {
        say_number(out, INTENT_EXAMPLE, nik_fault_text(fault));
    } else if (fault == NIK_LENGTH) {
        say_number(out, INTENT_BAD_LENGTH, "no NIK by its length");
        out->digits = number->count > 999 ? 999 : (int)number->count;
    } else {
        say_number(out, INTENT_BAD_NIK, nik_fault_text(fault));
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
    const struct reading *reading, const struct script_rule *rule)
{
    return rule != NULL && rule->score >= SCRIPT_COMMAND &&
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

#define CODE_DIGITS 6

static void take_code(const struct reading *reading, struct understood *out)
{
    if (out->intent == INTENT_CODE && reading->has_number &&
        reading->number.count == CODE_DIGITS) {
        memcpy(out->code, reading->number.digits, CODE_DIGITS);
    }
}

/* A text that is one small number, with signs at most: "1", "2.", "(3)". */
static void take_key(const struct reading *reading, struct understood *out)
{
    const struct number *number = &reading->number;

    if (reading->has_number && reading->words.count == 0 &&
        number->count <= 2 && number->end - number->start <= 8 &&
        strlen(reading->text) <= number->end + 2) {
        memcpy(out->key, number->digits, number->count);
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
    const struct script_rule *rule =
        words_rule(reading->script, &reading->words);

    if (rule != NULL) {
        say_rule(out, rule);
        if (rule->intent == INTENT_BAD_LENGTH) {
            query_without_nik(reading, out);
        }
        take_code(reading, out);
    } else if (reading->words.count == 0 && reading->has_number &&
               number->count >= BARE_DIGITS && !is_phone(number)) {
        say_number(out, INTENT_BAD_LENGTH, "no NIK by its length");
        out->digits = (int)number->count;
    } else if (reading->words.count > 0 || reading->has_number) {
        say(out, INTENT_HUMAN, "no rule understands it");
    } else {
        understand_rest(reading, out);
    }
}

static void read_text(struct reading *reading, struct understood *out)
{
    words_read(reading->script, reading->text, &reading->words);
    read_numbers(reading);
    (void)snprintf(out->office, sizeof out->office, "%s",
        words_take_place(reading->script, &reading->words));
    words_mend(reading->script, &reading->words);
    take_key(reading, out);
}

static void understand(struct reading *reading, struct understood *out)
{
    const struct script_rule *rule = NULL;

    read_text(reading, out);
    if (reading->number.count < NUMBER_PERSONAL) {
        if (is_copied(reading)) {
            say_number(out, INTENT_EXAMPLE, "our own example, copied");
            return;
        }
        understand_words(reading, out);
        return;
    }
    rule = words_rule(reading->script, &reading->words);
    if (is_command(reading, rule)) {
        say_rule(out, rule);
        command_with_nik(reading, out);
    } else if (!understand_nik(reading, out)) {
        understand_words(reading, out);
    }
}

void inbound_understand(
    const struct script *script, const char *text, struct understood *out)
{
    char scanned[SCAN_BYTES + 1];
    struct reading reading = {.script = script, .text = scanned};
    size_t bytes = strnlen(text, SCAN_BYTES);

    memcpy(scanned, text, bytes);
    scanned[bytes] = '\0';
    *out = (struct understood){0};
    understand(&reading, out);
}
