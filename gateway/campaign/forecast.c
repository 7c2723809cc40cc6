// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/forecast.h"

#include "base/buf.h"
#include "base/mem.h"
#include "campaign/compose.h"
#include "campaign/simulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The registry read once, in pages, into phones and offices; then the planner
 * played forward as things stand, and once for each thing that may be added.
 */

/* The network takes about this long over a message, whatever the gap. */
#define NETWORK_MS 3000

/* A SIM as operators let it be, and a team with one recording set. */
#define SIM_QUOTA_DAY 400
#define GAP_MS        4000
#define TEAM_PEOPLE   50
#define HOUR_MS       ((int64_t)3600000)

struct household {
    char phone[PHONE_BYTES];
    int64_t first_id;
    int office;
    int people; /* of that office */
    int all;
    bool failed;
    bool stopped;
    int32_t told_day;
    int32_t place_day;
};

struct campaign_forecast_job {
    struct campaigns *campaigns;
    struct campaign_row row;
    struct campaign_forecast result;
    int64_t now_ms;
    int64_t after;
    int64_t last;
    struct audience_case *cases;
    struct household *households;
    size_t household_count;
    size_t *table; /* hash of phones: household + 1; 0: free */
    size_t table_size;
    struct office *offices; /* the last is the site itself */
    struct sim_office *sim_offices;
    struct sim_phone *phones;
    size_t all_offices; /* of the result, the site itself too */
    int *taken;
    int parts; /* SMS of one message */
    struct sim_modems modems;
    struct sim_office_result *results;
    struct sim_day *days;
    struct sim_cell *cells;
    enum sim_cause *causes; /* by office */
    struct sim_play *play;
    int change; /* -1: as things stand */
    bool loaded;
};

const char *forecast_change_name(enum forecast_change change)
{
    static const char *const names[FORECAST_CHANGES] = {
        [FORECAST_MODEM] = "modem",
        [FORECAST_SIM] = "sim",
        [FORECAST_HOUR] = "hour",
        [FORECAST_TEAM] = "team",
    };

    return names[change];
}

const char *forecast_change_label(enum forecast_change change)
{
    static const char *const labels[FORECAST_CHANGES] = {
        [FORECAST_MODEM] = "one more modem with its SIM",
        [FORECAST_SIM] = "one more SIM: 400 messages a day",
        [FORECAST_HOUR] = "one more hour of sending a day",
        [FORECAST_TEAM] = "a mobile team at each office: 50 people a day",
    };

    return labels[change];
}

const struct campaign_forecast *campaign_forecast_result(
    const struct campaign_forecast_job *job)
{
    return &job->result;
}

void campaign_forecast_free(struct campaign_forecast_job *job)
{
    if (job == NULL) {
        return;
    }
    sim_free(job->play);
    free(job->cases);
    free(job->households);
    free(job->table);
    free(job->offices);
    free(job->sim_offices);
    free(job->phones);
    free(job->taken);
    free(job->results);
    free(job->days);
    free(job->cells);
    free(job->causes);
    for (size_t i = 0; job->result.office != NULL && i < job->all_offices;
         i++) {
        free(job->result.office[i].day);
    }
    free(job->result.office);
    free(job->result.day);
    free(job);
}

/* --- offices ----------------------------------------------------------- */

