// SPDX-License-Identifier: GPL-2.0-or-later
/* The route table as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0), for clients,
 * generators and people. */
#include "api/api_internal.h"
#include "api/handlers.h"
#include "api/shape.h"
#include "base/version.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- fields ------------------------------------------------------------------- */

/* A name means the same wherever it comes. */
static const struct {
    const char *name;
    const char *help;
} field_helps[] = {
    {"action",     "words in what was done"                                      },
    {"after",      "only lines after this number"                                },
    {"all",        "also what is over"                                           },
    {"as",         "sent, failed or queued"                                      },
    {"at",         "not before this instant"                                     },
    {"back",       "when it is expected to work again"                           },
    {"blanks",     "blank cards in stock"                                        },
    {"campaign",   "only of this campaign (its id)"                              },
    {"canned",     "name of a prepared answer instead of a text"                 },
    {"capacity",   "people it serves a day; 0: not known"                        },
    {"code",       "USSD code, such as *888#"                                    },
    {"correct",    "tell people of the new deadline"                             },
    {"cursor",     "the last id that was seen: older entries follow"             },
    {"days",       "such as Mon-Fri"                                             },
    {"deadline",   "the last day on which people can act"                        },
    {"desa",       "a village of the list"                                       },
    {"dialogue",   "the open menu that the code replies to"                      },
    {"disabled",   "true: may not log in any more"                               },
    {"dismiss",    "true: the office is open"                                    },
    {"dry_run",    "checks everything and changes nothing"                       },
    {"enroll",     "asks for a code that links the resident's phone"             },
    {"expire",     "given up after this instant"                                 },
    {"expires",    "the day after which it is none, such as 2027-01-01"          },
    {"failed",     "only what was not taken"                                     },
    {"fallback",   "offices to send people to instead, commas between"           },
    {"file",       "a whole path on the gateway's machine"                       },
    {"find",       "a NIK, a phone number or a part of a name"                   },
    {"flag",       "inactive, deceased, moved, underage or none"                 },
    {"format",     "csv, for a spreadsheet; else JSON"                           },
    {"from",       "the phone it would come from"                                },
    {"hold",       "keeps a menu open for a reply"                               },
    {"holdout",    "percent of people who are left out, to measure the effect"   },
    {"hours",      "such as 08:00-14:00"                                         },
    {"kecamatan",  "code of a kecamatan"                                         },
    {"key",        "how the key begins"                                          },
    {"lang",       "language, such as id"                                        },
    {"limit",      "at most so many"                                             },
    {"name",       "a name of its own"                                           },
    {"nik",        "the 16-digit number of a resident"                           },
    {"office",     "code of an office"                                           },
    {"old",        "the present password"                                        },
    {"on_unknown", "keep, or resend once what may not have been sent"            },
    {"open",       "only what waits for a person"                                },
    {"outage",     "hold, redirect or inform: what to do where an office is down"},
    {"pace",       "auto, or at most so many a day and office"                   },
    {"password",   "a new one has 10 to 200 bytes"                               },
    {"phone",      "a number as people write it, or a short code"                },
    {"priority",   "reply, normal or bulk"                                       },
    {"reason",     "why, in words that residents may read"                       },
    {"ref",        "the sender's own reference"                                  },
    {"reminders",  "on or off, as DAFTAR and STOP by SMS"                        },
    {"role",       "staff, operator, auditor or admin"                           },
    {"scope",      "what it may do, such as messages:send"                       },
    {"severity",   "notice, warning or critical, and what is worse"              },
    {"since",      "not before this instant"                                     },
    {"source",     "the file's name, for lists"                                  },
    {"start",      "not before this local time"                                  },
    {"state",      "a state, as the answer shows it"                             },
    {"steps",      "days before the deadline, such as 30,14,7,3,1"               },
    {"subject",    "words in what it was done to"                                },
    {"summary",    "numbers alone, no people"                                    },
    {"sync",       "who is not on the list any more counts as recorded"          },
    {"template",   "name of the text"                                            },
    {"text",       "what is sent"                                                },
    {"to",         "a phone, or who looks after it"                              },
    {"unlink",     "a phone that is not theirs"                                  },
    {"until",      "put off until this instant; in a list: only what was before" },
    {"was",        "the text that one has read: 409 where it is another by now"  },
    {"where",      "a condition such as state=unrecorded; may come several times"},
    {"who",        "of one person, token:NAME or uid:N"                          },
    {"yes",        "does it although it looks like a mistake"                    },
};

