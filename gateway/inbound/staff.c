// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/staff.h"

#include "base/log.h"
#include "base/str.h"
#include "campaign/campaign.h"
#include "inbound/inbound_internal.h"
#include "inbound/staff_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What residents say of a door counts for a day. */
#define DOUBT_LIFE_MS ((int64_t)24 * 3600 * 1000)

/* Staff who are asked can answer as long. */
#define ASK_LIFE_MS ((int64_t)4 * 3600 * 1000)

/* --- registering ------------------------------------------------------- */

static enum kb_err check_office(
    struct inbound *inbound, const struct staff_phone *staff, struct why *why)
{
    struct office office = {0};
    enum kb_err err = staff->office[0] == '\0'
                          ? KB_OK
                          : registry_office_get(inbound->rooms.registry,
                                staff->office, &office);

    if (err == KB_NOT_FOUND) {
        why_field(why, "office");
        why_set(why, "there is no office %s; see kabari office list",
            staff->office);
        return KB_INVALID;
    }
    return err;
}

enum kb_err staff_put(struct inbound *inbound, const struct staff_phone *staff,
    struct staff_phone *out, struct why *why)
{
    enum kb_err err = phone_normalise(staff->phone, out->phone, why);

    if (err != KB_OK || !phone_is_mobile(out->phone)) {
        why_field(why, "phone");
        why_set(why, "phone must be a mobile number, such as 0812…");
        return KB_INVALID;
    }
    if (staff->name[0] == '\0') {
        why_field(why, "name");
        why_set(why, "say whose number it is");
        return KB_INVALID;
    }
    memcpy(out->name, staff->name, sizeof out->name);
    memcpy(out->office, staff->office, sizeof out->office);
    err = check_office(inbound, out, why);
    return err == KB_OK ? staff_store_put(inbound, out) : err;
}

enum kb_err staff_remove(struct inbound *inbound, const char *phone)
{
    char normal[PHONE_BYTES] = "";

    return phone_normalise(phone, normal, NULL) == KB_OK
               ? staff_store_drop(inbound, normal)
               : KB_NOT_FOUND;
}

/* --- an order ---------------------------------------------------------- */

/* Everything about one order. */
struct ordering {
    struct inbound *inbound;
    struct turn *turn;
    struct staff_phone staff;
    struct staff_order order;
    struct office office;
    struct campaign_effect effect;
};

/* The office that is named, by code or by kecamatan, else the number's own. */
static enum kb_err find_office(struct ordering *ordering)
{
    struct registry *registry = ordering->inbound->rooms.registry;
    const struct staff_order *order = &ordering->order;
    char code[32] = "";
    enum kb_err err = KB_NOT_FOUND;

    if (order->code[0] != '\0') {
        err = registry_office_get(registry, order->code, &ordering->office);
    }
    if (err == KB_NOT_FOUND && order->place[0] != '\0') {
        err = inbound_store_office(
            ordering->inbound, order->place, code, sizeof code);
        err = err == KB_OK
                  ? registry_office_get(registry, code, &ordering->office)
                  : err;
    }
    if (err == KB_NOT_FOUND && order->place[0] == '\0' &&
        ordering->staff.office[0] != '\0') {
        err = registry_office_get(
            registry, ordering->staff.office, &ordering->office);
    }
    return err;
}

static bool may_switch(const struct ordering *ordering)
{
    return ordering->staff.office[0] == '\0' ||
           strcmp(ordering->staff.office, ordering->office.code) == 0;
}

/* From when on people may come again: at an hour when it has closed by then, the
   day after. */
static int32_t back_day_of(const struct ordering *ordering)
{
    const struct staff_order *order = &ordering->order;

    if (order->back_day != INT32_MIN && order->hour >= 0 &&
        order->hour * 60 >= ordering->office.closes_minute) {
        return order->back_day + 1;
    }
    return order->back_day;
}

