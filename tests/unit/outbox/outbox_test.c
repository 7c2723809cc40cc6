// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "outbox/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON_MS ((int64_t)1472702400000) /* 2016-09-01 12:00 in Makassar */

struct bed {
    char folder[64];
    char path[96];
    struct clock clock;
    struct store *store;
    struct outbox *outbox;
};

static void open_bed(struct bed *bed)
{
    struct store_options options = {.path = bed->path, .holder = "kabari"};
    struct why why = {0};

    assert_int_equal(store_open(&options, &bed->store, &why), KB_OK);
    assert_int_equal(outbox_open(bed->store, &bed->clock, &bed->outbox), KB_OK);
}

static void reopen(struct bed *bed)
{
    assert_int_equal(store_commit(bed->store), KB_OK);
    outbox_close(bed->outbox);
    store_close(bed->store);
    open_bed(bed);
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

static int tear_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct bed *bed = *state;
    char path[128];

    outbox_close(bed->outbox);
    store_close(bed->store);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", bed->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(bed->folder), 0);
    free(bed);
    return 0;
}

static int64_t accept(
    struct bed *bed, enum msg_class class, const char *phone, const char *text)
{
    struct outbox_new message = {.phone = phone, .text = text, .class = class};
    struct why why = {0};
    int64_t id = 0;

    assert_int_equal(outbox_accept(bed->outbox, &message, &id, &why), KB_OK);
    return id;
}

static int64_t claim(struct bed *bed, const char *modem)
{
    struct outbox_message message = {0};
    int64_t id = 0;

    if (outbox_claim(bed->outbox, modem, MSG_BULK, &message) != KB_OK) {
        return 0;
    }
    id = message.id;
    outbox_message_clear(&message);
    return id;
}

static void submit(struct bed *bed, int64_t id, int part, int parts)
{
    struct outbox_submit row = {.id = id,
        .part = part,
        .parts = parts,
        .phone = "+6281200009001",
        .modem = "m1",
        .sim = "sim1",
        .expected_mr = 7};

    assert_int_equal(outbox_submitting(bed->outbox, &row), KB_OK);
}

static bool settle(
    struct bed *bed, int64_t id, int part, enum outbox_verdict verdict, int mr)
{
    struct outbox_result result = {.id = id,
        .part = part,
        .modem = "m1",
        .verdict = verdict,
        .tp_mr = mr,
        .reason = ""};
    bool more = false;

    assert_int_equal(outbox_settle(bed->outbox, &result, &more), KB_OK);
    return more;
}

static int64_t report(struct bed *bed, const char *to, int mr, int st)
{
    struct outbox_report row = {
        .modem = "m1", .sim = "sim1", .to = to, .tp_mr = mr, .tp_st = st};
    int64_t id = 0;

    assert_int_equal(outbox_report(bed->outbox, &row, &id), KB_OK);
    return id;
}

static void assert_state(struct bed *bed, int64_t id, enum msg_state expected)
{
    struct outbox_message message = {0};

    assert_int_equal(outbox_get(bed->outbox, id, &message), KB_OK);
    assert_string_equal(
        msg_state_name(message.state), msg_state_name(expected));
    outbox_message_clear(&message);
}

/* --- accepting ----------------------------------------------------------- */

static void what_no_sms_can_carry_is_refused(void **state)
{
    static const struct {
        const char *phone;
        const char *text;
        const char *field;
    } bad[] = {
        {"+6281200009001", "",     "text" },
        {"+6281200009001", "\xff", "text" },
        {"081a",           "Halo", "phone"},
        {"+62",            "Halo", "phone"},
        {"12",             "Halo", "phone"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct outbox_new message = {
            .phone = bad[i].phone, .text = bad[i].text, .class = MSG_NORMAL};
        struct why why = {0};
        int64_t id = 0;

        assert_int_equal(
            outbox_accept(bed->outbox, &message, &id, &why), KB_INVALID);
        assert_string_equal(why.field, bad[i].field);
    }
}

static void an_accepted_message_survives_a_reopen(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_NORMAL, "+6281200009001", "Halo");

    reopen(bed);
    assert_state(bed, id, MSG_QUEUED);
}

/* --- claiming ------------------------------------------------------------ */

static void answers_go_before_normal_before_bulk(void **state)
{
    struct bed *bed = *state;
    int64_t bulk = accept(bed, MSG_BULK, "+6281200009001", "bulk");
    int64_t normal = accept(bed, MSG_NORMAL, "+6281200009002", "normal");
    int64_t reply = accept(bed, MSG_REPLY, "+6281200009003", "reply");

    assert_int_equal(claim(bed, "m1"), reply);
    assert_int_equal(claim(bed, "m1"), normal);
    assert_int_equal(claim(bed, "m1"), bulk);
    assert_int_equal(claim(bed, "m1"), 0);
}

