// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "inbound/inbound_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* People may be out of coverage for days; after that an answer only puzzles. */
#define REPLY_LIFE_MS ((int64_t)72 * 3600 * 1000)

/* Alarms that stand are looked at again. */
#define ALARM_EVERY_MS ((int64_t)60 * 1000)

enum kb_err inbox_list(struct inbound *inbound,
    const struct inbox_filter *filter, inbox_fn *fn, void *arg)
{
    return inbound_store_list(inbound, filter, fn, arg);
}

enum kb_err inbox_last_id(struct inbound *inbound, int64_t *out)
{
    return inbound_store_last_id(inbound, out);
}

enum kb_err inbox_get(
    struct inbound *inbound, int64_t id, struct inbox_entry *out)
{
    return inbound_store_get(inbound, id, out);
}

static enum kb_err reply(struct inbound *inbound,
    const struct inbox_entry *entry, const char *text, int64_t *message_id,
    struct why *why)
{
    struct outbox_new message = {
        .phone = entry->phone,
        .text = text,
        .class = MSG_REPLY,
        .expires_at_ms = clock_now_ms(inbound->rooms.clock) + REPLY_LIFE_MS,
        .inbound_id = entry->id,
        .prefer_modem = entry->modem,
    };
    enum kb_err err =
        outbox_accept(inbound->rooms.outbox, &message, message_id, why);

    return err == KB_OK ? inbound_store_replied(inbound, entry->id, *message_id)
                        : err;
}

enum kb_err inbox_reply(struct inbound *inbound, int64_t id, const char *text,
    int64_t *message_id, struct why *why)
{
    struct inbox_entry entry = {0};
    enum kb_err err = inbound_store_get(inbound, id, &entry);

    if (err != KB_OK) {
        return err;
    }
    if (!phone_is_mobile(entry.phone)) {
        why_set(why,
            "its sender is no mobile number, so no SMS reaches them; close it");
        return KB_REFUSED;
    }
    err = store_op_begin(inbound->rooms.store);
    if (err != KB_OK) {
        return err;
    }
    err = reply(inbound, &entry, text, message_id, why);
    return store_op_end(inbound->rooms.store, err);
}

enum kb_err inbox_close(struct inbound *inbound, int64_t id)
{
    enum kb_err err = store_op_begin_record(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, inbound_store_close_entry(inbound, id));
}

enum kb_err inbox_count_open(struct inbound *inbound, int64_t *count)
{
    return inbound_store_count_open(inbound, count);
}

/* --- who looks after it, and when --------------------------------------------- */

#define HOUR_MS ((int64_t)3600 * 1000)

enum kb_err inbox_assign(struct inbound *inbound, int64_t id, const char *who)
{
    enum kb_err err = store_op_begin(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, inbound_store_assign(inbound, id, who));
}

enum kb_err inbox_snooze(struct inbound *inbound, int64_t id, int64_t until_ms)
{
    enum kb_err err = store_op_begin(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, inbound_store_snooze(inbound, id, until_ms));
}

enum kb_err inbox_count_overdue(struct inbound *inbound, int64_t *count)
{
    int64_t hours = inbound->rooms.config->inbox_alarm_h;
    int64_t now = clock_now_ms(inbound->rooms.clock);

    *count = 0;
    return hours == 0 ? KB_OK
                      : inbound_store_count_overdue(
                            inbound, now - hours * HOUR_MS, count);
}

static enum kb_err alarm_overdue(struct inbound *inbound)
{
    char text[ALARM_TEXT_BYTES];
    int64_t count = 0;
    enum kb_err err = inbox_count_overdue(inbound, &count);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(text, sizeof text,
        "residents who wait for an answer for longer than %d hours: %lld; see "
        "kabari inbox list --open",
        inbound->rooms.config->inbox_alarm_h, (long long)count);
    alarm_set(inbound->rooms.alarms,
        &(struct alarm_new){
            .key = "inbox:overdue", .severity = ALARM_WARNING, .text = text},
        count > 0);
    return KB_OK;
}

/* By the day's counters, so that it outlives a restart. */
static enum kb_err alarm_enumeration(struct inbound *inbound)
{
    char text[ALARM_TEXT_BYTES];
    int64_t count = 0;
    enum kb_err err =
        guard_store_at_least(inbound, COUNT_NIKS, GUARD_NIKS, &count);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(text, sizeof text,
        "NIKs are being tried out, phones that asked for %d or more today: "
        "%lld; the limits hold, see what they wrote with kabari inbox list",
        GUARD_NIKS, (long long)count);
    alarm_set(inbound->rooms.alarms,
        &(struct alarm_new){
            .key = "talk:enumeration", .severity = ALARM_WARNING, .text = text},
        count > 0);
    return KB_OK;
}