static int office_at(const struct campaign_forecast_job *job, const char *code)
{
    size_t low = 0;
    size_t high = job->result.office_count - 1; /* the site itself */

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(job->offices[middle].code, code);

        if (order == 0) {
            return (int)middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (int)job->result.office_count - 1;
}

/* The planner's choice, where the fallback itself must be up. */
static int other_of(
    const struct campaign_forecast_job *job, const struct office *office)
{
    struct office other = {0};

    return registry_office_other(
               job->campaigns->rooms.registry, office, &other) == KB_OK
               ? office_at(job, other.code)
               : -1;
}

static enum kb_err load_office(struct campaign_forecast_job *job, size_t i)
{
    const struct office *office = &job->offices[i];
    struct sim_office *sim = &job->sim_offices[i];
    struct forecast_office *out = &job->result.office[i];
    enum kb_err err = compose_pace(job->campaigns, office, &sim->pace);

    sim->works = sim->pace;
    sim->works.works = true;
    sim->works.degraded = false;
    sim->back_day =
        office->back_day == INT32_MIN ? INT32_MAX : office->back_day;
    sim->other = other_of(job, office);
    (void)snprintf(out->code, sizeof out->code, "%s", office->code);
    (void)snprintf(out->name, sizeof out->name, "%s", office->name);
    (void)snprintf(out->state, sizeof out->state, "%s", office->state);
    out->capacity = pace_capacity(&sim->pace);
    out->show_percent = (sim->pace.show_permille + 5) / 10;
    out->back_day = sim->pace.works ? INT32_MIN : office->back_day;
    out->blanks = office->blanks;
    out->day = mem_array(job->result.day_count + 1, sizeof *out->day);
    return err == KB_OK ? planner_print_queue(
                              job->campaigns, office->code, &out->print_queue)
                        : err;
}

static enum kb_err load_taken(struct campaign_forecast_job *job, size_t office)
{
    size_t days = job->result.day_count;
    enum kb_err err = KB_OK;

    for (size_t i = 0; i < days && err == KB_OK; i++) {
        struct office_day day = {.office = job->offices[office].code,
            .day = job->result.today + (int32_t)i};

        err = planner_day_get(job->campaigns, &day);
        job->taken[office * days + i] = day.planned;
    }
    return err;
}

static enum kb_err load_offices(struct campaign_forecast_job *job)
{
    struct campaign_forecast *result = &job->result;
    size_t count = 0;
    enum kb_err err = registry_office_list(
        job->campaigns->rooms.registry, &job->offices, &count);

    if (err != KB_OK) {
        return err;
    }
    job->offices = mem_resize(job->offices, count + 1, sizeof *job->offices);
    result->office_count = count + 1;
    job->all_offices = count + 1;
    job->cells =
        mem_array((count + 1) * result->day_count + 1, sizeof *job->cells);
    job->causes = mem_array(count + 1, sizeof *job->causes);
    job->sim_offices = mem_array(count + 1, sizeof *job->sim_offices);
    result->office = mem_array(count + 1, sizeof *result->office);
    job->taken =
        mem_array((count + 1) * result->day_count + 1, sizeof *job->taken);
    err = compose_office(job->campaigns, "", &job->offices[count]);
    for (size_t i = 0; i <= count && err == KB_OK; i++) {
        err = load_office(job, i);
        if (err == KB_OK) {
            err = load_taken(job, i);
        }
    }
    return err;
}

/* --- modems ------------------------------------------------------------ */

static int64_t window_ms(const struct config *config)
{
    return (int64_t)(config->sending_to - config->sending_from) * 60000;
}

static int64_t by_time(int gap_ms, int64_t span_ms, int parts)
{
    int64_t cycle_ms = gap_ms > NETWORK_MS ? gap_ms : NETWORK_MS;

    return span_ms / (cycle_ms * parts);
}

/* What all modems send in a span of a day, and what their SIMs allow. */
static struct sim_modems modems_in(
    const struct campaign_forecast_job *job, int64_t span_ms)
{
    const struct config *config = job->campaigns->rooms.config;
    struct sim_modems modems = {0};

    for (size_t i = 0; i < config->modem_count; i++) {
        const struct config_modem *modem = &config->modems[i];
        int64_t sends = by_time(modem->min_gap_ms, span_ms, job->parts);
        int64_t quota =
            modem->daily_limit > 0 ? modem->daily_limit / job->parts : sends;

        modems.by_time += sends;
        modems.by_quota += quota;
    }
    return modems;
}

static struct sim_modems modems_with(
    const struct campaign_forecast_job *job, int change)
{
    const struct config *config = job->campaigns->rooms.config;
    int64_t span_ms = window_ms(config);
    struct sim_modems modems =
        modems_in(job, span_ms + (change == FORECAST_HOUR ? HOUR_MS : 0));
    int gap_ms =
        config->modem_count > 0 ? config->modems[0].min_gap_ms : GAP_MS;
    int limit =
        config->modem_count > 0 ? config->modems[0].daily_limit : SIM_QUOTA_DAY;

    if (change == FORECAST_MODEM) {
        int64_t sends = by_time(gap_ms, span_ms, job->parts);

        modems.by_time += sends;
        modems.by_quota += limit > 0 ? limit / job->parts : sends;
    }
    if (change == FORECAST_SIM) {
        modems.by_quota += SIM_QUOTA_DAY / job->parts;
    }
    return modems;
}

/* --- begin ------------------------------------------------------------- */

static void set_days(struct campaign_forecast_job *job)
{
    struct campaign_forecast *result = &job->result;
    struct sim_campaign campaign = {
        .deadline_day = job->row.campaign.deadline_day,
        .today = civil_day_of(job->now_ms),
    };

    (void)snprintf(
        result->name, sizeof result->name, "%s", job->row.campaign.name);
    (void)snprintf(
        result->state, sizeof result->state, "%s", job->row.campaign.state);
    result->today = campaign.today;
    result->deadline_day = campaign.deadline_day;
    result->day_count = (size_t)sim_days(&campaign);
    result->day = mem_array(result->day_count + 1, sizeof *result->day);
    job->days = mem_array(result->day_count + 1, sizeof *job->days);
}

static int parts_of(struct campaign_forecast_job *job)
{
    struct buf text = {0};
    int parts = 1;

    if (compose_sample(job->campaigns, &job->row, &text, NULL) == KB_OK) {
        parts = text_measure(buf_text(&text)).parts;
    }
    buf_clear(&text);
    return parts > 0 ? parts : 1;
}

enum kb_err campaign_forecast_begin(struct campaigns *campaigns,
    const char *name, struct campaign_forecast_job **out, struct why *why)
{
    struct campaign_forecast_job *job = mem_new(sizeof *job);
    enum kb_err err = campaign_store_by_name(campaigns, name, &job->row);

    job->campaigns = campaigns;
    job->change = -1;
    if (err == KB_OK) {
        err = campaign_ahead(campaigns, &job->row.campaign, why);
    }
    if (err == KB_OK) {
        err = campaign_store_last_resident(campaigns, &job->last);
    }
    if (err == KB_OK) {
        job->now_ms = clock_now_ms(campaigns->rooms.clock);
        if (job->row.campaign.start_at_ms > job->now_ms) {
            job->now_ms = job->row.campaign.start_at_ms;
        }
        set_days(job);
        err = load_offices(job);
    }
    if (err != KB_OK) {
        campaign_forecast_free(job);
        return err;
    }
    job->parts = parts_of(job);
    job->cases = mem_array(AUDIENCE_CASES, sizeof *job->cases);
    job->table_size = 1024;
    job->table = mem_array(job->table_size, sizeof *job->table);
    *out = job;
    return KB_OK;
}

/* --- phones ------------------------------------------------------------ */

static size_t hash_of(const char *phone)
{
    /* FNV-1a, 64 bits. */
    uint64_t value = 0xcbf29ce484222325U;

    for (; *phone != '\0'; phone++) {
        value = (value ^ (unsigned char)*phone) * 0x100000001B3U;
    }
    return (size_t)(value ^ value >> 32);
}

static size_t *slot_of(struct campaign_forecast_job *job, const char *phone)
{
    size_t i = hash_of(phone) & (job->table_size - 1);

    while (job->table[i] != 0 &&
           strcmp(job->households[job->table[i] - 1].phone, phone) != 0) {
        i = (i + 1) & (job->table_size - 1);
    }
    return &job->table[i];
}

static void grow(struct campaign_forecast_job *job)
{
    if (job->household_count % 1024 == 0) {
        job->households = mem_resize(job->households,
            job->household_count + 1024, sizeof *job->households);
    }
    if (job->household_count * 2 < job->table_size) {
        return;
    }
    free(job->table);
    job->table_size *= 4;
    job->table = mem_array(job->table_size, sizeof *job->table);
    for (size_t i = 0; i < job->household_count; i++) {
        *slot_of(job, job->households[i].phone) = i + 1;
    }
}

static enum kb_err household_of(struct campaign_forecast_job *job,
    const struct audience_case *one, struct household **out)
{
    size_t *slot = NULL;

    grow(job);
    slot = slot_of(job, one->phone);
    if (*slot != 0) {
        *out = &job->households[*slot - 1];
        return KB_OK;
    }
    *out = &job->households[job->household_count++];
    *slot = job->household_count;
    **out = (struct household){
        .first_id = one->resident_id, .office = office_at(job, one->office)};
    (void)snprintf((*out)->phone, sizeof(*out)->phone, "%s", one->phone);
    return registry_phone_stopped(
        job->campaigns->rooms.registry, one->phone, &(*out)->stopped);
}

/* The office of most is the first one's but in few households. */
static enum kb_err add_case(
    struct campaign_forecast_job *job, const struct audience_case *one)
{
    const struct campaign *campaign = &job->row.campaign;
    struct forecast_office *office =
        &job->result.office[office_at(job, one->office)];
    struct household *home = NULL;
    enum kb_err err = KB_OK;

    office->needed++;
    if (one->phone[0] == '\0') {
        office->no_phone++;
        return KB_OK;
    }
    if (plan_held_out(
            campaign->id, one->resident_id, campaign->holdout_percent)) {
        job->result.held_out++;
        return KB_OK;
    }
    err = household_of(job, one, &home);
    if (err == KB_OK && !home->stopped) {
        office->reachable++;
        home->people++;
        home->failed = home->failed || one->failed;
        home->told_day =
            one->told_day > home->told_day ? one->told_day : home->told_day;
        home->place_day =
            one->place_day != 0 ? one->place_day : home->place_day;
    }
    return err;
}

static enum kb_err load_page(struct campaign_forecast_job *job, struct why *why)
{
    struct audience *audience = NULL;
    size_t count = 0;
    int64_t upto = 0;
    enum kb_err err = audience_of(
        job->campaigns, &job->row.campaign, job->result.today, &audience, why);

    if (err == KB_OK) {
        err = audience_cases(
            job->campaigns, audience, job->after, job->cases, &count, &upto);
    }
    for (size_t i = 0; i < count && err == KB_OK; i++) {
        err = add_case(job, &job->cases[i]);
    }
    job->after = upto;
    return err;
}

/* By office, in the order of ids: counted, then laid out. */
static void lay_out(struct campaign_forecast_job *job)
{
    size_t *next = mem_array(job->result.office_count + 1, sizeof *next);
    size_t total = 0;

    for (size_t i = 0; i < job->household_count; i++) {
        next[job->households[i].office] +=
            job->households[i].people > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < job->result.office_count; i++) {
        size_t count = next[i];

        next[i] = total;
        total += count;
    }
    job->phones = mem_array(total + 1, sizeof *job->phones);
    for (size_t i = 0; i < job->household_count; i++) {
        const struct household *home = &job->households[i];

        if (home->people > 0) {
            job->phones[next[home->office]++] = (struct sim_phone){
                .office = home->office,
                .people = home->people,
                .failed = home->failed,
                .told_day = home->told_day,
                .place_day = home->place_day,
            };
        }
    }
    job->loaded = true;
    job->result.reachable = (int64_t)total; /* phones, until it is summed up */
    free(next);
}

/* --- playing ----------------------------------------------------------- */

static void start_play(struct campaign_forecast_job *job)
{
    const struct campaign *campaign = &job->row.campaign;
    struct sim sim = {
        .campaign = {.config = job->campaigns->rooms.config,
                     .steps = &job->row.steps,
                     .deadline_day = campaign->deadline_day,
                     .today = job->result.today,
                     .now_ms = job->now_ms,
                     .outage = plan_outage_of(campaign->outage, campaign->template_name),
                     .pace = campaign->pace},
        .modems = modems_with(job, job->change),
        .offices = job->sim_offices,
        .office_count = job->result.office_count,
        .phones = job->phones,
        .phone_count = (size_t)job->result.reachable,
        .taken = job->taken,
    };

    for (size_t i = 0; i < sim.office_count; i++) {
        int more = job->change == FORECAST_TEAM ? TEAM_PEOPLE : 0;
        struct sim_office *office = &job->sim_offices[i];
        int before = job->offices[i].capacity;

        /* Where the capacity is not known, a team changes nothing. */
        office->pace.capacity = before > 0 ? before + more : before;
        office->works.capacity = office->pace.capacity;
    }
    free(job->results);
    job->results = mem_array(sim.office_count + 1, sizeof *job->results);
    job->play =
        sim_new(&sim, &(struct sim_out){.offices = job->results,
                          .days = job->change < 0 ? job->days : NULL,
                          .cells = job->change < 0 ? job->cells : NULL});
}

/* Days of telling that say how fast an office is being told at the end. */
#define LAST_DAYS 5

/* When those left were told if the deadline were moved and all went on as in the
   last days; 0: never. */
static int32_t finish_later(const struct campaign_forecast_job *job,
    const struct forecast_office *office, size_t at)
{
    const struct pace_office *pace = &job->sim_offices[at].works;
    const struct config *config = job->campaigns->rooms.config;
    int64_t told = 0;
    int64_t days = 0;
    int32_t day = job->result.deadline_day;

    for (size_t i = job->result.day_count; i > 0 && days < LAST_DAYS; i--) {
        told += office->day[i - 1].told;
        days += office->day[i - 1].told > 0 ? 1 : 0;
    }
    if (told == 0) {
        return 0;
    }
    days = (office->late * days + told - 1) / told;
    for (int i = 0; i < 3 * SIM_DAYS_MOST && days > 0; i++) {
        day++;
        days -= pace_serves(pace, config, day) ? 1 : 0;
    }
    return days > 0 ? 0 : day;
}

static void keep_series(struct campaign_forecast_job *job, size_t at)
{
    struct campaign_forecast *result = &job->result;

    for (size_t i = 0; i < result->day_count; i++) {
        const struct sim_cell *cell = &job->cells[at * result->day_count + i];

        result->office[at].day[i] =
            (struct forecast_day){.day = result->today + (int32_t)i,
                .told = cell->told,
                .expected = (int64_t)(cell->expected + 0.5),
                .capacity = cell->capacity};
    }
}

static const char *cause_of(
    const struct forecast_office *office, enum sim_cause cause)
{
    if (office->late > 0) {
        return sim_cause_name(cause);
    }
    if (office->no_phone > 0) {
        return "phone";
    }
    return office->print_queue > office->blanks ? "stock" : "";
}

static void keep_base(struct campaign_forecast_job *job)
{
    struct campaign_forecast *result = &job->result;

    for (size_t i = 0; i < result->office_count; i++) {
        struct forecast_office *office = &result->office[i];
        const struct sim_office_result *from = &job->results[i];

        keep_series(job, i);
        office->told = from->told;
        office->late =
            office->reachable > from->told ? office->reachable - from->told : 0;
        office->expected = (int64_t)(from->expected + 0.5);
        office->finish_day =
            office->late == 0 ? from->finish_day : finish_later(job, office, i);
        office->constraint.kind = cause_of(office, from->cause);
    }
    for (size_t i = 0; i < result->day_count; i++) {
        result->day[i] = (struct forecast_day){.day = job->days[i].day,
            .told = job->days[i].told,
            .messages = job->days[i].messages,
            .expected = (int64_t)(job->days[i].expected + 0.5),
            .capacity = job->days[i].capacity};
    }
}

static void keep_change(struct campaign_forecast_job *job)
{
    for (size_t i = 0; i < job->result.office_count; i++) {
        struct forecast_office *office = &job->result.office[i];
        const struct sim_office_result *from = &job->results[i];

        office->with[job->change] = (struct forecast_more){
            .told = from->told - office->told,
            .expected = (int64_t)(from->expected + 0.5) - office->expected,
            .late = office->reachable > from->told
                        ? office->reachable - from->told
                        : 0,
        };
    }
}

static void add_office(
    struct campaign_forecast *result, const struct forecast_office *office)
{
    result->needed += office->needed;
    result->reachable += office->reachable;
    result->no_phone += office->no_phone;
    result->told += office->told;
    result->late += office->late;
    result->expected += office->expected;
    for (int i = 0; i < FORECAST_CHANGES; i++) {
        result->with[i].told += office->with[i].told;
        result->with[i].expected += office->with[i].expected;
        result->with[i].late += office->with[i].late;
    }
}

static void sum_up(struct campaign_forecast *result)
{
    bool never = false;

    result->reachable = 0;
    for (size_t i = 0; i < result->office_count; i++) {
        const struct forecast_office *office = &result->office[i];

        add_office(result, office);
        never = never || (office->late > 0 && office->finish_day == 0);
        if (office->finish_day > result->finish_day) {
            result->finish_day = office->finish_day;
        }
    }
    result->finish_day = never ? 0 : result->finish_day;
    for (size_t i = 0; i < result->day_count; i++) {
        result->messages += result->day[i].messages;
    }
    /* Residents without an office are shown where there are any. */
    if (result->office[result->office_count - 1].needed == 0) {
        result->office_count--;
    }
    campaign_forecast_explain(result);
}

/* One day of one play. @return whether there is more to play. */
static bool play_step(struct campaign_forecast_job *job)
{
    if (job->play == NULL) {
        start_play(job);
    }
    if (sim_step(job->play)) {
        return true;
    }
    sim_free(job->play);
    job->play = NULL;
    if (job->change < 0) {
        keep_base(job);
    } else {
        keep_change(job);
    }
    job->change++;
    if (job->change < FORECAST_CHANGES) {
        return true;
    }
    sum_up(&job->result);
    return false;
}

enum kb_err campaign_forecast_step(struct campaign_forecast_job *job,
    int64_t budget_us, bool *done, struct why *why)
{
    struct slice slice = {.until_us = clock_mono_us() + budget_us};
    enum kb_err err = KB_OK;

    *done = false;
    while (err == KB_OK && !*done && !slice_over(&slice)) {
        if (job->after < job->last) {
            err = load_page(job, why);
        } else if (!job->loaded) {
            lay_out(job);
        } else {
            *done = !play_step(job);
        }
    }
    *done = *done || err != KB_OK;
    return err;
}