static void a_claimed_message_is_not_claimed_twice(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "once");

    assert_int_equal(claim(bed, "m1"), id);
    assert_int_equal(claim(bed, "m2"), 0);
    assert_int_equal(outbox_unclaim(bed->outbox, "m1"), KB_OK);
    assert_int_equal(claim(bed, "m2"), id);
}

static void the_more_urgent_goes_first_and_a_later_one_does_not_block(
    void **state)
{
    struct bed *bed = *state;
    struct outbox_new message = {.phone = "+6281200009001",
        .text = "later",
        .class = MSG_BULK,
        .urgency = 1,
        .due_at_ms = NOON_MS + 1000};
    struct why why = {0};
    int64_t later = 0;
    int64_t relaxed = 0;

    assert_int_equal(outbox_accept(bed->outbox, &message, &later, &why), KB_OK);
    message.due_at_ms = 0;
    message.urgency = 30;
    assert_int_equal(
        outbox_accept(bed->outbox, &message, &relaxed, &why), KB_OK);
    assert_int_equal(claim(bed, "m1"), relaxed);
    assert_int_equal(claim(bed, "m1"), 0);
    clock_set(&bed->clock, NOON_MS + 1000);
    assert_int_equal(claim(bed, "m1"), later);
}

static void an_answer_waits_a_while_for_the_sim_of_its_conversation(
    void **state)
{
    struct bed *bed = *state;
    struct outbox_new message = {.phone = "+6281200009001",
        .text = "answer",
        .class = MSG_REPLY,
        .prefer_modem = "m2"};
    struct why why = {0};
    int64_t id = 0;

    assert_int_equal(outbox_accept(bed->outbox, &message, &id, &why), KB_OK);
    assert_int_equal(claim(bed, "m1"), 0);
    clock_set(&bed->clock, NOON_MS + 60000);
    assert_int_equal(claim(bed, "m1"), id);
}

static void an_expired_message_is_never_claimed(void **state)
{
    struct bed *bed = *state;
    struct outbox_new message = {.phone = "+6281200009001",
        .text = "soon over",
        .class = MSG_BULK,
        .expires_at_ms = NOON_MS + 1000};
    struct why why = {0};
    int64_t id = 0;
    int expired = 0;

    assert_int_equal(outbox_accept(bed->outbox, &message, &id, &why), KB_OK);
    clock_set(&bed->clock, NOON_MS + 1000);
    assert_int_equal(claim(bed, "m1"), 0);
    assert_int_equal(outbox_expire(bed->outbox, 10, &expired), KB_OK);
    assert_int_equal(expired, 1);
    assert_state(bed, id, MSG_EXPIRED);
}

/* --- sending ------------------------------------------------------------- */

static int64_t send_one(struct bed *bed, enum outbox_verdict verdict, int mr)
{
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "Halo");

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 1);
    (void)settle(bed, id, 1, verdict, mr);
    return id;
}

static void a_result_moves_the_message_as_its_verdict_says(void **state)
{
    static const struct {
        enum outbox_verdict verdict;
        enum msg_state state;
    } table[] = {
        {OUTBOX_SENT,      MSG_SENT   },
        {OUTBOX_RETRY,     MSG_QUEUED },
        {OUTBOX_GIVE_BACK, MSG_QUEUED },
        {OUTBOX_FAILED,    MSG_FAILED },
        {OUTBOX_UNKNOWN,   MSG_UNKNOWN},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t id = send_one(bed, table[i].verdict, 1);

        assert_state(bed, id, table[i].state);
        if (table[i].state == MSG_QUEUED) {
            struct why why = {0};

            assert_int_equal(
                outbox_cancel(bed->outbox, id, "test", &why), KB_OK);
        }
    }
}

static void a_message_is_not_submitted_without_a_claim(void **state)
{
    struct bed *bed = *state;
    struct outbox_submit row = {.part = 1,
        .parts = 1,
        .phone = "+6281200009001",
        .modem = "m1",
        .sim = "sim1"};

    row.id = accept(bed, MSG_BULK, "+6281200009001", "Halo");
    assert_int_equal(outbox_submitting(bed->outbox, &row), KB_NOT_FOUND);
    assert_state(bed, row.id, MSG_QUEUED);
}

