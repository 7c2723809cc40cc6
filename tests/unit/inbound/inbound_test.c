// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "inbound/inbound.h"
#include "inbound/inbound_internal.h"
#include "inbound/numbers.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * From an SMS to its answer in the outbox, and to the inbox, on a store in a
 * temporary folder.
 */

#define NOON_MS ((int64_t)1472702400000) /* 2016-09-01 12:00 in Makassar */
#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS  (24 * HOUR_MS)

#define NIK_OURS  "5315055203889001" /* unrecorded, phone OURS */
#define NIK_OTHER "5315051207859002" /* printed, of Lembor, OTHERS */
#define NIK_NONE  "5315051207859003" /* not in the registry */
#define KK        "5315050101109007"

#define OURS   "+6281200009001"
#define OTHERS "+6281200009002"

struct bed {
    char folder[64];
    char path[96];
    char site_name[16];
    struct clock clock;
    struct config config;
    struct texts *texts;
    struct script *script;
    struct store *store;
    struct registry *registry;
    struct outbox *outbox;
    struct inbound *inbound;
};

/* --- the bed --------------------------------------------------------------- */

static const char people[] =
    "INSERT INTO office (code, name, kecamatan, fallback) VALUES"
    " ('KOMODO', 'Kantor Camat Komodo', '53.15.05', 'LEMBOR'),"
    " ('LEMBOR', 'Kantor Camat Lembor', '53.15.03', 'KOMODO');"
    "INSERT INTO kecamatan (code, name, office) VALUES"
    " ('53.15.03', 'Lembor', 'LEMBOR'), ('53.15.05', 'Komodo', 'KOMODO');"
    "INSERT INTO resident (nik, name, office, state, phone) VALUES"
    " ('" NIK_OURS "', 'Maria Weng', 'LEMBOR', 'unrecorded', '" OURS "'),"
    " ('" NIK_OTHER "', 'Yosef Made', 'LEMBOR', 'printed', '" OTHERS "');";

static void open_bed(struct bed *bed)
{
    struct store_options options = {.path = bed->path, .holder = "kabari"};
    struct inbound_rooms rooms = {.clock = &bed->clock, .config = &bed->config};
    struct why why = {0};

    assert_int_equal(store_open(&options, &bed->store, &why), KB_OK);
    assert_int_equal(
        registry_open(bed->store, &bed->clock, &bed->registry), KB_OK);
    assert_int_equal(outbox_open(bed->store, &bed->clock, &bed->outbox), KB_OK);
    rooms.store = bed->store;
    rooms.registry = bed->registry;
    rooms.outbox = bed->outbox;
    rooms.texts = bed->texts;
    rooms.script = bed->script;
    assert_int_equal(inbound_open(&rooms, &bed->inbound), KB_OK);
}

static void close_bed(struct bed *bed)
{
    inbound_close(bed->inbound);
    outbox_close(bed->outbox);
    registry_close(bed->registry);
    store_close(bed->store);
}

static void sql(struct bed *bed, const char *text)
{
    assert_int_equal(store_exec(bed->store, text), KB_OK);
}

