// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "campaign/campaign_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What staff write in create and set, checked with a sentence each. */

#define HOLDOUT_MOST 50
#define PACE_MOST    100000

static enum kb_err refuse(
    struct why *why, const char *field, const char *sentence)
{
    why_field(why, field);
    why_set(why, "%s", sentence);
    return KB_INVALID;
}

enum kb_err campaign_name_check(const char *name, struct why *why)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    if (length == 0 || name[length] != '\0' || length > 63) {
        return refuse(why, "name",
            "a name has 1 to 63 letters a-z A-Z, digits, dots, underscores "
            "or dashes");
    }
    return KB_OK;
}

/* --- one function per option ------------------------------------------- */

struct given {
    struct campaigns *campaigns;
    const struct campaign_options *options;
    struct campaign *campaign;
    struct why *why;
};

static const char *const answers[] = {"status_", "reply_", "ussd_"};

static enum kb_err set_template(const struct given *given)
{
    const char *name = given->options->template_name;

    if (name == NULL) {
        return KB_OK;
    }
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (str_starts(name, answers[i])) {
            return refuse(given->why, "template",
                "that template answers a question; choose a notice, such as "
                "remind_first");
        }
    }
    if (!texts_has(given->campaigns->rooms.texts, name) ||
        str_copy(given->campaign->template_name,
            sizeof given->campaign->template_name, name) != KB_OK) {
        return refuse(given->why, "template",
            "there is no such template; kabari template list shows them");
    }
    return KB_OK;
}

static enum kb_err set_deadline(const struct given *given)
{
    struct civil date = {0};
    bool has_time = false;

    if (given->options->deadline == NULL) {
        return KB_OK;
    }
    if (civil_parse(given->options->deadline, &date, &has_time) != KB_OK ||
        has_time) {
        return refuse(given->why, "deadline",
            "write the last day as YYYY-MM-DD, such as 2016-09-30");
    }
    given->campaign->deadline_day = civil_day(date.year, date.month, date.day);
    return KB_OK;
}

static enum kb_err check_expr(
    const struct given *given, const char *expr, struct buf *joined)
{
    struct buf sql = {0};
    enum kb_err err = KB_OK;

    if (strpbrk(expr, "\r\n") != NULL) {
        return refuse(given->why, "where", "an EXPR stands on one line");
    }
    err = registry_where(given->campaigns->rooms.registry, expr,
        civil_day_of(clock_now_ms(given->campaigns->rooms.clock)), &sql,
        given->why);
    buf_clear(&sql);
    if (err == KB_OK) {
        buf_printf(joined, "%s%s", joined->used == 0 ? "" : "\n", expr);
    } else {
        why_field(given->why, "where");
    }
    return err;
}

static enum kb_err set_where(const struct given *given)
{
    const struct campaign_options *options = given->options;
    struct buf joined = {0};
    enum kb_err err = KB_OK;

    if (options->where == NULL) {
        return KB_OK;
    }
    for (size_t i = 0; i < options->where_count && err == KB_OK; i++) {
        err = check_expr(given, options->where[i], &joined);
    }
    if (err == KB_OK &&
        str_copy(given->campaign->where, sizeof given->campaign->where,
            buf_text(&joined)) != KB_OK) {
        err = refuse(given->why, "where",
            "the EXPRs are too long together (1,023 bytes); use fewer");
    }
    buf_clear(&joined);
    return err;
}

static enum kb_err set_steps(const struct given *given)
{
    struct plan_steps steps = {0};
    const char *text = given->options->steps;
    enum kb_err err = KB_OK;

    if (text == NULL) {
        return KB_OK;
    }
    err = plan_steps_parse(text, &steps, given->why);
    if (err == KB_OK && str_copy(given->campaign->steps,
                            sizeof given->campaign->steps, text) != KB_OK) {
        err = refuse(given->why, "steps", "write the steps without spaces");
    }
    return err;
}

