// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors as the outside sees them, and JSON as text. */
#include "api/api_internal.h"

struct failure failure_of(enum kb_err err)
{
    static const struct failure failures[] = {
        [KB_NOT_FOUND] = {404, "not_found", "nothing is there under that name"          },
        [KB_INVALID] = {422, "invalid",   "the request is wrong"                      },
        [KB_REFUSED] = {409, "refused",   "that cannot be done now"                   },
        [KB_BUSY] = {503, "busy",      "another program uses it; try again later"  },
        [KB_FULL] = {503, "full",      "there is no room; try again later"         },
        [KB_DB] = {503, "db",        "the database failed; look at kabarid's log"},
        [KB_IO] = {503, "io",        "a file or device failed; look at the log"  },
        [KB_PROTOCOL] = {503, "io",        "the modem answered nonsense; try again"    },
        [KB_CLOSED] = {503, "closed",    "it is not ready; try again later"          },
    };
    return failures[err];
}

json_t *failure_json(
    const struct failure *failure, const struct why *why, json_t *rows)
{
    json_t *error = json_object();
    json_object_set_new(error, "code", json_string(failure->code));
    json_object_set_new(error, "message",
        api_text_json(why->text[0] ? why->text : failure->sentence));
    if (why->field[0]) {
        json_object_set_new(error, "field", api_text_json(why->field));
    }
    if (rows) {
        json_object_set(error, "rows", rows);
    }
    json_t *answer = json_object();
    json_object_set_new(answer, "error", error);
    return answer;
}

static int add_dump(const char *bytes, size_t count, void *arg)
{
    buf_add(arg, bytes, count);
    return 0;
}

/** 15 digits: 5.664 stays 5.664. */
void answer_dump(const json_t *json, struct buf *out)
{
    (void)json_dump_callback(
        json, add_dump, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
}

void failure_send(const struct failure *failure, const struct why *why,
    api_reply_fn *reply, void *arg)
{
    struct buf out = {0};
    json_t *json = failure_json(failure, why, NULL);
    answer_dump(json, &out);
    json_decref(json);
    reply(arg, failure->status, "application/json", buf_text(&out), out.used);
    buf_clear(&out);
}
