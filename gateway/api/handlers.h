// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_HANDLERS_H
#define KABARI_API_HANDLERS_H

#include "api/call.h"

#include <jansson.h>

/* Each *_api.c ends with its part of the route table; a NULL method ends it.
 * Beside it stand the writers of JSON that several of them need. */

extern const struct api_route api_status_routes[];
extern const struct api_route api_office_routes[];
extern const struct api_route api_resident_routes[];
extern const struct api_route api_import_routes[];
extern const struct api_route api_template_routes[];
extern const struct api_route api_campaign_routes[];
extern const struct api_route api_message_routes[];
extern const struct api_route api_inbox_routes[];
extern const struct api_route api_modem_routes[];
extern const struct api_route api_alarm_routes[];
extern const struct api_route api_ussd_routes[];
extern const struct api_route api_openapi_routes[];

json_t *api_message_json(const struct outbox_message *message);
json_t *api_entry_json(const struct inbox_entry *entry);
/** {coding, units, parts} added to an object. */
void api_size_json(json_t *object, const struct text_size *size);
/** Every state with its number, added to an object. */
void api_counts_json(json_t *object, const struct outbox_counts *counts);
/** The configured modems as dispatch sees them. */
json_t *api_modems_json(const struct app *app);

#endif
