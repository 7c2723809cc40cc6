// SPDX-License-Identifier: GPL-2.0-or-later
#include "alarm/alarm.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON_MS  ((int64_t)1472702400000) /* 2016-09-01 12:00 in Makassar */
#define MINUTE   ((int64_t)60000)
#define QUIET_MS (15 * MINUTE)

struct bed {
    char folder[64];
    char path[96];
    struct clock clock;
    struct store *store;
    struct alarms *alarms;
    int told;
    int over;
    bool refuse;
    char last[ALARM_TEXT_BYTES];
};

static enum kb_err on_telling(void *arg, const struct alarm *alarm)
{
    const struct bed *bed = arg;

    (void)alarm;
    return bed->refuse ? KB_FULL : KB_OK;
}

static void on_told(void *arg, const struct alarm *alarm)
{
    struct bed *bed = arg;

    if (strcmp(alarm->state, "cleared") == 0) {
        bed->over++;
    } else {
        bed->told++;
    }
    (void)snprintf(bed->last, sizeof bed->last, "%s", alarm->text);
}

static void open_bed(struct bed *bed)
{
    struct store_options options = {.path = bed->path, .holder = "kabari"};
    struct why why = {0};

    assert_int_equal(store_open(&options, &bed->store, &why), KB_OK);
    assert_int_equal(
        alarms_open(bed->store, &bed->clock, QUIET_MS, &bed->alarms), KB_OK);
    alarms_listen(bed->alarms,
        &(struct alarm_listener){
            .arg = bed, .on_telling = on_telling, .on_told = on_told});
}

static int set_up(void **state)
{
    struct bed *bed = mem_new(sizeof *bed);

    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    bed->clock = clock_fixed(NOON_MS);
    (void)snprintf(bed->folder, sizeof bed->folder, "/tmp/kabari-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    (void)snprintf(bed->path, sizeof bed->path, "%s/k.db", bed->folder);
    open_bed(bed);
    *state = bed;
    return 0;
}

static void close_bed(struct bed *bed)
{
    assert_int_equal(store_commit(bed->store), KB_OK);
    alarms_close(bed->alarms);
    store_close(bed->store);
}

static int tear_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct bed *bed = *state;
    char path[128];

    close_bed(bed);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", bed->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(bed->folder);
    free(bed);
    return 0;
}

/* Time goes on, and the second's work is done. */
static void pass(struct bed *bed, int64_t ms)
{
    bed->clock = clock_fixed(clock_now_ms(&bed->clock) + ms);
    assert_int_equal(alarms_tick(bed->alarms), KB_OK);
    assert_int_equal(store_commit(bed->store), KB_OK);
}

static const struct alarm_new gone = {.key = "modem:m1",
    .severity = ALARM_WARNING,
    .text = "modem m1 is gone; replug it"};

static void raise_gone(struct bed *bed)
{
    assert_int_equal(alarm_raise(bed->alarms, &gone), KB_OK);
}

static void clear_gone(struct bed *bed)
{
    assert_int_equal(alarm_clear(bed->alarms, "modem:m1"), KB_OK);
}

static void an_alarm_is_told_once_when_it_comes_and_once_when_it_is_over(
    void **state)
{
    struct bed *bed = *state;

    raise_gone(bed);
    pass(bed, 1000);
    raise_gone(bed);
    pass(bed, MINUTE);
    assert_int_equal(bed->told, 1);
    assert_string_equal(bed->last, gone.text);
    clear_gone(bed);
    pass(bed, QUIET_MS - 1000);
    assert_int_equal(bed->over, 0);
    pass(bed, 1000);
    assert_int_equal(bed->over, 1);
    pass(bed, QUIET_MS);
    assert_int_equal(bed->told + bed->over, 2);
}

