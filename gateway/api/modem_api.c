// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "inbound/poison.h"

#include <string.h>

/* Which SIM waits for somebody's yes, where the modem's own is another. */
static json_t *other_sim_json(const struct dispatch_modem *modem)
{
    return modem->other_sim.now[0] == '\0'
               ? json_null()
               : json_pack("{so so so}", "now",
                     api_text_json(modem->other_sim.now), "before",
                     api_text_json(modem->other_sim.before), "owner",
                     api_text_json(modem->other_sim.owner));
}

static json_t *modem_json(
    const struct app *app, const struct dispatch_modem *modem)
{
    int64_t poison = 0;
    const struct link_identity *identity = &modem->identity;
    json_t *json = json_pack(
        "{so so so so so si sI so so so so so so sI sI sI sI}", "name",
        api_text_json(modem->name), "state", api_text_json(modem->state),
        "since", api_time_json(modem->since_at_ms), "signal",
        modem->signal_percent >= 0 ? json_integer(modem->signal_percent)
                                   : json_null(),
        "credit",
        modem->credit_known ? json_integer(modem->credit) : json_null(),
        "queued", modem->queued, "sent_today", (json_int_t)modem->sent_today,
        "last_error", api_text_json(modem->last_error), "limited_by",
        api_text_json(modem->limited_by), "device",
        api_text_json(modem->device), "operator",
        api_text_json(modem->operator_name), "network",
        api_text_json(modem->network), "signal_dbm",
        modem->signal_dbm != 0 ? json_integer(modem->signal_dbm) : json_null(),
        "sent", (json_int_t)modem->sent_total, "failed",
        (json_int_t)modem->failed_total, "unknown",
        (json_int_t)modem->unknown_total, "inbound",
        (json_int_t)modem->inbound_total);
    json_object_set_new(json, "credit_until",
        modem->credit_at_ms != 0 ? api_day_json(modem->credit_until_day)
                                 : json_null());
    json_object_set_new(json, "credit_at", api_time_json(modem->credit_at_ms));
    json_object_set_new(
        json, "credit_out_at", api_time_json(modem->credit_out_at_ms));
    json_object_set_new(
        json, "last_error_at", api_time_json(modem->last_error_at_ms));
    json_object_set_new(json, "advice", api_text_json(modem->advice));
    json_object_set_new(json, "use", api_text_json(modem->use));
    json_object_set_new(json, "sent_hour", json_integer(modem->sent_hour));
    json_object_set_new(json, "sent_minute", json_integer(modem->sent_minute));
    json_object_set_new(json, "creg",
        modem->creg >= 0 ? json_integer(modem->creg) : json_null());
    json_object_set_new(json, "report_percent",
        modem->report_percent >= 0 ? json_integer(modem->report_percent)
                                   : json_null());
    json_object_set_new(json, "memory_full", api_text_json(modem->memory_full));
    json_object_set_new(json, "loop_at", api_time_json(modem->loop_at_ms));
    json_object_set_new(json, "imei", api_text_json(identity->imei));
    json_object_set_new(json, "imsi", api_text_json(identity->imsi));
    json_object_set_new(json, "iccid", api_text_json(identity->iccid));
    json_object_set_new(json, "smsc", api_text_json(identity->smsc));
    json_object_set_new(json, "model", api_text_json(identity->model));
    json_object_set_new(
        json, "manufacturer", api_text_json(identity->manufacturer));
    json_object_set_new(json, "other_sim", other_sim_json(modem));
    json_object_set_new(json, "quirks", api_text_json(modem->quirks));
    if (poison_count(app->inbound, modem->name, &poison) == KB_OK) {
        json_object_set_new(json, "poison", json_integer(poison));
    }
    return json;
}

json_t *api_modems_json(const struct app *app)
{
    json_t *list = json_array();
    size_t count = app->dispatch ? dispatch_modem_count(app->dispatch) : 0;
    for (size_t i = 0; i < count; i++) {
        struct dispatch_modem modem = {0};
        if (dispatch_modem_at(app->dispatch, i, &modem) == KB_OK) {
            json_array_append_new(list, modem_json(app, &modem));
        }
    }
    return list;
}

static enum kb_err modem_list(struct api_call *call, struct why *why)
{
    (void)why;
    call->answer = api_modems_json(call->app);
    return KB_OK;
}

static enum kb_err no_modem(
    const struct api_call *call, enum kb_err err, struct why *why)
{
    if (err == KB_NOT_FOUND) {
        why_set(
            why, "there is no modem %s; see kabari modem list", call->param);
    }
    return err;
}

static enum kb_err modem_get(struct api_call *call, struct why *why)
{
    struct dispatch_modem modem = {0};
    enum kb_err err =
        dispatch_modem_find(call->app->dispatch, call->param, &modem);
    if (err == KB_OK) {
        call->answer = modem_json(call->app, &modem);
    }
    return no_modem(call, err, why);
}