static int set_up(void **state)
{
    struct bed *bed = mem_new(sizeof *bed);
    struct why why = {0};

    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    (void)snprintf(bed->site_name, sizeof bed->site_name, "DUKCAPIL MABAR");
    bed->clock = clock_fixed(NOON_MS);
    bed->config = (struct config){.site_name = bed->site_name,
        .queries_per_phone_day = 3,
        .queries_per_nik_day = 5,
        .retention_inbound_days = 90};
    (void)snprintf(bed->folder, sizeof bed->folder, "/tmp/kabari-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    (void)snprintf(bed->path, sizeof bed->path, "%s/k.db", bed->folder);
    assert_int_equal(texts_load("templates", "id", &bed->texts, &why), KB_OK);
    assert_int_equal(script_load("templates", NULL, &bed->script, &why), KB_OK);
    open_bed(bed);
    sql(bed, people);
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct bed *bed = *state;
    char path[128];

    close_bed(bed);
    texts_free(bed->texts);
    script_free(bed->script);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", bed->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(bed->folder), 0);
    free(bed);
    return 0;
}

/* --- sending and looking ------------------------------------------------------ */

static struct inbound_sms sms_of(
    struct bed *bed, const char *from, const char *text)
{
    return (struct inbound_sms){.modem = "m1",
        .sim = "510100000000001",
        .from = from,
        .text = text,
        .raw = "",
        .smsc_at_ms = clock_now_ms(&bed->clock),
        .udh_ref = -1};
}

static int64_t receive(struct bed *bed, const struct inbound_sms *sms)
{
    int64_t answered = -1;

    assert_int_equal(inbound_receive(bed->inbound, sms, &answered), KB_OK);
    return answered;
}

/* A text a minute after the last, so that each has its own time stamp. */
static int64_t text_from(struct bed *bed, const char *from, const char *text)
{
    struct inbound_sms sms = {0};

    clock_set(&bed->clock, clock_now_ms(&bed->clock) + 60000);
    sms = sms_of(bed, from, text);
    return receive(bed, &sms);
}

/* The answer's text; "" where there was none. Freed with the next call. */
struct text {
    char text[1000];
};

static struct text text_of(struct bed *bed, int64_t message_id)
{
    struct outbox_message message = {0};
    struct text out = {""};

    if (message_id == 0) {
        return out;
    }
    assert_int_equal(outbox_get(bed->outbox, message_id, &message), KB_OK);
    assert_int_equal(message.class, MSG_REPLY);
    (void)snprintf(out.text, sizeof out.text, "%s", message.text);
    outbox_message_clear(&message);
    return out;
}

static struct text answer_to(
    struct bed *bed, const char *from, const char *text)
{
    return text_of(bed, text_from(bed, from, text));
}

static void assert_says(struct text text, const char *part)
{
    if (strstr(text.text, part) == NULL) {
        print_error("\"%s\" does not say \"%s\"\n", text.text, part);
        fail();
    }
}

static int64_t number(struct bed *bed, const char *query)
{
    sqlite3_stmt *statement = NULL;
    int64_t n = -1;

    assert_int_equal(store_prepare(bed->store, query, &statement), KB_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    n = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return n;
}

static void on_first(void *arg, const struct inbox_entry *entry)
{
    struct inbox_entry *out = arg;

    if (out->id == 0) {
        *out = *entry;
    }
}

static struct inbox_entry newest(struct bed *bed)
{
    struct inbox_entry entry = {0};

    assert_int_equal(inbox_list(bed->inbound,
                         &(struct inbox_filter){.limit = 1}, on_first, &entry),
        KB_OK);
    assert_true(entry.id > 0);
    return entry;
}

static int64_t open_count(struct bed *bed)
{
    int64_t count = -1;

    assert_int_equal(inbox_count_open(bed->inbound, &count), KB_OK);
    return count;
}

/* --- queries --------------------------------------------------------------------- */

static void a_registered_phone_hears_the_state(void **state)
{
    struct bed *bed = *state;
    struct text answer = answer_to(bed, "081200009001", "CEK " NIK_OURS);

    assert_says(answer, "NIK ..9001 BELUM REKAM");
    assert_says(answer, "Kantor Camat Lembor, 08.00-14.00");
    assert_null(strstr(answer.text, "Maria"));
    assert_null(strstr(answer.text, "paling lambat"));
    assert_string_equal(newest(bed).state, "closed");
    assert_string_equal(newest(bed).intent, "status");
    assert_string_equal(newest(bed).phone, OURS);
}

static void the_answer_prefers_the_modem_that_brought_the_query(void **state)
{
    struct bed *bed = *state;
    int64_t id = text_from(bed, OURS, "CEK " NIK_OURS);

    assert_true(id > 0);
    assert_int_equal(
        number(bed, "SELECT count(*) FROM message m JOIN inbound i"
                    " ON i.id = m.inbound_id AND i.answer_id = m.id"
                    " WHERE m.prefer_modem = 'm1'"
                    " AND m.expires_at_ms - m.created_at_ms = 86400000"),
        1);
}

static void the_deadline_of_the_residents_campaign_is_named(void **state)
{
    struct bed *bed = *state;

    sql(bed,
        "INSERT INTO campaign (id, name, state, template, deadline_day, steps,"
        " created_at_ms) VALUES"
        " (1, 'a', 'running', 'remind_first', 17074, '30', 0),"
        " (2, 'b', 'running', 'card_ready', 17060, '30', 0),"
        " (3, 'c', 'done', 'remind_first', 17050, '30', 0);"
        "INSERT INTO recipient (campaign_id, resident_id) VALUES"
        " (1, 1), (2, 1), (3, 1);");
    assert_says(
        answer_to(bed, OURS, "CEK " NIK_OURS), "paling lambat 30 Sep 2016");
    assert_says(answer_to(bed, OURS, "INFO"), "Batas 30 Sep 2016");
}

static void while_the_office_is_down_another_one_is_named(void **state)
{
    struct bed *bed = *state;
    struct text answer;

    assert_int_equal(registry_office_state(
                         bed->registry, "LEMBOR", "down", "server", INT32_MIN),
        KB_OK);
    answer = answer_to(bed, OURS, "CEK " NIK_OURS);
    assert_says(answer, "Kantor Camat Lembor belum bisa rekam");
    assert_says(answer, "Ke Kantor Camat Komodo");
    answer = answer_to(bed, OURS, "INFO");
    assert_says(answer, "Yang buka: Kantor Camat Komodo");
    assert_int_equal(registry_office_state(
                         bed->registry, "KOMODO", "down", "server", INT32_MIN),
        KB_OK);
    assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "Ke DUKCAPIL MABAR");
}

static void a_stranger_hears_the_same_of_every_nik(void **state)
{
    struct bed *bed = *state;
    struct text known = answer_to(bed, "+6281200009011", "CEK " NIK_OTHER);
    struct text unknown = answer_to(bed, "+6281200009012", "CEK " NIK_NONE);
    char *four = strstr(known.text, "..9002");

    assert_non_null(four);
    four[strlen("..900")] = '3';
    assert_string_equal(known.text, unknown.text);
    /* By the NIK's digits, not where the resident is registered now. */
    assert_says(known, "Kantor Camat Komodo");
    assert_says(known, "HP yang terdaftar");
}

static void in_open_mode_a_stranger_hears_the_state_only(void **state)
{
    struct bed *bed = *state;

    bed->config.disclosure_open = true;
    assert_says(
        answer_to(bed, "+6281200009011", "CEK " NIK_OTHER), "SUDAH DICETAK");
    assert_says(answer_to(bed, "+6281200009012", "CEK " NIK_NONE),
        "tidak ada di data kami");
    assert_says(answer_to(bed, "+6281200009013", "CEK 3171011207859003"),
        "bukan data Manggarai Barat");
}

/* A row of the table of answers. */
static void assert_status(const char *state, const char *flag, bool registered,
    bool open, const char *expected)
{
    struct status_facts facts = {.known = true,
        .registered = registered,
        .open = open,
        .home = true,
        .state = state,
        .flag = flag};
    char name[64];

    answer_status_name(&facts, name, sizeof name);
    assert_string_equal(name, expected);
}

static void blocks_and_doubles_are_for_an_officer(void **state)
{
    (void)state;
    assert_status("review", "", true, false, "status_review");
    assert_status("printed", "inactive", true, false, "status_inactive");
    assert_status("printed", "inactive", false, true, "status_review");
    assert_status("printed", "deceased", true, false, "status_review");
    assert_status("printed", "moved", true, false, "status_review");
    assert_status("unrecorded", "underage", true, false, "status_underage");
    assert_status("printed", "inactive", false, false, "reply_generic");
    assert_status("printed", "", false, false, "reply_generic");
}

/* --- limits ------------------------------------------------------------------------ */

static void the_fourth_query_of_a_day_hears_the_limit_then_silence(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 3; i++) {
        assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "BELUM REKAM");
    }
    assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "batas 3 kali");
    assert_int_equal(text_from(bed, OURS, "CEK " NIK_OURS), 0);
    assert_string_equal(newest(bed).note, "over the day's limit");
    clock_set(&bed->clock, NOON_MS + DAY_MS);
    assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "BELUM REKAM");
}

