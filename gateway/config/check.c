// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "config/config_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Linux, Documentation/admin-guide/devices.txt: Unix98 pseudo-terminals. */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST  143

bool config_device_is_pty(const char *device)
{
    struct stat status;

    return stat(device, &status) == 0 && S_ISCHR(status.st_mode) &&
           major(status.st_rdev) >= PTY_MAJOR_FIRST &&
           major(status.st_rdev) <= PTY_MAJOR_LAST;
}

/* The setting of a member of a list's item; the nearest that is there. */
static const config_setting_t *member_of(
    const config_t *tree, const char *list, size_t index, const char *member)
{
    const config_setting_t *all = config_lookup(tree, list);
    const config_setting_t *item =
        config_setting_get_elem(all, (unsigned)index);
    const config_setting_t *found = config_setting_get_member(item, member);

    return found == NULL ? item : found;
}

static bool same_device(const char *a, const char *b)
{
    char real_a[PATH_MAX];
    char real_b[PATH_MAX];

    if (strcmp(a, b) == 0) {
        return true;
    }
    /* A device that is not plugged in cannot be told apart by its link. */
    return realpath(a, real_a) != NULL && realpath(b, real_b) != NULL &&
           strcmp(real_a, real_b) == 0;
}

static void check_modem_pair(
    struct reader *reader, const config_t *tree, size_t first, size_t second)
{
    const struct config_modem *a = &reader->out->modems[first];
    const struct config_modem *b = &reader->out->modems[second];

    if (*a->name != '\0' && strcmp(a->name, b->name) == 0) {
        config_fault(reader,
            config_place(
                member_of(tree, "modems", second, "name"), "modems[].name"),
            "a second modem is called \"%s\"; give it a name of its own",
            b->name);
    }
    if (*a->imsi != '\0' && strcmp(a->imsi, b->imsi) == 0) {
        config_fault(reader,
            config_place(
                member_of(tree, "modems", second, "imsi"), "modems[].imsi"),
            "\"%s\" is the SIM of modem \"%s\" too; give each modem its own",
            b->imsi, a->name);
    }
    if (*a->device != '\0' && *b->device != '\0' &&
        same_device(a->device, b->device)) {
        config_fault(reader,
            config_place(
                member_of(tree, "modems", second, "device"), "modems[].device"),
            "\"%s\" is the device of modem \"%s\" too; give each modem its "
            "own",
            b->device, a->name);
    }
}

static bool operator_known(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->operator_count; i++) {
        if (strcmp(config->operators[i].name, name) == 0) {
            return true;
        }
    }
    return *name == '\0';
}

/* The watchdog must not kill a modem that the network may still answer. */
static void check_send_time(
    struct reader *reader, const config_t *tree, size_t index)
{
    const struct config_modem *modem = &reader->out->modems[index];
    const config_setting_t *budget = config_lookup(tree, "budgets.send_s");

    if (modem->send_timeout_s <= reader->out->budget_send_s) {
        return;
    }
    config_fault(reader,
        budget != NULL
            ? config_place(budget, "budgets.send_s")
            : config_place(member_of(tree, "modems", index, "send_timeout_s"),
                  "modems[].send_timeout_s"),
        "budgets.send_s = %d is shorter than the %d s that the network may take "
        "(modem \"%s\", send_timeout_s): the modem would be killed while it "
        "waits; make send_s at least as long",
        reader->out->budget_send_s, modem->send_timeout_s, modem->name);
}

static void check_modem(
    struct reader *reader, const config_t *tree, size_t index)
{
    const struct config_modem *modem = &reader->out->modems[index];

    if (!operator_known(reader->out, modem->operator)) {
        config_fault(reader,
            config_place(member_of(tree, "modems", index, "operator"),
                "modems[].operator"),
            "operator \"%s\" is not among operators; write one of those, or "
            "\"\" for a SIM that may send to any number",
            modem->operator);
    }
    if (reader->out->rehearsal && access(modem->device, F_OK) == 0 &&
        !config_device_is_pty(modem->device)) {
        config_fault(reader,
            config_place(
                member_of(tree, "modems", index, "device"), "modems[].device"),
            "\"%s\" is no pseudo-terminal, and a rehearsal opens nothing else; "
            "name one of kabari-sim's, or take out rehearsal",
            modem->device);
    }
    check_send_time(reader, tree, index);
    for (size_t other = 0; other < index; other++) {
        check_modem_pair(reader, tree, other, index);
    }
}