static enum kb_err modem_hold(
    struct api_call *call, bool paused, struct why *why)
{
    enum kb_err err =
        dispatch_modem_pause(call->app->dispatch, call->param, paused);
    return err == KB_OK ? modem_get(call, why) : no_modem(call, err, why);
}

static enum kb_err modem_pause(struct api_call *call, struct why *why)
{
    return modem_hold(call, true, why);
}

static enum kb_err modem_resume(struct api_call *call, struct why *why)
{
    return modem_hold(call, false, why);
}

static enum kb_err modem_reset(struct api_call *call, struct why *why)
{
    enum kb_err err = dispatch_modem_reset(call->app->dispatch, call->param);
    return err == KB_OK ? modem_get(call, why) : no_modem(call, err, why);
}

static enum kb_err modem_accept(struct api_call *call, struct why *why)
{
    enum kb_err err =
        dispatch_modem_accept(call->app->dispatch, call->param, why);
    return err == KB_OK ? modem_get(call, why) : no_modem(call, err, why);
}

struct history_in {
    int64_t hours;
};

static const struct api_field history_fields[] = {
    API_FIELD("hours", API_INT, history_in, hours, .least = 1, .most = 87600,
        .fallback = 24),
    {0},
};

static void on_sample(void *arg, const struct dispatch_sample *sample)
{
    api_list_add(arg,
        json_pack("{so so so so so so sI sI}", "at",
            api_time_json(sample->at_ms), "state", api_text_json(sample->state),
            "signal",
            sample->signal_percent >= 0 ? json_integer(sample->signal_percent)
                                        : json_null(),
            "creg",
            sample->creg >= 0 ? json_integer(sample->creg) : json_null(),
            "network", api_text_or_null(sample->network), "credit",
            sample->credit_known ? json_integer(sample->credit) : json_null(),
            "sent", (json_int_t)sample->sent, "failed",
            (json_int_t)sample->failed));
}

static enum kb_err modem_history(struct api_call *call, struct why *why)
{
    const struct history_in *in = call->in;
    int64_t since_ms =
        clock_now_ms(&call->app->clock) - in->hours * 3600 * 1000;
    enum kb_err err = dispatch_modem_history(
        call->app->dispatch, call->param, since_ms, on_sample, call);
    if (err == KB_OK) {
        api_list_end(call);
    }
    return no_modem(call, err, why);
}

struct log_in {
    int64_t after;
};

static const struct api_field log_fields[] = {
    API_FIELD("after", API_INT, log_in, after, .most = INT64_MAX),
    {0},
};

static void on_line(void *arg, int64_t number, int64_t at_ms, const char *line)
{
    struct api_call *call = arg;
    api_list_add(call, json_pack("{sI so so}", "n", (json_int_t)number, "at",
                           api_time_json(at_ms), "line", api_text_json(line)));
}

static enum kb_err modem_log(struct api_call *call, struct why *why)
{
    const struct log_in *in = call->in;
    enum kb_err err = dispatch_modem_log(
        call->app->dispatch, call->param, in->after, on_line, call);
    if (err == KB_OK) {
        api_list_end(call);
    }
    return no_modem(call, err, why);
}

static void on_exchange(void *arg, int64_t at_ms, const char *line)
{
    struct api_call *call = arg;
    api_list_add(call, json_pack("{so so}", "at", api_time_json(at_ms), "line",
                           api_text_json(line)));
}

static enum kb_err modem_at(struct api_call *call, struct why *why)
{
    enum kb_err err = dispatch_modem_at_log(
        call->app->dispatch, call->param, on_exchange, call);
    if (err == KB_OK) {
        api_list_end(call);
    }
    return no_modem(call, err, why);
}

struct ussd_in {
    const char *code;
    bool hold;
    int64_t dialogue;
};

static const struct api_field ussd_fields[] = {
    API_FIELD("code", API_TEXT, ussd_in, code, .needed = true,
        .most = 182), /* 3GPP TS 23.038 §6.1.2.3: one USSD text */
    API_FIELD("hold", API_BOOL, ussd_in, hold, .needed = false),
    API_FIELD("dialogue", API_INT, ussd_in, dialogue, .most = INT64_MAX),
    {0},
};

/** What an answer without a text says by its status (+CUSD's m, 3GPP TS 27.007
 *  §7.15); "" where the text says it. */
static const char *ussd_note(const struct link_ussd *answer)
{
    static const char *const notes[] = {
        [0] = "the network answered without a text",
        [2] = "the network ended the dialogue without a text",
        [3] = "another program on the modem was answered",
        [4] = "the network does not take that code",
        [5] = "the network waited too long and ended the dialogue",
    };
    size_t status = (size_t)answer->status;

    if (*answer->text != '\0' || status >= sizeof notes / sizeof *notes ||
        notes[status] == NULL) {
        return "";
    }
    return notes[status];
}

