// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what happens around the store, the clock and the configuration loses
 * nothing that was acknowledged and sends nothing twice: a second kabarid, a
 * database that another program holds, a full disk, a clock that stepped back,
 * a broken configuration at a reload, and an orderly end in the middle of
 * sending.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/traffic.h"
#include "web/client.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"
#define SLOW       "--latency-ms 800 --command-ms 0 --no-reports"

/* --- the configuration's text -------------------------------------------- */

static char *read_config(struct bed *bed)
{
    char text[8192];
    FILE *file = fopen(bed->config, "r");
    size_t got = 0;

    assert_non_null(file);
    got = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[got] = '\0';
    return mem_strdup(text);
}

static void write_config(struct bed *bed, const char *text)
{
    char path[128];

    bed_write(bed, "kabari.conf", text, path, sizeof path);
    assert_string_equal(path, bed->config);
}

/* With the first of these words replaced; free() it. */
static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    return mem_printf(
        "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void replace_in_config(struct bed *bed, const char *from, const char *to)
{
    char *old = read_config(bed);
    char *text = replaced(old, from, to);

    write_config(bed, text);
    free(old);
    free(text);
}

/* --- a second daemon ----------------------------------------------------- */

/* Runs kabarid on the bed's configuration to its end, with its words in the
   bed's second.log. @return its exit code, -1 for a signal. */
static int run_second(struct bed *bed)
{
    char program[512];
    char log[160];
    int status = 0;
    pid_t child = 0;

    bed_program("kabarid", program, sizeof program);
    bed_write(bed, "second.log", "", log, sizeof log);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(log, O_WRONLY | O_APPEND);

        (void)dup2(fd, STDERR_FILENO);
        (void)dup2(fd, STDOUT_FILENO);
        (void)execl(program, program, "-c", bed->config, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool file_says(struct bed *bed, const char *name, const char *words)
{
    char path[160];
    char line[2048];
    FILE *file = NULL;
    bool found = false;

    (void)snprintf(path, sizeof path, "%s/%s", bed->folder, name);
    file = fopen(path, "r");
    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = strstr(line, words) != NULL;
    }
    (void)fclose(file);
    return found;
}

static void a_second_kabarid_is_refused_and_the_first_goes_on(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t started = bed_mono_ms();

    (void)state;
    traffic_send_many(bed, 0, 10);
    assert_int_not_equal(run_second(bed), 0);
    assert_true(bed_mono_ms() - started < 20000); /* it does not wait 30 s */
    assert_true(file_says(bed, "second.log", "another kabarid holds"));

    json_decref(bed_json(bed, "status", (const char *)NULL));
    json_decref(bed_json(
        bed, "send", "+6281200009010", "pesan 10", (const char *)NULL));
    BED_WAIT(20000, bed_queue(bed, "sent") == 11);
    traffic_judge(bed, 11);
    bed_free(bed);
}

/* --- a database that another program holds ------------------------------- */

static sqlite3 *hold(struct bed *bed)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(bed->database, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000);
    assert_int_equal(
        sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void release(sqlite3 *db)
{
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* POSTs a message. @return the status; Retry-After goes to retry_after_s. */
static int try_post(struct bed *bed, int i, int *retry_after_s)
{
    char phone[24];
    char body[128];
    struct web_ask ask = {.socket_path = bed->socket,
        .method = "POST",
        .target = "/api/v1/messages",
        .content_type = "application/json",
        .body = body,
        .timeout_ms = 10000};
    struct web_answer answer = {0};
    int status = 0;

    traffic_phone(i, phone);
    ask.body_bytes = (size_t)snprintf(body, sizeof body,
        "{\"phone\":\"%s\",\"text\":\"pesan %d\"}", phone, i);
    assert_int_equal(web_client_call(&ask, &answer, NULL), KB_OK);
    status = answer.status;
    if (retry_after_s != NULL) {
        *retry_after_s = answer.retry_after_s;
    }
    web_answer_clear(&answer);
    return status;
}

static void a_locked_database_refuses_work_and_catches_up(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 200 --command-ms 0 --report-ms 200"};
    struct bed *bed = bed_up(&options);
    sqlite3 *db = NULL;
    int64_t started = 0;
    size_t before = 0;
    int retry_after_s = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 0, 30);
    BED_WAIT(10000, bed_ledger_count(bed, "accepted") >= 4);
    db = hold(bed);
    before = bed_ledger_count(bed, "accepted");

    assert_int_equal(try_post(bed, 30, &retry_after_s), 503);
    assert_true(retry_after_s > 0);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009500\","
        "\"text\":\"halo\"}"));
    /* What was under way is answered meanwhile; nothing new leaves. */
    started = bed_mono_ms();
    while (bed_mono_ms() - started < 1500) {
        int64_t asked = bed_mono_ms();

        json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, NULL));
        assert_true(bed_mono_ms() - asked < 500);
    }
    assert_true(bed_ledger_count(bed, "accepted") <= before + 2);
    assert_int_equal(try_post(bed, 30, NULL), 503);
    release(db);

    BED_WAIT(5000, try_post(bed, 30, NULL) == 201);
    BED_WAIT(5000, bed_ledger_count(bed, "deleted") > 0);
    BED_WAIT(30000, bed_queue(bed, "delivered") == 32); /* one is the answer */
    assert_int_equal(bed_ledger_count(bed, "accepted"), 32);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    traffic_judge(bed, 31);
    bed_free(bed);
}

