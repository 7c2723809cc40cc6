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
extern const struct api_route api_forecast_routes[];
extern const struct api_route api_message_routes[];
extern const struct api_route api_send_routes[];
extern const struct api_route api_inbox_routes[];
extern const struct api_route api_modem_routes[];
extern const struct api_route api_alarm_routes[];
extern const struct api_route api_ussd_routes[];
extern const struct api_route api_openapi_routes[];
extern const struct api_route api_access_routes[];
extern const struct api_route api_password_routes[];
extern const struct api_route api_audit_routes[];

/** Masks NIKs and phone numbers in all texts of a value, in place; without a
 *  view of people also what was written to or by them, and their names. */
void api_mask(json_t *value, enum access_view view);
/** The same for one text; false where there was nothing to mask. */
bool api_mask_text(const char *text, struct buf *out);
/** A person's name, or its initials ("M*** W***") where the view is none. */
json_t *api_name_json(const char *name, enum access_view view);
/** A message's text, or "***" where the view is none. */
json_t *api_words_json(const char *text, enum access_view view);
extern const struct api_route api_metrics_routes[];
extern const struct api_route api_webhook_routes[];
extern const struct api_route api_sendsms_routes[];
extern const struct api_route api_upkeep_routes[];

/** A new session for the user: the call's cookie and its answer. */
KB_MUST_USE enum kb_err api_session_open(
    struct api_call *call, const struct access_user *user);

/** KB_OK, or as api_deny_soon() where a name or address has had too many wrong
 *  passwords of late. */
KB_MUST_USE enum kb_err api_login_wait(
    struct api_call *call, const char *name, struct why *why);

/** A number as people write it, or a short code such as 3636; out has
 *  PHONE_BYTES. KB_OK, or KB_INVALID with field and sentence. */
KB_MUST_USE enum kb_err api_phone_read(
    const char *text, char *out, struct why *why);
json_t *api_message_json(const struct outbox_message *message);
json_t *api_entry_json(const struct inbox_entry *entry);
/** {coding, units, parts} added to an object. */
void api_size_json(json_t *object, const struct text_size *size);
/** Every state with its number, added to an object. */
void api_counts_json(json_t *object, const struct outbox_counts *counts);
/** The campaign of the path, and which of its people the asker may see. */
struct campaign_people_ask api_people_asked(const struct api_call *call);
/** What the API itself has answered, as metrics. */
void api_traffic_metrics(const struct api *api, struct buf *out);
/** The configured modems as dispatch sees them. */
json_t *api_modems_json(const struct app *app);

#endif