static void on_ussd(void *arg, const struct link_ussd *answer, const char *why)
{
    struct api_call *call = arg;
    struct why sentence = {0};
    if (!answer || answer->status < 0) {
        why_set(
            &sentence, "%s", why && *why ? why : "the network did not answer");
        api_call_done(call, KB_IO, &sentence);
        return;
    }
    int64_t dialogue = dispatch_ussd_dialogue(call->app->dispatch, call->param);
    call->answer =
        json_pack("{so si sb sI ss}", "text", api_text_json(answer->text),
            "status", answer->status, "open", dialogue != 0, "dialogue",
            (json_int_t)dialogue, "note", ussd_note(answer));
    api_call_done(call, KB_OK, &sentence);
}

/** What begins a dialogue (3GPP TS 22.030 §6.5.2); a bare "1" is a reply, and
 *  without the menu that it is for it could buy anything. */
static bool is_code(const char *code)
{
    return (*code == '*' || *code == '#') &&
           code[strspn(code, "0123456789*#+")] == '\0';
}

static enum kb_err modem_ussd(struct api_call *call, struct why *why)
{
    const struct ussd_in *in = call->in;
    struct dispatch *dispatch = call->app->dispatch;
    struct dispatch_ussd_ask ask = {
        .code = in->code, .dialogue = in->dialogue, .hold = in->hold};
    if (ask.dialogue == 0 && !is_code(ask.code)) {
        ask.dialogue = dispatch_ussd_dialogue(dispatch, call->param);
    }
    if (ask.dialogue == 0 && !is_code(ask.code)) {
        why_field(why, "code");
        why_set(why, "a USSD code begins with * or # and holds digits, * and # "
                     "only, such as *888#; no menu is open for a reply");
        return KB_INVALID;
    }
    call->waiting = true;
    enum kb_err err = dispatch_ussd(dispatch, call->param, &ask, on_ussd, call);
    if (err == KB_BUSY) {
        why_set(why, "the modem is in another USSD dialogue; try again later");
    } else if (err == KB_REFUSED) {
        why_set(why, "that menu has ended; begin again with its code");
    } else if (err == KB_CLOSED) {
        why_set(why, "the modem is not ready; see kabari modem show %s",
            call->param);
    }
    return no_modem(call, err, why);
}

static enum kb_err modem_ussd_end(struct api_call *call, struct why *why)
{
    enum kb_err err = dispatch_ussd_end(call->app->dispatch, call->param);
    if (err == KB_OK) {
        call->answer = json_pack("{sb}", "ended", 1);
    }
    return no_modem(call, err, why);
}

const struct api_route api_modem_routes[] = {
    {"GET",                              "/api/v1/modems", modem_list, API_MODEMS, .help = "all modems"},
    {"GET",                        "/api/v1/modems/{name}", modem_get, API_MODEMS,
     .help = "one modem"},
    {"GET",              "/api/v1/modems/{name}/log", modem_log, API_MODEMS,
     .fields = log_fields, .in_bytes = sizeof(struct log_in),
     .help = "its last 1,000 log lines"},
    {"GET",                              "/api/v1/modems/{name}/at", modem_at, API_MODEMS,
     .help = "its last AT exchanges; numbers, texts and PINs masked"},
    {"POST",                         "/api/v1/modems/{name}/pause", modem_pause,
     API_MODEMS | API_CHANGE, .help = "no submits until resumed"},
    {"POST",                "/api/v1/modems/{name}/resume", modem_resume,
     API_MODEMS | API_CHANGE, .help = "submits go on"},
    {"POST",                              "/api/v1/modems/{name}/reset", modem_reset,
     API_MODEMS | API_CHANGE, .help = "a fresh worker; lifts parked"},
    {"POST",                         "/api/v1/modems/{name}/accept", modem_accept,
     API_MODEMS | API_CHANGE, .help = "the SIM that is in it belongs there"},
    {"GET",               "/api/v1/modems/{name}/history", modem_history, API_MODEMS,
     .fields = history_fields, .in_bytes = sizeof(struct history_in),
     .help = "state, signal, credit and what it sent, over time"},
    {"POST", "/api/v1/modems/{name}/ussd", modem_ussd, API_MODEMS | API_TAKES,
     .fields = ussd_fields, .in_bytes = sizeof(struct ussd_in),
     .help = "a USSD code to the network, and its answer"},
    {"DELETE",                              "/api/v1/modems/{name}/ussd", modem_ussd_end,
     API_MODEMS | API_CHANGE, .help = "ends a menu that is held open"},
    {0                         },
};