static void a_nik_is_answered_five_times_a_day_to_all_phones(void **state)
{
    struct bed *bed = *state;
    char phone[PHONE_BYTES];

    for (int i = 0; i < 5; i++) {
        (void)snprintf(phone, sizeof phone, "+62812000090%02d", 20 + i);
        assert_says(answer_to(bed, phone, "CEK " NIK_NONE), "..9003");
    }
    assert_says(
        answer_to(bed, "+6281200009030", "CEK " NIK_NONE), "batas 5 kali");
}

static void ten_niks_from_one_phone_raise_one_alarm(void **state)
{
    struct bed *bed = *state;
    char text[32];

    for (int i = 0; i < 12; i++) {
        (void)snprintf(text, sizeof text, "CEK 53150512078590%02d", 10 + i);
        (void)text_from(bed, OTHERS, text);
    }
    assert_int_equal(
        number(bed, "SELECT count(*) FROM inbound WHERE note LIKE '%guessing%'"
                    " AND state = 'open'"),
        1);
    assert_int_equal(number(bed, "SELECT count(*) FROM message"), 4);
}

static void a_loop_ends_after_five_answers_with_one_note(void **state)
{
    struct bed *bed = *state;
    int answers = 0;

    for (int i = 0; i < 20; i++) {
        answers += text_from(bed, OURS, "Pesan Anda sudah kami terima") != 0;
    }
    assert_int_equal(answers, 5);
    assert_int_equal(
        number(bed, "SELECT count(*) FROM inbound WHERE note LIKE '%quiet%'"),
        1);
    assert_int_equal(open_count(bed), 6);
    clock_set(&bed->clock, clock_now_ms(&bed->clock) + HOUR_MS + 60000);
    assert_true(text_from(bed, OURS, "halo") != 0);
}

static void a_flood_from_one_phone_costs_no_other_an_answer(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 50; i++) {
        (void)text_from(bed, OTHERS, "spam");
    }
    assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "BELUM REKAM");
}