static const char *help_of(const char *name)
{
    for (size_t i = 0; i < sizeof(field_helps) / sizeof(field_helps[0]); i++) {
        if (strcmp(field_helps[i].name, name) == 0) {
            return field_helps[i].help;
        }
    }
    return name;
}

/* What stands in a path. */
static const char *path_help_of(const char *name, size_t bytes)
{
    static const struct {
        const char *name;
        const char *help;
    } helps[] = {
        {"code",  "code of the office"              },
        {"id",    "the id, as the list shows it"    },
        {"name",  "its name"                        },
        {"nik",   "the NIK of the resident, or ref" },
        {"phone", "the number, as the list shows it"},
    };

    for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
        if (strlen(helps[i].name) == bytes &&
            strncmp(helps[i].name, name, bytes) == 0) {
            return helps[i].help;
        }
    }
    return "";
}

static json_t *text_schema(const struct api_field *field)
{
    return json_pack("{ss sI}", "type", "string", "maxLength",
        (json_int_t)(field->most > 0 ? field->most : 200));
}

static json_t *int_schema(const struct api_field *field)
{
    json_t *schema = json_pack(
        "{ss sI}", "type", "integer", "minimum", (json_int_t)field->least);
    if (field->most < INT64_MAX) {
        json_object_set_new(schema, "maximum", json_integer(field->most));
    }
    return schema;
}

static json_t *texts_schema(const struct api_field *field)
{
    return json_pack("{ss si so}", "type", "array", "maxItems", API_TEXTS_MOST,
        "items", text_schema(field));
}

static json_t *bool_schema(const struct api_field *field)
{
    (void)field;
    return json_pack("{ss}", "type", "boolean");
}

static json_t *time_schema(const struct api_field *field)
{
    (void)field;
    return json_pack("{ss s[ss]}", "type", "string", "examples",
        "2016-09-30T08:00:00+08:00", "2016-09-30 08:00");
}

static json_t *day_schema(const struct api_field *field)
{
    (void)field;
    return json_pack("{ss ss}", "type", "string", "format", "date");
}

static json_t *field_schema(const struct api_field *field)
{
    static json_t *(*const writers[API_TYPE_COUNT])(
        const struct api_field *) = {
        [API_TEXT] = text_schema,
        [API_INT] = int_schema,
        [API_BOOL] = bool_schema,
        [API_TIME] = time_schema,
        [API_DAY] = day_schema,
        [API_TEXTS] = texts_schema,
    };
    json_t *schema =
        writers[field->type] ? writers[field->type](field) : json_object();
    json_object_set_new(
        schema, "description", json_string(help_of(field->name)));
    return schema;
}

/* --- requests ------------------------------------------------------------------ */

static void add_path_parameters(const char *path, json_t *out)
{
    const char *brace = strchr(path, '{');
    while (brace) {
        size_t bytes = strcspn(brace + 1, "}");
        json_array_append_new(out,
            json_pack("{ss% ss ss sb s{ss}}", "name", brace + 1, bytes, "in",
                "path", "description", path_help_of(brace + 1, bytes),
                "required", 1, "schema", "type", "string"));
        brace = strchr(brace + 1, '{');
    }
}

static json_t *parameters_of(const struct api_route *route)
{
    json_t *list = json_array();
    const struct api_field *field =
        route_takes_query(route) ? route->fields : NULL;
    add_path_parameters(route->path, list);
    for (; field && field->name; field++) {
        json_array_append_new(
            list, json_pack("{ss ss sb ss so}", "name", field->name, "in",
                      "query", "required", field->needed, "description",
                      help_of(field->name), "schema", field_schema(field)));
    }
    if (strcmp(route->method, "POST") == 0) {
        json_array_append_new(
            list, json_pack("{ss}", "$ref",
                      "#/components/parameters/IdempotencyKey"));
    }
    return list;
}

