// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "inbound/inbound_internal.h"

#include <stdio.h>
#include <string.h>

/* "53.15.05" */
#define KECAMATAN_BYTES 9

/* --- what is answered: pure ------------------------------------------------ */

static bool is_word(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* Blocks and doubles are for the resident's own phone; to others such a NIK
   needs an officer, as a dead or moved resident's does for everybody. */
static const char *told_state(const struct status_facts *facts)
{
    if (*facts->flag == '\0') {
        return facts->state;
    }
    return facts->registered || strcmp(facts->flag, "underage") == 0
               ? facts->flag
               : "review";
}

void answer_status_name(
    const struct status_facts *facts, char *out, size_t out_bytes)
{
    const char *state = NULL;

    if (!facts->registered && !facts->open) {
        (void)snprintf(out, out_bytes, "reply_generic");
    } else if (!facts->known) {
        (void)snprintf(out, out_bytes, "%s",
            facts->home ? "reply_unknown" : "status_elsewhere");
    } else {
        state = told_state(facts);
        if (facts->office_down && is_word(state, "unrecorded", "failed")) {
            (void)snprintf(out, out_bytes, "status_unrecorded_down");
        } else {
            texts_status_name(state, out, out_bytes);
        }
    }
}

/* What answers an intent; NULL: nothing, or what depends on more. */
static const struct {
    const char *name;
    bool people; /* staff must look at it */
} answers[] = {
    [INTENT_STATUS] = {NULL,                 false},
    [INTENT_BAD_LENGTH] = {"reply_length",       false},
    [INTENT_BAD_NIK] = {"reply_unknown",      false},
    [INTENT_EXAMPLE] = {"reply_example",      false},
    [INTENT_INFO] = {"reply_info",         false},
    [INTENT_FAQ_OFFICE] = {"reply_help",         true },
    [INTENT_FAQ_HOURS] = {"reply_help",         true },
    [INTENT_FAQ_PICKUP] = {"reply_help",         true },
    [INTENT_FAQ_REQUIRE] = {"reply_help",         true },
    [INTENT_FAQ_FEE] = {"reply_help",         true },
    [INTENT_FAQ_STATUS] = {"reply_help",         true },
    [INTENT_STOP] = {"reply_stop",         false},
    [INTENT_START] = {"reply_start",        false},
    [INTENT_WRONG_PERSON] = {"reply_wrong_person", false},
    [INTENT_DONE] = {"reply_staff",        true },
    [INTENT_RESCHEDULE] = {"reply_staff",        true },
    [INTENT_HUMAN] = {"reply_help",         true },
    [INTENT_ACK] = {NULL,                 false},
    [INTENT_MENU] = {"reply_help", false},
    [INTENT_CODE] = {"reply_help", false},
    [INTENT_WATCH] = {"reply_help", false},
    [INTENT_LANGUAGE] = {"reply_help", false},
};

bool answer_needs_people(enum intent intent)
{
    return answers[intent].people;
}

/* --- what stands in it ------------------------------------------------------ */

/* All that a template of the first set may ask for. */
struct answer_values {
    struct office office;
    struct office other;
    bool has_other; /* the office is down */
    char lang[8];
    char hours[16];
    char deadline[16];
    char nik4[5];
    char digits[8];
    char limit[8];
};

static bool is_down(const struct office *office)
{
    return is_word(office->state, "down", "closed");
}

/* Where no office is known people are sent to the site itself. */
static void unknown_office(const struct inbound *inbound, struct office *out)
{
    *out = (struct office){.opens_minute = 8 * 60, .closes_minute = 14 * 60};
    (void)snprintf(
        out->name, sizeof out->name, "%s", inbound->rooms.config->site_name);
    (void)snprintf(out->state, sizeof out->state, "up");
}

/* Takes an office, the one that stands in for it while it is down (the site
   itself where none of its fallbacks works), and the hours of the one that
   people are to go to. */
static enum kb_err use_office(
    struct inbound *inbound, const char *code, struct answer_values *values)
{
    enum kb_err err =
        registry_office_get(inbound->rooms.registry, code, &values->office);

    if (err == KB_NOT_FOUND) {
        unknown_office(inbound, &values->office);
        err = KB_OK;
    }
    values->has_other = false;
    if (err == KB_OK && is_down(&values->office)) {
        err = registry_office_other(
            inbound->rooms.registry, &values->office, &values->other);
        if (err == KB_NOT_FOUND) {
            unknown_office(inbound, &values->other);
            err = KB_OK;
        }
        values->has_other = true;
    }
    office_hours(values->has_other ? &values->other : &values->office,
        values->hours, sizeof values->hours);
    return err;
}

/* The kecamatan in which a NIK was first given out: from its digits alone, so
   that it tells nothing of the registry. */
static void kecamatan_of(const char *nik, char *out)
{
    (void)snprintf(
        out, KECAMATAN_BYTES, "%.2s.%.2s.%.2s", nik, nik + 2, nik + 4);
}

static enum kb_err use_kecamatan(struct inbound *inbound, const char *kecamatan,
    struct answer_values *values)
{
    char code[sizeof values->office.code] = "";
    enum kb_err err =
        inbound_store_office(inbound, kecamatan, code, sizeof code);

    return err == KB_OK ? use_office(inbound, code, values) : err;
}

/* Whoever carries the phone; id 0 for nobody. */
static enum kb_err holder_of(
    struct inbound *inbound, const char *phone, struct resident *out)
{
    size_t count = 0;

    *out = (struct resident){0};
    return registry_residents_of_phone(
        inbound->rooms.registry, phone, out, 1, &count);
}

static enum kb_err use_deadline(
    struct inbound *inbound, int64_t resident_id, struct answer_values *values)
{
    int32_t day = INT32_MIN;
    enum kb_err err = inbound_store_deadline(inbound, resident_id, &day);

    values->deadline[0] = '\0';
    if (err == KB_OK && day != INT32_MIN) {
        text_deadline(
            values->lang, day, values->deadline, sizeof values->deadline);
    }
    return err;
}

static enum kb_err render(struct inbound *inbound, const char *name,
    const struct answer_values *values, struct buf *out)
{
    struct text_values fields = {
        .field = {
                  [TEXT_OFFICE] = values->office.name,
                  [TEXT_HOURS] = values->hours,
                  [TEXT_DEADLINE] =
                values->deadline[0] == '\0' ? NULL : values->deadline,
                  [TEXT_NIK4] = values->nik4,
                  [TEXT_OTHER_OFFICE] = values->has_other ? values->other.name : NULL,
                  [TEXT_DIGITS] = values->digits,
                  [TEXT_LIMIT] = values->limit,
                  }
    };
    enum kb_err err =
        texts_render(inbound->rooms.texts, values->lang, name, &fields, out);

    if (err == KB_OK) {
        return KB_OK;
    }
    /* A question is better answered with the help text than not at all. */
    log_warn("inbound: template=%s cannot be filled in", name);
    return texts_render(
        inbound->rooms.texts, values->lang, "reply_help", &fields, out);
}

/* --- by status -------------------------------------------------------------- */

/* Reads the same rows whether or not the NIK is known, so that the time that
   an answer takes tells nothing either. */
static enum kb_err gather(struct inbound *inbound,
    const struct question *question, struct status_facts *facts,
    struct resident *resident, struct answer_values *values)
{
    const char *nik = question->understood->nik;
    char kecamatan[KECAMATAN_BYTES];
    enum kb_err err =
        registry_resident_by_nik(inbound->rooms.registry, nik, resident);

    if (err == KB_NOT_FOUND) {
        *resident = (struct resident){0};
        err = KB_OK;
    }
    facts->known = resident->id > 0;
    facts->registered =
        facts->known && strcmp(resident->phone, question->phone) == 0;
    facts->open = inbound->rooms.config->disclosure_open;
    kecamatan_of(nik, kecamatan);
    if (err == KB_OK) {
        err = inbound_store_is_home(inbound, kecamatan, &facts->home);
    }
    if (err == KB_OK) {
        err = use_kecamatan(inbound, kecamatan, values);
    }
    if (err == KB_OK) {
        err =
            use_deadline(inbound, facts->registered ? resident->id : 0, values);
    }
    if (err == KB_OK && facts->registered && resident->office[0] != '\0') {
        err = use_office(inbound, resident->office, values);
    }
    return err;
}

static enum kb_err write_status(struct inbound *inbound,
    const struct question *question, struct answer_values *values,
    struct buf *out)
{
    struct status_facts facts = {0};
    struct resident resident = {0};
    char name[64];
    enum kb_err err = gather(inbound, question, &facts, &resident, values);

    if (err != KB_OK) {
        return err;
    }
    facts.state = resident.state;
    facts.flag = resident.flag;
    facts.office_down = values->has_other;
    answer_status_name(&facts, name, sizeof name);
    return render(inbound, name, values, out);
}

/* --- other answers ----------------------------------------------------------- */

/* The office of the kecamatan that is named, of the phone's holder, or the
   first. */
static enum kb_err use_place(struct inbound *inbound,
    const struct question *question, const struct resident *holder,
    struct answer_values *values)
{
    const char *place = question->understood->office;

    if (*place == '\0' && holder->office[0] != '\0') {
        return use_office(inbound, holder->office, values);
    }
    return use_kecamatan(inbound, place, values);
}

static enum kb_err write_info(struct inbound *inbound,
    const struct resident *holder, struct answer_values *values,
    struct buf *out)
{
    enum kb_err err = use_deadline(inbound, holder->id, values);
    const char *name = values->has_other ? "reply_info_down" : "reply_info";

    return err == KB_OK ? render(inbound, name, values, out) : err;
}

static void fill_figures(
    const struct question *question, struct answer_values *values)
{
    const struct understood *understood = question->understood;
    size_t length = strlen(understood->nik);

    (void)snprintf(values->nik4, sizeof values->nik4, "%s",
        understood->nik + (length > 4 ? length - 4 : 0));
    (void)snprintf(
        values->digits, sizeof values->digits, "%d", understood->digits);
    (void)snprintf(values->limit, sizeof values->limit, "%d",
        question->quota == NULL ? 0 : question->quota->limit);
}

enum kb_err answer_write(
    struct inbound *inbound, const struct question *question, struct buf *out)
{
    enum intent intent = question->understood->intent;
    const struct quota *quota = question->quota;
    struct answer_values values = {0};
    struct resident holder = {0};
    enum kb_err err = holder_of(inbound, question->phone, &holder);

    if (err != KB_OK || intent == INTENT_ACK) {
        return err;
    }
    memcpy(values.lang, holder.lang, sizeof values.lang);
    fill_figures(question, &values);
    if (quota != NULL && !quota->over) {
        return write_status(inbound, question, &values, out);
    }
    err = use_place(inbound, question, &holder, &values);
    if (err != KB_OK) {
        return err;
    }
    if (quota != NULL) {
        return quota->tell ? render(inbound, "reply_limit", &values, out)
                           : KB_OK;
    }
    return intent == INTENT_INFO
               ? write_info(inbound, &holder, &values, out)
               : render(inbound, answers[intent].name, &values, out);
}

enum kb_err answer_call(
    struct inbound *inbound, const char *phone, struct buf *out)
{
    struct answer_values values = {0};
    struct resident holder = {0};
    enum kb_err err = holder_of(inbound, phone, &holder);

    memcpy(values.lang, holder.lang, sizeof values.lang);
    return err == KB_OK ? render(inbound, "reply_call", &values, out) : err;
}