static void a_second_result_for_the_same_part_changes_nothing(void **state)
{
    struct bed *bed = *state;
    int64_t id = send_one(bed, OUTBOX_SENT, 1);
    struct outbox_result again = {.id = id,
        .part = 1,
        .modem = "m1",
        .verdict = OUTBOX_FAILED,
        .tp_mr = -1,
        .reason = "late"};

    assert_int_equal(outbox_settle(bed->outbox, &again, NULL), KB_NOT_FOUND);
    assert_state(bed, id, MSG_SENT);
}

static void parts_are_resumed_not_messages(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "long");
    int part = 0;

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 3);
    assert_true(settle(bed, id, 1, OUTBOX_SENT, 10));
    submit(bed, id, 2, 3);
    assert_false(settle(bed, id, 2, OUTBOX_RETRY, -1));
    assert_state(bed, id, MSG_QUEUED);
    assert_int_equal(outbox_next_part(bed->outbox, id, &part), KB_OK);
    assert_int_equal(part, 2);
    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 2, 3);
    assert_true(settle(bed, id, 2, OUTBOX_SENT, 11));
    submit(bed, id, 3, 3);
    assert_false(settle(bed, id, 3, OUTBOX_SENT, 12));
    assert_state(bed, id, MSG_SENT);
}

static int attempts_of(struct bed *bed, int64_t id)
{
    struct outbox_message message = {0};
    int attempts = 0;

    assert_int_equal(outbox_get(bed->outbox, id, &message), KB_OK);
    attempts = message.attempts;
    outbox_message_clear(&message);
    return attempts;
}

/* Else a long text would be given up after as many failures as a short one,
   though each of its parts went out. */
static void attempts_are_counted_by_the_part(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "long");

    for (int part = 1; part <= 3; part++) {
        assert_int_equal(attempts_of(bed, id), 0);
        for (int failure = 1; failure <= 2; failure++) {
            if (part == 1 || failure > 1) {
                assert_int_equal(claim(bed, "m1"), id);
            }
            submit(bed, id, part, 3);
            assert_false(settle(bed, id, part, OUTBOX_RETRY, -1));
            assert_int_equal(attempts_of(bed, id), failure);
        }
        assert_int_equal(claim(bed, "m1"), id);
        submit(bed, id, part, 3);
        assert_int_equal(settle(bed, id, part, OUTBOX_SENT, part), part < 3);
    }
    assert_state(bed, id, MSG_SENT);
}

static void what_one_modem_failed_at_waits_for_the_other(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "x");
    struct outbox_result result = {.id = id,
        .part = 1,
        .modem = "m1",
        .verdict = OUTBOX_RETRY,
        .tp_mr = -1,
        .reason = "",
        .prefer = "m2",
        .prefer_until_ms = clock_now_ms(&bed->clock) + 60000};

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 1);
    assert_int_equal(outbox_settle(bed->outbox, &result, NULL), KB_OK);
    assert_int_equal(claim(bed, "m1"), 0);
    assert_int_equal(claim(bed, "m2"), id);
}

static void a_crash_requeues_what_was_claimed_and_doubts_what_was_submitted(
    void **state)
{
    struct bed *bed = *state;
    int64_t submitted = accept(bed, MSG_BULK, "+6281200009001", "a");
    int64_t claimed = accept(bed, MSG_BULK, "+6281200009002", "b");
    int requeued = 0;
    int unknown = 0;

    assert_int_equal(claim(bed, "m1"), submitted);
    submit(bed, submitted, 1, 1);
    assert_int_equal(claim(bed, "m1"), claimed);
    reopen(bed);
    assert_int_equal(outbox_recover(bed->outbox, &requeued, &unknown), KB_OK);
    assert_int_equal(requeued, 1);
    assert_int_equal(unknown, 1);
    assert_state(bed, submitted, MSG_UNKNOWN);
    assert_state(bed, claimed, MSG_QUEUED);
    assert_int_equal(claim(bed, "m1"), claimed);
    assert_int_equal(claim(bed, "m1"), 0);
}

/* --- reports ------------------------------------------------------------- */

static void a_report_finds_its_message_in_any_spelling_of_the_number(
    void **state)
{
    struct bed *bed = *state;
    int64_t id = send_one(bed, OUTBOX_SENT, 42);

    assert_int_equal(report(bed, "081200009001", 42, 0), id);
    assert_state(bed, id, MSG_DELIVERED);
}

static void a_report_of_another_number_or_reference_is_not_credited(
    void **state)
{
    struct bed *bed = *state;
    int64_t id = send_one(bed, OUTBOX_SENT, 42);

    assert_int_equal(report(bed, "+6281200009002", 42, 0), 0);
    assert_int_equal(report(bed, "+6281200009001", 43, 0), 0);
    assert_state(bed, id, MSG_SENT);
}