static json_t *object_schema(const struct api_field *field)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (; field && field->name; field++) {
        json_object_set_new(properties, field->name, field_schema(field));
        if (field->needed) {
            json_array_append_new(required, json_string(field->name));
        }
    }
    return json_pack("{ss so so sb}", "type", "object", "properties",
        properties, "required", required, "additionalProperties", 0);
}

static json_t *body_schema(const struct api_route *route)
{
    if ((route->flags & API_CSV) != 0) {
        return json_pack("{ss}", "type", "string");
    }
    if ((route->flags & API_BATCH) == 0) {
        return object_schema(route->fields);
    }
    if (!route->fields) {
        return json_pack("{ss}", "type", "object");
    }
    json_t *one = object_schema(route->fields);
    return json_pack("{s[o{ss si sO}]}", "anyOf", one, "type", "array",
        "maxItems", 10000, "items", one);
}

static const char *body_type(const struct api_route *route)
{
    return (route->flags & API_CSV) != 0 ? "text/csv"
           : (route->flags & API_FORM) != 0
               ? "application/x-www-form-urlencoded"
               : "application/json";
}

static void add_body(const struct api_route *route, json_t *operation)
{
    bool has = (!route_takes_query(route) || (route->flags & API_CSV) != 0) &&
               (route->fields || (route->flags & (API_BATCH | API_CSV)) != 0);
    if (has) {
        json_object_set_new(operation, "requestBody",
            json_pack("{sb s{s{so}}}", "required", 1, "content",
                body_type(route), "schema", body_schema(route)));
    }
}

/* --- answers ------------------------------------------------------------------- */

static json_t *content_of(const char *shape)
{
    if (!shape) {
        return json_pack("{s{}}", "application/json");
    }
    if (strcmp(shape, "csv") == 0) {
        return json_pack("{s{s{ss}}}", "text/csv", "schema", "type", "string");
    }
    if (strcmp(shape, "text") == 0) {
        return json_pack(
            "{s{s{ss}}}", "text/plain", "schema", "type", "string");
    }
    return json_pack(
        "{s{so}}", "application/json", "schema", shape_schema(shape));
}

static json_t *responses_of(const struct api_route *route)
{
    char status[16];
    json_t *responses = json_object();
    (void)snprintf(
        status, sizeof(status), "%d", route->status > 0 ? route->status : 200);
    json_object_set_new(responses, status,
        json_pack("{ss so}", "description", route->help ? route->help : "done",
            "content", content_of(api_answer_of(route->method, route->path))));
    json_object_set_new(responses, "default",
        json_pack("{ss}", "$ref", "#/components/responses/Error"));
    return responses;
}

/* --- operations ----------------------------------------------------------------- */

/** "GET /api/v1/offices/{code}/state" as "get_offices_code_state". */
static json_t *operation_id(const struct api_route *route)
{
    struct buf id = {0};
    const char *path = route->path;
    for (const char *at = route->method; *at; at++) {
        char lower = (char)tolower((unsigned char)*at);
        buf_add(&id, &lower, 1);
    }
    path += strncmp(path, "/api/v1", 7) == 0 ? 7 : 0;
    for (; *path; path++) {
        char plain = isalnum((unsigned char)*path) ? *path : '_';
        if (plain != '_' || buf_text(&id)[id.used - 1] != '_') {
            buf_add(&id, &plain, 1);
        }
    }
    json_t *json = json_string(buf_text(&id));
    buf_clear(&id);
    return json;
}

static json_t *tag_of(const char *path)
{
    const char *from = strncmp(path, "/api/v1/", 8) == 0 ? path + 8 : path + 1;
    return json_stringn(from, strcspn(from, "/."));
}

static json_t *operation_of(const struct api_route *route)
{
    json_t *operation = json_pack("{so ss s[o] so so}", "operationId",
        operation_id(route), "summary", route->help ? route->help : "", "tags",
        tag_of(route->path), "parameters", parameters_of(route), "responses",
        responses_of(route));
    add_body(route, operation);
    return operation;
}

