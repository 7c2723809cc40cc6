// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/mem.h"
#include "base/str.h"
#include "inbound/staff.h"

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

/** "" where nobody knows it. */
static json_t *kecamatan_name_json(struct registry *registry, const char *code)
{
    char name[64] = "";
    enum kb_err err =
        registry_kecamatan_name(registry, code, name, sizeof(name));
    return api_text_json(err == KB_OK ? name : "");
}

static json_t *office_json(
    struct registry *registry, const struct office *office)
{
    bool placed = office->has_place;
    return json_pack("{so so so so so so si so so si so so so so so}", "code",
        api_text_json(office->code), "name", api_text_json(office->name),
        "kecamatan", api_text_json(office->kecamatan), "kecamatan_name",
        kecamatan_name_json(registry, office->kecamatan), "lat",
        placed ? json_real(office->lat) : json_null(), "lon",
        placed ? json_real(office->lon) : json_null(), "capacity",
        office->capacity, "hours", hours_json(office), "days",
        api_text_json(office->days), "blanks", office->blanks, "fallback",
        api_text_json(office->fallback), "state", api_text_json(office->state),
        "reason", api_text_json(office->reason), "since",
        api_time_json(office->since_at_ms), "back",
        api_day_json(office->back_day));
}

static enum kb_err no_state(struct why *why)
{
    why_field(why, "state");
    why_set(why, "state must be up, degraded, down or closed");
    return KB_INVALID;
}

struct office_list_in {
    const char *state;
    const char *kecamatan;
};

static const struct api_field office_list_fields[] = {
    API_FIELD("state", API_TEXT, office_list_in, state, .needed = false),
    API_FIELD(
        "kecamatan", API_TEXT, office_list_in, kecamatan, .needed = false),
    {0},
};

static bool is_wanted(
    const struct office_list_in *in, const struct office *office)
{
    return (!in->state || strcmp(in->state, office->state) == 0) &&
           (!in->kecamatan || strcmp(in->kecamatan, office->kecamatan) == 0);
}

static enum kb_err office_list(struct api_call *call, struct why *why)
{
    const struct office_list_in *in = call->in;
    struct office *offices = NULL;
    size_t count = 0;
    if (in->state && !office_is_state(in->state)) {
        return no_state(why);
    }
    enum kb_err err =
        registry_office_list(call->app->registry, &offices, &count);
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(in, &offices[i])) {
            json_array_append_new(
                call->answer, office_json(call->app->registry, &offices[i]));
        }
    }
    free(offices);
    return KB_OK;
}

static enum kb_err read_places(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why)
{
    struct registry_place *places = NULL;
    size_t count = 0;
    enum kb_err err = registry_place_list(rooms->registry, &places, &count);
    (void)why;
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(call->answer,
            json_pack("{so so so sI}", "kecamatan",
                api_text_json(places[i].kecamatan), "kecamatan_name",
                kecamatan_name_json(rooms->registry, places[i].kecamatan),
                "desa", api_text_json(places[i].desa), "residents",
                (json_int_t)places[i].residents));
    }
    free(places);
    return KB_OK;
}

static enum kb_err place_list(struct api_call *call, struct why *why)
{
    return api_read_aside(call, read_places, why);
}