/* --- a full disk --------------------------------------------------------- */

/* A small disk for the database: a tmpfs in a mount namespace of our own where
   the machine lets us; else a limit on what kabarid may write, which is the
   same to it: no byte more. */
struct disk {
    bool mounted;
    char folder[128];
};

static void disk_make(struct bed *bed, struct disk *disk)
{
    (void)snprintf(disk->folder, sizeof disk->folder, "%s/disk", bed->folder);
    assert_int_equal(mkdir(disk->folder, 0700), 0);
    disk->mounted = unshare(CLONE_NEWNS) == 0 &&
                    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                    mount("tmpfs", disk->folder, "tmpfs", 0, "size=16m") == 0;
    print_message("a full disk: %s\n",
        disk->mounted ? "a tmpfs of 16 MB" : "a limit on written bytes");
}

/* Leaves no byte. */
static void disk_fill(struct bed *bed, const struct disk *disk)
{
    static const char block[4096] = "full";
    struct rlimit limit = {0};
    char path[160];
    int fd = -1;

    if (!disk->mounted) {
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, NULL, &limit), 0);
        limit.rlim_cur = 0;
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, &limit, NULL), 0);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/filler", disk->folder);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0) {
    }
    (void)close(fd);
}

static void disk_free(struct bed *bed, const struct disk *disk)
{
    struct rlimit limit = {0};
    char path[160];

    if (!disk->mounted) {
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, NULL, &limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, &limit, NULL), 0);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/filler", disk->folder);
    assert_int_equal(unlink(path), 0);
}

