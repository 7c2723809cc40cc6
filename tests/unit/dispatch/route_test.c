// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct config three_costs = {
    .plan_price_rp = 350,
    .costs =
        (struct config_cost[]){{.sim = "telkomsel", .to = "xl", .rupiah = 450},
                               {.sim = "telkomsel", .to = "", .rupiah = 400},
                               {.sim = "tri", .to = "xl", .rupiah = 100}},
    .cost_count = 3
};

static struct config without_costs(void)
{
    return (struct config){.plan_price_rp = 350};
}

static struct route_modem sim(const char *name, const char *operator_name)
{
    return (struct route_modem){.name = name,
        .operator_name = operator_name,
        .answers = true,
        .bulk = true,
        .idle = true,
        .why_not = ""};
}

static const char *choose(const struct config *config,
    const struct route_modem *modems, size_t count,
    const struct route_message *message)
{
    static struct route route;

    route_choose(config, modems, count, message, &route);
    return route.modem < 0 ? "none" : modems[route.modem].name;
}

/* Of two modems, what the one takes. */
static enum outbox_offer offer(const struct config *config,
    const struct route_modem *modems, size_t modem, enum msg_class class,
    const char *to)
{
    return route_offer(config, modems, 2,
        &(struct route_ask){.modem = modem, .class = class, .to = to});
}

static const struct route_message reminder = {
    .class = MSG_BULK,
    .to = "xl",
    .prefer_modem = "",
    .only_modem = "",
    .prefer_until = "",
};

static void a_sim_of_the_numbers_operator_goes_first(void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {sim("m1", "telkomsel"), sim("m2", "xl")};

    (void)state;
    modems[1].outstanding = 2;
    assert_string_equal(choose(&config, modems, 2, &reminder), "m2");
    assert_int_equal(offer(&config, modems, 1, MSG_BULK, "xl"), OUTBOX_TAKE);
    assert_int_equal(offer(&config, modems, 0, MSG_BULK, "xl"), OUTBOX_SPILL);
    assert_int_equal(
        offer(&config, modems, 0, MSG_BULK, OUTBOX_NO_OPERATOR), OUTBOX_TAKE);
}

static void the_table_of_costs_decides_among_others(void **state)
{
    struct route_modem modems[] = {
        sim("m1", "telkomsel"), sim("m2", "tri"), sim("m3", "indosat")};

    (void)state;
    assert_int_equal(route_cost(&three_costs, "telkomsel", "xl"), 450);
    assert_int_equal(route_cost(&three_costs, "telkomsel", "axis"), 400);
    assert_int_equal(route_cost(&three_costs, "indosat", "indosat"), 0);
    assert_int_equal(route_cost(&three_costs, "indosat", "xl"), 350);
    assert_string_equal(choose(&three_costs, modems, 3, &reminder), "m2");
    modems[1].bulk = false;
    assert_string_equal(choose(&three_costs, modems, 3, &reminder), "m3");
}

static void one_that_cannot_send_leaves_its_messages_to_others(void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {sim("m1", "telkomsel"), sim("m2", "xl")};

    (void)state;
    modems[1].bulk = false;
    modems[1].why_not = "parked";
    assert_string_equal(choose(&config, modems, 2, &reminder), "m1");
    assert_int_equal(offer(&config, modems, 0, MSG_BULK, "xl"), OUTBOX_TAKE);
    modems[0].bulk = false;
    modems[0].why_not = "parked";
    assert_string_equal(choose(&config, modems, 2, &reminder), "none");
}

static void a_conversation_stays_with_its_sim_while_that_can_send(void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {sim("m1", "telkomsel"), sim("m2", "xl")};
    struct route_message answer = reminder;

    (void)state;
    answer.class = MSG_REPLY;
    answer.prefer_modem = "m1";
    answer.prefer_until = "1 Sep 08:00";
    assert_string_equal(choose(&config, modems, 2, &answer), "m1");
    modems[0].answers = false;
    assert_string_equal(choose(&config, modems, 2, &answer), "m2");
    modems[0].answers = true;
    answer.prefer_until = "";
    assert_string_equal(choose(&config, modems, 2, &answer), "m2");
}

static const char *reason_of(
    const struct route_modem *modems, const struct route_message *message)
{
    static struct route route;
    struct config config = without_costs();

    route_choose(&config, modems, 2, message, &route);
    return route.reason;
}

