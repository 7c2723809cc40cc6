// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"

#include <string.h>

static json_t *alarm_json(const struct alarm *alarm)
{
    return json_pack("{sI so ss so so sI so so so so so so}", "id",
        (json_int_t)alarm->id, "key", api_text_json(alarm->key), "severity",
        alarm_severity_name(alarm->severity), "state",
        api_text_json(alarm->state), "text", api_text_json(alarm->text),
        "times", (json_int_t)alarm->times, "raised_at",
        api_time_json(alarm->raised_at_ms), "last_at",
        api_time_json(alarm->last_at_ms), "told_at",
        api_time_json(alarm->told_at_ms), "cleared_at",
        api_time_json(alarm->cleared_at_ms), "acked_at",
        api_time_json(alarm->acked_at_ms), "acked_by",
        api_text_or_null(alarm->acked_by));
}

struct list_in {
    bool all;
    const char *state;
    const char *severity;
    const char *key;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field list_fields[] = {
    API_FIELD("all", API_BOOL, list_in, all, .needed = false),
    API_FIELD("state", API_TEXT, list_in, state, .needed = false),
    API_FIELD("severity", API_TEXT, list_in, severity, .needed = false),
    API_FIELD("key", API_TEXT, list_in, key, .needed = false),
    API_FIELD("limit", API_INT, list_in, limit, .most = 10000),
    API_FIELD("cursor", API_INT, list_in, cursor, .most = INT64_MAX),
    {0},
};

static void on_alarm(void *arg, const struct alarm *alarm)
{
    api_list_add(arg, alarm_json(alarm));
}

static enum kb_err read_filter(
    const struct list_in *in, struct alarm_filter *out, struct why *why)
{
    *out = (struct alarm_filter){.all = in->all,
        .state = in->state,
        .key = in->key,
        .before_id = in->cursor,
        .limit = (int)in->limit};
    if (in->state && !alarm_is_state(in->state)) {
        why_field(why, "state");
        why_set(why, "state must be raised, clearing or cleared");
        return KB_INVALID;
    }
    if (in->severity &&
        alarm_severity_parse(in->severity, &out->least) != KB_OK) {
        why_field(why, "severity");
        why_set(why, "severity must be notice, warning or critical; it and "
                     "what is worse is shown");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err alarms_get(struct api_call *call, struct why *why)
{
    struct alarm_filter filter = {.all = false};
    enum kb_err err = read_filter(call->in, &filter, why);
    if (err == KB_OK) {
        err = alarm_list(call->app->alarms, &filter, on_alarm, call);
    }
    if (err == KB_OK) {
        api_list_end(call);
    }
    return err;
}

static enum kb_err ack_post(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    struct alarm alarm = {0};
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        err = alarm_ack(call->app->alarms, id, call->actor->who);
    }
    if (err == KB_OK) {
        err = alarm_get(call->app->alarms, id, &alarm);
    }
    if (err == KB_OK) {
        call->answer = alarm_json(&alarm);
    } else if (err == KB_NOT_FOUND) {
        why_set(why, "there is no alarm %s; see kabari alarm list --all",
            call->param);
    }
    return err;
}

const struct api_route api_alarm_routes[] = {
    {"GET",                              "/api/v1/alarms", alarms_get, .fields = list_fields,
     .in_bytes = sizeof(struct list_in),
     .help = "what people should know of, newest first"},
    {"POST",                        "/api/v1/alarms/{id}/ack", ack_post, API_CHANGE,
     .help = "somebody has seen it"},
    {0},
};
