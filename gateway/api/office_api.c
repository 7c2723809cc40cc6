// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *hours_json(const struct office *office)
{
    char text[64] = "";
    (void)snprintf(text, sizeof(text), "%02d:%02d-%02d:%02d",
        office->opens_minute / 60, office->opens_minute % 60,
        office->closes_minute / 60, office->closes_minute % 60);
    return json_string(text);
}

static json_t *office_json(const struct office *office)
{
    bool placed = office->has_place;
    return json_pack("{so so so so so si so so si so so so so so}", "code",
        api_text_json(office->code), "name", api_text_json(office->name),
        "kecamatan", api_text_json(office->kecamatan), "lat",
        placed ? json_real(office->lat) : json_null(), "lon",
        placed ? json_real(office->lon) : json_null(), "capacity",
        office->capacity, "hours", hours_json(office), "days",
        api_text_json(office->days), "blanks", office->blanks, "fallback",
        api_text_json(office->fallback), "state", api_text_json(office->state),
        "reason", api_text_json(office->reason), "since",
        api_time_json(office->since_at_ms), "back",
        api_day_json(office->back_day));
}

static enum kb_err office_list(struct api_call *call, struct why *why)
{
    struct office *offices = NULL;
    size_t count = 0;
    (void)why;
    enum kb_err err =
        registry_office_list(call->app->registry, &offices, &count);
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(call->answer, office_json(&offices[i]));
    }
    free(offices);
    return KB_OK;
}

static enum kb_err find_office(
    struct api_call *call, struct office *office, struct why *why)
{
    enum kb_err err =
        registry_office_get(call->app->registry, call->param, office);
    if (err == KB_NOT_FOUND) {
        why_set(
            why, "there is no office %s; see kabari office list", call->param);
    }
    return err;
}

static enum kb_err office_get(struct api_call *call, struct why *why)
{
    struct office office = {0};
    enum kb_err err = find_office(call, &office, why);
    if (err == KB_OK) {
        call->answer = office_json(&office);
    }
    return err;
}

struct state_in {
    const char *state;
    const char *reason;
    int32_t back;
};

static const struct api_field state_fields[] = {
    API_FIELD("state", API_TEXT, state_in, state, .needed = true),
    API_FIELD("reason", API_TEXT, state_in, reason, .most = 159),
    API_FIELD("back", API_DAY, state_in, back, .needed = false),
    {0},
};

static enum kb_err check_state(const struct state_in *in, struct why *why)
{
    static const char *const states[] = {"up", "degraded", "down", "closed"};
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i], in->state) != 0) {
            continue;
        }
        if (i > 0 && (!in->reason || !*in->reason)) {
            why_field(why, "reason");
            why_set(why, "reason is missing; say why, in a few words");
            return KB_INVALID;
        }
        return KB_OK;
    }
    why_field(why, "state");
    why_set(why, "state must be up, degraded, down or closed");
    return KB_INVALID;
}

static enum kb_err office_state(struct api_call *call, struct why *why)
{
    const struct state_in *in = call->in;
    enum kb_err err = check_state(in, why);
    if (err == KB_OK) {
        err = registry_office_state(call->app->registry, call->param, in->state,
            in->reason ? in->reason : "", in->back);
    }
    /* office_get also says which office is not there. */
    return err == KB_OK || err == KB_NOT_FOUND ? office_get(call, why) : err;
}

struct set_in {
    int64_t capacity;
    int64_t blanks;
    const char *hours;
    const char *days;
    const char *fallback;
};

/* More people than a regency has need no larger number. */
#define MOST_A_DAY 100000
#define MOST_CARDS 10000000

static const struct api_field set_fields[] = {
    API_FIELD("capacity", API_INT, set_in, capacity, .most = MOST_A_DAY,
        .fallback = -1),
    API_FIELD(
        "blanks", API_INT, set_in, blanks, .most = MOST_CARDS, .fallback = -1),
    API_FIELD("hours", API_TEXT, set_in, hours, .needed = false),
    API_FIELD("days", API_TEXT, set_in, days, .most = 31),
    API_FIELD("fallback", API_TEXT, set_in, fallback, .most = 159),
    {0},
};

static enum kb_err office_set(struct api_call *call, struct why *why)
{
    const struct set_in *in = call->in;
    struct office_change change = {
        .capacity = (int)in->capacity,
        .blanks = (int)in->blanks,
        .hours = in->hours,
        .days = in->days,
        .fallback = in->fallback,
    };
    enum kb_err err =
        registry_office_set(call->app->registry, call->param, &change, why);
    return err == KB_OK || err == KB_NOT_FOUND ? office_get(call, why) : err;
}

/** What a switch would do, before it is confirmed. */
static enum kb_err office_effect(struct api_call *call, struct why *why)
{
    const struct state_in *in = call->in;
    struct office office = {0};
    struct campaign_effect effect = {0};
    struct state_in asked = {.state = in->state, .reason = "-"};
    enum kb_err err = check_state(&asked, why);
    if (err == KB_OK) {
        err = find_office(call, &office, why);
    }
    if (err == KB_OK) {
        err =
            campaign_office_effect(call->app->campaigns, office.code, &effect);
    }
    if (err == KB_OK) {
        bool stops =
            strcmp(in->state, "down") == 0 || strcmp(in->state, "closed") == 0;
        bool opens = strcmp(in->state, "up") == 0;
        call->answer =
            json_pack("{so sI sI sI}", "state", api_text_json(in->state),
                "waiting", (json_int_t)(stops ? effect.waiting : 0), "invited",
                (json_int_t)(stops ? effect.invited : 0), "held",
                (json_int_t)(opens ? effect.waiting : 0));
    }
    return err;
}

static const struct api_field effect_fields[] = {
    API_FIELD("state", API_TEXT, state_in, state, .needed = true),
    {0},
};

const struct api_route api_office_routes[] = {
    {"GET",                     "/api/v1/offices", office_list, .help = "all offices"},
    {"GET",              "/api/v1/offices/{code}", office_get, .help = "one office"},
    {"POST",                         "/api/v1/offices/{code}/state", office_state, API_CHANGE,
     .fields = state_fields, .in_bytes = sizeof(struct state_in),
     .help = "switch an office up, degraded, down or closed"},
    {"GET","/api/v1/offices/{code}/effect", office_effect,
     .fields = effect_fields, .in_bytes = sizeof(struct state_in),
     .help = "what switching it would do"},
    {"PATCH",     "/api/v1/offices/{code}", office_set, API_CHANGE,
     .fields = set_fields, .in_bytes = sizeof(struct set_in),
     .help = "change capacity, stock, hours, days or fallback"},
    {0                   },
};
