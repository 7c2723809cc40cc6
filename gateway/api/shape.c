// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/shape.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Reads a shape from its first letter on; *at moves behind it. */
static json_t *read_shape(const char **at);

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        length++;
    }
    return length;
}

static void skip_spaces(const char **at)
{
    *at += strspn(*at, " ");
}

static json_t *type_of(const char *type)
{
    return json_pack("{ss}", "type", type);
}

static json_t *formatted(const char *format)
{
    return json_pack("{ssss}", "type", "string", "format", format);
}

static json_t *plain_schema(const char *word, size_t length)
{
    if (length != 1) {
        return NULL;
    }
    switch (*word) {
    case 'i':
        return type_of("integer");
    case 'n':
        return type_of("number");
    case 's':
        return type_of("string");
    case 'b':
        return type_of("boolean");
    case 't':
        return formatted("date-time");
    case 'd':
        return formatted("date");
    case 'x':
        return json_object();
    default:
        return NULL;
    }
}

static json_t *read_name(const char **at)
{
    size_t length = word_length(*at + 1);
    json_t *json = json_object();
    (void)json_object_set_new(json, "$ref",
        json_sprintf("#/components/schemas/%.*s", (int)length, *at + 1));
    *at += 1 + length;
    return json;
}

static json_t *read_list(const char **at)
{
    (*at)++;
    json_t *items = read_shape(at);
    if (!items || **at != ']') {
        json_decref(items);
        return NULL;
    }
    (*at)++;
    return json_pack("{ssso}", "type", "array", "items", items);
}

/** One "name:shape" or "name?:shape". */
static bool read_member(const char **at, json_t *properties, json_t *required)
{
    size_t length = word_length(*at);
    char *name = mem_strndup(*at, length);
    *at += length;
    bool optional = **at == '?';
    *at += optional ? 1 : 0;
    bool fine = length > 0 && **at == ':';
    *at += fine ? 1 : 0;
    json_t *shape = fine ? read_shape(at) : NULL;
    if (shape) {
        json_object_set_new(properties, name, shape);
        if (!optional) {
            json_array_append_new(required, json_string(name));
        }
    }
    free(name);
    return shape != NULL;
}

static json_t *read_object(const char **at)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    bool fine = true;
    (*at)++;
    skip_spaces(at);
    while (fine && **at && **at != '}') {
        fine = read_member(at, properties, required);
        skip_spaces(at);
    }
    json_t *object = json_pack("{ss so so}", "type", "object", "properties",
        properties, "required", required);
    if (!fine || **at != '}') {
        json_decref(object);
        return NULL;
    }
    (*at)++;
    return object;
}

/** null is allowed beside it. */
static json_t *or_null(json_t *take_shape)
{
    json_t *type = json_object_get(take_shape, "type");
    if (type) {
        json_t *both = json_pack("[Os]", type, "null");
        json_object_set_new(take_shape, "type", both);
        return take_shape;
    }
    return json_pack("{s[o{ss}]}", "anyOf", take_shape, "type", "null");
}

static json_t *read_shape(const char **at)
{
    json_t *shape = NULL;
    skip_spaces(at);
    if (**at == '{') {
        shape = read_object(at);
    } else if (**at == '[') {
        shape = read_list(at);
    } else if (**at == '@') {
        shape = read_name(at);
    } else {
        size_t length = word_length(*at);
        shape = plain_schema(*at, length);
        *at += length;
    }
    if (shape && **at == '~') {
        (*at)++;
        shape = or_null(shape);
    }
    return shape;
}

json_t *shape_schema(const char *shape)
{
    const char *at = shape;
    json_t *schema = read_shape(&at);
    if (schema && *at != '\0') {
        json_decref(schema);
        schema = NULL;
    }
    return schema;
}

/* --- checking ----------------------------------------------------------------- */