static void it_is_said_for_which_sim_a_message_waits_and_until_when(
    void **state)
{
    struct route_modem modems[] = {sim("m1", "telkomsel"), sim("m2", "xl")};
    struct route_message message = reminder;

    (void)state;
    message.prefer_modem = "m1";
    message.prefer_until = "1 Sep 08:30";
    assert_string_equal(reason_of(modems, &message),
        "it waits for m1 until 1 Sep 08:30: the SIM of the conversation");
    message.retried = true;
    assert_string_equal(reason_of(modems, &message),
        "it waits for m1 until 1 Sep 08:30: the SIM that is to try it next");
    modems[0].answers = false;
    modems[0].bulk = false;
    modems[0].why_not = "parked";
    assert_string_equal(
        reason_of(modems, &message), "m2: a SIM of the number's operator xl");
    message.half_sent = true;
    assert_string_equal(reason_of(modems, &message),
        "it waits for m1 until 1 Sep 08:30: its first parts went out by that "
        "SIM, and a phone puts no text together from two numbers; that modem "
        "is parked");
    assert_string_equal(choose(&three_costs, modems, 2, &message), "none");
}

static void a_reminder_rather_goes_by_the_sim_of_the_last_one(void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {sim("m1", "xl"), sim("m2", "xl")};
    struct route_message message = reminder;

    (void)state;
    message.prefer_modem = "m2";
    modems[1].outstanding = 1;
    assert_string_equal(choose(&config, modems, 2, &message), "m2");
    assert_string_equal(reason_of(modems, &message),
        "m2: the SIM that wrote to this phone last");
    modems[1].bulk = false;
    assert_string_equal(choose(&config, modems, 2, &message), "m1");
}

static void the_least_busy_then_the_least_used_of_equals_goes_first(
    void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {sim("m1", "xl"), sim("m2", "xl")};

    (void)state;
    modems[0].outstanding = 1;
    assert_string_equal(choose(&config, modems, 2, &reminder), "m2");
    modems[0].outstanding = 0;
    modems[1].sent_today = 9;
    assert_string_equal(choose(&config, modems, 2, &reminder), "m1");
}

static void an_answer_goes_by_whoever_is_idle(void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {sim("m1", "telkomsel"), sim("m2", "xl")};

    (void)state;
    modems[1].idle = false;
    assert_int_equal(offer(&config, modems, 0, MSG_REPLY, "xl"), OUTBOX_TAKE);
    assert_int_equal(offer(&config, modems, 1, MSG_REPLY, "xl"), OUTBOX_LEAVE);
    modems[1].idle = true;
    assert_int_equal(offer(&config, modems, 0, MSG_REPLY, "xl"), OUTBOX_LEAVE);
}

static void sims_for_answers_bulk_and_tests_keep_to_it(void **state)
{
    struct config config = without_costs();
    struct route_modem modems[] = {
        sim("m1", "xl"), sim("m2", "xl"), sim("m3", "xl")};
    struct route_message answer = reminder;

    (void)state;
    answer.class = MSG_REPLY;
    modems[0].use = ROUTE_BULK;
    modems[1].use = ROUTE_ANSWERS;
    modems[2].use = ROUTE_TEST;
    assert_string_equal(choose(&config, modems, 3, &reminder), "m1");
    assert_string_equal(choose(&config, modems, 3, &answer), "m2");
    modems[1].answers = false;
    assert_string_equal(choose(&config, modems, 3, &answer), "m1");
    answer.only_modem = "m3";
    assert_string_equal(choose(&config, modems, 3, &answer), "m3");
    modems[0].bulk = false;
    assert_string_equal(choose(&config, modems, 3, &reminder), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sim_of_the_numbers_operator_goes_first),
        cmocka_unit_test(the_table_of_costs_decides_among_others),
        cmocka_unit_test(one_that_cannot_send_leaves_its_messages_to_others),
        cmocka_unit_test(a_conversation_stays_with_its_sim_while_that_can_send),
        cmocka_unit_test(
            it_is_said_for_which_sim_a_message_waits_and_until_when),
        cmocka_unit_test(a_reminder_rather_goes_by_the_sim_of_the_last_one),
        cmocka_unit_test(
            the_least_busy_then_the_least_used_of_equals_goes_first),
        cmocka_unit_test(an_answer_goes_by_whoever_is_idle),
        cmocka_unit_test(sims_for_answers_bulk_and_tests_keep_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