static enum kb_err say(struct ordering *ordering, const char *name)
{
    struct inbound *inbound = ordering->inbound;
    struct answer *answer = &ordering->turn->answer;
    const char *lang = inbound->rooms.config->site_language;
    int32_t back = back_day_of(ordering);
    char day[24] = "";
    char held[24] = "";
    char called[24] = "";
    struct text_values values = {
        .field = {[TEXT_OFFICE] = ordering->office.name,
                  [TEXT_HELD] = held,
                  [TEXT_CALLED] = called,
                  [TEXT_DEADLINE] = back == INT32_MIN ? NULL : day}
    };

    if (back != INT32_MIN) {
        text_deadline(lang, back, day, sizeof day);
    }
    campaign_count_text(ordering->effect.held, held, sizeof held);
    campaign_count_text(ordering->effect.invited, called, sizeof called);
    (void)snprintf(answer->name, sizeof answer->name, "%s", name);
    return texts_render(
        inbound->rooms.texts, lang, name, &values, &answer->text);
}

/* What waits is held, and who was told is called off; or, for an office that is
   back, what is held is released and who was called off is invited again. */
static enum kb_err read_effect(struct ordering *ordering)
{
    struct campaigns *campaigns = ordering->inbound->rooms.campaigns;
    bool up = strcmp(ordering->order.state, "up") == 0;
    enum kb_err err = KB_OK;

    if (campaigns != NULL) {
        err = campaign_office_effect(
            campaigns, ordering->office.code, &ordering->effect);
    }
    if (up) {
        ordering->effect.invited = ordering->effect.called_off;
    } else {
        ordering->effect.held += ordering->effect.waiting;
    }
    return err;
}

static enum kb_err switch_office(struct ordering *ordering)
{
    struct inbound *inbound = ordering->inbound;
    const struct staff_order *order = &ordering->order;
    bool up = strcmp(order->state, "up") == 0;
    bool works = up || strcmp(order->state, "degraded") == 0;
    char reason[120] = "";
    enum kb_err err = read_effect(ordering);

    (void)snprintf(reason, sizeof reason, "%s, by SMS of %s", order->word,
        ordering->staff.name);
    if (err == KB_OK) {
        err = registry_office_state(inbound->rooms.registry,
            ordering->office.code, order->state, reason,
            up ? INT32_MIN : back_day_of(ordering));
    }
    if (err == KB_OK) {
        err = doubt_drop(inbound, ordering->office.code);
    }
    if (err != KB_OK) {
        return err;
    }
    log_info("inbound: office switched code=%s state=%s staff=%s",
        ordering->office.code, order->state,
        log_phone(ordering->staff.phone).text);
    (void)snprintf(ordering->turn->note, sizeof ordering->turn->note,
        "switched %s: %s, by %.40s", ordering->office.code, order->state,
        ordering->staff.name);
    return say(ordering, works ? "staff_up" : "staff_down");
}

static enum kb_err carry_out(struct ordering *ordering)
{
    enum kb_err err = find_office(ordering);

    if (err == KB_NOT_FOUND || (err == KB_OK && !may_switch(ordering))) {
        return say(ordering, "staff_which");
    }
    return err == KB_OK ? switch_office(ordering) : err;
}

/* --- a doubt ----------------------------------------------------------- */

static enum kb_err ask_staff(struct ordering *ordering, int phones)
{
    struct inbound *inbound = ordering->inbound;
    struct staff_phone *list = NULL;
    struct why why = {0};
    size_t count = 0;
    enum kb_err err = staff_list(inbound, &list, &count);

    ordering->effect.invited = phones;
    if (err == KB_OK) {
        err = say(ordering, "staff_ask");
    }
    for (size_t i = 0; i < count && err == KB_OK; i++) {
        struct outbox_new message = {
            .phone = list[i].phone,
            .text = buf_text(&ordering->turn->answer.text),
            .class = MSG_REPLY,
            .expires_at_ms = clock_now_ms(inbound->rooms.clock) + ASK_LIFE_MS,
        };
        int64_t id = 0;

        if (list[i].office[0] == '\0' ||
            strcmp(list[i].office, ordering->office.code) == 0) {
            err = outbox_accept(inbound->rooms.outbox, &message, &id, &why);
        }
    }
    free(list);
    buf_clear(&ordering->turn->answer.text);
    ordering->turn->answer.name[0] = '\0';
    return err;
}