/* --- once ---------------------------------------------------------------------------- */

static void a_text_that_comes_again_is_not_answered_again(void **state)
{
    struct bed *bed = *state;
    struct inbound_sms sms = sms_of(bed, OURS, "CEK " NIK_OURS);

    assert_true(receive(bed, &sms) > 0);
    assert_int_equal(receive(bed, &sms), 0);
    assert_int_equal(store_commit(bed->store), KB_OK);
    close_bed(bed);
    open_bed(bed);
    assert_int_equal(receive(bed, &sms), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM message"), 1);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 1);
}

static void the_same_words_a_second_later_are_another_text(void **state)
{
    struct bed *bed = *state;
    struct inbound_sms sms = sms_of(bed, OURS, "INFO");

    assert_true(receive(bed, &sms) > 0);
    sms.smsc_at_ms += 1000;
    assert_true(receive(bed, &sms) > 0);
}

static void without_a_readable_time_a_text_is_the_same_for_an_hour(void **state)
{
    struct bed *bed = *state;
    struct inbound_sms sms = sms_of(bed, OURS, "INFO");

    sms.smsc_at_ms = 0;
    assert_true(receive(bed, &sms) > 0);
    assert_int_equal(receive(bed, &sms), 0);
    clock_set(&bed->clock, NOON_MS + HOUR_MS);
    assert_true(receive(bed, &sms) > 0);
}

static void a_failure_leaves_nothing_behind(void **state)
{
    struct bed *bed = *state;
    struct inbound_sms sms = sms_of(bed, OURS, "CEK " NIK_OURS);
    int64_t answered = -1;

    sql(bed, "CREATE TEMP TRIGGER broken BEFORE INSERT ON message BEGIN"
             " SELECT raise(ABORT, 'broken'); END");
    assert_int_not_equal(inbound_receive(bed->inbound, &sms, &answered), KB_OK);
    assert_int_equal(answered, 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_seen"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_count"), 0);
    sql(bed, "DROP TRIGGER broken");
    assert_true(receive(bed, &sms) > 0);
}

/* --- parts ----------------------------------------------------------------------------- */

static int64_t part_from(
    struct bed *bed, int ref, int parts, int part, const char *text)
{
    struct inbound_sms sms = sms_of(bed, OURS, text);

    sms.udh_ref = ref;
    sms.udh_parts = parts;
    sms.udh_part = part;
    return receive(bed, &sms);
}

static void parts_in_any_order_make_one_query(void **state)
{
    static const char *const texts[] = {"tolong cek 53150", "5520388", "9001"};
    static const int orders[][3] = {
        {0, 1, 2},
        {0, 2, 1},
        {1, 0, 2},
        {1, 2, 0},
        {2, 0, 1},
        {2, 1, 0}
    };
    struct bed *bed = *state;

    bed->config.queries_per_phone_day = 0;
    bed->config.queries_per_nik_day = 0;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        int64_t answered = 0;

        for (int k = 0; k < 3; k++) {
            int part = orders[i][k];

            assert_int_equal(answered, 0);
            answered = part_from(bed, 300 + (int)i, 3, part + 1, texts[part]);
        }
        assert_says(text_of(bed, answered), "..9001 BELUM REKAM");
        clock_set(&bed->clock, clock_now_ms(&bed->clock) + 2 * HOUR_MS);
    }
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_part"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_group"), 0);
}

static void a_part_that_comes_twice_counts_once(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(part_from(bed, 7, 2, 1, "CEK 53150552"), 0);
    assert_int_equal(part_from(bed, 7, 2, 1, "CEK 53150552"), 0);
    clock_set(&bed->clock, NOON_MS + 3000);
    assert_int_equal(part_from(bed, 7, 2, 1, "CEK 53150552"), 0);
    assert_says(
        text_of(bed, part_from(bed, 7, 2, 2, "03889001")), "BELUM REKAM");
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 1);
}

static void a_reference_used_again_starts_another_message(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(part_from(bed, 7, 2, 1, "STOP atau"), 0);
    clock_set(&bed->clock, NOON_MS + 13 * HOUR_MS);
    assert_int_equal(part_from(bed, 7, 2, 2, "03889001"), 0);
    assert_says(
        text_of(bed, part_from(bed, 7, 2, 1, "CEK 53150552")), "BELUM REKAM");
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_group"), 1);
}