static bool is_type(const json_t *json, const char *type)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {
        {"integer", JSON_INTEGER},
        {"string",  JSON_STRING },
        {"object",  JSON_OBJECT },
        {"array",   JSON_ARRAY  },
        {"null",    JSON_NULL   },
    };

    if (strcmp(type, "number") == 0) {
        return json_is_number(json);
    }
    if (strcmp(type, "boolean") == 0) {
        return json_is_boolean(json);
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].name, type) == 0) {
            return json_typeof(json) == types[i].type;
        }
    }
    return false;
}

static bool is_any_type(const json_t *json, const json_t *types)
{
    size_t i = 0;
    json_t *type = NULL;
    if (json_is_string(types)) {
        return is_type(json, json_string_value(types));
    }
    json_array_foreach((json_t *)types, i, type)
    {
        if (is_type(json, json_string_value(type))) {
            return true;
        }
    }
    return !types;
}

static enum kb_err check(const json_t *schema, const json_t *json,
    const char *place, struct why *why);

static enum kb_err check_name(const json_t *schema, const json_t *json,
    const char *place, struct why *why)
{
    const char *name = json_string_value(json_object_get(schema, "$ref"));
    const struct api_shape *shape = NULL;
    name = strrchr(name, '/') + 1;
    for (size_t i = 0; (shape = api_shape_at(i)) != NULL; i++) {
        if (strcmp(shape->name, name) == 0) {
            json_t *inner = shape_schema(shape->shape);
            enum kb_err err = check(inner, json, place, why);
            json_decref(inner);
            return err;
        }
    }
    why_set(why, "there is no shape %s", name);
    return KB_INVALID;
}

static enum kb_err check_members(const json_t *schema, const json_t *json,
    const char *place, struct why *why)
{
    const char *name = NULL;
    json_t *inner = NULL;
    size_t i = 0;
    json_t *needed = NULL;
    json_array_foreach(json_object_get(schema, "required"), i, needed)
    {
        if (!json_object_get(json, json_string_value(needed))) {
            why_field(why, place);
            why_set(why, "%s lacks %s", place, json_string_value(needed));
            return KB_INVALID;
        }
    }
    enum kb_err err = KB_OK;
    json_object_foreach(json_object_get(schema, "properties"), name, inner)
    {
        const json_t *member = json_object_get(json, name);
        char deeper[200];
        (void)snprintf(deeper, sizeof(deeper), "%.120s.%.60s", place, name);
        err = err == KB_OK && member ? check(inner, member, deeper, why) : err;
    }
    return err;
}

static enum kb_err check_items(const json_t *schema, const json_t *json,
    const char *place, struct why *why)
{
    size_t i = 0;
    json_t *item = NULL;
    enum kb_err err = KB_OK;
    json_array_foreach((json_t *)json, i, item)
    {
        char deeper[200];
        (void)snprintf(deeper, sizeof(deeper), "%.120s[%zu]", place, i);
        err = err == KB_OK
                  ? check(json_object_get(schema, "items"), item, deeper, why)
                  : err;
    }
    return err;
}

static enum kb_err check(const json_t *schema, const json_t *json,
    const char *place, struct why *why)
{
    const json_t *any = json_object_get(schema, "anyOf");
    if (any) { /* only of something or null */
        return json_is_null(json)
                   ? KB_OK
                   : check(json_array_get(any, 0), json, place, why);
    }
    if (json_object_get(schema, "$ref")) {
        return check_name(schema, json, place, why);
    }
    if (!is_any_type(json, json_object_get(schema, "type"))) {
        char *shown = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
        why_field(why, place);
        why_set(why, "%s is of another type: %.60s", place, shown);
        free(shown);
        return KB_INVALID;
    }
    if (json_is_object(json)) {
        return check_members(schema, json, place, why);
    }
    return json_is_array(json) ? check_items(schema, json, place, why) : KB_OK;
}

enum kb_err shape_check(const char *shape, const json_t *json, struct why *why)
{
    json_t *schema = shape_schema(shape);
    if (!schema) {
        why_set(why, "the shape itself cannot be read: %s", shape);
        return KB_INVALID;
    }
    enum kb_err err = check(schema, json, "answer", why);
    json_decref(schema);
    return err;
}
