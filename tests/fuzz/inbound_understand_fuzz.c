// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a resident's text: understood or laid before people, and masked
   so that no second number stays; never a crash or a leak. What is understood
   is answered from the project's own texts, never over three segments. */
#include "base/str.h"
#include "inbound/inbound_internal.h"
#include "inbound/numbers.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MOST     8192
#define SEGMENTS_MOST 3

/* libFuzzer gives the names, and calls the first before all others.
   NOLINTBEGIN(readability-identifier-naming, readability-non-const-parameter,
   cppcoreguidelines-avoid-non-const-global-variables) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct script *script;
static struct texts *texts;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct why why = {0};

    (void)argc;
    (void)argv;
    if (texts_load("templates", "id", &texts, &why) != KB_OK ||
        script_load("templates", texts, &script, &why) != KB_OK) {
        (void)fprintf(stderr, "%s:%d: %s\n", why.file, why.line, why.text);
        abort();
    }
    return 0;
}

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* What was rendered with digits as many as these can be is as long with any
   others: each answer of a language is looked at once. */
#define CHECKED_MOST 200

static struct checked {
    char name[48];
    char lang[8];
} checked[CHECKED_MOST];

static size_t checked_count;

static bool is_checked(const struct understood *understood, const char *name)
{
    for (size_t i = 0; i < checked_count; i++) {
        if (strcmp(checked[i].name, name) == 0 &&
            strcmp(checked[i].lang, understood->lang) == 0) {
            return true;
        }
    }
    must(checked_count < CHECKED_MOST);
    (void)snprintf(checked[checked_count].name,
        sizeof checked[checked_count].name, "%s", name);
    (void)snprintf(checked[checked_count].lang,
        sizeof checked[checked_count].lang, "%s", understood->lang);
    checked_count++;
    return false;
}

/* With the widest of each value, whatever the text brought. */
static void check_answer(const struct understood *understood, const char *name)
{
    struct text_values values = {
        .field = {[TEXT_OFFICE] = "Kantor Camat Lembor Selatan Jauh",
                  [TEXT_HOURS] = "08.00-14.00",
                  [TEXT_DAYS] = "Sen-Sel,Kam-Jum,Min",
                  [TEXT_NIK4] = "9001",
                  [TEXT_OTHER_OFFICE] = "Kantor Camat Komodo",
                  [TEXT_DIGITS] = "999",
                  [TEXT_DEADLINE] = "30 Sep 2016",
                  [TEXT_LIMIT] = "3",
                  [TEXT_CHOICES] = "1 ..9001 2 ..9002"}
    };
    struct buf out = {0};

    if (is_checked(understood, name)) {
        return;
    }
    must(texts_render(texts, understood->lang, name, &values, &out) == KB_OK);
    must(text_measure(buf_text(&out)).parts <= SEGMENTS_MOST);
    buf_clear(&out);
}

static void check_answers(const struct understood *understood)
{
    /* What an answer may be that depends on more than the text. */
    static const char *const others[] = {
        "reply_info", "reply_where", "reply_help", "status_unrecorded"};
    const char *name = answer_intent_name(understood);

    if (*name != '\0') {
        check_answer(understood, name);
        return;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        check_answer(understood, others[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MOST + 1];
    size_t bytes = size < TEXT_MOST ? size : TEXT_MOST;
    struct understood understood = {0};
    struct buf masked = {0};

    memcpy(text, data, bytes);
    text[bytes] = '\0';
    inbound_understand(script, text, &understood);
    must(understood.intent < INTENT_COUNT && understood.reason[0] != '\0');
    must(understood.intent != INTENT_STATUS ||
         nik_check(understood.nik) == NIK_FINE);
    must(understood.nik[0] == '\0' || strlen(understood.nik) == NIK_DIGITS);
    must(understood.digits >= 0 && understood.digits <= 999);
    check_answers(&understood);
    number_mask(text, NUMBER_PERSONAL, true, &masked);
    must(str_utf8_valid(buf_text(&masked), masked.used));
    buf_clear(&masked);
    return 0;
}

/* NOLINTEND(readability-identifier-naming, readability-non-const-parameter,
   cppcoreguidelines-avoid-non-const-global-variables) */
