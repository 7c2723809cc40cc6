// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/compose.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- offices ----------------------------------------------------------- */

static bool works(const struct office *office)
{
    return strcmp(office->state, "down") != 0 &&
           strcmp(office->state, "closed") != 0;
}

/* A resident whose office is not known is sent to the site itself, with the
   hours that an office has where none are given. */
static struct office office_unknown(const struct campaigns *campaigns)
{
    struct office office = {
        .opens_minute = 8 * 60,
        .closes_minute = 14 * 60,
        .days = "Mon-Fri",
        .state = "up",
        .back_day = INT32_MIN,
    };

    (void)snprintf(office.name, sizeof office.name, "%s",
        campaigns->rooms.config->site_name);
    return office;
}

enum kb_err compose_office(
    struct campaigns *campaigns, const char *code, struct office *out)
{
    enum kb_err err = *code == '\0' ? KB_NOT_FOUND
                                    : registry_office_get(
                                          campaigns->rooms.registry, code, out);

    if (err == KB_NOT_FOUND) {
        *out = office_unknown(campaigns);
        return KB_OK;
    }
    return err;
}

static enum kb_err fill_members(
    struct campaigns *campaigns, struct plan_member *members, size_t count)
{
    struct office office = {0};
    enum kb_err err = KB_OK;

    for (size_t i = 0; i < count && err == KB_OK; i++) {
        members[i].office = campaigns->people[i].office;
        if (i > 0 && strcmp(members[i].office, members[i - 1].office) == 0) {
            members[i].works = members[i - 1].works;
            continue;
        }
        err = compose_office(campaigns, campaigns->people[i].office, &office);
        members[i].works = works(&office);
    }
    return err;
}

/* Where else to go if the office that the text names is down. */
static enum kb_err find_other(struct campaigns *campaigns, struct composed *out)
{
    enum kb_err err = KB_OK;