/* Whoever has many phones asks from each of them a few times only. */
static enum kb_err alarm_spread(struct inbound *inbound)
{
    char text[ALARM_TEXT_BYTES];
    int most = inbound->rooms.config->strange_niks_day;
    int64_t niks = 0;
    int64_t births = 0;
    enum kb_err err = guard_store_most(inbound, COUNT_STRANGES, &niks);

    if (err == KB_OK) {
        err = guard_store_at_least(inbound, COUNT_BIRTH, GUARD_BIRTHS, &births);
    }
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(text, sizeof text,
        "NIKs may be tried out from many phones: %lld different ones today "
        "from phones that are not their residents' (limits.strange_niks_day is "
        "%d), dates of birth with %d serials or more: %lld; see kabari inbox "
        "list",
        (long long)niks, most, GUARD_BIRTHS, (long long)births);
    alarm_set(inbound->rooms.alarms,
        &(struct alarm_new){.key = "talk:enumeration:spread",
            .severity = ALARM_WARNING,
            .text = text},
        births > 0 || (most > 0 && niks >= most));
    return KB_OK;
}

static bool should_work_again(const struct office *office, int64_t now_ms)
{
    struct civil now = civil_of(now_ms);
    int32_t today = civil_day_of(now_ms);
    bool opened = now.hour * 60 + now.minute >= office->opens_minute;

    return strcmp(office->state, "up") != 0 && office->back_day != INT32_MIN &&
           (today > office->back_day || (today == office->back_day && opened));
}

/* What waits for an office of which nobody says anything would wait until the
   deadline. */
static enum kb_err alarm_offices(struct inbound *inbound)
{
    char codes[128] = "";
    char text[ALARM_TEXT_BYTES];
    struct office *list = NULL;
    size_t count = 0;
    int late = 0;
    int64_t now_ms = clock_now_ms(inbound->rooms.clock);
    enum kb_err err =
        registry_office_list(inbound->rooms.registry, &list, &count);

    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(codes);

        if (should_work_again(&list[i], now_ms)) {
            (void)snprintf(codes + used, sizeof codes - used, "%s%s",
                late == 0 ? "" : " ", list[i].code);
            late++;
        }
    }
    free(list);
    (void)snprintf(text, sizeof text,
        "offices that were to work again by now, %d: %s; what waits for them "
        "goes with kabari office up CODE, or say a new day with --back",
        late, codes);
    if (err == KB_OK) {
        alarm_set(inbound->rooms.alarms,
            &(struct alarm_new){.key = "office:overdue",
                .severity = ALARM_WARNING,
                .text = text},
            late > 0);
    }
    return err;
}

enum kb_err inbox_alarm(struct inbound *inbound)
{
    int64_t now = clock_now_ms(inbound->rooms.clock);
    enum kb_err err = KB_OK;

    /* A clock that was set back must not keep it silent. */
    if (inbound->rooms.alarms == NULL ||
        (now < inbound->alarm_at_ms &&
            now + ALARM_EVERY_MS >= inbound->alarm_at_ms)) {
        return KB_OK;
    }
    err = alarm_overdue(inbound);
    if (err == KB_OK) {
        err = alarm_enumeration(inbound);
    }
    if (err == KB_OK) {
        err = alarm_spread(inbound);
    }
    if (err == KB_OK) {
        err = alarm_offices(inbound);
    }
    if (err == KB_OK) {
        inbound->alarm_at_ms = now + ALARM_EVERY_MS;
    }
    return err;
}

static enum kb_err write_canned(struct inbound *inbound,
    const struct inbox_entry *entry, const char *template, struct buf *out)
{
    struct registry_hash hash =
        registry_hash(inbound->rooms.registry, entry->phone);
    struct understood understood = {.intent = INTENT_HUMAN};
    struct answer answer = {.name = ""};
    struct question question = {.phone = entry->phone,
        .phone_hash = hash.text,
        .modem = "",
        .understood = &understood};
    enum kb_err err = answer_plain(inbound, &question, template, "", &answer);

    buf_add_text(out, buf_text(&answer.text));
    buf_clear(&answer.text);
    return err;
}

enum kb_err inbox_canned(struct inbound *inbound, int64_t id, const char *name,
    struct buf *out, struct why *why)
{
    struct inbox_entry entry = {0};
    char template[64];
    enum kb_err err = inbound_store_get(inbound, id, &entry);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(template, sizeof template, "canned_%.40s", name);
    if (!texts_has(inbound->rooms.texts, template)) {
        why_field(why, "canned");
        why_set(
            why, "there is no template %s; see kabari template list", template);
        return KB_INVALID;
    }
    return write_canned(inbound, &entry, template, out);
}