static void a_full_disk_refuses_work_loses_nothing_and_goes_on(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 300 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = NULL;
    struct disk disk = {0};
    int status = 0;
    int posted = 0;
    size_t before = 0;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN); /* kabarid inherits it: EFBIG instead */
    bed = bed_new(&options);
    disk_make(bed, &disk);
    replace_in_config(bed, "/k.db", "/disk/k.db");
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 0, 20);
    BED_WAIT(10000,
        bed_ledger_count(bed, "accepted") >= 2 && traffic_in_flight(bed, "m1"));
    disk_fill(bed, &disk);
    before = bed_ledger_count(bed, "accepted");
    /* The room kept back may still take a few; then nothing new is let in or
       out, and reading goes on. */
    posted = 20;
    BED_WAIT(5000, (status = try_post(bed, posted, NULL)) == 503 ||
                       (posted++, status != 201));
    assert_int_equal(status, 503);
    json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, NULL));
    BED_WAIT(
        3000, !traffic_in_flight(bed, "m1") && !traffic_in_flight(bed, "m2"));
    assert_true(bed_ledger_count(bed, "accepted") <= before + 6);
    assert_true(bed_queue(bed, "queued") > 0);

    disk_free(bed, &disk);
    BED_WAIT(10000, try_post(bed, posted, NULL) == 201);
    posted++;
    BED_WAIT(30000, traffic_settled(bed) == posted);
    assert_int_equal(bed_queue(bed, "sent"), posted);
    traffic_judge(bed, posted);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    bed_start_gateway(bed, NULL);
    assert_int_equal(bed_queue(bed, "sent"), posted);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    if (disk.mounted) {
        assert_int_equal(umount2(disk.folder, 0), 0);
    }
    bed_free(bed);
}

/* --- reload -------------------------------------------------------------- */

/* The bed's own templates, so that a test may break one. */
static void copy_templates(struct bed *bed)
{
    char command[512];
    char here[256];
    char there[256];

    assert_non_null(getcwd(here, sizeof here - 16));
    (void)snprintf(there, sizeof there, "%.200s/templates", bed->folder);
    (void)snprintf(command, sizeof command, "cp -r '%.200s/templates' '%.200s'",
        here, there);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a test's own
    (void)snprintf(here + strlen(here), 16, "/templates");
    replace_in_config(bed, here, there);
}

/* The same with another modem like m1. */
static char *with_second_modem(const char *text)
{
    const char *first = strstr(text, "{ name = \"m1\"");
    const char *end = strstr(first, "} );");
    char *one = mem_printf("%.*s", (int)(end + 1 - first), first);
    char *named = replaced(one, "\"m1\"", "\"m2\"");
    char *other = replaced(named, "/m1\"", "/m2\"");
    char *both = mem_printf("%s, %s", one, other);
    char *whole = replaced(text, one, both);

    free(one);
    free(named);
    free(other);
    free(both);
    return whole;
}

static void reload_with(struct bed *bed, const char *text)
{
    write_config(bed, text);
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
}

static void write_template(struct bed *bed, const char *text)
{
    char path[160];

    bed_write(bed, "templates/id/remind_first.txt", text, path, sizeof path);
}

static void a_broken_configuration_or_template_is_refused_and_the_old_one_stays(
    void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    char *good = NULL;
    char *more = NULL;
    pid_t worker = 0;

    (void)state;
    copy_templates(bed);
    good = read_config(bed);
    more = with_second_modem(good);
    options.modems = 2; /* in the simulator; the gateway knows one */
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    worker = traffic_worker(bed, "m1");
    assert_true(worker > 0);

    reload_with(bed, "\nsite = { nmae = \"x\"; };\n");
    BED_WAIT(5000, bed_logged(bed, "reload refused"));
    assert_true(bed_logged(bed, "kabari.conf:2"));
    (void)traffic_send(bed, 0);
    BED_WAIT(5000, traffic_number_is(bed, 0, "sent"));

    /* A configuration without fault, but a text names what nobody has. */
    write_template(bed, "Yth. {name}\nBatas {nosuchthing}\n");
    reload_with(bed, good);
    BED_WAIT(5000, bed_logged(bed, "remind_first.txt:2"));
    (void)traffic_send(bed, 1);
    BED_WAIT(5000, traffic_number_is(bed, 1, "sent"));
    assert_false(bed_logged(bed, "kabarid: reloaded"));

    write_template(bed, "Yth. {name}\n");
    reload_with(bed, more);
    BED_WAIT(5000, bed_logged(bed, "kabarid: reloaded"));
    BED_WAIT(20000, traffic_modem_is(bed, "m2", "ready"));
    assert_int_equal(traffic_worker(bed, "m1"), worker); /* undisturbed */
    traffic_modem(bed, "m1", "pause");
    (void)traffic_send(bed, 2);
    BED_WAIT(5000, traffic_number_is(bed, 2, "sent"));
    assert_int_equal(traffic_accepted_by(bed, "m2"), 1);
    traffic_judge(bed, 3);
    free(good);
    free(more);
    bed_free(bed);
}