static void a_reused_reference_goes_to_the_newest_sent(void **state)
{
    struct bed *bed = *state;
    int64_t old = send_one(bed, OUTBOX_SENT, 42);
    int64_t newer = 0;

    clock_set(&bed->clock, NOON_MS + 1000);
    newer = send_one(bed, OUTBOX_SENT, 42);
    assert_int_equal(report(bed, "+6281200009001", 42, 0), newer);
    assert_state(bed, newer, MSG_DELIVERED);
    assert_state(bed, old, MSG_SENT);
}

static void still_trying_is_not_delivered_and_failure_is_shown(void **state)
{
    struct bed *bed = *state;
    int64_t id = send_one(bed, OUTBOX_SENT, 42);

    assert_int_equal(report(bed, "+6281200009001", 42, 0x30), id);
    assert_state(bed, id, MSG_SENT);
    assert_int_equal(report(bed, "+6281200009001", 42, 0x46), id);
    assert_state(bed, id, MSG_UNDELIVERED);
}

static void an_unknown_is_reconciled_by_a_report(void **state)
{
    struct bed *bed = *state;
    int64_t id = send_one(bed, OUTBOX_UNKNOWN, -1);

    assert_int_equal(report(bed, "+6281200009001", 99, 0), id);
    assert_state(bed, id, MSG_DELIVERED);
}

static void a_sent_message_takes_its_report_before_an_unknown(void **state)
{
    struct bed *bed = *state;
    int64_t sent = send_one(bed, OUTBOX_SENT, 42);
    int64_t unknown = 0;

    clock_set(&bed->clock, NOON_MS + 1000);
    unknown = send_one(bed, OUTBOX_UNKNOWN, -1);
    assert_int_equal(report(bed, "+6281200009001", 42, 0), sent);
    assert_state(bed, unknown, MSG_UNKNOWN);
    /* The same report read again does not fall upon the unknown one. */
    assert_int_equal(report(bed, "+6281200009001", 42, 0), sent);
    assert_state(bed, unknown, MSG_UNKNOWN);
}

static void a_report_that_overtakes_its_result_is_kept(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "Halo");

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 1);
    assert_int_equal(report(bed, "+6281200009001", 42, 0), 0);
    assert_state(bed, id, MSG_SUBMITTING);
    (void)settle(bed, id, 1, OUTBOX_SENT, 42);
    assert_state(bed, id, MSG_DELIVERED);
}

static void a_message_is_delivered_only_when_all_its_parts_are(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "long");

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 2);
    (void)settle(bed, id, 1, OUTBOX_SENT, 1);
    assert_int_equal(report(bed, "+6281200009001", 1, 0), id);
    submit(bed, id, 2, 2);
    (void)settle(bed, id, 2, OUTBOX_SENT, 2);
    assert_state(bed, id, MSG_SENT);
    assert_int_equal(report(bed, "+6281200009001", 2, 0), id);
    assert_state(bed, id, MSG_DELIVERED);
}

static void a_part_reported_dead_is_not_sent_again_for_the_rest(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "long");

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 2);
    (void)settle(bed, id, 1, OUTBOX_SENT, 1);
    submit(bed, id, 2, 2);
    assert_int_equal(report(bed, "+6281200009001", 1, 0x46), id);
    assert_false(settle(bed, id, 2, OUTBOX_SENT, 2));
    assert_state(bed, id, MSG_UNDELIVERED);
    assert_int_equal(claim(bed, "m1"), 0);
}

static void a_report_that_overtakes_is_not_credited_to_an_older_unknown(
    void **state)
{
    struct bed *bed = *state;
    int64_t old = send_one(bed, OUTBOX_UNKNOWN, -1);
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "Halo");

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 1);
    assert_int_equal(report(bed, "+6281200009001", 7, 0), 0);
    (void)settle(bed, id, 1, OUTBOX_SENT, 7);
    assert_state(bed, id, MSG_DELIVERED);
    assert_state(bed, old, MSG_UNKNOWN);
}

