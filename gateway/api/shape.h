// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_SHAPE_H
#define KABARI_API_SHAPE_H

#include "api/call.h"
#include "base/err.h"

#include <jansson.h>

/*
 * What answers look like, written small beside the route table:
 *
 *     {id:i name:s back:d~ note?:s}   an object; ~ may be null, ? may be missing
 *     [@message]                      a list of a shape that has a name
 *     i whole number, n number, s text, b truth, t instant, d date, x anything
 *     csv, text                       no JSON
 *
 * More members than are written may come.
 */

/** The JSON Schema (2020-12) of a shape; NULL where it cannot be read. */
json_t *shape_schema(const char *shape);

/** Whether JSON is of that shape. KB_OK, or KB_INVALID with the place in why's
 *  field and a sentence. */
KB_MUST_USE enum kb_err shape_check(
    const char *shape, const json_t *json, struct why *why);

/** The shape of a route's answer; NULL where none is written down. */
const char *api_answer_of(const char *method, const char *path);

/** A shape that has a name: i-th; NULL behind the last. */
struct api_shape {
    const char *name;
    const char *shape;
};
const struct api_shape *api_shape_at(size_t i);

/** Every route as OpenAPI 3.1. */
json_t *api_openapi(const struct app *app);

#endif