static void a_flapping_cause_sends_one_alarm(void **state)
{
    struct bed *bed = *state;
    struct alarm alarm = {0};

    for (int i = 0; i < 50; i++) {
        raise_gone(bed);
        pass(bed, 10000);
        clear_gone(bed);
        pass(bed, 5 * MINUTE);
    }
    assert_int_equal(bed->told, 1);
    assert_int_equal(bed->over, 0);
    assert_int_equal(alarm_get(bed->alarms, 1, &alarm), KB_OK);
    assert_int_equal(alarm.times, 50);
    pass(bed, QUIET_MS);
    assert_int_equal(bed->over, 1);
    raise_gone(bed); /* another day's trouble is another alarm */
    pass(bed, 1000);
    assert_int_equal(bed->told, 2);
}

static void one_that_heals_in_time_is_never_told_but_flapping_is(void **state)
{
    struct bed *bed = *state;
    struct alarm_new slow = gone;

    slow.after_ms = 2 * MINUTE;
    assert_int_equal(alarm_raise(bed->alarms, &slow), KB_OK);
    pass(bed, MINUTE);
    clear_gone(bed);
    pass(bed, QUIET_MS);
    assert_int_equal(bed->told + bed->over, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(alarm_raise(bed->alarms, &slow), KB_OK);
        pass(bed, MINUTE);
        clear_gone(bed);
        pass(bed, MINUTE);
    }
    assert_int_equal(bed->told, 1);
}

static void what_gets_worse_is_told_again(void **state)
{
    struct bed *bed = *state;
    struct alarm_new worse = gone;

    raise_gone(bed);
    pass(bed, 1000);
    worse.severity = ALARM_CRITICAL;
    worse.text = "modem m1 is given up";
    assert_int_equal(alarm_raise(bed->alarms, &worse), KB_OK);
    pass(bed, 1000);
    assert_int_equal(bed->told, 2);
    assert_string_equal(bed->last, worse.text);
    raise_gone(bed);
    pass(bed, 1000);
    assert_int_equal(bed->told, 2);
}

static void alarms_outlive_a_restart(void **state)
{
    struct bed *bed = *state;

    raise_gone(bed);
    close_bed(bed);
    open_bed(bed);
    pass(bed, 1000);
    assert_int_equal(bed->told, 1);
    close_bed(bed);
    open_bed(bed);
    pass(bed, 1000);
    assert_int_equal(bed->told, 1);
}

static void what_a_listener_cannot_write_is_told_later(void **state)
{
    struct bed *bed = *state;

    raise_gone(bed);
    bed->refuse = true;
    assert_int_equal(alarms_tick(bed->alarms), KB_FULL);
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(bed->told, 0);
    bed->refuse = false;
    pass(bed, 1000);
    assert_int_equal(bed->told, 1);
}

static void the_first_who_has_seen_it_is_kept(void **state)
{
    struct bed *bed = *state;
    struct alarm alarm = {0};

    raise_gone(bed);
    assert_int_equal(alarm_ack(bed->alarms, 1, "maria"), KB_OK);
    assert_int_equal(alarm_ack(bed->alarms, 1, "yosef"), KB_OK);
    assert_int_equal(alarm_get(bed->alarms, 1, &alarm), KB_OK);
    assert_string_equal(alarm.acked_by, "maria");
    assert_int_equal(alarm_ack(bed->alarms, 9, "maria"), KB_NOT_FOUND);
}

static void a_key_with_other_letters_is_refused(void **state)
{
    struct bed *bed = *state;
    struct alarm_new wrong = gone;

    wrong.key = "modem m1";
    assert_int_equal(alarm_raise(bed->alarms, &wrong), KB_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_alarm_is_told_once_when_it_comes_and_once_when_it_is_over),
        TEST(a_flapping_cause_sends_one_alarm),
        TEST(one_that_heals_in_time_is_never_told_but_flapping_is),
        TEST(what_gets_worse_is_told_again),
        TEST(alarms_outlive_a_restart),
        TEST(what_a_listener_cannot_write_is_told_later),
        TEST(the_first_who_has_seen_it_is_kept),
        TEST(a_key_with_other_letters_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