static void parts_of_another_total_do_not_mix(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(part_from(bed, 7, 3, 1, "CEK 53150552"), 0);
    assert_int_equal(part_from(bed, 7, 2, 2, "03889001"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_group"), 2);
}

static void a_message_without_all_parts_surfaces_after_a_day(void **state)
{
    struct bed *bed = *state;
    bool more = true;

    assert_int_equal(part_from(bed, 7, 3, 1, "tolong pak 5315"), 0);
    assert_int_equal(part_from(bed, 7, 3, 3, "0505 sudah lama"), 0);
    clock_set(&bed->clock, NOON_MS + 23 * HOUR_MS);
    assert_int_equal(inbound_tick(bed->inbound, &more), KB_OK);
    assert_int_equal(open_count(bed), 0);
    clock_set(&bed->clock, NOON_MS + DAY_MS);
    assert_int_equal(inbound_tick(bed->inbound, &more), KB_OK);
    assert_false(more);
    assert_int_equal(open_count(bed), 1);
    assert_string_equal(newest(bed).text, "tolong pak 5315[…]0505 sudah lama");
    assert_non_null(strstr(newest(bed).note, "2 of 3 parts"));
    assert_int_equal(number(bed, "SELECT count(*) FROM message"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_part"), 0);
}

static void a_message_of_255_parts_goes_to_people_cut(void **state)
{
    struct bed *bed = *state;
    char text[16];

    for (int i = 255; i >= 1; i--) {
        (void)snprintf(text, sizeof text, "p%d;", i);
        (void)part_from(bed, 9, 255, i, text);
    }
    assert_int_equal(open_count(bed), 1);
    assert_string_equal(newest(bed).text, "p1;p2;p3;p4;p5;p6;p7;p8;p9;p10;[…]");
    assert_string_equal(newest(bed).intent, "human");
}

static void a_header_that_lies_is_a_text_of_its_own(void **state)
{
    struct bed *bed = *state;

    assert_true(part_from(bed, 9, 2, 3, "INFO") > 0);
    assert_true(part_from(bed, 9, 2, 0, "info") > 0);
    assert_true(part_from(bed, 9, 1, 1, "INFO ") > 0);
    assert_true(part_from(bed, 9, 0, 0, "Info") > 0);
}

static void first_parts_alone_do_not_fill_the_store(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 60; i++) {
        (void)part_from(bed, i, 2, 1, "satu");
    }
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_group"), 16);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 44);
}

/* --- commands ------------------------------------------------------------------------------ */

static bool is_stopped(struct bed *bed, const char *phone)
{
    bool stopped = false;

    assert_int_equal(
        registry_phone_stopped(bed->registry, phone, &stopped), KB_OK);
    return stopped;
}

static void stop_and_daftar_end_and_resume_reminders(void **state)
{
    struct bed *bed = *state;

    assert_says(answer_to(bed, OURS, "jgn sms lg"), "tidak akan kami ingatkan");
    assert_true(is_stopped(bed, OURS));
    assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "BELUM REKAM");
    assert_says(answer_to(bed, OURS, "DAFTAR"), "pengingat lagi");
    assert_false(is_stopped(bed, OURS));
    assert_says(answer_to(bed, OURS, "DAFTAR"), "pengingat lagi");
    assert_int_equal(open_count(bed), 0);
}

/* As a modem brings what lay on the SIM: in the order of its slots. */
static int64_t sent_at(struct bed *bed, const char *text, int64_t smsc_at_ms)
{
    struct inbound_sms sms = sms_of(bed, OURS, text);
    int64_t answered = 0;

    sms.smsc_at_ms = smsc_at_ms;
    assert_int_equal(inbound_receive(bed->inbound, &sms, &answered), KB_OK);
    return answered;
}

static void of_a_burst_the_wish_that_was_sent_last_holds(void **state)
{
    struct bed *bed = *state;
    int64_t now = clock_now_ms(&bed->clock);

    assert_true(sent_at(bed, "STOP", now - 5000) > 0);
    assert_int_equal(sent_at(bed, "DAFTAR", now - 9000), 0);
    assert_true(is_stopped(bed, OURS));
    assert_true(sent_at(bed, "DAFTAR", now - 4000) > 0);
    assert_int_equal(sent_at(bed, "jgn sms lg", now - 60000), 0);
    assert_false(is_stopped(bed, OURS));
    /* Within one second, and without a clock, the one that came last. */
    assert_true(sent_at(bed, "STOP", now - 4000) > 0);
    assert_true(is_stopped(bed, OURS));
    assert_true(sent_at(bed, "DAFTAR", 0) > 0);
    assert_false(is_stopped(bed, OURS));
}

static void a_centre_whose_clock_runs_ahead_does_not_hold_a_stop_back(
    void **state)
{
    struct bed *bed = *state;
    int64_t now = clock_now_ms(&bed->clock);

    assert_true(sent_at(bed, "DAFTAR", now + 365 * DAY_MS) > 0);
    assert_true(sent_at(bed, "STOP", now) > 0);
    assert_true(is_stopped(bed, OURS));
}

static void salah_takes_the_phone_from_its_residents(void **state)
{
    struct bed *bed = *state;
    struct resident resident = {0};

    assert_says(answer_to(bed, OURS, "SALAH"), "kami lepas");
    assert_int_equal(
        registry_resident_by_nik(bed->registry, NIK_OURS, &resident), KB_OK);
    assert_string_equal(resident.phone, "");
    assert_says(answer_to(bed, OURS, "CEK " NIK_OURS), "yang terdaftar");
}

static void stop_holds_even_where_no_answer_is_given(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 6; i++) {
        (void)text_from(bed, OURS, "halo");
    }
    assert_int_equal(text_from(bed, OURS, "STOP"), 0);
    assert_true(is_stopped(bed, OURS));
}

static void what_nobody_understands_gets_help_and_opens_an_entry(void **state)
{
    struct bed *bed = *state;

    assert_says(answer_to(bed, OURS, "anak sy lahir kemarin"), "ketik CEK");
    assert_int_equal(open_count(bed), 1);
    assert_says(answer_to(bed, OURS, "kpn bs ambil ktp"), "e-KTP diambil di");
    assert_string_equal(newest(bed).intent, "faq_pickup");
    assert_int_equal(open_count(bed), 1);
}

static void thanks_are_filed_and_not_answered(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(text_from(bed, OURS, "terima kasih"), 0);
    assert_string_equal(newest(bed).intent, "ack");
    assert_int_equal(open_count(bed), 0);
}

static void faults_in_a_nik_are_named(void **state)
{
    struct bed *bed = *state;

    assert_says(answer_to(bed, OURS, "CEK 531505520388001"), "15 angka");
    assert_says(answer_to(bed, OURS, "1234567890123456"), "contoh");
    assert_says(answer_to(bed, OURS, "CEK 5315053213889001"), "Periksa 16");
}

static void a_query_without_a_number_is_after_the_phone_s_own_resident(
    void **state)
{
    struct bed *bed = *state;

    assert_says(answer_to(bed, OURS, "CEK NIK"), "BELUM REKAM");
    assert_says(answer_to(bed, "+6281200009055", "CEK NIK"), "ketik CEK");
    assert_says(answer_to(bed, "+6281200009055", "CEK"), "ketik CEK");
}

static void info_names_the_office_that_is_asked_for(void **state)
{
    struct bed *bed = *state;

    assert_says(answer_to(bed, OURS, "INFO"), "di Kantor Camat Lembor");
    assert_says(answer_to(bed, OURS, "INFO komodo"), "di Kantor Camat Komodo");
}

/* --- who is not answered --------------------------------------------------------------------- */

static void operators_are_never_answered(void **state)
{
    static const char *const senders[] = {"4444", "888", "TELKOMSEL", "3"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        struct inbound_sms sms = sms_of(bed, senders[i], "CEK " NIK_OURS);

        sms.alphanumeric = isalpha((unsigned char)*senders[i]) != 0;
        assert_int_equal(receive(bed, &sms), 0);
        assert_string_equal(newest(bed).intent, "operator");
        assert_string_equal(newest(bed).state, "closed");
        assert_string_equal(newest(bed).phone, senders[i]);
    }
    assert_int_equal(number(bed, "SELECT count(*) FROM message"), 0);
}

static void foreign_numbers_and_binary_texts_go_to_people(void **state)
{
    struct bed *bed = *state;
    struct inbound_sms sms = sms_of(bed, "+12025550143", "CEK " NIK_OURS);

    assert_int_equal(receive(bed, &sms), 0);
    sms = sms_of(bed, OURS, "");
    sms.raw = "0605040b8423f0";
    assert_int_equal(receive(bed, &sms), 0);
    assert_string_equal(newest(bed).text, "binary: 0605040b8423f0");
    assert_int_equal(open_count(bed), 2);
}

static void an_odd_sender_does_no_harm(void **state)
{
    static const char *const senders[] = {"", "\xff\xfe", "+", "OOO",
        "000000000000000000000000000000000000000000000000000000000000000000"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        struct inbound_sms sms = sms_of(bed, senders[i], "halo");

        assert_int_equal(receive(bed, &sms), 0);
    }
}

/* --- calls ------------------------------------------------------------------------------------ */

static void a_call_is_answered_once_a_day(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(inbound_call(bed->inbound, "m1", "081200009091"), KB_OK);
    assert_int_equal(inbound_call(bed->inbound, "m1", "+6281200009091"), KB_OK);
    assert_int_equal(inbound_call(bed->inbound, "m1", ""), KB_OK);
    assert_int_equal(inbound_call(bed->inbound, "m1", "0385000000"), KB_OK);
    assert_int_equal(number(bed, "SELECT count(*) FROM message"), 1);
    assert_says(text_of(bed, 1), "telepon tidak dijawab");
    assert_string_equal(newest(bed).intent, "call");
    clock_set(&bed->clock, NOON_MS + DAY_MS);
    assert_int_equal(inbound_call(bed->inbound, "m1", OURS), KB_OK);
    assert_int_equal(number(bed, "SELECT count(*) FROM message"), 2);
}

/* --- privacy ------------------------------------------------------------------------------------ */

static bool file_holds(const char *path, const char *digits)
{
    FILE *file = fopen(path, "re");
    size_t length = strlen(digits);
    size_t matched = 0;
    int c = 0;

    if (file == NULL) {
        return false;
    }
    while (matched < length && (c = fgetc(file)) != EOF) {
        matched =
            c == digits[matched] ? matched + 1 : (c == digits[0] ? 1U : 0U);
    }
    (void)fclose(file);
    return matched == length;
}

static bool database_holds(struct bed *bed, const char *digits)
{
    char wal[128];

    assert_int_equal(store_commit(bed->store), KB_OK);
    (void)snprintf(wal, sizeof wal, "%s-wal", bed->path);
    return file_holds(bed->path, digits) || file_holds(wal, digits);
}

static void a_family_card_is_never_in_the_database(void **state)
{
    struct bed *bed = *state;

    assert_true(text_from(bed, OURS, "REG " NIK_NONE "#" KK "#") > 0);
    assert_int_equal(part_from(bed, 5, 2, 1, "ULANG#" NIK_NONE "#53150501"), 0);
    assert_true(part_from(bed, 5, 2, 2, "01109007#") > 0);
    assert_int_equal(part_from(bed, 6, 2, 1, "REG " NIK_NONE "#" KK), 0);
    assert_false(database_holds(bed, KK));
    assert_false(database_holds(bed, NIK_NONE));
    assert_false(database_holds(bed, "01109007"));
    assert_true(database_holds(bed, "531505******9003#****************"));
    assert_true(database_holds(bed, NIK_OURS)); /* the registry's own */
}

static void texts_are_forgotten_after_their_time(void **state)
{
    struct bed *bed = *state;
    bool more = true;

    for (int i = 0; i < 250; i++) {
        (void)text_from(bed, OURS, "rahasia sekali");
    }
    clock_set(&bed->clock, NOON_MS + 89 * DAY_MS);
    assert_int_equal(inbound_tick(bed->inbound, &more), KB_OK);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 250);
    clock_set(&bed->clock, NOON_MS + 91 * DAY_MS);
    assert_int_equal(inbound_tick(bed->inbound, &more), KB_OK);
    assert_true(more);
    assert_int_equal(inbound_tick(bed->inbound, &more), KB_OK);
    assert_false(more);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_seen"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_count"), 0);
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound_guard"), 0);
}