/* --- the clock ----------------------------------------------------------- */

static void set_newest(struct bed *bed, int64_t at_ms)
{
    sqlite3 *db = NULL;
    char sql[160];

    assert_int_equal(sqlite3_open(bed->database, &db), SQLITE_OK);
    (void)snprintf(sql, sizeof sql,
        "UPDATE meta SET value = '%lld' WHERE name = 'newest_at_ms'",
        (long long)at_ms);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool hold_reason_says(struct bed *bed, const char *words)
{
    json_t *status = bed_ask(bed, "GET", "/api/v1/status", NULL, NULL);
    const char *reason =
        json_string_value(json_object_get(status, "hold_reason"));
    bool found = reason != NULL && strstr(reason, words) != NULL;

    json_decref(status);
    return found;
}

static void a_clock_behind_the_database_holds_all_but_answers(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct clock now = clock_system();

    (void)state;
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    /* As far ahead as the slack for a clock that was corrected, and a bit: it
       is reached while the test looks. */
    set_newest(bed, clock_now_ms(&now) + 60000 + 6000);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    assert_true(hold_reason_says(bed, "clock is behind"));
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009000\",\"text\":\"pesan 0\","
        "\"priority\":\"bulk\"}");
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009001\",\"text\":\"pesan 1\","
        "\"priority\":\"reply\"}");
    BED_WAIT(3000, traffic_number_is(bed, 1, "sent"));
    assert_true(hold_reason_says(bed, "clock is behind"));
    assert_true(traffic_number_is(bed, 0, "queued"));
    assert_int_equal(traffic_accepted(bed, 0), 0);

    BED_WAIT(15000, traffic_number_is(bed, 0, "sent"));
    assert_false(hold_reason_says(bed, "clock"));
    traffic_judge(bed, 2);
    bed_free(bed);
}

/* --- an orderly end ------------------------------------------------------ */

static void an_end_while_sending_takes_5_s_and_loses_or_doubles_nothing(
    void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = SLOW, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t started = 0;
    size_t accepted = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 0, 12);
    BED_WAIT(
        5000, traffic_in_flight(bed, "m1") && traffic_in_flight(bed, "m2"));
    started = bed_mono_ms();
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    assert_true(bed_mono_ms() - started < 5000);
    accepted = bed_ledger_count(bed, "accepted");

    /* What was answered in time is known; the next submit never answers. */
    bed_start_gateway(bed, NULL);
    assert_int_equal(bed_queue(bed, "sent"), (int)accepted);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "sending") ||
                        traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"lost_cmgs\"");
    BED_WAIT(5000, traffic_struck(bed, "m1"));
    started = bed_mono_ms();
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    assert_true(bed_mono_ms() - started < 5500); /* 5 s, and a busy machine */
    bed_start_gateway(bed, NULL);
    assert_int_equal(bed_queue(bed, "unknown"), 1);

    BED_WAIT(20000, traffic_settled(bed) == 12);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 12);
    traffic_judge(bed, 12);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_kabarid_is_refused_and_the_first_goes_on),
        cmocka_unit_test(a_locked_database_refuses_work_and_catches_up),
        cmocka_unit_test(a_full_disk_refuses_work_loses_nothing_and_goes_on),
        cmocka_unit_test(
            a_broken_configuration_or_template_is_refused_and_the_old_one_stays),
        cmocka_unit_test(a_clock_behind_the_database_holds_all_but_answers),
        cmocka_unit_test(
            an_end_while_sending_takes_5_s_and_loses_or_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
