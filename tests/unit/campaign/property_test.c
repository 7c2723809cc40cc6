// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/pace.h"
#include "campaign_fixture.h"

/*
 * Random offices, lists and clocks, drawn from seeds. Whatever happens, what
 * leaves keeps the planner's promises: one reminder a phone and day, never
 * after the deadline or outside the window, never to somebody who complied,
 * asked not to be told or says to have recorded, no office over its places, none
 * that is down, and the more urgent first.
 */

#define WORLDS   8
#define OFFICES  4
#define PEOPLE   90
#define PHONES   60
#define HOUR_MS  ((int64_t)3600000)
#define CAMPAIGN 3

struct world {
    struct fixture *f;
    uint64_t seed;
    int sent;
    int corrections;
    bool ordered; /* no pace and one deadline: urgency is all that counts */
};

/* xorshift64* (Vigna 2016), so that a failure's seed tells the whole world. */
static int draw(struct world *world, int below)
{
    world->seed ^= world->seed >> 12;
    world->seed ^= world->seed << 25;
    world->seed ^= world->seed >> 27;
    return (int)((world->seed * 0x2545F4914F6CDD1DU >> 33) % (uint64_t)below);
}

static void office_code(int office, char *out)
{
    (void)snprintf(out, 8, "K%c", '0' + office % 10);
}

static void phone_of(int phone, char *out)
{
    (void)snprintf(out, 24, "+628120009%04d", phone);
}

/* --- a world ----------------------------------------------------------- */

static void make_offices(struct world *world)
{
    char text[300] = "";

    for (int i = 0; i < OFFICES; i++) {
        (void)snprintf(text, sizeof text,
            "INSERT INTO office (code, name, kecamatan, capacity, days,"
            " fallback) VALUES ('K%d', 'Kantor K%d', '53.15.0%d', %d, '%s',"
            " 'K%d,K%d')",
            i, i, i, draw(world, 6),
            draw(world, 2) == 0 ? "Mon-Fri" : "Mon-Sun", (i + 1) % OFFICES,
            (i + 2) % OFFICES);
        sql(world->f, text);
    }
}

static void make_people(struct world *world)
{
    for (int64_t id = 1; id <= PEOPLE; id++) {
        char code[8] = "";
        char phone[24] = "";

        office_code(draw(world, OFFICES), code);
        phone_of(draw(world, PHONES), phone);
        person(world->f, id, "Maria", draw(world, 8) == 0 ? NULL : phone, code);
    }
    sql(world->f, "UPDATE resident SET state = 'failed' WHERE id % 11 = 0");
}

static const char *const outages[] = {"hold", "redirect", "inform"};
static const char *const steps[] = {"30,14,7,3,1", "20,10,9,8,7,6,5,0", "30"};
static const char *const paces[] = {"auto", "auto", "3/day"};

static void make_campaigns(struct world *world)
{
    for (int i = 0; i < CAMPAIGN; i++) {
        struct campaign_options options = plain();
        char name[8] = "";

        (void)snprintf(name, sizeof name, "c%c", '0' + i % 10);
        options.outage = outages[draw(world, 3)];
        options.steps = steps[draw(world, 3)];
        options.pace = world->ordered ? "auto" : paces[draw(world, 3)];
        options.holdout_percent = draw(world, 2) * 10;
        if (!world->ordered && draw(world, 2) == 0) {
            options.deadline = "2016-09-20";
        }
        create_with(world->f, name, &options);
        act(world->f, name, CAMPAIGN_START, "running");
    }
}

/* --- what happens ------------------------------------------------------ */

static void flip_office(struct world *world)
{
    static const char *const states[] = {
        "up", "up", "degraded", "down", "closed"};
    char code[8] = "";

    office_code(draw(world, OFFICES), code);
    assert_int_equal(registry_office_state(world->f->registry, code,
                         states[draw(world, 5)], "rusak", INT32_MIN),
        KB_OK);
}

static void somebody_complies(struct world *world)
{
    complies(world->f, 1 + draw(world, PEOPLE));
}

static void somebody_stops(struct world *world)
{
    char phone[24] = "";

    phone_of(draw(world, PHONES), phone);
    assert_int_equal(
        registry_phone_stop(world->f->registry, phone, draw(world, 3) != 0),
        KB_OK);
}

static void somebody_says_done(struct world *world)
{
    int32_t until = 0;

    assert_int_equal(campaign_resident_done(
                         world->f->campaigns, 1 + draw(world, PEOPLE), &until),
        KB_OK);
}

static void somebody_cannot_come(struct world *world)
{
    struct campaign_slot slot = {0};
    char phone[24] = "";
    enum kb_err err = KB_OK;

    phone_of(draw(world, PHONES), phone);
    err = campaign_reschedule(world->f->campaigns, phone, &slot);
    assert_true(err == KB_OK || err == KB_NOT_FOUND || err == KB_FULL);
}