/* --- the human inbox --------------------------------------------------------------------------- */

static void on_counted(void *arg, const struct inbox_entry *entry)
{
    assert_true(entry->id > 0);
    ++*(int *)arg;
}

static void staff_reply_and_the_entry_is_closed(void **state)
{
    struct bed *bed = *state;
    struct inbox_entry entry = {0};
    struct why why = {0};
    int64_t id = 0;
    int64_t message_id = 0;

    (void)text_from(bed, OURS, "anak sy lahir kemarin");
    id = newest(bed).id;
    assert_int_equal(
        inbox_reply(bed->inbound, id, "Silakan datang", &message_id, &why),
        KB_OK);
    assert_int_equal(inbox_get(bed->inbound, id, &entry), KB_OK);
    assert_string_equal(entry.state, "closed");
    assert_int_equal(entry.reply_id, message_id);
    assert_string_equal(text_of(bed, message_id).text, "Silakan datang");
    assert_int_equal(
        inbox_reply(bed->inbound, 99, "x", &message_id, &why), KB_NOT_FOUND);
    assert_int_equal(
        inbox_reply(bed->inbound, id, "", &message_id, &why), KB_INVALID);
}

static void a_short_code_is_not_replied_to(void **state)
{
    struct bed *bed = *state;
    struct why why = {0};
    int64_t message_id = 0;

    (void)text_from(bed, "4444", "promo");
    assert_int_equal(
        inbox_reply(bed->inbound, newest(bed).id, "halo", &message_id, &why),
        KB_REFUSED);
    assert_true(why.text[0] != '\0');
}

