// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/simulate.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Ranks within one day: first contact of who came in vain, first contact, and
   the same as repeats. */
#define RANKS 4

static const char *const cause_names[SIM_CAUSES] = {
    [SIM_NOTHING] = "",
    [SIM_OUTAGE] = "outage",
    [SIM_CAPACITY] = "capacity",
    [SIM_PACE] = "pace",
    [SIM_QUOTA] = "quota",
    [SIM_MODEMS] = "modems",
    [SIM_WINDOW] = "window",
};

const char *sim_cause_name(enum sim_cause cause)
{
    return cause_names[cause];
}

/* A phone as it changes. */
struct phone {
    int32_t told_day;
    bool placed; /* at the start, for the first day */
    double left; /* share of its people who have not come */
};

/* An office on the day at hand. */
struct desk {
    struct pace_office pace;
    int32_t visit_day;
    int places;
    double sent; /* messages today, for the campaign's pace */
    size_t next[RANKS];
    size_t end;
};

struct sim_play {
    struct sim world;
    const struct sim *sim;
    struct phone *phones;
    struct desk *desks;
    double *taken;  /* [office][day]: people with a place */
    double *guests; /* [office][day] */
    int64_t *held;  /* [office][cause] */
    struct sim_office_result *results;
    struct sim_day *rows;   /* NULL: nobody asks */
    struct sim_cell *cells; /* NULL: nobody asks */
    int days;
    int done;
    int32_t today;
    int step;
    double sent; /* messages today */
    int64_t first_told;
};

int sim_days(const struct sim_campaign *campaign)
{
    int days = campaign->deadline_day - campaign->today + 1;

    if (days < 1) {
        return 0;
    }
    return days > SIM_DAYS_MOST ? SIM_DAYS_MOST : days;
}

static double *at(
    const struct sim_play *play, double *table, int office, int32_t day)
{
    int i = day - play->sim->campaign.today;

    return i < 0 || i >= play->days
               ? NULL
               : &table[(size_t)office * (size_t)play->days + (size_t)i];
}

/* An office's cell of today; NULL where nobody asks. */
static struct sim_cell *cell_at(const struct sim_play *play, size_t office)
{
    return play->cells == NULL
               ? NULL
               : &play->cells[office * (size_t)play->days + (size_t)play->done];
}

static void hold(struct sim_play *play, int office, enum sim_cause cause)
{
    play->held[(size_t)office * SIM_CAUSES + cause]++;
}

/* --- one phone --------------------------------------------------------- */

static bool is_due(const struct sim_play *play, size_t i)
{
    return play->step >= 0 &&
           play->phones[i].told_day <
               plan_step_day(play->sim->campaign.deadline_day, play->step) &&
           play->phones[i].told_day < play->today && play->phones[i].left > 0;
}

static int rank_of(const struct sim_play *play, size_t i)
{
    return (play->phones[i].told_day != 0 ? 2 : 0) +
           (play->sim->phones[i].failed ? 0 : 1);
}

/* The office where the message sends people; -1: held, or told not to come. */
static int target_of(const struct sim_play *play, int office)
{
    const struct sim_office *home = &play->sim->offices[office];
    struct plan_facts facts = {
        .state = PLAN_RUNNING,
        .today = play->today,
        .deadline_day = play->sim->campaign.deadline_day,
        .deadline_end_ms =
            civil_instant_ms(play->sim->campaign.deadline_day + 1, 0),
        .step = play->step,
        .pending = 1,
        .office_works = play->desks[office].pace.works,
        .other_office = home->other >= 0 && play->desks[home->other].pace.works,
        .outage = play->sim->campaign.outage,
    };
    struct plan_decision decision = plan_decide(&facts);

    if (decision.verdict != PLAN_SEND || decision.text == PLAN_TEXT_DOWN) {
        return -1;
    }
    return decision.text == PLAN_TEXT_REDIRECT ? home->other : office;
}

static enum sim_cause obstacle(
    const struct sim_play *play, int target, size_t i)
{
    const struct desk *desk = &play->desks[target];
    const struct sim_modems *modems = &play->sim->modems;
    double *taken = at(play, play->taken, target, desk->visit_day);
    int people = play->sim->phones[i].people;

    if (!play->phones[i].placed && desk->places != PACE_NO_BOUND &&
        (taken == NULL ||
            !pace_fits(desk->places, (int)(*taken + 0.5), people))) {
        return SIM_CAPACITY;
    }
    if (play->sim->campaign.pace > 0 &&
        desk->sent + 1 > play->sim->campaign.pace) {
        return SIM_PACE;
    }
    if (play->sent + 1 > (double)modems->by_quota) {
        return SIM_QUOTA;
    }
    return play->sent + 1 > (double)modems->by_time ? SIM_MODEMS : SIM_NOTHING;
}

