// SPDX-License-Identifier: GPL-2.0-or-later
/* Who did and saw what. */
#include "api/handlers.h"
#include "base/mem.h"

#include <stdlib.h>

struct audit_in {
    const char *who;
    const char *action;
    const char *subject;
    int64_t since;
    int64_t until;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field audit_fields[] = {
    API_FIELD("who", API_TEXT, audit_in, who, .needed = false),
    API_FIELD("action", API_TEXT, audit_in, action, .needed = false),
    API_FIELD("subject", API_TEXT, audit_in, subject, .needed = false),
    API_FIELD("since", API_TIME, audit_in, since, .needed = false),
    API_FIELD("until", API_TIME, audit_in, until, .needed = false),
    API_FIELD("limit", API_INT, audit_in, limit, .most = 1000000),
    API_FIELD("cursor", API_INT, audit_in, cursor, .most = INT64_MAX),
    {0},
};

/** A list under way; the texts that it looks for are the call's. */
struct listing {
    struct api_call *call;
    struct access_search search;
    struct api_window window;
};

static void on_deed(void *arg, const struct access_deed *deed)
{
    struct listing *listing = arg;
    listing->window.last = deed->id;
    listing->window.given++;
    api_list_add(listing->call,
        json_pack("{sI so so so so so so}", "id", (json_int_t)deed->id, "at",
            api_time_json(deed->at_ms), "who", api_text_json(deed->who),
            "action", api_text_json(deed->action), "subject",
            api_text_json(deed->subject), "detail", api_text_json(deed->detail),
            "address", api_text_or_null(deed->address)));
}

static enum kb_err list_step(struct api_call *call, bool *more, struct why *why)
{
    struct listing *listing = call->work;
    (void)why;
    struct access *access = call->app->access;
    int64_t newest = 0;
    enum kb_err err = access_last_deed(access, &newest);
    if (err == KB_OK) {
        api_window_next(&listing->window, newest);
        listing->search.from = listing->window.from;
        listing->search.before = listing->window.before;
        listing->search.limit = listing->window.limit;
        err = access_deeds(access, &listing->search, on_deed, listing);
    }
    *more = err == KB_OK && api_window_done(&listing->window);
    if (!*more) {
        api_list_end(call);
    }
    return err;
}

static enum kb_err audit_list(struct api_call *call, struct why *why)
{
    const struct audit_in *in = call->in;
    struct listing *listing = mem_new(sizeof(*listing));
    (void)why;
    listing->call = call;
    listing->search = (struct access_search){.who = in->who,
        .action = in->action,
        .subject = in->subject,
        .since_ms = in->since,
        .until_ms = in->until};
    listing->window.before = in->cursor;
    listing->window.left = in->limit > 0 ? in->limit : INT64_MAX;
    call->work = listing;
    call->work_free = free;
    call->step = list_step;
    return KB_OK;
}

const struct api_route api_audit_routes[] = {
    {"GET",       "/api/v1/audit", audit_list, .fields = audit_fields,
     .in_bytes = sizeof(struct audit_in),
     .help = "who did and saw what, newest first"},
    {0},
};