    if (out->facts.office_works) {
        return KB_OK;
    }
    err = registry_office_other(
        campaigns->rooms.registry, &out->office, &out->other);
    out->facts.other_office = err == KB_OK;
    if (err == KB_NOT_FOUND && out->facts.kind == PLAN_CALLS_OFF) {
        /* Whoever must not come still needs somebody to ask. */
        out->other = office_unknown(campaigns);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err compose_other(
    struct campaigns *campaigns, struct composed *composed)
{
    enum kb_err err = registry_office_other(
        campaigns->rooms.registry, &composed->office, &composed->other);

    if (err == KB_NOT_FOUND) {
        composed->other = office_unknown(campaigns);
        return KB_OK;
    }
    return err;
}

static enum kb_err choose_office(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    struct plan_member members[PHONE_PEOPLE_MOST] = {0};
    size_t at = 0;
    enum kb_err err = KB_OK;

    if (out->count == 0) {
        return KB_OK;
    }
    if (out->facts.kind == PLAN_CALLS_OFF) {
        err = compose_office(campaigns, ask->note->office, &out->office);
        out->facts.office_works = works(&out->office);
        return err == KB_OK ? find_other(campaigns, out) : err;
    }
    err = fill_members(campaigns, members, out->count);
    if (err != KB_OK) {
        return err;
    }
    at = plan_office(members, out->count);
    out->facts.office_works = members[at].works;
    err = compose_office(campaigns, campaigns->people[at].office, &out->office);
    return err == KB_OK ? find_other(campaigns, out) : err;
}

/* --- places ------------------------------------------------------------ */

const struct office *composed_target(const struct composed *composed)
{
    const struct plan_facts *facts = &composed->facts;

    return !facts->office_works && facts->other_office &&
                   facts->outage == PLAN_REDIRECT
               ? &composed->other
               : &composed->office;
}

bool composed_fits(const struct composed *composed)
{
    const struct compose_place *place = &composed->place;

    return place->mine || place->places == PACE_NO_BOUND ||
           (place->day != 0 &&
               pace_fits(place->places, place->planned, (int)composed->count));
}

bool composed_waits(
    const struct compose_ask *ask, const struct composed *composed)
{
    return composed->decision.text != PLAN_TEXT_DOWN &&
           composed->decision.text != PLAN_TEXT_MOVED &&
           (composed->place.places != PACE_NO_BOUND ||
               ask->row->campaign.pace > 0);
}

int composed_urgency(
    const struct compose_ask *ask, const struct composed *composed)
{
    return plan_urgency(&(struct plan_need){
        .deadline_day = ask->row->campaign.deadline_day,
        .again = composed->again,
        .failed = composed->failed,
        .back = composed->facts.kind == PLAN_BACK,
    });
}

enum kb_err compose_pace(struct campaigns *campaigns,
    const struct office *office, struct pace_office *out)
{
    struct pace_history history = {0};
    unsigned days = config_days(office->days);
    enum kb_err err = planner_show_get(campaigns, office->code, &history);

    *out = (struct pace_office){
        .capacity = office->capacity,
        .works = works(office),
        .degraded = strcmp(office->state, "degraded") == 0,
        .days = days != 0 ? days : campaigns->rooms.config->sending_days,
        .show_permille = pace_show_permille(campaigns->rooms.config, &history),
    };
    return err;
}

/* A place counts as long as whoever joined the message fits in as well. */
static bool has_place(const struct compose_ask *ask,
    const struct composed *composed, const char *office)
{
    const struct compose_place *place = &composed->place;
    const struct campaign_note *note = ask->note;
    int joined = 0;

    if (note == NULL || place->day == 0 || note->place_day != place->day ||
        strcmp(note->office, office) != 0) {
        return false;
    }
    joined = (int)composed->count - note->people;
    return joined <= 0 || place->places == PACE_NO_BOUND ||
           place->planned + joined <= place->places ||
           place->planned <= note->people;
}

static enum kb_err find_place(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    const struct office *to = composed_target(out);
    struct office_day day = {.office = to->code};
    struct compose_place *place = &out->place;
    struct pace_office pace = {0};
    enum kb_err err = KB_OK;

    if (out->count == 0) {
        return KB_OK;
    }
    if (plan_waits_for_stock(ask->row->campaign.template_name)) {
        /* It tells people not to come: that takes nobody's place. */
        place->places = PACE_NO_BOUND;
        return KB_OK;
    }
    err = compose_pace(campaigns, to, &pace);
    place->places = pace_places(&pace);
    place->day = pace_visit_day(&pace, campaigns->rooms.config, out->today,
        ask->row->campaign.deadline_day);
    day.day = place->day;
    if (err == KB_OK && place->day != 0) {
        err = planner_day_get(campaigns, &day);
    }
    place->planned = day.planned;
    place->mine = has_place(ask, out, to->code);
    out->facts.no_place = ask->purpose == COMPOSE_TO_SEND &&
                          out->facts.office_works && !out->mine_today &&
                          !composed_fits(out);
    if (ask->purpose == COMPOSE_TO_SEND && to == &out->other) {
        out->facts.no_place = !out->mine_today && !composed_fits(out);
    }
    return err;
}

/* --- the phone's day --------------------------------------------------- */

static const bool told_nobody[MSG_STATE_COUNT] = {
    [MSG_FAILED] = true, [MSG_EXPIRED] = true, [MSG_CANCELLED] = true};

/* Whether the day belongs to a message that told, or may still tell. */
static enum kb_err day_taken(
    struct campaigns *campaigns, int64_t message_id, bool *taken)
{
    struct outbox_message message = {0};
    enum kb_err err = outbox_get(campaigns->rooms.outbox, message_id, &message);

    *taken = err == KB_OK && !told_nobody[message.state];
    if (err == KB_OK) {
        outbox_message_clear(&message);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err find_contacts(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    int64_t own = ask->audience.message_id;
    int64_t told = 0;
    enum kb_err err = campaign_store_contact_get(
        campaigns, ask->audience.phone, out->today, &told);

    if (err != KB_OK) {
        return err;
    }
    out->mine_today = told != 0 && told == own;
    if (told != 0 && told != own) {
        err = day_taken(campaigns, told, &out->facts.told_today);
    }
    if (err == KB_OK) {
        err = campaign_store_contact_before(campaigns, ask->row->campaign.id,
            ask->audience.phone, own, &out->again);
    }
    if (err == KB_OK) {
        err = registry_phone_stopped(campaigns->rooms.registry,
            ask->audience.phone, &out->facts.stopped);
    }
    return err;
}

/* Told so often these seven days that it must wait for the oldest of them to
   lie a week back. */
static enum kb_err find_week(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    const struct config *config = campaigns->rooms.config;
    struct week_ask week = {
        .phone = ask->audience.phone,
        .after = out->today - 7,
        .but = ask->audience.message_id,
        .cap = config->plan_week_cap,
    };
    int32_t day = 0;
    enum kb_err err = KB_OK;

    if (week.cap <= 0 || out->mine_today) {
        return KB_OK;
    }
    err = planner_week_full(campaigns, &week, &day);
    if (err == KB_OK && day != 0) {
        out->facts.week_at_ms =
            config_window_next_ms(config, civil_instant_ms(day + 7, 0));
    }
    return err;
}

static enum kb_err find_correction(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    struct correct_cause cause = {0};
    struct correction correction = {
        .phone = ask->audience.phone,
        .day = out->today,
        .cause = cause.text,
    };
    enum kb_err err = KB_OK;

    if (out->facts.kind != PLAN_CALLS_OFF && out->facts.kind != PLAN_MOVED) {
        return KB_OK;
    }
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): read by pointer */
    cause = correct_cause_of(ask->note->kind, ask->note->office);
    err = planner_correction_get(campaigns, &correction);
    out->facts.corrected = correction.message_id != 0 &&
                           correction.message_id != ask->note->message_id;
    return err;
}

static enum kb_err find_pace(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    const struct campaign *campaign = &ask->row->campaign;
    struct campaign_pace pace = {
        campaign->id, composed_target(out)->code, out->today};
    int planned = 0;
    int sent = 0;
    enum kb_err err = KB_OK;

    if (campaign->pace == 0 || out->mine_today || out->count == 0) {
        return KB_OK;
    }
    err = campaign_store_pace_get(campaigns, &pace, &planned, &sent);
    out->facts.pace_used = sent >= campaign->pace;
    return err;
}

void compose_ask_of(const struct campaigns *campaigns,
    const struct campaign_row *row, const struct campaign_note *note,
    struct compose_ask *out)
{
    enum plan_kind kind = plan_kind_of(note->kind);
    bool corrects = kind == PLAN_CALLS_OFF || kind == PLAN_MOVED;

    *out = (struct compose_ask){
        .row = row,
        .audience = {.who = corrects ? AUDIENCE_ALL : AUDIENCE_OF_MESSAGE,
                     .phone = note->phone,
                     .message_id = note->message_id},
        .now_ms = clock_now_ms(campaigns->rooms.clock),
        .note = note,
        .purpose = COMPOSE_TO_PLAN,
    };
}

/* --- deciding ---------------------------------------------------------- */

static void set_times(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    const struct campaign *campaign = &ask->row->campaign;
    const struct plan_steps *steps = &ask->row->steps;
    const struct config *config = campaigns->rooms.config;
    struct plan_facts *facts = &out->facts;

    facts->kind =
        ask->note == NULL ? PLAN_INVITES : plan_kind_of(ask->note->kind);
    facts->state = ask->row->state;
    facts->today = out->today;
    facts->deadline_day = campaign->deadline_day;
    facts->deadline_end_ms = campaign_deadline_ms(campaign);
    facts->step = plan_step_now(steps, campaign->deadline_day, out->today);
    facts->outage = plan_outage_of(campaign->outage, campaign->template_name);
    facts->next_day_at_ms =
        config_window_next_ms(config, civil_instant_ms(out->today + 1, 0));
    if (facts->step < 0 && steps->count > 0) {
        facts->step_at_ms = civil_instant_ms(
            plan_step_day(campaign->deadline_day, steps->day[0]), 0);
    }
    if (ask->purpose == COMPOSE_TO_SEND &&
        !config_window_open(config, ask->now_ms)) {
        facts->window_at_ms = config_window_next_ms(config, ask->now_ms);
    }
}

static enum kb_err find_people(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    struct audience_ask who = ask->audience;
    struct audience *audience = NULL;
    enum kb_err err = audience_of(
        campaigns, &ask->row->campaign, out->today, &audience, NULL);

    if (err != KB_OK) {
        return err;
    }
    who.holdout_percent = ask->row->campaign.holdout_percent;
    err = audience_on_phone(campaigns, audience, &who, &out->count);
    out->facts.pending = out->count;
    for (size_t i = 0; i < out->count; i++) {
        out->failed =
            out->failed || strcmp(campaigns->people[i].state, "failed") == 0;
    }
    return err;
}

enum kb_err compose_decide(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out)
{
    enum kb_err err = KB_OK;

    *out = (struct composed){.today = civil_day_of(ask->now_ms)};
    set_times(campaigns, ask, out);
    err = find_people(campaigns, ask, out);
    if (err == KB_OK) {
        err = choose_office(campaigns, ask, out);
    }
    if (err == KB_OK) {
        err = find_contacts(campaigns, ask, out);
    }
    if (err == KB_OK) {
        err = find_week(campaigns, ask, out);
    }
    if (err == KB_OK) {
        err = find_correction(campaigns, ask, out);
    }
    if (err == KB_OK) {
        err = find_place(campaigns, ask, out);
    }
    if (err == KB_OK && ask->purpose == COMPOSE_TO_SEND) {
        err = find_pace(campaigns, ask, out);
    }
    if (err == KB_OK) {
        out->decision = plan_decide(&out->facts);
    }
    return err;
}

/* --- the words --------------------------------------------------------- */

/* What a template can ask for; the texts stand in here. */
struct words {
    char name[256];
    char hours[32];
    char deadline[16];
    char days_left[16];
    char day[32];
    struct text_values values;
};

/* The next day on which the office receives people, tomorrow or later. */
static int32_t day_to_come(const struct campaigns *campaigns,
    const struct office *office, int32_t today)
{
    unsigned days = config_days(office->days);

    if (days == 0) {
        days = campaigns->rooms.config->sending_days;
    }
    for (int32_t day = today + 1; day <= today + 7; day++) {
        if ((days >> (unsigned)civil_of_day(day).weekday & 1U) != 0) {
            return day;
        }
    }
    return today + 1;
}

static const char *lang_of(const struct campaigns *campaigns,
    const struct campaign *campaign, const char *resident_lang)
{
    if (campaign->lang[0] != '\0') {
        return campaign->lang;
    }
    return *resident_lang != '\0' ? resident_lang
                                  : campaigns->rooms.config->site_language;
}

/* Everything but names. office: where to go; other: where else. */
static void set_words(struct campaigns *campaigns, const char *lang,
    const struct campaign *campaign, const struct composed *composed,
    struct words *out)
{
    const struct office *to = composed->decision.text == PLAN_TEXT_REDIRECT
                                  ? &composed->other
                                  : &composed->office;
    enum plan_text text = composed->decision.text;
    const struct office *open =
        text == PLAN_TEXT_REDIRECT || text == PLAN_TEXT_DOWN
            ? &composed->other
            : &composed->office;
    int32_t day = composed->place.day > composed->today
                      ? composed->place.day
                      : day_to_come(campaigns, open, composed->today);

    office_hours(open, out->hours, sizeof out->hours);
    text_deadline(
        lang, campaign->deadline_day, out->deadline, sizeof out->deadline);
    text_day(lang, day, out->day, sizeof out->day);
    (void)snprintf(out->days_left, sizeof out->days_left, "%d",
        (int)(campaign->deadline_day - composed->today));
    out->values.field[TEXT_OFFICE] = to->name;
    out->values.field[TEXT_HOURS] = out->hours;
    out->values.field[TEXT_DEADLINE] = out->deadline;
    out->values.field[TEXT_DAYS_LEFT] = out->days_left;
    out->values.field[TEXT_DAY] = out->day;
    out->values.field[TEXT_OTHER_OFFICE] =
        composed->other.name[0] == '\0' ? NULL : composed->other.name;
}

static enum kb_err fill_in(struct campaigns *campaigns, const char *lang,
    const char *name, const struct words *words, struct buf *out)
{
    return texts_render(
        campaigns->rooms.texts, lang, name, &words->values, out);
}

static enum kb_err explain_text(
    enum kb_err err, const char *name, struct why *why)
{
    if (err == KB_NOT_FOUND || err == KB_INVALID) {
        why_field(why, "template");
        why_set(why,
            err == KB_NOT_FOUND
                ? "template %s is not there; put it back or choose another"
                : "template %s asks for something that this campaign cannot "
                  "fill in; see kabari template show %s",
            name, name);
        return KB_INVALID;
    }
    return err;
}

/* Templates whatever the campaign's own is. */
static const char *const own_words[] = {
    [PLAN_TEXT_OWN] = NULL,
    [PLAN_TEXT_REDIRECT] = NULL,
    [PLAN_TEXT_DOWN] = "office_down",
    [PLAN_TEXT_MOVED] = "deadline_moved",
    [PLAN_TEXT_BACK] = "office_back",
};

enum kb_err compose_text(struct campaigns *campaigns,
    const struct compose_ask *ask, const struct composed *composed,
    struct buf *out, struct why *why)
{
    const struct campaign *campaign = &ask->row->campaign;
    const struct resident *first = &campaigns->people[0];
    const char *names[PHONE_PEOPLE_MOST] = {0};
    const char *lang = lang_of(campaigns, campaign, first->lang);
    const char *name = plan_template(campaign->template_name, &ask->row->steps,
        composed->facts.step, composed->again);
    struct words words = {0};

    for (size_t i = 0; i < composed->count; i++) {
        names[i] = campaigns->people[i].name;
    }
    if (own_words[composed->decision.text] != NULL) {
        name = own_words[composed->decision.text];
    }
    text_names(names, composed->count, words.name, sizeof words.name);
    set_words(campaigns, lang, campaign, composed, &words);
    words.values.field[TEXT_NAME] = words.name;
    words.values.field[TEXT_NIK4] = first->nik + NIK_DIGITS - 4;
    return explain_text(fill_in(campaigns, lang, name, &words, out), name, why);
}

enum kb_err compose_sample(struct campaigns *campaigns,
    const struct campaign_row *row, struct buf *out, struct why *why)
{
    struct composed composed = {
        .today = civil_day_of(clock_now_ms(campaigns->rooms.clock))};
    struct office *offices = NULL;
    size_t count = 0;
    struct words words = {0};
    const char *lang = lang_of(campaigns, &row->campaign, "");
    enum kb_err err =
        registry_office_list(campaigns->rooms.registry, &offices, &count);

    if (err != KB_OK) {
        return err;
    }
    composed.office = count > 0 ? offices[0] : office_unknown(campaigns);
    composed.other = count > 1 ? offices[1] : composed.office;
    free(offices);
    set_words(campaigns, lang, &row->campaign, &composed, &words);
    words.values.field[TEXT_NAME] = "Maria Contoh";
    words.values.field[TEXT_NIK4] = "9001";
    return explain_text(
        fill_in(campaigns, lang, row->campaign.template_name, &words, out),
        row->campaign.template_name, why);
}

/* --- in plain words ---------------------------------------------------- */

/* %1: the campaign's name or the office's, %2: a date or the outage's reason;
   one table row per cause, so that no two say the same. */
enum subject {
    OF_NOTHING,
    OF_CAMPAIGN,
    OF_OFFICE,
    OF_PLACES,
    OF_NEXT_TIME,
    OF_DEADLINE
};

static const struct {
    const char *before;
    enum subject subject;
    const char *after;
} sentences[] = {
    [PLAN_FINE] = {"nothing holds it: it goes as soon as a modem is free",
                   OF_NOTHING,                                                                 ""   },
    [PLAN_NOT_STARTED] =
        {"the campaign has not started: kabari campaign start ",       OF_CAMPAIGN,
                   ""                                                                               },
    [PLAN_WAS_CANCELLED] = {"the campaign was cancelled",                                 OF_NOTHING,   ""   },
    [PLAN_OVER] = {"the deadline (",                                             OF_DEADLINE,
                   ") has passed: kabari campaign set --deadline moves it"                          },
    [PLAN_STOPPED] = {"this phone's holder asked not to be told (STOP); a text "
                      "with DAFTAR lifts it",                 OF_NOTHING,   ""   },
    [PLAN_NOBODY] =
        {"everyone on this phone has complied, says so (SUDAH) or is "
         "no longer on this campaign's list",                 OF_NOTHING,   ""   },
    [PLAN_IS_PAUSED] = {"campaign paused: kabari campaign resume ",                   OF_CAMPAIGN,
                   ""                                                                               },
    [PLAN_BEFORE_STEPS] = {"the first step has not come: it goes from ",
                   OF_NEXT_TIME,                                                               " on"},
    [PLAN_TOLD_TODAY] = {"this phone was told something today: it goes from ",
                   OF_NEXT_TIME,                                                               " on"},
    [PLAN_OFFICE_DOWN] = {"office ",                                                    OF_OFFICE,
                   ": released when the office is up"                                               },
    [PLAN_PACE_USED] =
        {"the office's pace for today is used up: placed again from ",
                   OF_NEXT_TIME,                                                               " on"},
    [PLAN_NO_PLACE] = {"waits for a place at ",                                      OF_PLACES,
                   ", most urgent first; more of them release it sooner"                            },
    [PLAN_WEEK_FULL] = {"this phone was told often enough these 7 days: it "
                        "goes from ",                         OF_NEXT_TIME, " on"},
    [PLAN_WORKS_AGAIN] = {"the office works again: nothing to call off",
                   OF_NOTHING,                                                                 ""   },
    [PLAN_CORRECTED] = {"this phone heard of it today already",                       OF_NOTHING,   ""   },
    [PLAN_WINDOW_SHUT] = {"outside sending hours: it goes from ",                       OF_NEXT_TIME,
                   " on"                                                                            },
    [PLAN_NO_DAY_LEFT] = {"no day is left before the deadline (",                       OF_DEADLINE,
                   ")"                                                                              },
    [PLAN_NO_TEXT] = {"its template cannot be filled in: kabari check",
                   OF_NOTHING,                                                                 ""   },
};

static void write_places(const struct compose_ask *ask,
    const struct composed *composed, char *out, size_t out_bytes)
{
    const struct office *to = composed_target(composed);

    if (composed->place.day == 0) {
        (void)snprintf(out, out_bytes,
            "%s, which has no day left before the deadline", to->name);
    } else if (composed->place.places >= 0) {
        (void)snprintf(out, out_bytes,
            "%s (%d invitations for each of its days)", to->name,
            composed->place.places);
    } else {
        (void)snprintf(out, out_bytes, "%s (%d messages a day by --pace)",
            to->name, ask->row->campaign.pace);
    }
}

static void write_subject(const struct compose_ask *ask,
    const struct composed *composed, char *out, size_t out_bytes)
{
    const struct campaign *campaign = &ask->row->campaign;
    const struct office *office = &composed->office;

    *out = '\0';
    switch (sentences[composed->decision.cause].subject) {
    case OF_CAMPAIGN:
        (void)snprintf(out, out_bytes, "%s", campaign->name);
        break;
    case OF_OFFICE:
        (void)snprintf(out, out_bytes, "%s is %s%s%.60s%s", office->name,
            office->state, office->reason[0] == '\0' ? "" : " (",
            office->reason, office->reason[0] == '\0' ? "" : ")");
        break;
    case OF_PLACES:
        write_places(ask, composed, out, out_bytes);
        break;
    case OF_NEXT_TIME:
        (void)snprintf(out, out_bytes, "%s",
            civil_short(composed->decision.next_at_ms).text);
        break;
    case OF_DEADLINE:
        (void)snprintf(
            out, out_bytes, "%s", civil_date(campaign->deadline_day).text);
        break;
    case OF_NOTHING:
        break;
    }
}

void compose_reason(const struct compose_ask *ask,
    const struct composed *composed, char *out, size_t out_bytes)
{
    enum plan_cause cause = composed->decision.cause;
    char subject[160] = "";

    write_subject(ask, composed, subject, sizeof subject);
    (void)snprintf(out, out_bytes, "%s%s%s", sentences[cause].before, subject,
        sentences[cause].after);
}