static bool counts_as_open(const struct office *office)
{
    return strcmp(office->state, "up") == 0 ||
           strcmp(office->state, "degraded") == 0;
}

/* Enough of them: staff are to look, once a day. */
static enum kb_err judge_doubt(struct ordering *ordering)
{
    struct inbound *inbound = ordering->inbound;
    struct turn *turn = ordering->turn;
    int least = inbound->rooms.config->plan_doubt_phones;
    struct suspicion doubt = {0};
    int64_t now_ms = clock_now_ms(inbound->rooms.clock);
    enum kb_err err = doubt_count(
        inbound, ordering->office.code, now_ms - DOUBT_LIFE_MS, &doubt);

    if (err != KB_OK || doubt.phones < least || doubt.since_ms != 0) {
        return err;
    }
    log_warn("inbound: %d residents say that an office is closed code=%s",
        doubt.phones, ordering->office.code);
    turn->open = true;
    (void)snprintf(turn->note, sizeof turn->note,
        "%d residents say %s is closed; ask there, then kabari office down %s",
        doubt.phones, ordering->office.code, ordering->office.code);
    err = doubt_raise(inbound, ordering->office.code);
    return err == KB_OK ? ask_staff(ordering, doubt.phones) : err;
}

/* Only a resident's phone is believed, and only of an office that counts as
   open. */
static enum kb_err hear_doubt(struct ordering *ordering, const char *text)
{
    struct inbound *inbound = ordering->inbound;
    const struct understood *understood = &ordering->turn->understood;
    struct resident resident = {0};
    size_t count = 0;
    char code[32] = "";
    enum kb_err err = KB_OK;

    if (inbound->rooms.config->plan_doubt_phones <= 0 ||
        !staff_reports_closed(inbound->rooms.script, text)) {
        return KB_OK;
    }
    err = registry_residents_of_phone(
        inbound->rooms.registry, ordering->turn->phone, &resident, 1, &count);
    if (err != KB_OK || count == 0) {
        return err;
    }
    (void)snprintf(code, sizeof code, "%s", resident.office);
    if (understood->office[0] != '\0') {
        err = inbound_store_office(
            inbound, understood->office, code, sizeof code);
    }
    if (err == KB_OK) {
        err = registry_office_get(
            inbound->rooms.registry, code, &ordering->office);
    }
    if (err == KB_OK && counts_as_open(&ordering->office)) {
        err = doubt_put(
            inbound, ordering->office.code, ordering->turn->phone_hash.text);
        err = err == KB_OK ? judge_doubt(ordering) : err;
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err staff_take(struct inbound *inbound, const struct letter *letter,
    struct turn *turn, bool *taken)
{
    struct ordering ordering = {.inbound = inbound, .turn = turn};
    int32_t today = civil_day_of(clock_now_ms(inbound->rooms.clock));
    enum kb_err err = staff_store_get(inbound, letter->phone, &ordering.staff);

    *taken = false;
    if (err == KB_NOT_FOUND) {
        return hear_doubt(&ordering, letter->text);
    }
    if (err != KB_OK || !staff_read(inbound->rooms.script, letter->text, today,
                            &ordering.order)) {
        return err;
    }
    *taken = true;
    return carry_out(&ordering);
}

/* --- asked from outside ------------------------------------------------ */

enum kb_err suspicion_get(
    struct inbound *inbound, const char *office, struct suspicion *out)
{
    int64_t since_ms = clock_now_ms(inbound->rooms.clock) - DOUBT_LIFE_MS;
    enum kb_err err = doubt_count(inbound, office, since_ms, out);

    return err == KB_OK && out->since_ms == 0 ? KB_NOT_FOUND : err;
}

enum kb_err suspicion_end(struct inbound *inbound, const char *office)
{
    return doubt_drop(inbound, office);
}

enum kb_err staff_forget(struct inbound *inbound, int64_t now_ms)
{
    return doubt_forget(inbound, now_ms - DOUBT_LIFE_MS);
}