static void pause_or_resume(struct world *world)
{
    struct campaign campaign = {0};
    struct why why = {0};
    char name[8] = "";
    enum campaign_action action =
        draw(world, 2) == 0 ? CAMPAIGN_PAUSE : CAMPAIGN_RESUME;
    enum kb_err err = KB_OK;

    (void)snprintf(name, sizeof name, "c%c", '0' + draw(world, CAMPAIGN));
    err = campaign_do(world->f->campaigns, name, action, &campaign, &why);
    assert_true(err == KB_OK || err == KB_REFUSED);
}

static void move_deadline(struct world *world)
{
    struct campaign_options options = {.holdout_percent = -1};
    struct campaign campaign = {0};
    struct why why = {0};
    char name[8] = "";
    char date[16] = "";
    enum kb_err err = KB_OK;

    if (world->ordered) {
        return;
    }
    (void)snprintf(name, sizeof name, "c%c", '0' + draw(world, CAMPAIGN));
    (void)snprintf(date, sizeof date, "2016-09-%02u",
        12U + (unsigned)draw(world, 18) % 18U);
    options.deadline = date;
    options.correct = draw(world, 2) == 0;
    err = campaign_set(world->f->campaigns, name, &options, &campaign, &why);
    assert_true(err == KB_OK || err == KB_REFUSED || err == KB_INVALID);
}

static void (*const happenings[])(struct world *world) = {
    flip_office,
    flip_office,
    somebody_complies,
    somebody_complies,
    somebody_stops,
    somebody_says_done,
    somebody_cannot_come,
    pause_or_resume,
    move_deadline,
};

/* --- what must hold ---------------------------------------------------- */

static void none(struct world *world, const char *what, const char *query)
{
    int64_t count = number(world->f, query);

    if (count != 0) {
        fail_msg("%s: %lld", what, (long long)count);
    }
}

static void check_one(
    struct world *world, const char *what, const char *format, int64_t id)
{
    char query[900] = "";

    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): texts below */
    (void)snprintf(query, sizeof query, format, (long long)id);
    none(world, what, query);
}

/* Right after a message left. */
static void check_sent(struct world *world)
{
    struct fixture *f = world->f;
    int64_t id = f->last_id;
    int64_t corrects = 0;
    char query[200] = "";

    (void)snprintf(query, sizeof query,
        "SELECT kind IN ('down', 'moved') FROM campaign_message"
        " WHERE message_id = %lld",
        (long long)id);
    corrects = number(f, query);
    assert_true(config_window_open(&f->config, clock_now_ms(&f->clock)));
    check_one(world, "told after the deadline",
        "SELECT count(*) FROM campaign_message AS m JOIN campaign AS c"
        " ON c.id = m.campaign_id WHERE m.message_id = %lld"
        " AND m.told_day > c.deadline_day",
        id);
    check_one(world, "told nobody who is pending",
        "SELECT NOT EXISTS (SELECT 1 FROM campaign_message AS m JOIN resident"
        " AS r ON r.phone = m.phone WHERE m.message_id = %lld AND r.state IN"
        " ('unrecorded', 'failed') AND NOT EXISTS (SELECT 1 FROM resident_rest"
        " AS s WHERE s.resident_id = r.id AND s.until_day > m.told_day))",
        id);
    if (corrects == 0) {
        check_one(world, "sent to an office that is down",
            "SELECT count(*) FROM campaign_message AS m JOIN office AS o"
            " ON o.code = m.office WHERE m.message_id = %lld"
            " AND o.state IN ('down', 'closed')",
            id);
    }
    world->sent++;
    world->corrections += (int)corrects;
}

static void check_stopped(struct world *world)
{
    struct outbox_message message = {0};
    bool stopped = true;

    assert_int_equal(
        outbox_get(world->f->outbox, world->f->last_id, &message), KB_OK);
    assert_int_equal(
        registry_phone_stopped(world->f->registry, message.phone, &stopped),
        KB_OK);
    assert_false(stopped);
    outbox_message_clear(&message);
}

static void check_all(struct world *world)
{
    none(world, "two reminders to a phone on a day",
        "SELECT count(*) FROM (SELECT phone FROM campaign_message WHERE"
        " told_day <> 0 AND kind IN ('', 'off', 'back')"
        " GROUP BY phone, told_day HAVING count(*) > 1)");
    none(world, "two corrections to a phone, day and cause",
        "SELECT count(*) FROM (SELECT phone FROM campaign_message WHERE"
        " told_day <> 0 AND kind = 'moved'"
        " GROUP BY phone, told_day HAVING count(*) > 1)");
    none(world, "held without a reason",
        "SELECT count(*) FROM message WHERE state = 'held' AND reason = ''");
    none(world, "held for ever",
        "SELECT count(*) FROM message WHERE state IN ('held', 'queued')"
        " AND expires_at_ms IS NULL");
    none(world, "told more than were placed",
        "SELECT count(*) FROM office_day WHERE invited > planned");
}

