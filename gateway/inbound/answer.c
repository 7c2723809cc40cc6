// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "inbound/inbound_internal.h"
#include "inbound/talk.h"

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

    if (!facts->registered && facts->card && !(facts->open && facts->known)) {
        (void)snprintf(out, out_bytes, "reply_family_card");
    } else if (!facts->registered && !facts->open) {
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
} answers[INTENT_COUNT] = {
    [INTENT_STATUS] = {NULL,                 false},
    [INTENT_BAD_LENGTH] = {"reply_length",       false},
    [INTENT_BAD_NIK] = {"reply_unknown",      false},
    [INTENT_EXAMPLE] = {"reply_example",      false},
    [INTENT_INFO] = {NULL,                 false},
    [INTENT_FAQ_OFFICE] = {NULL,                 false},
    [INTENT_FAQ_HOURS] = {NULL,                 false},
    [INTENT_FAQ_PICKUP] = {"reply_pickup",       false},
    [INTENT_FAQ_REQUIRE] = {"reply_require",      false},
    [INTENT_FAQ_FEE] = {"reply_fee",          false},
    [INTENT_FAQ_STATUS] = {"reply_help",         false},
    [INTENT_STOP] = {"reply_stop",         false},
    [INTENT_START] = {"reply_start",        false},
    [INTENT_WRONG_PERSON] = {"reply_wrong_person", false},
    [INTENT_DONE] = {"reply_staff",        true },
    [INTENT_RESCHEDULE] = {"reply_staff",        true },
    [INTENT_HUMAN] = {NULL,                 true },
    [INTENT_ACK] = {NULL,                 false},
    [INTENT_MENU] = {"reply_help",         false},
    [INTENT_CODE] = {"reply_code_wrong",   false},
    [INTENT_WATCH] = {"reply_help",         false},
    [INTENT_LANGUAGE] = {"reply_language",     false},
};

/* The screens that say what an SMS says, where their names differ. */
static const struct {
    const char *sms;
    const char *ussd;
} screens[] = {
    {"reply_generic",   "ussd_generic"     },
    {"reply_info",      "ussd_office"      },
    {"reply_info_down", "ussd_office_down" },
    {"reply_length",    "ussd_nik_len"     },
    {"reply_require",   "ussd_requirements"},
    {"reply_stop",      "ussd_stop"        },
    {"reply_start",     "ussd_start"       },
    {"reply_watch",     "ussd_watch"       },
};

/* The template of a front that says what an SMS of that name says. */
static void answer_front_name(const struct texts *texts, enum front front,
    const char *name, char *out, size_t out_bytes)
{
    (void)snprintf(out, out_bytes, "%s", name);
    if (front == FRONT_SMS) {
        return;
    }
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        if (strcmp(screens[i].sms, name) == 0) {
            (void)snprintf(out, out_bytes, "%s", screens[i].ussd);
            return;
        }
    }
    if (strncmp(name, "status_", 7) == 0) {
        (void)snprintf(out, out_bytes, "ussd_%s", name);
    }
    /* An SMS fits on a screen, too: 160 of 182 characters. */
    if (!texts_has(texts, out)) {
        (void)snprintf(out, out_bytes, "%s", name);
    }
}

/* A family card's number has the shape of a man's NIK, with the day on which
   the card was made for his birthday. Such cards are some years old; nobody who
   asks is that young, or a hundred years older. */
#define CARD_YEARS 12

bool answer_looks_like_card(const char *nik, int32_t today)
{
    int day = (nik[6] - '0') * 10 + nik[7] - '0';
    int year = 2000 + (nik[10] - '0') * 10 + nik[11] - '0';
    int now = civil_of_day(today).year;

    return day <= 31 && year <= now && year > now - CARD_YEARS;
}

bool answer_waits(const char *template_name)
{
    return strstr(template_name, "status_processing") != NULL ||
           strstr(template_name, "status_print_ready") != NULL;
}

/* --- what stands in it ------------------------------------------------------ */

