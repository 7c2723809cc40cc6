// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CLI_OPTIONS_H
#define KABARI_CLI_OPTIONS_H

#include "cli/cli.h"

/* The options that the rows of commands.c name; each table ends with a NULL
 * name. Several commands share some. */

extern const struct cli_option cli_options_user_add[];
extern const struct cli_option cli_options_user_set[];
extern const struct cli_option cli_options_token[];
extern const struct cli_option cli_options_audit[];
extern const struct cli_option cli_options_webhook_log[];
extern const struct cli_option cli_options_sample[];
extern const struct cli_option cli_options_down[];
extern const struct cli_option cli_options_staff[];
extern const struct cli_option cli_options_office_set[];
extern const struct cli_option cli_options_import[];
extern const struct cli_option cli_options_limit[];
extern const struct cli_option cli_options_resident_set[];
extern const struct cli_option cli_options_export[];
extern const struct cli_option cli_options_render[];
extern const struct cli_option cli_options_campaign_create[];
extern const struct cli_option cli_options_campaign_set[];
extern const struct cli_option cli_options_to[];
extern const struct cli_option cli_options_report[];
extern const struct cli_option cli_options_no_phone[];
extern const struct cli_option cli_options_send[];
extern const struct cli_option cli_options_message_list[];
extern const struct cli_option cli_options_inbox_list[];
extern const struct cli_option cli_options_canned[];
extern const struct cli_option cli_options_until[];
extern const struct cli_option cli_options_from[];
extern const struct cli_option cli_options_alarm_list[];
extern const struct cli_option cli_options_office_list[];
extern const struct cli_option cli_options_settle[];
extern const struct cli_option cli_options_history[];
extern const struct cli_option cli_options_log[];
extern const struct cli_option cli_options_probe[];
extern const struct cli_option cli_options_status[];

#endif