static void the_inbox_lists_newest_first_by_cursor_and_phone(void **state)
{
    struct bed *bed = *state;
    struct inbox_entry entry = {0};
    int count = 0;

    for (int i = 0; i < 3; i++) {
        (void)text_from(bed, OURS, "halo");
    }
    (void)text_from(bed, OTHERS, "ok");
    assert_int_equal(inbox_list(bed->inbound,
                         &(struct inbox_filter){.before_id = 4, .limit = 2},
                         on_counted, &count),
        KB_OK);
    assert_int_equal(count, 2);
    assert_int_equal(
        inbox_list(bed->inbound, &(struct inbox_filter){.open_only = true},
            on_counted, &count),
        KB_OK);
    assert_int_equal(count, 5);
    assert_int_equal(inbox_list(bed->inbound,
                         &(struct inbox_filter){.phone = OTHERS, .limit = 10},
                         on_first, &entry),
        KB_OK);
    assert_int_equal(entry.id, 4);
    assert_int_equal(inbox_close(bed->inbound, 1), KB_OK);
    assert_int_equal(inbox_close(bed->inbound, 1), KB_OK);
    assert_int_equal(inbox_close(bed->inbound, 77), KB_NOT_FOUND);
    assert_int_equal(open_count(bed), 2);
}

