// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIND_MOST     200
#define FIND_DEFAULT  50
#define MESSAGES_MOST 20
#define EXPORT_SLICE  200
#define REASON_LEAST  5

/* --- answers --------------------------------------------------------- */

/** Numbers are masked by the room, where the view is not all. */
static json_t *resident_json(
    const struct resident *resident, enum access_view view)
{
    return json_pack("{so so so so so so so so so so so so sb so sb}", "ref",
        json_sprintf("r%lld", (long long)resident->id), "nik",
        api_text_json(resident->nik), "name",
        api_name_json(resident->name, view), "birth_date",
        api_day_json(resident->birth_day), "sex",
        api_text_or_null(resident->sex), "kecamatan",
        api_text_json(resident->kecamatan), "desa",
        api_text_json(resident->desa), "office",
        api_text_or_null(resident->office), "state",
        api_text_json(resident->state), "flag",
        api_text_or_null(resident->flag), "lang",
        api_text_or_null(resident->lang), "phone",
        api_text_or_null(resident->phone), "phone_shared",
        resident->phone_shared, "last_contact",
        api_time_json(resident->last_contact_at_ms), "pending",
        resident_is_pending(resident));
}

static enum kb_err find_resident(
    struct api_call *call, struct resident *out, struct why *why)
{
    struct registry *registry = call->app->registry;
    int64_t id = 0;
    enum kb_err err =
        call->param[0] == 'r' &&
                str_int(call->param + 1, 1, INT64_MAX, &id) == KB_OK
            ? registry_resident_by_id(registry, id, out)
            : registry_resident_by_nik(registry, call->param, out);
    if (err == KB_OK && !access_covers(call->actor, out->kecamatan)) {
        err = KB_NOT_FOUND;
    }
    if (err == KB_OK) {
        (void)snprintf(
            call->subject, sizeof(call->subject), "r%lld", (long long)out->id);
        call->view = access_view_of(call->app->access, call->actor, out->id);
    }
    if (err == KB_NOT_FOUND) {
        why_set(why, "there is no resident with that NIK; see kabari resident "
                     "find");
    }
    return err;
}

static void on_message(void *arg, const struct outbox_message *message)
{
    json_array_append_new(arg, api_message_json(message));
}

static void on_entry(void *arg, const struct inbox_entry *entry)
{
    json_array_append_new(arg, api_entry_json(entry));
}

/** What passed between the gateway and the resident's phone. */
static enum kb_err add_traffic(
    struct app *app, const char *phone, json_t *answer)
{
    json_t *messages = json_array();
    json_t *inbox = json_array();
    bool stopped = false;
    enum kb_err err = KB_OK;
    if (*phone) {
        struct outbox_filter filter = {.phone = phone, .limit = MESSAGES_MOST};
        struct inbox_filter texts = {.phone = phone, .limit = MESSAGES_MOST};
        err = outbox_list(app->outbox, &filter, on_message, messages);
        if (err == KB_OK) {
            err = inbox_list(app->inbound, &texts, on_entry, inbox);
        }
        if (err == KB_OK) {
            err = registry_phone_stopped(app->registry, phone, &stopped);
        }
    }
    json_object_set_new(answer, "phone_stopped", json_boolean(stopped));
    json_object_set_new(answer, "messages", messages);
    json_object_set_new(answer, "inbox", inbox);
    return err;
}

static enum kb_err resident_get(struct api_call *call, struct why *why)
{
    struct resident resident = {0};
    char text[600] = "";
    enum kb_err err = find_resident(call, &resident, why);
    if (err == KB_OK) {
        err = campaign_resident_why(
            call->app->campaigns, &resident, text, sizeof(text));
    }
    if (err == KB_OK) {
        call->answer = resident_json(&resident, call->view);
        json_object_set_new(call->answer, "why", api_text_json(text));
        err = add_traffic(call->app, resident.phone, call->answer);
    }
    return err;
}

struct find_in {
    const char *find;
    int64_t limit;
};

static const struct api_field find_fields[] = {
    API_FIELD("find", API_TEXT, find_in, find, .needed = true),
    API_FIELD("limit", API_INT, find_in, limit, .least = 1, .most = FIND_MOST,
        .fallback = FIND_DEFAULT),
    {0},
};

static enum kb_err resident_find(struct api_call *call, struct why *why)
{
    const struct find_in *in = call->in;
    struct resident *found =
        mem_array((size_t)in->limit, sizeof(struct resident));
    size_t count = 0;
    (void)why;
    struct registry_search search = {
        .text = in->find, .reach = call->reach, .most = (size_t)in->limit};
    enum kb_err err =
        registry_find(call->app->registry, &search, found, &count);
    if (err == KB_OK) {
        call->answer = json_array();
        for (size_t i = 0; i < count; i++) {
            json_array_append_new(
                call->answer, resident_json(&found[i], call->view));
        }
    }
    free(found);
    return err;
}

