// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/str.h"
#include "inbound/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Tell me when it changes": what somebody waits for, told once it does. */

/* Thin coverage: people climb a hill every few days. */
#define NEWS_LIFE_MS ((int64_t)72 * 3600 * 1000)

static enum kb_err put(struct inbound *inbound, const char *kind,
    const char *subject, const char *phone, const char *modem)
{
    struct watch watch = {.id = 0};

    (void)snprintf(watch.kind, sizeof watch.kind, "%s", kind);
    (void)snprintf(watch.subject, sizeof watch.subject, "%s", subject);
    (void)snprintf(watch.modem, sizeof watch.modem, "%s", modem);
    if (str_copy(watch.phone, sizeof watch.phone, phone) != KB_OK) {
        return KB_INVALID;
    }
    return watch_put(inbound, &watch);
}

enum kb_err watch_resident(struct inbound *inbound, const char *phone,
    const char *modem, int64_t resident_id)
{
    char subject[24];

    (void)snprintf(subject, sizeof subject, "%" PRId64, resident_id);
    return put(inbound, "resident", subject, phone, modem);
}

enum kb_err watch_office(struct inbound *inbound, const char *phone,
    const char *modem, const char *office)
{
    return put(inbound, "office", office, phone, modem);
}

/* --- telling ------------------------------------------------------------------- */

/* News in the making. */
struct news {
    struct watch watch;
    struct understood understood;
    struct quota quota; /* news are not counted against the day's limits */
    struct registry_hash phone_hash;
    struct answer answer;
    bool over; /* nothing more will be told */
};

static enum kb_err write_state(struct inbound *inbound, struct news *news)
{
    struct resident resident = {0};
    struct question question = {.front = FRONT_SMS,
        .phone = news->watch.phone,
        .phone_hash = news->phone_hash.text,
        .modem = news->watch.modem,
        .understood = &news->understood,
        .quota = &news->quota,
        .today = civil_day_of(clock_now_ms(inbound->rooms.clock))};
    enum kb_err err = registry_resident_by_id(inbound->rooms.registry,
        strtoll(news->watch.subject, NULL, 10), &resident);

    /* Erased, or the phone is somebody else's by now. */
    if (err == KB_NOT_FOUND ||
        (err == KB_OK && !inbound->rooms.config->disclosure_open &&
            strcmp(resident.phone, news->watch.phone) != 0)) {
        news->over = true;
        return KB_OK;
    }
    if (err == KB_OK) {
        news->understood.intent = INTENT_STATUS;
        memcpy(news->understood.nik, resident.nik, sizeof resident.nik);
        err = answer_write(inbound, &question, &news->answer);
        news->over = !answer_waits(news->answer.name);
    }
    return err;
}

static enum kb_err write_office(struct inbound *inbound, struct news *news)
{
    struct office office = {.opens_minute = 0};
    struct question question = {.front = FRONT_SMS,
        .phone = news->watch.phone,
        .phone_hash = news->phone_hash.text,
        .modem = news->watch.modem,
        .understood = &news->understood};
    enum kb_err err = registry_office_get(
        inbound->rooms.registry, news->watch.subject, &office);

    if (err == KB_NOT_FOUND) {
        news->over = true;
        return KB_OK;
    }
    if (err == KB_OK && strcmp(office.state, "up") == 0) {
        news->over = true;
        (void)snprintf(news->understood.office, sizeof news->understood.office,
            "%s", office.kecamatan);
        err =
            answer_plain(inbound, &question, "watch_office", "", &news->answer);
    }
    return err;
}

static enum kb_err send(struct inbound *inbound, const struct news *news)
{
    struct why why = {0};
    int64_t id = 0;
    struct outbox_new message = {
        .phone = news->watch.phone,
        .text = buf_text(&news->answer.text),
        .class = MSG_NORMAL,
        .expires_at_ms = clock_now_ms(inbound->rooms.clock) + NEWS_LIFE_MS,
        .prefer_modem = news->watch.modem[0] == '\0' ? NULL : news->watch.modem,
    };
    enum kb_err err = KB_OK;

    if (news->answer.text.used == 0) {
        return KB_OK;
    }
    err = outbox_accept(inbound->rooms.outbox, &message, &id, &why);
    if (err == KB_OK) {
        log_info("inbound: news id=%lld phone=%s of=%s text=%s", (long long)id,
            log_phone(news->watch.phone).text, news->watch.kind,
            news->answer.name);
    }
    return err == KB_INVALID ? KB_OK : err;
}

static enum kb_err tell(struct inbound *inbound, struct news *news)
{
    bool stopped = false;
    enum kb_err err = registry_phone_stopped(
        inbound->rooms.registry, news->watch.phone, &stopped);

    if (err == KB_OK && stopped) {
        news->over = true;
    } else if (err == KB_OK) {
        err = strcmp(news->watch.kind, "office") == 0
                  ? write_office(inbound, news)
                  : write_state(inbound, news);
    }
    if (err == KB_OK) {
        err = send(inbound, news);
    }
    if (err == KB_OK) {
        err = news->over ? watch_drop(inbound, news->watch.id)
                         : watch_wait(inbound, news->watch.id);
    }
    return err;
}

enum kb_err watch_tell_one(struct inbound *inbound)
{
    struct news news = {.over = false};
    enum kb_err err = watch_due(inbound, &news.watch);

    if (err == KB_OK) {
        err = store_op_begin(inbound->rooms.store);
    }
    if (err != KB_OK) {
        return err;
    }
    news.phone_hash = registry_hash(inbound->rooms.registry, news.watch.phone);
    err = store_op_end(inbound->rooms.store, tell(inbound, &news));
    buf_clear(&news.answer.text);
    return err;
}
