// SPDX-License-Identifier: GPL-2.0-or-later
/* Who did and saw what. */
#include "api/handlers.h"
#include "base/mem.h"

#include <stdlib.h>

#define LIST_SLICE 200

struct audit_in {
    const char *who;
    int64_t since;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field audit_fields[] = {
    API_FIELD("who", API_TEXT, audit_in, who, .needed = false),
    API_FIELD("since", API_TIME, audit_in, since, .needed = false),
    API_FIELD("limit", API_INT, audit_in, limit, .most = 1000000),
    API_FIELD("cursor", API_INT, audit_in, cursor, .most = INT64_MAX),
    {0},
};

/** A list under way: search.before moves on with each slice. */
struct listing {
    struct api_call *call;
    char *who;
    struct access_search search;
    int64_t left;
    int in_slice;
};

static void listing_free(void *work)
{
    struct listing *listing = work;
    free(listing->who);
    free(listing);
}

static void on_deed(void *arg, const struct access_deed *deed)
{
    struct listing *listing = arg;
    listing->search.before = deed->id;
    listing->in_slice++;
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
    listing->in_slice = 0;
    listing->search.limit =
        listing->left < LIST_SLICE ? (int)listing->left : LIST_SLICE;
    enum kb_err err =
        access_deeds(call->app->access, &listing->search, on_deed, listing);
    listing->left -= listing->in_slice;
    *more = err == KB_OK && listing->in_slice == listing->search.limit &&
            listing->left > 0;
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
    listing->who = mem_strdup(in->who);
    listing->search = (struct access_search){
        .who = listing->who, .since_ms = in->since, .before = in->cursor};
    listing->left = in->limit > 0 ? in->limit : INT64_MAX;
    call->work = listing;
    call->work_free = listing_free;
    call->step = list_step;
    return KB_OK;
}

const struct api_route api_audit_routes[] = {
    {"GET",       "/api/v1/audit", audit_list, .fields = audit_fields,
     .in_bytes = sizeof(struct audit_in),
     .help = "who did and saw what, newest first"},
    {0},
};