/* --- changes --------------------------------------------------------- */

struct set_in {
    const char *state;
    const char *flag;
    const char *phone;
    const char *lang;
    const char *unlink;
    const char *reminders;
    bool enroll;
};

static const struct api_field set_fields[] = {
    API_FIELD("state", API_TEXT, set_in, state, .needed = false),
    API_FIELD("flag", API_TEXT, set_in, flag, .needed = false),
    API_FIELD("phone", API_TEXT, set_in, phone, .needed = false),
    API_FIELD("lang", API_TEXT, set_in, lang, .needed = false),
    API_FIELD("unlink", API_TEXT, set_in, unlink, .needed = false),
    API_FIELD("reminders", API_TEXT, set_in, reminders, .most = 3),
    API_FIELD("enroll", API_BOOL, set_in, enroll, .needed = false),
    {0},
};

static enum kb_err unlink_phone(
    struct api_call *call, const char *nik, struct why *why)
{
    const struct set_in *in = call->in;
    const char *text = in->unlink;
    char phone[PHONE_BYTES] = "";
    if (phone_normalise(text, phone, why) != KB_OK || !*phone) {
        why_field(why, "unlink");
        why_set(why, "unlink must be the phone that is not theirs");
        return KB_INVALID;
    }
    return registry_phone_unlink(call->app->registry, phone, nik);
}

/** STOP and DAFTAR, said at the counter. */
static enum kb_err set_reminders(struct api_call *call,
    const struct resident *resident, const char *word, struct why *why)
{
    bool off = strcmp(word, "off") == 0;
    why_field(why, "reminders");
    if (!off && strcmp(word, "on") != 0) {
        why_set(why, "reminders must be on or off");
        return KB_INVALID;
    }
    if (!*resident->phone) {
        why_set(why, "there is no phone that could be told");
        return KB_REFUSED;
    }
    return registry_phone_stop(call->app->registry, resident->phone, off);
}

static enum kb_err resident_set(struct api_call *call, struct why *why)
{
    const struct set_in *in = call->in;
    struct resident resident = {0};
    char code[INBOUND_CODE_BYTES] = "";
    struct resident_change change = {.state = in->state,
        .flag = in->flag,
        .phone = in->phone,
        .lang = in->lang};
    enum kb_err err = find_resident(call, &resident, why);
    if (err == KB_OK) {
        err = registry_resident_set(
            call->app->registry, resident.nik, &change, why);
    }
    if (err == KB_OK && in->unlink) {
        err = unlink_phone(call, resident.nik, why);
    }
    if (err == KB_OK && in->reminders) {
        err = set_reminders(call, &resident, in->reminders, why);
    }
    if (err == KB_OK && in->enroll) {
        err = inbound_enrol(call->app->inbound, resident.nik, code);
    }
    if (err == KB_OK) {
        err = resident_get(call, why);
    }
    if (err == KB_OK && in->enroll) {
        json_object_set_new(call->answer, "code", json_string(code));
    }
    return err;
}

static enum kb_err resident_erase(struct api_call *call, struct why *why)
{
    struct resident resident = {0};
    enum kb_err err = find_resident(call, &resident, why);
    if (err == KB_OK) {
        err = registry_resident_erase(call->app->registry, resident.nik);
    }
    if (err == KB_OK) {
        call->answer = json_pack("{sb}", "erased", 1);
    }
    return err;
}

/* --- unmasking ------------------------------------------------------- */

struct unmask_in {
    const char *reason;
};

static const struct api_field unmask_fields[] = {
    API_FIELD(
        "reason", API_TEXT, unmask_in, reason, .needed = true, .most = 190),
    {0},
};

/** What is seen whole is seen for a reason, which goes into the audit. */
static enum kb_err note_reason(
    struct api_call *call, const char *text, struct why *why)
{
    struct buf reason = {0};
    if (strlen(text) < REASON_LEAST) {
        why_field(why, "reason");
        why_set(why, "say in a few words why you need it; auditors read it");
        return KB_INVALID;
    }
    (void)api_mask_text(text, &reason);
    (void)snprintf(call->detail, sizeof(call->detail), "%s", buf_text(&reason));
    buf_clear(&reason);
    return KB_OK;
}