static enum kb_err set_start(const struct given *given)
{
    struct civil at = {0};

    if (given->options->start == NULL) {
        return KB_OK;
    }
    if (civil_parse(given->options->start, &at, NULL) != KB_OK) {
        return refuse(given->why, "start",
            "write the start as YYYY-MM-DD or \"YYYY-MM-DD HH:MM\"");
    }
    given->campaign->start_at_ms = civil_instant_ms(
        civil_day(at.year, at.month, at.day), at.hour * 60 + at.minute);
    return KB_OK;
}

static enum kb_err set_outage(const struct given *given)
{
    const char *outage = given->options->outage;

    if (outage == NULL) {
        return KB_OK;
    }
    if (strcmp(outage, "hold") != 0 && strcmp(outage, "redirect") != 0 &&
        strcmp(outage, "inform") != 0) {
        return refuse(given->why, "outage",
            "an outage policy is hold, redirect or inform");
    }
    return str_copy(
        given->campaign->outage, sizeof given->campaign->outage, outage);
}

static enum kb_err set_pace(const struct given *given)
{
    const char *text = given->options->pace;
    char number[16] = "";
    int64_t pace = 0;

    if (text == NULL || strcmp(text, "auto") == 0) {
        given->campaign->pace = text == NULL ? given->campaign->pace : 0;
        return KB_OK;
    }
    (void)snprintf(
        number, sizeof number, "%.*s", (int)strcspn(text, "/"), text);
    if ((strchr(text, '/') != NULL && strcmp(strchr(text, '/'), "/day") != 0) ||
        str_int(number, 1, PACE_MOST, &pace) != KB_OK) {
        return refuse(given->why, "pace",
            "a pace is auto, or messages a day and office, such as 100/day");
    }
    given->campaign->pace = (int)pace;
    return KB_OK;
}

static enum kb_err set_holdout(const struct given *given)
{
    int percent = given->options->holdout_percent;

    if (percent == -1) {
        return KB_OK;
    }
    if (percent < 0 || percent > HOLDOUT_MOST) {
        return refuse(given->why, "holdout", "a holdout is 0 to 50 percent");
    }
    given->campaign->holdout_percent = percent;
    return KB_OK;
}

static enum kb_err set_lang(const struct given *given)
{
    const char *lang = given->options->lang;

    if (lang == NULL) {
        return KB_OK;
    }
    if ((*lang != '\0' &&
            !texts_has_language(given->campaigns->rooms.texts, lang)) ||
        str_copy(given->campaign->lang, sizeof given->campaign->lang, lang) !=
            KB_OK) {
        return refuse(given->why, "lang",
            "there are no templates in that language; kabari template list "
            "shows them");
    }
    return KB_OK;
}

static enum kb_err set_on_unknown(const struct given *given)
{
    const char *what = given->options->on_unknown;

    if (what == NULL) {
        return KB_OK;
    }
    if (strcmp(what, "keep") != 0 && strcmp(what, "resend") != 0) {
        return refuse(given->why, "on_unknown",
            "messages that may or may not have been sent: keep them, or resend "
            "each once");
    }
    return str_copy(
        given->campaign->on_unknown, sizeof given->campaign->on_unknown, what);
}

static enum kb_err (*const setters[])(const struct given *given) = {
    set_template,
    set_deadline,
    set_where,
    set_steps,
    set_start,
    set_outage,
    set_pace,
    set_holdout,
    set_lang,
    set_on_unknown,
};

enum kb_err campaign_options_apply(struct campaigns *campaigns,
    const struct campaign_options *options, struct campaign *campaign,
    struct why *why)
{
    struct given given = {campaigns, options, campaign, why};
    enum kb_err err = KB_OK;

    for (size_t i = 0; i < sizeof setters / sizeof *setters && err == KB_OK;
         i++) {
        err = setters[i](&given);
    }
    return err;
}