static void old_settled_messages_go_and_their_counts_stay(void **state)
{
    struct bed *bed = *state;
    int64_t sent = send_one(bed, OUTBOX_SENT, 1);
    int64_t waiting = accept(bed, MSG_BULK, "+6281200009002", "b");
    struct outbox_counts counts = {0};
    struct outbox_message message = {0};
    int purged = 0;

    assert_int_equal(outbox_purge(bed->outbox, NOON_MS, 10, &purged), KB_OK);
    assert_int_equal(purged, 0);
    assert_int_equal(
        outbox_purge(bed->outbox, NOON_MS + 1, 10, &purged), KB_OK);
    assert_int_equal(purged, 1);
    assert_int_equal(outbox_get(bed->outbox, sent, &message), KB_NOT_FOUND);
    assert_state(bed, waiting, MSG_QUEUED);
    assert_int_equal(outbox_counts(bed->outbox, 0, &counts), KB_OK);
    assert_int_equal(counts.n[MSG_SENT], 1);
}

static void a_reported_unknown_part_lets_the_rest_follow(void **state)
{
    struct bed *bed = *state;
    int64_t id = accept(bed, MSG_BULK, "+6281200009001", "long");
    int part = 0;

    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 2);
    (void)settle(bed, id, 1, OUTBOX_UNKNOWN, -1);
    assert_int_equal(report(bed, "+6281200009001", 1, 0), id);
    assert_state(bed, id, MSG_QUEUED);
    assert_int_equal(outbox_next_part(bed->outbox, id, &part), KB_OK);
    assert_int_equal(part, 2);
}

/* --- people and counters ------------------------------------------------- */

static void staff_cannot_cancel_what_has_left(void **state)
{
    struct bed *bed = *state;
    int64_t sent = send_one(bed, OUTBOX_SENT, 1);
    int64_t waiting = accept(bed, MSG_BULK, "+6281200009002", "b");
    struct why why = {0};

    assert_int_equal(outbox_cancel(bed->outbox, sent, "no", &why), KB_REFUSED);
    assert_non_null(strstr(why.text, "sent"));
    assert_int_equal(
        outbox_cancel(bed->outbox, waiting, "not now", &why), KB_OK);
    assert_state(bed, waiting, MSG_CANCELLED);
    assert_int_equal(claim(bed, "m1"), 0);
}

static void an_operator_may_send_an_unknown_again(void **state)
{
    struct bed *bed = *state;
    int64_t id = send_one(bed, OUTBOX_UNKNOWN, -1);
    struct why why = {0};

    assert_int_equal(outbox_retry(bed->outbox, id, &why), KB_OK);
    assert_int_equal(claim(bed, "m1"), id);
    submit(bed, id, 1, 1);
    (void)settle(bed, id, 1, OUTBOX_SENT, 5);
    assert_state(bed, id, MSG_SENT);
    assert_int_equal(outbox_retry(bed->outbox, id, &why), KB_REFUSED);
}

static void counters_agree_with_the_messages(void **state)
{
    struct bed *bed = *state;
    struct outbox_counts counts = {0};

    (void)send_one(bed, OUTBOX_SENT, 1);
    (void)send_one(bed, OUTBOX_UNKNOWN, -1);
    (void)accept(bed, MSG_BULK, "+6281200009002", "b");
    (void)accept(bed, MSG_BULK, "+6281200009003", "c");
    assert_true(claim(bed, "m1") != 0);
    assert_int_equal(outbox_counts(bed->outbox, 0, &counts), KB_OK);
    assert_int_equal(counts.n[MSG_SENT], 1);
    assert_int_equal(counts.n[MSG_UNKNOWN], 1);
    assert_int_equal(counts.n[MSG_QUEUED], 2);
}

static void a_day_counts_what_may_have_gone_out(void **state)
{
    struct bed *bed = *state;
    int count = 0;

    (void)send_one(bed, OUTBOX_SENT, 1);
    (void)send_one(bed, OUTBOX_UNKNOWN, -1);
    (void)send_one(bed, OUTBOX_FAILED, -1);
    assert_int_equal(outbox_sent_between(bed->outbox,
                         &(struct outbox_hours){.sim = "m1",
                             .modem = "m1",
                             .from = outbox_hour_of(NOON_MS),
                             .to = outbox_hour_of(NOON_MS)},
                         &count),
        KB_OK);
    assert_int_equal(count, 2);
}