/* Residents who say that it is closed; null where too few do. */
static enum kb_err add_suspicion(struct api_call *call, const char *code)
{
    struct suspicion doubt = {0};
    enum kb_err err = suspicion_get(call->app->inbound, code, &doubt);
    json_t *json = err == KB_OK ? json_pack("{si so}", "phones", doubt.phones,
                                      "since", api_time_json(doubt.since_ms))
                                : json_null();
    json_object_set_new(call->answer, "suspected", json);
    return err == KB_NOT_FOUND ? KB_OK : err;
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

/** For changes: who is bounded sees all offices, and changes their own. */
static enum kb_err find_own_office(
    struct api_call *call, struct office *office, struct why *why)
{
    enum kb_err err = find_office(call, office, why);
    return err == KB_OK ? api_may_change_office(call, office->kecamatan, why)
                        : err;
}

static enum kb_err office_get(struct api_call *call, struct why *why)
{
    struct office office = {0};
    enum kb_err err = find_office(call, &office, why);
    if (err == KB_OK) {
        call->answer = office_json(call->app->registry, &office);
        err = add_suspicion(call, office.code);
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
    if (!office_is_state(in->state)) {
        return no_state(why);
    }
    if (strcmp(in->state, "up") != 0 && (!in->reason || !*in->reason)) {
        why_field(why, "reason");
        why_set(why, "reason is missing; say why, in a few words");
        return KB_INVALID;
    }
    return KB_OK;
}

/* What the switch causes, as it stood before it. */
static void add_effect(
    struct api_call *call, const struct campaign_effect *effect, bool works)
{
    char text[120] = "";
    campaign_effect_text(effect, works, text, sizeof(text));
    json_object_set_new(call->answer, "effect",
        json_pack("{sI sI so}", "invited",
            (json_int_t)(works ? effect->called_off : effect->invited),
            "waiting",
            (json_int_t)(works ? effect->held : effect->waiting + effect->held),
            "text", json_string(text)));
    json_object_set_new(call->answer, "caused", json_string(text));
}

static enum kb_err office_state(struct api_call *call, struct why *why)
{
    const struct state_in *in = call->in;
    struct campaign_effect effect = {0};
    struct office office = {0};
    bool works =
        strcmp(in->state, "up") == 0 || strcmp(in->state, "degraded") == 0;
    enum kb_err err = find_own_office(call, &office, why);
    if (err == KB_OK) {
        err = check_state(in, why);
    }
    if (err == KB_OK) {
        err =
            campaign_office_effect(call->app->campaigns, call->param, &effect);
    }
    if (err == KB_OK) {
        err = registry_office_state(call->app->registry, call->param, in->state,
            in->reason ? in->reason : "", in->back);
    }
    if (err == KB_OK) {
        err = suspicion_end(call->app->inbound, call->param);
    }
    err = err == KB_OK ? office_get(call, why) : err;
    if (err == KB_OK) {
        (void)snprintf(call->detail, sizeof(call->detail), "%s%s%s", in->state,
            in->reason ? ": " : "", in->reason ? in->reason : "");
        add_effect(call, &effect, works);
        api_plan_soon(call);
    }
    return err;
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
    struct office office = {0};
    enum kb_err err = find_own_office(call, &office, why);
    if (err == KB_OK) {
        err =
            registry_office_set(call->app->registry, call->param, &change, why);
    }
    return err == KB_OK ? office_get(call, why) : err;
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
                (json_int_t)(opens ? effect.held : 0));
    }
    return err;
}

static const struct api_field effect_fields[] = {
    API_FIELD("state", API_TEXT, state_in, state, .needed = true),
    {0},
};

/* --- residents who say it is closed ---------------------------------- */

struct suspicion_in {
    bool dismiss;
};

static const struct api_field suspicion_fields[] = {
    API_FIELD("dismiss", API_BOOL, suspicion_in, dismiss, .needed = true),
    {0},
};

static enum kb_err suspicion_post(struct api_call *call, struct why *why)
{
    const struct suspicion_in *in = call->in;
    struct office office = {0};
    enum kb_err err = find_own_office(call, &office, why);
    if (err != KB_OK) {
        return err;
    }
    if (!in->dismiss) {
        why_field(why, "dismiss");
        why_set(why, "dismiss is true; to confirm, switch the office: "
                     "kabari office down");
        return KB_INVALID;
    }
    err = suspicion_end(call->app->inbound, call->param);
    return err == KB_OK ? office_get(call, why) : err;
}

/* --- numbers of the staff -------------------------------------------- */

static json_t *staff_json(const struct staff_phone *staff)
{
    return json_pack("{so so so}", "phone", api_text_json(staff->phone), "name",
        api_text_json(staff->name), "office", api_text_or_null(staff->office));
}