static bool has_prefix(const struct config_operator *item, const char *prefix)
{
    for (size_t i = 0; i < item->prefix_count; i++) {
        if (strcmp(item->prefixes[i], prefix) == 0) {
            return true;
        }
    }
    return false;
}

/* The operator before this one that has the prefix too, or NULL. */
static const char *prefix_owner(
    const struct config *config, size_t before, const char *prefix)
{
    for (size_t i = 0; i < before; i++) {
        if (has_prefix(&config->operators[i], prefix)) {
            return config->operators[i].name;
        }
    }
    return NULL;
}

static void check_operator(
    struct reader *reader, const config_t *tree, size_t index)
{
    const struct config_operator *item = &reader->out->operators[index];

    for (size_t other = 0; other < index; other++) {
        if (*item->name != '\0' &&
            strcmp(item->name, reader->out->operators[other].name) == 0) {
            config_fault(reader,
                config_place(member_of(tree, "operators", index, "name"),
                    "operators[].name"),
                "a second operator is called \"%s\"; put its prefixes to the "
                "first",
                item->name);
        }
    }
    for (size_t p = 0; p < item->prefix_count; p++) {
        const char *owner = prefix_owner(reader->out, index, item->prefixes[p]);

        if (owner != NULL) {
            config_fault(reader,
                config_place(member_of(tree, "operators", index, "prefixes"),
                    "operators[].prefixes"),
                "prefix \"%s\" belongs to \"%s\" already; take it out of one",
                item->prefixes[p], owner);
        }
    }
}

static void check_cost(
    struct reader *reader, const config_t *tree, size_t index)
{
    const struct config_cost *cost = &reader->out->costs[index];
    bool knows_sim = operator_known(reader->out, cost->sim);

    if (!knows_sim || !operator_known(reader->out, cost->to)) {
        config_fault(reader,
            config_place(
                member_of(tree, "costs", index, knows_sim ? "to" : "sim"),
                knows_sim ? "costs[].to" : "costs[].sim"),
            "operator \"%s\" is not among operators; write one of those",
            knows_sim ? cost->to : cost->sim);
    }
}

static void check_groups(struct reader *reader, const config_t *tree)
{
    const struct config *config = reader->out;

    if (config->sending_from >= config->sending_to) {
        const config_setting_t *group = config_lookup(tree, "sending");

        config_fault(reader, config_place(group, "sending.to"),
            "the sending window ends before it starts; write a from that is "
            "earlier than to (\"00:00\" to \"24:00\" is the whole day)");
    }
    if (config_lookup(tree, "planning.holidays") != NULL) {
        config_read_holidays(
            reader, config_place(config_lookup(tree, "planning.holidays"),
                        "planning.holidays"));
    }
    if (config->ussd_enabled && *config->ussd_secret == '\0' &&
        *config->ussd_addresses == '\0') {
        const config_setting_t *group = config_lookup(tree, "ussd");

        config_fault(reader, config_place(group, "ussd.secret"),
            "ussd is enabled without a secret, so anybody could ask; set "
            "secret to what the provider sends, or addresses");
    }
}

void config_check_whole(struct reader *reader, const config_t *tree)
{
    bool own_operators = config_lookup(tree, "operators") != NULL;

    for (size_t i = 0; i < reader->out->modem_count; i++) {
        check_modem(reader, tree, i);
    }
    for (size_t i = 0; own_operators && i < reader->out->operator_count; i++) {
        check_operator(reader, tree, i);
    }
    for (size_t i = 0; i < reader->out->cost_count; i++) {
        check_cost(reader, tree, i);
    }
    check_groups(reader, tree);
}