/* The share of a message that is still to be sent: that anybody is left. */
static double someone_left(double left, int people)
{
    double nobody = 1.0;

    for (int i = 0; i < people; i++) {
        nobody *= 1.0 - left;
    }
    return 1.0 - nobody;
}

/* Its people have the place; a share of those left comes. */
static void tell(struct sim_play *play, int target, size_t i)
{
    struct phone *phone = &play->phones[i];
    struct desk *desk = &play->desks[target];
    struct sim_office_result *home =
        &play->results[play->sim->phones[i].office];
    double people = play->sim->phones[i].people * phone->left;
    double show = desk->pace.show_permille / 1000.0;
    double message = someone_left(phone->left, play->sim->phones[i].people);
    double *taken = at(play, play->taken, target, desk->visit_day);
    double *guests = at(play, play->guests, target, desk->visit_day);

    if (taken != NULL && !phone->placed) {
        *taken += people;
    }
    if (guests != NULL) {
        *guests += people * show;
    }
    home->expected += people * show;
    if (phone->told_day == 0) {
        struct sim_cell *cell =
            cell_at(play, (size_t)play->sim->phones[i].office);

        home->told += play->sim->phones[i].people;
        play->first_told += play->sim->phones[i].people;
        if (cell != NULL) {
            cell->told += play->sim->phones[i].people;
        }
    }
    phone->told_day = play->today;
    phone->placed = false;
    phone->left *= 1.0 - show;
    desk->sent += message;
    play->sent += message;
}

/* --- one day ----------------------------------------------------------- */

static void open_desk(struct sim_play *play, size_t office)
{
    const struct sim_office *from = &play->sim->offices[office];
    const struct sim_campaign *campaign = &play->sim->campaign;
    struct desk *desk = &play->desks[office];

    desk->pace = play->today >= from->back_day ? from->works : from->pace;
    desk->places = pace_places(&desk->pace);
    desk->visit_day = pace_visit_day(
        &desk->pace, campaign->config, play->today, campaign->deadline_day);
    desk->sent = 0;
}

/* The office's next phone of that rank gets its turn. @return false where none
   is left or the office can take no more. */
static bool take_turn(struct sim_play *play, size_t office, int rank)
{
    struct desk *desk = &play->desks[office];
    size_t *next = &desk->next[rank];
    int target = -1;
    enum sim_cause cause = SIM_OUTAGE;

    while (*next < desk->end &&
           (!is_due(play, *next) || rank_of(play, *next) != rank)) {
        (*next)++;
    }
    if (*next >= desk->end) {
        return false;
    }
    target = target_of(play, (int)office);
    if (target >= 0) {
        cause = obstacle(play, target, *next);
    }
    if (cause != SIM_NOTHING) {
        hold(play, (int)office, cause);
        return false;
    }
    tell(play, target, *next);
    (*next)++;
    return true;
}

/* Offices take turns, as the hours of a day mix their messages. */
static void send_rank(struct sim_play *play, int rank)
{
    bool any = true;

    while (any) {
        any = false;
        for (size_t i = 0; i < play->sim->office_count; i++) {
            any = take_turn(play, i, rank) || any;
        }
    }
}