/** Who is bounded sees the numbers of their own offices. */
static enum kb_err may_see(
    const struct api_call *call, const struct staff_phone *staff, bool *may)
{
    struct office office = {0};
    enum kb_err err = KB_OK;
    *may = !call->reach;
    if (call->reach && staff->office[0]) {
        err = registry_office_get(call->app->registry, staff->office, &office);
        *may = err == KB_OK && access_covers(call->actor, office.kecamatan);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err staff_get(struct api_call *call, struct why *why)
{
    struct staff_phone *list = NULL;
    size_t count = 0;
    enum kb_err err = staff_list(call->app->inbound, &list, &count);
    (void)why;
    call->answer = json_array();
    for (size_t i = 0; i < count && err == KB_OK; i++) {
        bool may = false;
        err = may_see(call, &list[i], &may);
        if (may) {
            json_array_append_new(call->answer, staff_json(&list[i]));
        }
    }
    free(list);
    return err;
}

struct staff_in {
    const char *phone;
    const char *name;
    const char *office;
};

static const struct api_field staff_fields[] = {
    API_FIELD("phone", API_TEXT, staff_in, phone, .needed = true, .most = 23),
    API_FIELD("name", API_TEXT, staff_in, name, .needed = true, .most = 63),
    API_FIELD("office", API_TEXT, staff_in, office, .most = 31),
    {0},
};

static enum kb_err staff_post(struct api_call *call, struct why *why)
{
    const struct staff_in *in = call->in;
    struct staff_phone staff = {.phone = ""};
    struct staff_phone kept = {.phone = ""};
    (void)snprintf(staff.name, sizeof(staff.name), "%s", in->name);
    (void)snprintf(
        staff.office, sizeof(staff.office), "%s", in->office ? in->office : "");
    if (str_copy(staff.phone, sizeof(staff.phone), in->phone) != KB_OK) {
        staff.phone[0] = '\0';
    }
    enum kb_err err = staff_put(call->app->inbound, &staff, &kept, why);
    if (err == KB_OK) {
        call->answer = staff_json(&kept);
    }
    return err;
}

static enum kb_err staff_delete(struct api_call *call, struct why *why)
{
    enum kb_err err = staff_remove(call->app->inbound, call->param);
    if (err == KB_NOT_FOUND) {
        why_set(why, "that number is not registered; see kabari office staff");
    }
    if (err == KB_OK) {
        call->answer = json_pack("{sb}", "removed", true);
    }
    return err;
}

const struct api_route api_office_routes[] = {
    {"GET",                                                   "/api/v1/offices", office_list, .fields = office_list_fields,
     .in_bytes = sizeof(struct office_list_in), .help = "all offices"},
    {"GET",                                            "/api/v1/offices/{code}", office_get, .help = "one office"},
    {"POST",               "/api/v1/offices/{code}/state", office_state, API_CHANGE,
     .fields = state_fields, .in_bytes = sizeof(struct state_in),
     .help = "switch an office up, degraded, down or closed"},
    {"GET",                                                       "/api/v1/offices/{code}/effect", office_effect,
     .fields = effect_fields, .in_bytes = sizeof(struct state_in),
     .help = "what switching it would do"},
    {"PATCH","/api/v1/offices/{code}", office_set, API_CHANGE,
     .fields = set_fields, .in_bytes = sizeof(struct set_in),
     .help = "change capacity, stock, hours, days or fallback"},
    {"POST",                                   "/api/v1/offices/{code}/suspicion", suspicion_post, API_CHANGE,
     .fields = suspicion_fields, .in_bytes = sizeof(struct suspicion_in),
     .help = "residents say that it is closed, and it is not"},
    {"GET",                                                  "/api/v1/places", place_list,
     .help = "where residents live: each kecamatan and desa of their lists"},
    {"GET",                                           "/api/v1/staff-phones", staff_get,
     .help = "the numbers from which staff switch offices by SMS"},
    {"POST",                                  "/api/v1/staff-phones", staff_post, API_CHANGE, 201,
     .fields = staff_fields, .in_bytes = sizeof(struct staff_in),
     .help = "registers such a number"},
    {"DELETE", "/api/v1/staff-phones/{phone}", staff_delete, API_CHANGE,
     .help = "takes such a number away"},
    {0                                                  },
};