static enum kb_err resident_unmask(struct api_call *call, struct why *why)
{
    const struct unmask_in *in = call->in;
    struct resident resident = {0};
    enum kb_err err = find_resident(call, &resident, why);
    if (err == KB_OK) {
        err = note_reason(call, in->reason, why);
    }
    if (err == KB_OK) {
        err = access_unmask(call->app->access, call->actor, resident.id);
    }
    return err == KB_OK ? resident_get(call, why) : err;
}

/* --- export ---------------------------------------------------------- */

struct export_in {
    struct api_texts where;
    const char *reason; /* with one, NIKs and phones are whole; NULL: none */
};

static const struct api_field export_fields[] = {
    API_FIELD("where", API_TEXTS, export_in, where, .most = 500),
    API_FIELD("reason", API_TEXT, export_in, reason, .most = 190),
    {0},
};

/** An export under way: by id, so that no slice reads what one before it did
 *  and no statement stays open over a commit. */
struct export_run {
    struct api_call *call;
    struct buf where;
    int64_t after;
    int rows;
};

static void export_free(void *work)
{
    struct export_run *run = work;
    buf_clear(&run->where);
    free(run);
}

static enum kb_err on_exported(void *arg, const struct resident *resident)
{
    struct export_run *run = arg;
    run->after = resident->id;
    run->rows++;
    if (run->call->view == VIEW_ALL) {
        registry_csv_row(&run->call->out, resident);
        return KB_OK;
    }
    struct resident masked = *resident;
    struct buf phone = {0};
    (void)snprintf(
        masked.nik, sizeof(masked.nik), "%.16s", log_nik(resident->nik).text);
    (void)api_mask_text(resident->phone, &phone);
    (void)snprintf(masked.phone, sizeof(masked.phone), "%s", buf_text(&phone));
    buf_clear(&phone);
    registry_csv_row(&run->call->out, &masked);
    return KB_OK;
}

static enum kb_err export_step(
    struct api_call *call, bool *more, struct why *why)
{
    struct export_run *run = call->work;
    struct registry_export what = {.where = buf_text(&run->where),
        .reach = call->reach,
        .after = run->after,
        .most = EXPORT_SLICE};
    (void)why;
    run->rows = 0;
    enum kb_err err =
        registry_export(call->app->registry, &what, on_exported, run);
    *more = err == KB_OK && run->rows == EXPORT_SLICE;
    return err;
}

/** registry_where() joins with AND what it adds. */
static enum kb_err read_where(struct api_call *call,
    const struct api_texts *where, struct buf *sql, struct why *why)
{
    int32_t today = civil_day_of(clock_now_ms(&call->app->clock));
    for (size_t i = 0; i < where->count; i++) {
        enum kb_err err = registry_where(
            call->app->registry, where->item[i], today, sql, why);
        if (err != KB_OK) {
            why_field(why, "where");
            return err;
        }
    }
    return KB_OK;
}

static enum kb_err resident_export(struct api_call *call, struct why *why)
{
    const struct export_in *in = call->in;
    struct export_run *run = mem_new(sizeof(*run));
    enum kb_err err = KB_OK;
    call->work = run;
    call->work_free = export_free;
    call->step = export_step;
    call->content_type = "text/csv; charset=utf-8";
    run->call = call;
    if (in->reason) {
        err = note_reason(call, in->reason, why);
        call->view = VIEW_ALL;
    }
    if (err != KB_OK) {
        return err;
    }
    registry_csv_header(&call->out);
    return read_where(call, &in->where, &run->where, why);
}

const struct api_route api_resident_routes[] = {
    {"GET",                              "/api/v1/residents", resident_find, .fields = find_fields,
     .in_bytes = sizeof(struct find_in),
     .help = "find by NIK, phone or part of a name"},
    {"GET",                     "/api/v1/residents/export", resident_export,
     .fields = export_fields, .in_bytes = sizeof(struct export_in),
     .help = "residents as CSV"},
    {"GET", "/api/v1/residents/{nik}", resident_get,
     .help = "one resident, and why they were or were not told"},
    {"PATCH",                                  "/api/v1/residents/{nik}", resident_set, API_CHANGE | API_UNKEPT,
     .fields = set_fields, .in_bytes = sizeof(struct set_in),
     .help = "change state, flag, phone or language"},
    {"DELETE","/api/v1/residents/{nik}", resident_erase, API_CHANGE,
     .help = "erase a resident"},
    {"POST",            "/api/v1/residents/{nik}/unmask", resident_unmask,
     API_CHANGE | API_UNKEPT, .fields = unmask_fields,
     .in_bytes = sizeof(struct unmask_in),
     .help = "see NIK and phone for 15 minutes, for a reason"},
    {0        },
};