static size_t first_of(const struct sim *sim, size_t office)
{
    size_t low = 0;
    size_t high = sim->phone_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if ((size_t)sim->phones[middle].office < office) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void start_day(struct sim_play *play)
{
    for (size_t i = 0; i < play->sim->office_count; i++) {
        open_desk(play, i);
        for (int rank = 0; rank < RANKS; rank++) {
            play->desks[i].next[rank] = first_of(play->sim, i);
        }
        play->desks[i].end = first_of(play->sim, i + 1);
    }
    play->sent = 0;
    play->first_told = 0;
}

static bool sends_today(const struct sim_play *play)
{
    const struct config *config = play->sim->campaign.config;
    int64_t opens_ms = civil_instant_ms(play->today, config->sending_from);

    if (play->today == play->sim->campaign.today &&
        opens_ms < play->sim->campaign.now_ms) {
        opens_ms = play->sim->campaign.now_ms;
    }
    return config_window_open(config, opens_ms);
}

static void note_finished(struct sim_play *play)
{
    const struct sim *sim = play->sim;

    for (size_t i = 0; i < sim->office_count; i++) {
        size_t at_phone = first_of(sim, i);
        bool all = true;

        if (play->results[i].finish_day != 0) {
            continue;
        }
        for (; at_phone < play->desks[i].end && all; at_phone++) {
            all = play->phones[at_phone].told_day != 0;
        }
        play->results[i].finish_day = all ? play->today : 0;
    }
}

static void play_day(struct sim_play *play)
{
    const struct sim_campaign *campaign = &play->sim->campaign;

    play->step =
        plan_step_now(campaign->steps, campaign->deadline_day, play->today);
    start_day(play);
    if (!sends_today(play)) {
        for (size_t i = 0; i < play->sim->office_count; i++) {
            hold(play, (int)i, SIM_WINDOW);
        }
        return;
    }
    for (int rank = 0; rank < RANKS; rank++) {
        send_rank(play, rank);
    }
    note_finished(play);
}

/* --- the whole --------------------------------------------------------- */

static void start(struct sim_play *play)
{
    const struct sim *sim = play->sim;

    for (size_t i = 0; i < sim->phone_count; i++) {
        play->phones[i] = (struct phone){.told_day = sim->phones[i].told_day,
            .placed = sim->phones[i].place_day != 0,
            .left = 1.0};
        play->results[sim->phones[i].office].told +=
            sim->phones[i].told_day != 0 ? sim->phones[i].people : 0;
    }
    for (size_t i = 0;
         sim->taken != NULL && i < sim->office_count * (size_t)play->days;
         i++) {
        play->taken[i] = sim->taken[i];
    }
}

/* People that the office serves on the day at hand. */
static int capacity_today(const struct sim_play *play, size_t office)
{
    const struct desk *desk = &play->desks[office];
    int capacity = pace_capacity(&desk->pace);

    return capacity > 0 && pace_serves(&desk->pace, play->sim->campaign.config,
                               play->today)
               ? capacity
               : 0;
}

static void write_day(struct sim_play *play)
{
    struct sim_day *out = play->rows == NULL ? NULL : &play->rows[play->done];

    if (out != NULL) {
        *out = (struct sim_day){.day = play->today,
            .told = play->first_told,
            .messages = (int64_t)(play->sent + 0.5)};
    }
    for (size_t i = 0; i < play->sim->office_count; i++) {
        int capacity = capacity_today(play, i);
        struct sim_cell *cell = cell_at(play, i);

        if (out != NULL) {
            out->capacity += capacity;
        }
        if (cell != NULL) {
            cell->capacity = capacity;
        }
    }
}

static void write_guests(const struct sim_play *play)
{
    size_t days = (size_t)play->days;

    for (size_t i = 0; i < play->sim->office_count * days; i++) {
        if (play->rows != NULL) {
            play->rows[i % days].expected += play->guests[i];
        }
        if (play->cells != NULL) {
            play->cells[i].expected = play->guests[i];
        }
    }
}

/* The cause that held most people, the window apart. */
static enum sim_cause main_cause(const int64_t *held)
{
    enum sim_cause most = SIM_NOTHING;

    for (int cause = SIM_OUTAGE; cause < SIM_WINDOW; cause++) {
        if (held[cause] > (most == SIM_NOTHING ? 0 : held[most])) {
            most = (enum sim_cause)cause;
        }
    }
    return most;
}

static void name_causes(struct sim_play *play)
{
    for (size_t i = 0; i < play->sim->office_count; i++) {
        const int64_t *held = &play->held[i * SIM_CAUSES];
        enum sim_cause most = main_cause(held);

        if (most == SIM_NOTHING && play->results[i].finish_day == 0 &&
            held[SIM_WINDOW] > 0) {
            most = SIM_WINDOW;
        }
        play->results[i].cause = most;
    }
}

struct sim_play *sim_new(const struct sim *sim, const struct sim_out *out)
{
    struct sim_play *play = mem_new(sizeof *play);
    size_t cells = 0;

    play->world = *sim;
    play->sim = &play->world;
    play->results = out->offices;
    play->rows = out->days;
    play->cells = out->cells;
    play->days = sim_days(&sim->campaign);
    cells = sim->office_count * (size_t)play->days + 1;
    play->phones = mem_array(sim->phone_count + 1, sizeof *play->phones);
    play->desks = mem_array(sim->office_count + 1, sizeof *play->desks);
    play->taken = mem_array(cells, sizeof *play->taken);
    play->guests = mem_array(cells, sizeof *play->guests);
    play->held =
        mem_array(sim->office_count * SIM_CAUSES + 1, sizeof *play->held);
    memset(out->offices, 0, sim->office_count * sizeof *out->offices);
    start(play);
    return play;
}

bool sim_step(struct sim_play *play)
{
    if (play->done < play->days) {
        play->today = play->sim->campaign.today + play->done;
        play_day(play);
        write_day(play);
        play->done++;
    }
    if (play->done < play->days) {
        return true;
    }
    write_guests(play);
    play->rows = NULL;
    play->cells = NULL;
    name_causes(play);
    return false;
}

void sim_free(struct sim_play *play)
{
    if (play == NULL) {
        return;
    }
    free(play->phones);
    free(play->desks);
    free(play->taken);
    free(play->guests);
    free(play->held);
    free(play);
}
