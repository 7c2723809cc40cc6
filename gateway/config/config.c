// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static void clear_modem(struct config_modem *modem)
{
    free(modem->name);
    free(modem->device);
    free(modem->connection);
    free(modem->operator);
    free(modem->pin);
    free(modem->balance_code);
    free(modem->use);
    free(modem->imsi);
    free(modem->number);
    free(modem->quirks);
    free(modem->power_command);
}

static void clear_webhook(struct config_webhook *webhook)
{
    free(webhook->url);
    free(webhook->secret);
    free(webhook->events);
}

static void clear_operator(struct config_operator *item)
{
    for (size_t i = 0; i < item->prefix_count; i++) {
        free(item->prefixes[i]);
    }
    free((void *)item->prefixes);
    free(item->name);
}

static void clear_lists(struct config *config)
{
    for (size_t i = 0; i < config->modem_count; i++) {
        clear_modem(&config->modems[i]);
    }
    for (size_t i = 0; i < config->operator_count; i++) {
        clear_operator(&config->operators[i]);
    }
    for (size_t i = 0; i < config->cost_count; i++) {
        free(config->costs[i].sim);
        free(config->costs[i].to);
    }
    free(config->costs);
    free(config->modems);
    free(config->operators);
    for (size_t i = 0; i < config->webhook_count; i++) {
        clear_webhook(&config->webhooks[i]);
    }
    free(config->webhooks);
}

void config_clear(struct config *config)
{
    clear_lists(config);
    free(config->file);
    free(config->site_name);
    free(config->site_timezone);
    free(config->site_language);
    free(config->database_path);
    free(config->templates_path);
    free(config->balance_rules);
    free(config->quirks_path);
    free(config->control_socket);
    free(config->control_group);
    free(config->http_listen);
    free(config->ussd_secret);
    free(config->http_proxies);
    free(config->ussd_addresses);
    free(config->alarm_phones);
    free(config->alarm_command);
    free(config->holidays_path);
    free(config->holidays);
    memset(config, 0, sizeof *config);
}

const struct config_modem *config_modem_find(
    const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->modem_count; i++) {
        if (strcmp(config->modems[i].name, name) == 0) {
            return &config->modems[i];
        }
    }
    return NULL;
}

/* The length of the operator's longest prefix ("0812") that a number's national
   part ("812…") starts with; 0 where none fits. */
static size_t operator_fit(
    const struct config_operator *item, const char *national)
{
    size_t best = 0;

    for (size_t i = 0; i < item->prefix_count; i++) {
        const char *digits = item->prefixes[i] + 1;
        size_t bytes = strlen(digits);

        if (bytes > best && str_starts(national, digits)) {
            best = bytes;
        }
    }
    return best;
}

const char *config_operator_of(const struct config *config, const char *phone)
{
    const char *best = "";
    size_t best_fit = 0;

    if (strncmp(phone, "+62", 3) != 0) {
        return "";
    }
    for (size_t i = 0; i < config->operator_count; i++) {
        size_t fit = operator_fit(&config->operators[i], phone + 3);

        if (fit > best_fit) {
            best_fit = fit;
            best = config->operators[i].name;
        }
    }
    return best;
}