/* All that a template of the first set may ask for. */
struct answer_values {
    struct office office;
    struct office other;
    bool has_other; /* the office is down */
    char lang[8];
    char hours[16];
    char days[24];
    char deadline[16];
    char day[16]; /* "" : none */
    char nik4[5];
    char digits[8];
    char limit[8];
    const char *choices;
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

static unsigned days_of(const struct office *office)
{
    return config_days(office->days[0] == '\0' ? "Mon-Fri" : office->days);
}

static void use_times(const struct office *office, struct answer_values *values)
{
    office_hours(office, values->hours, sizeof values->hours);
    text_days(values->lang, days_of(office), values->days, sizeof values->days);
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
    use_times(values->has_other ? &values->other : &values->office, values);
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

/* An answer in the making. */
struct desk {
    struct inbound *inbound;
    const struct question *question;
    struct resident holder; /* whoever carries the phone; id 0 for nobody */
    struct answer_values values;
    struct answer *out;
};

static enum kb_err render(struct desk *desk, const char *name)
{
    const struct answer_values *values = &desk->values;
    const struct texts *texts = desk->inbound->rooms.texts;
    struct answer *out = desk->out;
    struct text_values fields = {
        .field = {
                  [TEXT_OFFICE] = values->office.name,
                  [TEXT_HOURS] = values->hours,
                  [TEXT_DAYS] = values->days,
                  [TEXT_DEADLINE] =
                values->deadline[0] == '\0' ? NULL : values->deadline,
                  [TEXT_DAY] = values->day[0] == '\0' ? NULL : values->day,
                  [TEXT_NIK4] = values->nik4,
                  [TEXT_OTHER_OFFICE] = values->has_other ? values->other.name : NULL,
                  [TEXT_DIGITS] = values->digits,
                  [TEXT_LIMIT] = values->limit,
                  [TEXT_CHOICES] = values->choices,
                  }
    };
    enum kb_err err = KB_OK;

    answer_front_name(
        texts, desk->question->front, name, out->name, sizeof out->name);
    memcpy(out->office, values->office.code, sizeof out->office);
    err = texts_render(texts, values->lang, out->name, &fields, &out->text);
    if (err == KB_OK) {
        return KB_OK;
    }
    /* A question is better answered with the help text than not at all. */
    log_warn("inbound: template=%s cannot be filled in", out->name);
    (void)snprintf(out->name, sizeof out->name, "reply_help");
    return texts_render(texts, values->lang, out->name, &fields, &out->text);
}

/* --- by status -------------------------------------------------------------- */

/* Reads the same rows whether or not the NIK is known, so that the time that
   an answer takes tells nothing either. */
static enum kb_err gather(
    struct desk *desk, struct status_facts *facts, struct resident *resident)
{
    struct inbound *inbound = desk->inbound;
    const char *nik = desk->question->understood->nik;
    char kecamatan[KECAMATAN_BYTES];
    enum kb_err err =
        registry_resident_by_nik(inbound->rooms.registry, nik, resident);

    if (err == KB_NOT_FOUND) {
        *resident = (struct resident){0};
        err = KB_OK;
    }
    facts->known = resident->id > 0;
    facts->registered =
        facts->known && strcmp(resident->phone, desk->question->phone) == 0;
    facts->open = inbound->rooms.config->disclosure_open;
    facts->card = answer_looks_like_card(nik, desk->question->today);
    kecamatan_of(nik, kecamatan);
    if (err == KB_OK) {
        err = inbound_store_is_home(inbound, kecamatan, &facts->home);
    }
    if (err == KB_OK) {
        err = use_kecamatan(inbound, kecamatan, &desk->values);
    }
    if (err == KB_OK) {
        err = use_deadline(
            inbound, facts->registered ? resident->id : 0, &desk->values);
    }
    if (err == KB_OK && facts->registered && resident->office[0] != '\0') {
        err = use_office(inbound, resident->office, &desk->values);
    }
    return err;
}

static enum kb_err write_status(struct desk *desk)
{
    struct status_facts facts = {0};
    struct resident resident = {0};
    char name[48];
    enum kb_err err = gather(desk, &facts, &resident);

    if (err != KB_OK) {
        return err;
    }
    facts.state = resident.state;
    facts.flag = resident.flag;
    facts.office_down = desk->values.has_other;
    answer_status_name(&facts, name, sizeof name);
    desk->out->own = facts.registered;
    desk->out->resident_id = facts.registered ? resident.id : 0;
    desk->out->waits = facts.registered && answer_waits(name);
    return render(desk, name);
}

/* --- other answers ----------------------------------------------------------- */

/* The office of the kecamatan that is named, of the phone's holder, or the
   first. */
static enum kb_err use_place(struct desk *desk)
{
    const char *place = desk->question->understood->office;

    if (*place == '\0' && desk->holder.office[0] != '\0') {
        return use_office(desk->inbound, desk->holder.office, &desk->values);
    }
    return use_kecamatan(desk->inbound, place, &desk->values);
}

/* Office and hours; where no place is known, and there are several, which. */
static enum kb_err write_info(struct desk *desk)
{
    bool known = desk->question->understood->office[0] != '\0' ||
                 desk->holder.office[0] != '\0';
    bool several = false;
    enum kb_err err = inbound_store_has_offices(desk->inbound, &several);

    if (err == KB_OK && !known && several) {
        return render(desk, "reply_where");
    }
    if (err == KB_OK) {
        err = use_deadline(desk->inbound, desk->holder.id, &desk->values);
    }
    return err == KB_OK
               ? render(desk,
                     desk->values.has_other ? "reply_info_down" : "reply_info")
               : err;
}

/* Whether somebody sits at the office now. */
static bool is_staffed(const struct desk *desk)
{
    const struct office *office = &desk->values.office;
    struct civil now = civil_of(clock_now_ms(desk->inbound->rooms.clock));
    unsigned days = days_of(office);
    int minute = now.hour * 60 + now.minute;

    return (days & 1U << now.weekday) != 0 && minute >= office->opens_minute &&
           minute < office->closes_minute;
}

/* Out of hours people hear when they will be answered. */
static const char *human_name(const struct desk *desk)
{
    return is_staffed(desk) ? "reply_help" : "reply_staff";
}

const char *answer_intent_name(const struct understood *understood)
{
    const char *name = answers[understood->intent].name;

    if (understood->answer[0] != '\0') {
        return understood->answer;
    }
    if (understood->family_card) {
        return "reply_family_card";
    }
    return name == NULL ? "" : name;
}

static enum kb_err write_intent(struct desk *desk)
{
    const struct understood *understood = desk->question->understood;
    enum intent intent = understood->intent;
    const char *name = answer_intent_name(understood);

    desk->out->people = answers[intent].people;
    if (understood->answer[0] != '\0') {
        return render(desk, name);
    }
    if (intent == INTENT_INFO || intent == INTENT_FAQ_OFFICE ||
        intent == INTENT_FAQ_HOURS) {
        return write_info(desk);
    }
    if (intent == INTENT_HUMAN) {
        return render(desk, human_name(desk));
    }
    return *name == '\0' ? KB_OK : render(desk, name);
}

static void fill_figures(struct desk *desk)
{
    const struct understood *understood = desk->question->understood;
    const struct quota *quota = desk->question->quota;
    struct answer_values *values = &desk->values;
    size_t length = strlen(understood->nik);

    (void)snprintf(values->nik4, sizeof values->nik4, "%s",
        understood->nik + (length > 4 ? length - 4 : 0));
    (void)snprintf(
        values->digits, sizeof values->digits, "%d", understood->digits);
    (void)snprintf(values->limit, sizeof values->limit, "%d",
        quota == NULL ? 0 : quota->limit);
}

/* The rule's own, what the phone asked for, or the registry's. */
static enum kb_err use_language(struct desk *desk)
{
    struct answer_values *values = &desk->values;
    const char *wanted = desk->question->understood->lang;
    enum kb_err err =
        talk_language(desk->inbound, desk->question->phone_hash, values->lang);

    if (*wanted != '\0') {
        memcpy(values->lang, wanted, sizeof values->lang);
    } else if (values->lang[0] == '\0') {
        memcpy(values->lang, desk->holder.lang, sizeof values->lang);
    }
    return err;
}

static enum kb_err open_desk(struct desk *desk)
{
    size_t count = 0;
    enum kb_err err = registry_residents_of_phone(desk->inbound->rooms.registry,
        desk->question->phone, &desk->holder, 1, &count);

    if (err == KB_OK) {
        err = use_language(desk);
    }
    fill_figures(desk);
    return err;
}

enum kb_err answer_write(struct inbound *inbound,
    const struct question *question, struct answer *out)
{
    struct desk desk = {.inbound = inbound, .question = question, .out = out};
    const struct quota *quota = question->quota;
    enum kb_err err = open_desk(&desk);

    if (err != KB_OK) {
        return err;
    }
    if (quota != NULL && !quota->over) {
        return write_status(&desk);
    }
    err = use_place(&desk);
    if (err != KB_OK) {
        return err;
    }
    if (quota != NULL) {
        return quota->tell ? render(&desk, "reply_limit") : KB_OK;
    }
    return write_intent(&desk);
}

enum kb_err answer_plain(struct inbound *inbound,
    const struct question *question, const char *name, const char *choices,
    struct answer *out)
{
    struct desk desk = {.inbound = inbound, .question = question, .out = out};
    enum kb_err err = open_desk(&desk);

    desk.values.choices = choices;
    if (err == KB_OK) {
        err = use_place(&desk);
    }
    return err == KB_OK ? render(&desk, name) : err;
}

enum kb_err answer_moved(struct inbound *inbound,
    const struct question *question, const struct campaign_slot *slot,
    struct answer *out)
{
    struct desk desk = {.inbound = inbound, .question = question, .out = out};
    enum kb_err err = open_desk(&desk);

    if (err == KB_OK) {
        err = use_office(inbound, slot->office, &desk.values);
    }
    text_day(
        desk.values.lang, slot->day, desk.values.day, sizeof desk.values.day);
    return err == KB_OK ? render(&desk, "reply_moved") : err;
}