static void a_long_text_is_cut_between_characters(void **state)
{
    struct bed *bed = *state;
    char text[3001] = "";

    for (size_t i = 0; i < 1000; i++) {
        (void)str_utf8_put(0x20ac, text + 3 * i);
    }
    (void)text_from(bed, OURS, text);
    assert_int_equal(strlen(newest(bed).text), 1698);
}

static void a_text_can_be_tried_without_a_trace(void **state)
{
    struct bed *bed = *state;
    struct understood understood = {0};

    assert_int_equal(
        inbound_test(bed->inbound, "di komodo jam brp buka", NULL, &understood),
        KB_OK);
    assert_int_equal(understood.intent, INTENT_FAQ_HOURS);
    assert_string_equal(understood.office, "KOMODO");
    assert_int_equal(
        inbound_test(bed->inbound, "INFO", "081200009002", &understood), KB_OK);
    assert_string_equal(understood.office, "LEMBOR");
    assert_int_equal(number(bed, "SELECT count(*) FROM inbound"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_registered_phone_hears_the_state),
        TEST(the_answer_prefers_the_modem_that_brought_the_query),
        TEST(the_deadline_of_the_residents_campaign_is_named),
        TEST(while_the_office_is_down_another_one_is_named),
        TEST(a_stranger_hears_the_same_of_every_nik),
        TEST(in_open_mode_a_stranger_hears_the_state_only),
        TEST(blocks_and_doubles_are_for_an_officer),
        TEST(the_fourth_query_of_a_day_hears_the_limit_then_silence),
        TEST(a_nik_is_answered_five_times_a_day_to_all_phones),
        TEST(ten_niks_from_one_phone_raise_one_alarm),
        TEST(a_loop_ends_after_five_answers_with_one_note),
        TEST(a_flood_from_one_phone_costs_no_other_an_answer),
        TEST(a_text_that_comes_again_is_not_answered_again),
        TEST(the_same_words_a_second_later_are_another_text),
        TEST(without_a_readable_time_a_text_is_the_same_for_an_hour),
        TEST(a_failure_leaves_nothing_behind),
        TEST(parts_in_any_order_make_one_query),
        TEST(a_part_that_comes_twice_counts_once),
        TEST(a_reference_used_again_starts_another_message),
        TEST(parts_of_another_total_do_not_mix),
        TEST(a_message_without_all_parts_surfaces_after_a_day),
        TEST(a_message_of_255_parts_goes_to_people_cut),
        TEST(a_header_that_lies_is_a_text_of_its_own),
        TEST(first_parts_alone_do_not_fill_the_store),
        TEST(stop_and_daftar_end_and_resume_reminders),
        TEST(of_a_burst_the_wish_that_was_sent_last_holds),
        TEST(a_centre_whose_clock_runs_ahead_does_not_hold_a_stop_back),
        TEST(salah_takes_the_phone_from_its_residents),
        TEST(stop_holds_even_where_no_answer_is_given),
        TEST(what_nobody_understands_gets_help_and_opens_an_entry),
        TEST(thanks_are_filed_and_not_answered),
        TEST(faults_in_a_nik_are_named),
        TEST(a_query_without_a_number_is_after_the_phone_s_own_resident),
        TEST(info_names_the_office_that_is_asked_for),
        TEST(operators_are_never_answered),
        TEST(foreign_numbers_and_binary_texts_go_to_people),
        TEST(an_odd_sender_does_no_harm),
        TEST(a_call_is_answered_once_a_day),
        TEST(a_family_card_is_never_in_the_database),
        TEST(texts_are_forgotten_after_their_time),
        TEST(staff_reply_and_the_entry_is_closed),
        TEST(a_short_code_is_not_replied_to),
        TEST(the_inbox_lists_newest_first_by_cursor_and_phone),
        TEST(a_long_text_is_cut_between_characters),
        TEST(a_text_can_be_tried_without_a_trace),
    };

    return cmocka_run_group_tests_name(
        "inbound: from an SMS to its answer", tests, NULL, NULL);
}