static void put_operation(
    json_t *paths, const char *path, const char *method, json_t *take)
{
    char lower[16] = "";
    json_t *item = json_object_get(paths, path);
    if (!item) {
        item = json_object();
        json_object_set_new(paths, path, item);
    }
    size_t at = 0;
    for (const char *c = method; *c && at < sizeof(lower) - 1; c++) {
        lower[at++] = (char)tolower((unsigned char)*c);
    }
    json_object_set_new(item, lower, take);
}

/* What the server answers without the table. */
static json_t *events_operation(void)
{
    return json_pack("{ss ss s[s] s[{ss ss ss s{ss}}{ss ss ss s{ss}}]"
                     " s{s{ss s{s{s{ss}}}} s{ss}}}",
        "operationId", "get_events", "summary",
        "what changes, as server-sent events", "tags", "events", "parameters",
        "name", "topics", "in", "query", "description",
        "message,campaign,office,inbox,import,modem,alarm,status", "schema",
        "type", "string", "name", "Last-Event-ID", "in", "header",
        "description", "goes on after this event", "schema", "type", "string",
        "responses", "200", "description", "a stream that does not end",
        "content", "text/event-stream", "schema", "type", "string", "default",
        "$ref", "#/components/responses/Error");
}

static json_t *health_operation(const char *id)
{
    return json_pack("{ss ss s[] s{s{ss s{s{s{ss}}}}}}", "operationId", id,
        "summary", "whether the gateway works", "security", "responses", "200",
        "description", "it does", "content", "text/plain", "schema", "type",
        "string");
}

static json_t *paths_json(void)
{
    json_t *paths = json_object();
    const struct api_route *route = NULL;
    for (size_t i = 0; (route = api_route_at(i)) != NULL; i++) {
        put_operation(paths, route->path, route->method, operation_of(route));
    }
    put_operation(paths, "/api/v1/events", "GET", events_operation());
    put_operation(paths, "/healthz", "GET", health_operation("get_healthz"));
    put_operation(paths, "/readyz", "GET", health_operation("get_readyz"));
    return paths;
}

/* --- the whole ------------------------------------------------------------------ */

static json_t *schemas_json(void)
{
    json_t *schemas = json_object();
    const struct api_shape *shape = NULL;
    for (size_t i = 0; (shape = api_shape_at(i)) != NULL; i++) {
        json_object_set_new(schemas, shape->name, shape_schema(shape->shape));
    }
    return schemas;
}

static json_t *components_json(void)
{
    return json_pack("{so s{s{ss s{s{s{ss}}}}} s{s{ss ss ss s{ss si si}}}"
                     " s{s{ss ss}s{ss ss ss}}}",
        "schemas", schemas_json(), "responses", "Error", "description",
        "what went wrong, and what to do", "content", "application/json",
        "schema", "$ref", "#/components/schemas/error", "parameters",
        "IdempotencyKey", "name", "Idempotency-Key", "in", "header",
        "description",
        "the same key and request again have no second effect, for 24 hours",
        "schema", "type", "string", "minLength", 1, "maxLength", 255,
        "securitySchemes", "token", "type", "http", "scheme", "bearer",
        "session", "type", "apiKey", "in", "cookie", "name", "kabari_session");
}

json_t *api_openapi(const struct app *app)
{
    json_t *site = api_text_json(app->config.site_name);
    json_t *info = json_pack("{ss ss ss s{ss ss}}", "title", "Kabari",
        "version", KABARI_VERSION, "summary",
        "SMS and USSD for a civil-registration office", "license", "name",
        "GPL-2.0-or-later", "identifier", "GPL-2.0-or-later");
    json_object_set_new(info, "description", site);
    return json_pack("{ss so s[{ss}] s[{s[]}{s[]}] so so}", "openapi", "3.1.0",
        "info", info, "servers", "url", "/", "security", "token", "session",
        "paths", paths_json(), "components", components_json());
}

static enum kb_err openapi_get(struct api_call *call, struct why *why)
{
    (void)why;
    call->answer = api_openapi(call->app);
    return KB_OK;
}

const struct api_route api_openapi_routes[] = {
    {"GET",        "/api/v1/openapi.json", openapi_get,
     .help = "this API as OpenAPI 3.1"},
    {0},
};