/* Places as they are granted; an office's best day so far, because an outage
   takes nothing back that was said. */
static void check_places(struct world *world)
{
    none(world, "an office over its places",
        "SELECT count(*) FROM office_day AS d JOIN office AS o"
        " ON o.code = d.office WHERE o.capacity > 0"
        " AND d.invited > o.capacity * 1000 / 500");
}

/* Nobody waits at an office where a less urgent one was placed just now. */
static void check_order(struct world *world)
{
    none(world, "a less urgent one was placed first",
        "SELECT count(*) FROM campaign_message AS p JOIN campaign_message AS w"
        " ON w.office = p.office AND w.hold = 'place' AND w.rank < p.rank"
        " AND w.people <= p.people"
        " JOIN campaign AS c ON c.id = w.campaign_id AND c.state = 'running'"
        " JOIN waited_before AS b ON b.message_id = w.message_id"
        " AND b.office = w.office AND b.rank = w.rank"
        " WHERE p.place_day <> 0 AND p.told_day = 0 AND p.hold = ''"
        " AND p.message_id NOT IN (SELECT message_id FROM placed_before)");
}

static void remember(struct world *world)
{
    sql(world->f,
        "DELETE FROM placed_before; INSERT INTO placed_before SELECT message_id"
        " FROM campaign_message WHERE place_day <> 0 AND told_day = 0;"
        "DELETE FROM waited_before; INSERT INTO waited_before SELECT message_id,"
        " office, rank FROM campaign_message WHERE hold = 'place'");
}

/* --- playing ----------------------------------------------------------- */

static void plan(struct world *world)
{
    if (world->ordered) {
        remember(world);
    }
    (void)ticks(world->f);
    if (world->ordered) {
        check_order(world);
    }
}

static void send_some(struct world *world)
{
    enum gate_verdict verdict = GATE_SEND;
    int most = draw(world, 12);

    /* As the dispatcher: nothing but answers leaves outside the window. */
    while (
        config_window_open(&world->f->config, clock_now_ms(&world->f->clock)) &&
        most-- > 0 && dispatch_one(world->f, &verdict) == KB_OK) {
        if (verdict == GATE_SEND) {
            check_sent(world);
            check_stopped(world);
        }
    }
    assert_int_equal(store_commit(world->f->store), KB_OK);
}

static void step(struct world *world)
{
    if (draw(world, 3) == 0) {
        happenings[draw(world, (int)(sizeof happenings / sizeof *happenings))](
            world);
    }
    if (draw(world, 20) == 0) {
        reopen(world->f);
        if (world->ordered) {
            sql(world->f,
                "CREATE TEMP TABLE IF NOT EXISTS placed_before (message_id);"
                "CREATE TEMP TABLE IF NOT EXISTS waited_before (message_id, office, rank)");
        }
    }
    plan(world);
    send_some(world);
    clock_set(&world->f->clock,
        clock_now_ms(&world->f->clock) + (1 + draw(world, 6)) * HOUR_MS);
}

static void play(struct world *world)
{
    struct fixture *f = world->f;

    f->config.plan_show_rate = 50;
    f->config.plan_week_cap = draw(world, 3) * 2;
    f->config.plan_spread = draw(world, 2) == 0;
    if (world->ordered) {
        sql(f, "CREATE TEMP TABLE placed_before (message_id);"
               "CREATE TEMP TABLE waited_before (message_id, office, rank)");
    }
    make_offices(world);
    make_people(world);
    make_campaigns(world);
    while (clock_now_ms(&f->clock) < NOW_MS + 33 * DAY_MS) {
        step(world);
        check_all(world);
        check_places(world);
    }
    none(world, "left over after the deadline",
        "SELECT count(*) FROM message WHERE state IN ('held', 'queued')");
}

static void play_worlds(bool ordered)
{
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        void *state = NULL;
        struct world world = {
            .seed = seed * 0x9E3779B97F4A7C15U, .ordered = ordered};

        assert_int_equal(fixture_new(&state), 0);
        world.f = state;
        play(&world);
        print_message("seed %d: %d sent, %d of them corrections\n", (int)seed,
            world.sent, world.corrections);
        assert_true(world.sent > 10);
        assert_int_equal(fixture_free(&state), 0);
    }
}

static void whatever_happens_the_promises_hold(void **state)
{
    (void)state;
    play_worlds(false);
}

static void the_more_urgent_gets_its_place_first(void **state)
{
    (void)state;
    play_worlds(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_the_promises_hold),
        cmocka_unit_test(the_more_urgent_gets_its_place_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