static void a_campaigns_messages_move_in_slices(void **state)
{
    struct bed *bed = *state;
    struct outbox_new message = {.phone = "+6281200009001",
        .text = "x",
        .class = MSG_BULK,
        .campaign_id = 3};
    struct outbox_campaign_move move = {.campaign_id = 3,
        .from = MSG_QUEUED,
        .to = MSG_HELD,
        .reason = "paused",
        .limit = 2};
    struct why why = {0};
    int64_t id = 0;
    int moved = 0;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            outbox_accept(bed->outbox, &message, &id, &why), KB_OK);
    }
    assert_int_equal(outbox_move_campaign(bed->outbox, &move, &moved), KB_OK);
    assert_int_equal(moved, 2);
    assert_int_equal(outbox_move_campaign(bed->outbox, &move, &moved), KB_OK);
    assert_int_equal(moved, 1);
    assert_int_equal(claim(bed, "m1"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* --- by operator ------------------------------------------------------------ */

#define PREFIX(digits)        .prefixes = (char *[]){digits}, .prefix_count = 1
#define SIM_OF(operator_name) .operator= operator_name

static const struct config two_operators = {
    .operators =
        (struct config_operator[]){{.name = "telkomsel", PREFIX("0812")},
                                   {.name = "xl", PREFIX("0817")}},
    .operator_count = 2,
    .modems = (struct config_modem[]){{.name = "m1", SIM_OF("telkomsel")},
                                   {.name = "m2", SIM_OF("xl")}  },
    .modem_count = 2
};

/* m1 is telkomsel's and waits a minute before it takes what is XL's. */
static int64_t claim_routed(struct bed *bed, const char *modem)
{
    static const struct outbox_offer_to mine[] = {
        {"telkomsel", OUTBOX_TAKE },
        {"xl",        OUTBOX_SPILL},
        {"?",         OUTBOX_LEAVE},
    };
    struct outbox_claim by = {
        .modem = modem,
        .least = MSG_BULK,
        .offers = {mine, mine, mine},
        .offer_count = 3,
        .spill_ms = 60000
    };
    struct outbox_message message = {0};
    int64_t id = 0;

    if (outbox_claim_by(bed->outbox, &by, &message) != KB_OK) {
        return 0;
    }
    id = message.id;
    outbox_message_clear(&message);
    return id;
}

static void a_sim_takes_its_operators_messages_and_others_later(void **state)
{
    struct bed *bed = *state;
    int64_t xl = 0;
    int64_t unknown = 0;
    int64_t own = 0;

    outbox_use(bed->outbox, &two_operators);
    xl = accept(bed, MSG_BULK, "+6281700009001", "a");
    unknown = accept(bed, MSG_BULK, "+6289900009001", "b");
    own = accept(bed, MSG_BULK, "+6281200009001", "c");
    assert_int_equal(claim_routed(bed, "m1"), own);
    assert_int_equal(claim_routed(bed, "m1"), 0);
    bed->clock = clock_fixed(NOON_MS + 60000);
    assert_int_equal(claim_routed(bed, "m1"), xl);
    assert_int_equal(claim_routed(bed, "m1"), 0);
    assert_int_equal(claim(bed, "m2"), unknown);
}

static void routed_messages_are_found_after_a_restart_without_routes(
    void **state)
{
    struct bed *bed = *state;
    int64_t id = 0;

    outbox_use(bed->outbox, &two_operators);
    id = accept(bed, MSG_BULK, "+6281700009001", "a");
    reopen(bed);
    assert_int_equal(claim(bed, "m1"), id);
}

static int64_t accept_for(
    struct bed *bed, const char *only_modem, enum msg_class class)
{
    struct outbox_new message = {.phone = "+6281200009001",
        .text = "a",
        .class = class,
        .only_modem = only_modem};
    struct why why = {0};
    int64_t id = 0;

    assert_int_equal(outbox_accept(bed->outbox, &message, &id, &why), KB_OK);
    return id;
}

static void what_names_a_modem_is_sent_by_no_other(void **state)
{
    struct bed *bed = *state;
    int64_t named = accept_for(bed, "m2", MSG_NORMAL);
    int64_t any = accept(bed, MSG_BULK, "+6281200009002", "b");
    int requeued = 0;
    int unknown = 0;

    assert_int_equal(claim(bed, "m1"), any);
    assert_int_equal(claim(bed, "m1"), 0);
    assert_int_equal(claim(bed, "m2"), named);
    reopen(bed);
    assert_int_equal(outbox_recover(bed->outbox, &requeued, &unknown), KB_OK);
    assert_int_equal(requeued, 2);
    assert_int_equal(claim(bed, "m1"), any);
    assert_int_equal(claim(bed, "m2"), named);
}

static void a_conversation_does_not_wait_for_a_sim_that_cannot_send(
    void **state)
{
    struct bed *bed = *state;
    struct outbox_new answer = {.phone = "+6281200009001",
        .text = "a",
        .class = MSG_REPLY,
        .prefer_modem = "m2"};
    struct outbox_claim by = {
        .modem = "m1", .least = MSG_BULK, .usable = ",m1,m2,"};
    struct outbox_message message = {0};
    struct why why = {0};
    int64_t id = 0;

    assert_int_equal(outbox_accept(bed->outbox, &answer, &id, &why), KB_OK);
    assert_int_equal(outbox_claim_by(bed->outbox, &by, &message), KB_NOT_FOUND);
    by.usable = ",m1,";
    assert_int_equal(outbox_claim_by(bed->outbox, &by, &message), KB_OK);
    assert_int_equal(message.id, id);
    outbox_message_clear(&message);
}

/* One part of a long text is out by m1, which then cannot send. */
static int64_t half_sent(struct bed *bed, int64_t until_ms)
{
    struct outbox_result result = {.part = 1,
        .modem = "m1",
        .verdict = OUTBOX_SENT,
        .tp_mr = 10,
        .reason = "",
        .prefer = "m1",
        .prefer_until_ms = until_ms};
    bool more = false;

    result.id = accept(bed, MSG_NORMAL, "+6281200009001", "long");
    assert_int_equal(claim(bed, "m1"), result.id);
    submit(bed, result.id, 1, 2);
    assert_int_equal(outbox_settle(bed->outbox, &result, &more), KB_OK);
    assert_true(more);
    assert_int_equal(outbox_unclaim(bed->outbox, "m1"), KB_OK);
    return result.id;
}

static void the_rest_of_a_half_sent_text_waits_for_its_sim(void **state)
{
    struct bed *bed = *state;
    int64_t until_ms = NOON_MS + 60000;
    int64_t id = half_sent(bed, until_ms);
    struct outbox_claim by = {
        .modem = "m2", .least = MSG_BULK, .usable = ",m2,"};
    struct outbox_message message = {0};

    assert_int_equal(outbox_claim_by(bed->outbox, &by, &message), KB_NOT_FOUND);
    /* … but not for ever: better from two numbers than never. */
    clock_set(&bed->clock, until_ms);
    assert_int_equal(outbox_claim_by(bed->outbox, &by, &message), KB_OK);
    assert_int_equal(message.id, id);
    outbox_message_clear(&message);
}

static const struct config one_operator = {
    .modems = (struct config_modem[]){{.name = "m1", SIM_OF("")},
                                      {.name = "m2", SIM_OF("")}},
    .modem_count = 2
};

/* Tells a phone something by that modem. */
static void tell_by(struct bed *bed, const char *modem, const char *phone)
{
    struct outbox_submit row = {.part = 1,
        .parts = 1,
        .phone = phone,
        .modem = modem,
        .sim = modem,
        .expected_mr = -1};

    row.id = accept(bed, MSG_BULK, phone, "told");
    assert_int_equal(claim(bed, modem), row.id);
    assert_int_equal(outbox_submitting(bed->outbox, &row), KB_OK);
    (void)settle(bed, row.id, 1, OUTBOX_SENT, 9);
}

static void a_reminder_comes_from_the_sim_that_told_the_last_one(void **state)
{
    struct bed *bed = *state;
    int64_t first = 0;
    int64_t second = 0;
    int64_t strange = 0;

    outbox_use(bed->outbox, &one_operator);
    tell_by(bed, "m1", "+6281200009001");
    tell_by(bed, "m2", "+6281200009002");
    strange = accept(bed, MSG_BULK, "+6281200009003", "x");
    first = accept(bed, MSG_BULK, "+6281200009001", "x");
    second = accept(bed, MSG_BULK, "+6281200009002", "x");
    reopen(bed);
    assert_int_equal(claim(bed, "m2"), second);
    assert_int_equal(claim(bed, "m1"), first);
    assert_int_equal(claim(bed, "m1"), strange);
}

static void a_reminder_waits_for_no_sim_and_an_urgent_one_goes_first(
    void **state)
{
    struct bed *bed = *state;
    struct outbox_new urgent = {.phone = "+6281200009003",
        .text = "x",
        .class = MSG_BULK,
        .urgency = -1};
    struct why why = {0};
    int64_t first = 0;
    int64_t other = 0;

    outbox_use(bed->outbox, &one_operator);
    tell_by(bed, "m1", "+6281200009001");
    first = accept(bed, MSG_BULK, "+6281200009001", "x");
    assert_int_equal(outbox_accept(bed->outbox, &urgent, &other, &why), KB_OK);
    assert_int_equal(claim(bed, "m1"), other);
    assert_int_equal(claim(bed, "m2"), first);
}

static void a_reminders_sim_counts_among_those_of_its_operator(void **state)
{
    struct bed *bed = *state;
    int64_t told = 0;
    int64_t xl = 0;
    int64_t other = 0;

    outbox_use(bed->outbox, &two_operators);
    tell_by(bed, "m1", "+6281200009001");
    tell_by(bed, "m1", "+6281700009001");
    other = accept(bed, MSG_BULK, "+6281200009002", "x");
    xl = accept(bed, MSG_BULK, "+6281700009001", "x");
    told = accept(bed, MSG_BULK, "+6281200009001", "x");
    /* m1 waits a minute before it takes what is XL's, whoever told it. */
    assert_int_equal(claim_routed(bed, "m1"), told);
    assert_int_equal(claim_routed(bed, "m1"), other);
    assert_int_equal(claim_routed(bed, "m1"), 0);
    clock_set(&bed->clock, NOON_MS + 60000);
    assert_int_equal(claim_routed(bed, "m1"), xl);
}

static void an_operator_settles_what_nobody_knows(void **state)
{
    struct bed *bed = *state;
    struct why why = {0};
    int64_t sent = send_one(bed, OUTBOX_UNKNOWN, -1);
    int64_t failed = send_one(bed, OUTBOX_UNKNOWN, -1);
    int64_t again = send_one(bed, OUTBOX_UNKNOWN, -1);

    assert_int_equal(
        outbox_settle_unknown(bed->outbox, sent, MSG_SENT, &why), KB_OK);
    assert_state(bed, sent, MSG_SENT);
    assert_int_equal(
        outbox_settle_unknown(bed->outbox, failed, MSG_FAILED, &why), KB_OK);
    assert_state(bed, failed, MSG_FAILED);
    assert_int_equal(
        outbox_settle_unknown(bed->outbox, again, MSG_QUEUED, &why), KB_OK);
    assert_state(bed, again, MSG_QUEUED);
    assert_int_equal(
        outbox_settle_unknown(bed->outbox, sent, MSG_FAILED, &why), KB_REFUSED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_no_sms_can_carry_is_refused),
        TEST(an_accepted_message_survives_a_reopen),
        TEST(answers_go_before_normal_before_bulk),
        TEST(a_claimed_message_is_not_claimed_twice),
        TEST(the_more_urgent_goes_first_and_a_later_one_does_not_block),
        TEST(an_answer_waits_a_while_for_the_sim_of_its_conversation),
        TEST(an_expired_message_is_never_claimed),
        TEST(a_result_moves_the_message_as_its_verdict_says),
        TEST(a_message_is_not_submitted_without_a_claim),
        TEST(a_second_result_for_the_same_part_changes_nothing),
        TEST(parts_are_resumed_not_messages),
        TEST(attempts_are_counted_by_the_part),
        TEST(what_one_modem_failed_at_waits_for_the_other),
        TEST(a_crash_requeues_what_was_claimed_and_doubts_what_was_submitted),
        TEST(a_report_finds_its_message_in_any_spelling_of_the_number),
        TEST(a_report_of_another_number_or_reference_is_not_credited),
        TEST(a_reused_reference_goes_to_the_newest_sent),
        TEST(still_trying_is_not_delivered_and_failure_is_shown),
        TEST(an_unknown_is_reconciled_by_a_report),
        TEST(a_sent_message_takes_its_report_before_an_unknown),
        TEST(a_report_that_overtakes_its_result_is_kept),
        TEST(a_message_is_delivered_only_when_all_its_parts_are),
        TEST(a_part_reported_dead_is_not_sent_again_for_the_rest),
        TEST(a_report_that_overtakes_is_not_credited_to_an_older_unknown),
        TEST(old_settled_messages_go_and_their_counts_stay),
        TEST(a_reported_unknown_part_lets_the_rest_follow),
        TEST(staff_cannot_cancel_what_has_left),
        TEST(an_operator_may_send_an_unknown_again),
        TEST(counters_agree_with_the_messages),
        TEST(a_day_counts_what_may_have_gone_out),
        TEST(a_campaigns_messages_move_in_slices),
        TEST(a_sim_takes_its_operators_messages_and_others_later),
        TEST(routed_messages_are_found_after_a_restart_without_routes),
        TEST(what_names_a_modem_is_sent_by_no_other),
        TEST(the_rest_of_a_half_sent_text_waits_for_its_sim),
        TEST(a_reminder_comes_from_the_sim_that_told_the_last_one),
        TEST(a_reminder_waits_for_no_sim_and_an_urgent_one_goes_first),
        TEST(a_reminders_sim_counts_among_those_of_its_operator),
        TEST(a_conversation_does_not_wait_for_a_sim_that_cannot_send),
        TEST(an_operator_settles_what_nobody_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
