// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/bed.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "web/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST_ARGS  64
#define START_MS   30000
#define COMMAND_MS 60000

unsigned bed_seed(const char *name)
{
    const char *wanted = getenv(name);
    unsigned seed = wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10)
                                   : (unsigned)bed_mono_ms();

    print_message("%s=%u\n", name, seed);
    return seed;
}

int64_t bed_mono_ms(void)
{
    return clock_mono_ms();
}

void bed_pause_or_fail(
    int64_t give_up_ms, const char *what, const char *file, int line)
{
    if (clock_mono_ms() >= give_up_ms) {
        print_error("never came true: %s\n", what);
        _fail(file, line);
    }
    (void)poll(NULL, 0, 15); /* asking costs the gateway, too */
}

void bed_program(const char *name, char *out, size_t out_bytes)
{
    const char *build = getenv("KABARI_BUILD");

    (void)snprintf(
        out, out_bytes, "%s/%s", build == NULL ? "build/test" : build, name);
}

/* --- folder and configuration -------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void bed_write(struct bed *bed, const char *name, const char *text, char *out,
    size_t out_bytes)
{
    (void)snprintf(out, out_bytes, "%s/%s", bed->folder, name);
    write_file(out, text);
}

/* As fast as the simulator, but for what the test sets itself. */
static void write_modem(struct buf *text, const char *args)
{
    static const char *const defaults[] = {
        "daily_limit = 0; ", "min_gap_ms = 0; ", "pause_ms = 0; "};

    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        char name[16] = "";

        (void)sscanf(defaults[i], "%15s", name);
        if (args == NULL || strstr(args, name) == NULL) {
            buf_add_text(text, defaults[i]);
        }
    }
    buf_printf(text, "%s }", args == NULL ? "" : args);
}

/* A short watchdog budget needs a network that may take no longer. */
static void write_send_time(struct buf *text, const struct bed_options *options)
{
    const char *budget =
        options->config == NULL ? NULL : strstr(options->config, " send_s = ");

    if (budget != NULL &&
        (options->modem_args == NULL ||
            strstr(options->modem_args, "send_timeout_s") == NULL)) {
        buf_printf(text, "send_timeout_s = %d; ",
            atoi(budget + 10)); // NOLINT(cert-err34-c): a test's own text
    }
}

static void write_config(struct bed *bed, const struct bed_options *options)
{
    struct buf text = {0};
    char here[1024];

    assert_non_null(getcwd(here, sizeof here));
    buf_printf(&text,
        "site = { name = \"DUKCAPIL MABAR\"; timezone = \"Asia/Makassar\"; "
        "language = \"id\"; };\n"
        "database = { path = \"%s\"; };\n"
        "templates = \"%s/templates\";\n"
        "balance_rules = \"%s/gateway/share/balance.rules\";\n"
        "quirks = \"%s/modems/quirks\";\n"
        "control = { socket = \"%s\"; };\n"
        "http = { listen = \"%s\"; };\n"
        "sending = %s;\n%s\nmodems = (",
        bed->database, here, here, here, bed->socket,
        options->http ? "127.0.0.1:0" : "",
        options->sending == NULL
            ? "{ days = \"Mon-Sun\"; from = \"00:00\"; to = \"24:00\"; }"
            : options->sending,
        options->config == NULL ? "" : options->config);
    for (int i = 1; i <= options->modems; i++) {
        buf_printf(&text,
            "%s\n { name = \"m%d\"; device = \"%s/m%d\"; "
            "connection = \"dku2at\"; operator = \"telkomsel\"; ",
            i == 1 ? "" : ",", i, bed->sim_folder, i);
        write_send_time(&text, options);
        write_modem(&text, options->modem_args);
    }
    buf_add_text(&text, " );\n");
    write_file(bed->config, buf_text(&text));
    buf_clear(&text);
}

struct bed *bed_new(const struct bed_options *options)
{
    struct bed *bed = mem_new(sizeof *bed);
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(bed->folder, sizeof bed->folder, "%.40s/kabari-XXXXXX",
        tmp == NULL ? "/tmp" : tmp);
    assert_non_null(mkdtemp(bed->folder));
    (void)snprintf(
        bed->sim_folder, sizeof bed->sim_folder, "%s/sim", bed->folder);
    (void)snprintf(
        bed->config, sizeof bed->config, "%s/kabari.conf", bed->folder);
    (void)snprintf(bed->socket, sizeof bed->socket, "%s/k.sock", bed->folder);
    (void)snprintf(bed->database, sizeof bed->database, "%s/k.db", bed->folder);
    (void)snprintf(bed->log, sizeof bed->log, "%s/kabarid.log", bed->folder);
    assert_int_equal(mkdir(bed->sim_folder, 0700), 0);
    write_config(bed, options);
    return bed;
}

char *bed_config_text(struct bed *bed)
{
    char text[16384];
    FILE *file = fopen(bed->config, "r");
    size_t got = 0;

    assert_non_null(file);
    got = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    assert_true(got < sizeof text - 1);
    text[got] = '\0';
    return mem_strdup(text);
}

void bed_config_set(struct bed *bed, const char *text)
{
    write_file(bed->config, text);
}

char *bed_replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    return mem_printf(
        "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

void bed_config_replace(struct bed *bed, const char *from, const char *to)
{
    char *old = bed_config_text(bed);
    char *text = bed_replaced(old, from, to);

    bed_config_set(bed, text);
    free(old);
    free(text);
}

static void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry = NULL;
    char child[512];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            remove_tree(child);
        } else {
            (void)unlink(child);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

/* --- processes ----------------------------------------------------------- */

static size_t split_words(char *text, char **words, size_t used)
{
    char *rest = NULL;

    for (char *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(used < MOST_ARGS - 1);
        words[used++] = word;
    }
    words[used] = NULL;
    return used;
}

static pid_t spawn(char *const *words, int out_fd, const char *log_path)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        int log_fd = log_path == NULL
                         ? -1
                         : open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

        /* A test that fails half-way leaves nothing running. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (log_fd >= 0) {
            (void)dup2(log_fd, STDERR_FILENO);
            (void)dup2(log_fd, STDOUT_FILENO);
        }
        if (out_fd >= 0) {
            (void)dup2(out_fd, STDOUT_FILENO);
        }
        (void)execv(words[0], words);
        _exit(127);
    }
    return child;
}

void bed_start_sim(struct bed *bed, const struct bed_options *options)
{
    char program[512];
    char count[16];
    char *extra = mem_strdup(options->sim_args == NULL
                                 ? "--latency-ms 0 --command-ms 0 --report-ms 0"
                                 : options->sim_args);
    char *words[MOST_ARGS] = {
        program, "--dir", bed->sim_folder, "--modems", count};
    char ready[64] = "";
    int ends[2];

    bed_program("kabari-sim", program, sizeof program);
    (void)snprintf(count, sizeof count, "%d", options->modems);
    (void)split_words(extra, words, 5);
    assert_int_equal(pipe(ends), 0);
    bed->sim = spawn(words, ends[1], NULL);
    (void)close(ends[1]);
    assert_true(read(ends[0], ready, sizeof ready - 1) > 0);
    (void)close(ends[0]);
    assert_non_null(strstr(ready, "ready"));
    free(extra);
}

static bool gateway_answers(struct bed *bed)
{
    struct web_ask ask = {.socket_path = bed->socket,
        .method = "GET",
        .target = "/api/v1/status",
        .timeout_ms = START_MS};
    struct web_answer answer = {0};
    bool ok =
        web_client_call(&ask, &answer, NULL) == KB_OK && answer.status == 200;

    web_answer_clear(&answer);
    if (!ok && waitpid(bed->gateway, NULL, WNOHANG) == bed->gateway) {
        bed->gateway = 0;
        fail_msg("kabarid ended instead of starting; see its log");
    }
    return ok;
}

void bed_start_gateway(struct bed *bed, const char *args)
{
    char program[512];
    char *extra = mem_strdup(args == NULL ? "" : args);
    char *words[MOST_ARGS] = {program, "-c", bed->config};

    bed_program("kabarid", program, sizeof program);
    (void)split_words(extra, words, 3);
    bed->gateway = spawn(words, -1, bed->log);
    free(extra);
    BED_WAIT(START_MS, gateway_answers(bed));
}

static void set_or_unset(const char *setting, bool set)
{
    char name[64] = "";
    size_t bytes = strcspn(setting, "=");

    assert_true(bytes < sizeof name && setting[bytes] == '=');
    memcpy(name, setting, bytes);
    assert_int_equal(
        set ? setenv(name, setting + bytes + 1, 1) : unsetenv(name), 0);
}

void bed_start_gateway_with(
    struct bed *bed, const char *shim, const char *const *settings)
{
    char path[512];
    const char *asan = getenv("ASAN_OPTIONS");
    char *kept = mem_strdup(asan == NULL ? "" : asan);
    char *more = mem_printf("verify_asan_link_order=0:%s", kept);

    bed_program(shim, path, sizeof path);
    assert_int_equal(setenv("LD_PRELOAD", path, 1), 0);
    assert_int_equal(setenv("ASAN_OPTIONS", more, 1), 0);
    for (size_t i = 0; settings[i] != NULL; i++) {
        set_or_unset(settings[i], true);
    }
    bed_start_gateway(bed, NULL);
    for (size_t i = 0; settings[i] != NULL; i++) {
        set_or_unset(settings[i], false);
    }
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
    assert_int_equal(setenv("ASAN_OPTIONS", kept, 1), 0);
    free(kept);
    free(more);
}

void bed_set_clock(struct bed *bed, int64_t offset_s)
{
    char text[32];
    char fresh[160];
    char path[160];

    (void)snprintf(text, sizeof text, "%lld", (long long)offset_s);
    bed_write(bed, "clock.new", text, fresh, sizeof fresh);
    (void)snprintf(path, sizeof path, "%s/clock", bed->folder);
    assert_int_equal(rename(fresh, path), 0); /* never read half */
}

void bed_start_gateway_with_clock(struct bed *bed, int64_t offset_s)
{
    char setting[160];
    const char *const settings[] = {setting, NULL};

    bed_set_clock(bed, offset_s);
    (void)snprintf(
        setting, sizeof setting, "CLOCK_SHIM_FILE=%s/clock", bed->folder);
    bed_start_gateway_with(bed, "clock_shim.so", settings);
}

int bed_stop_gateway(struct bed *bed, int signal_number)
{
    int status = 0;

    assert_int_equal(kill(bed->gateway, signal_number), 0);
    assert_int_equal(waitpid(bed->gateway, &status, 0), bed->gateway);
    bed->gateway = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct bed *bed_up(const struct bed_options *options)
{
    struct bed *bed = bed_new(options);

    bed_start_sim(bed, options);
    bed_start_gateway(bed, NULL);
    return bed;
}

static void show_log(struct bed *bed)
{
    FILE *file = fopen(bed->log, "r");
    char line[1100];

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strstr(line, "ERROR: ") != NULL ||
            strstr(line, "runtime error") != NULL ||
            strstr(line, "    #") != NULL) {
            print_error("%s", line);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

void bed_free(struct bed *bed)
{
    int code = 0;
    bool faulty = false;

    if (bed->gateway != 0) {
        code = bed_stop_gateway(bed, SIGTERM);
    }
    if (bed->sim != 0) {
        (void)kill(bed->sim, SIGTERM);
        (void)waitpid(bed->sim, NULL, 0);
    }
    faulty = bed_logged(bed, "Sanitizer") || bed_logged(bed, "runtime error");
    if (faulty) {
        show_log(bed);
    }
    if (getenv("KABARI_KEEP") == NULL) {
        remove_tree(bed->folder);
    }
    free(bed);
    assert_false(faulty);
    assert_int_equal(code, 0);
}

/* --- kabari -------------------------------------------------------------- */

static char *read_all(int fd)
{
    struct buf text = {0};
    char piece[4096];
    ssize_t got = 0;

    while ((got = read(fd, piece, sizeof piece)) > 0) {
        buf_add(&text, piece, (size_t)got);
    }
    return buf_take(&text);
}

static int run_words(struct bed *bed, char **words, char **out)
{
    int ends[2];
    int status = 0;
    char *text = NULL;
    pid_t child = 0;

    assert_int_equal(pipe(ends), 0);
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    child = spawn(words, ends[1], bed->log);
    (void)close(ends[1]);
    text = read_all(ends[0]);
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (out != NULL) {
        *out = text;
    } else {
        free(text);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_list(
    struct bed *bed, char **out, bool json, const char *first, va_list args)
{
    char program[512];
    char *words[MOST_ARGS] = {program, "-c", bed->config};
    size_t used = 3;

    bed_program("kabari", program, sizeof program);
    if (json) {
        words[used++] = "--json";
    }
    for (const char *word = first; word != NULL;
         word = va_arg(args, const char *)) {
        assert_true(used < MOST_ARGS - 1);
        words[used++] = (char *)word;
    }
    words[used] = NULL;
    return run_words(bed, words, out);
}

int bed_kabari(struct bed *bed, char **out, const char *first, ...)
{
    va_list args;
    int code = 0;

    va_start(args, first);
    code = run_list(bed, out, false, first, args);
    va_end(args);
    return code;
}

json_t *bed_json(struct bed *bed, const char *first, ...)
{
    va_list args;
    char *text = NULL;
    json_t *json = NULL;
    int code = 0;

    va_start(args, first);
    code = run_list(bed, &text, true, first, args);
    va_end(args);
    if (code != 0) {
        print_error("kabari %s … exited with %d: %s\n", first, code, text);
    }
    assert_int_equal(code, 0);
    json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

/* --- the control socket -------------------------------------------------- */

static const char *type_of(const char *body)
{
    if (body == NULL) {
        return NULL;
    }
    return *body == '{' || *body == '[' ? "application/json" : "text/csv";
}

json_t *bed_ask(struct bed *bed, const char *method, const char *target,
    const char *body, int *status)
{
    struct web_ask ask = {.socket_path = bed->socket,
        .method = method,
        .target = target,
        .content_type = type_of(body),
        .body = body,
        .body_bytes = body == NULL ? 0 : strlen(body),
        .timeout_ms = COMMAND_MS};
    struct web_answer answer = {0};
    struct why why = {0};
    json_t *json = NULL;

    if (web_client_call(&ask, &answer, &why) != KB_OK) {
        fail_msg("%s %s: %s", method, target, why.text);
    }
    if (status != NULL) {
        *status = answer.status;
    } else if (answer.status >= 300) {
        fail_msg("%s %s: %d %s", method, target, answer.status, answer.body);
    }
    json = json_loads(answer.body, JSON_DECODE_ANY, NULL);
    web_answer_clear(&answer);
    return json;
}

void bed_do(
    struct bed *bed, const char *method, const char *target, const char *body)
{
    json_decref(bed_ask(bed, method, target, body, NULL));
}

int64_t bed_number(struct bed *bed, const char *target, const char *member)
{
    json_t *answer = bed_ask(bed, "GET", target, NULL, NULL);
    json_t *value = json_object_get(answer, member);
    int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;

    json_decref(answer);
    return number;
}

bool bed_is(
    struct bed *bed, const char *target, const char *member, const char *value)
{
    json_t *answer = bed_ask(bed, "GET", target, NULL, NULL);
    const char *text = json_string_value(json_object_get(answer, member));
    bool same = text != NULL && strcmp(text, value) == 0;

    json_decref(answer);
    return same;
}

bool bed_says(
    struct bed *bed, const char *target, const char *member, const char *words)
{
    json_t *answer = bed_ask(bed, "GET", target, NULL, NULL);
    const char *text = json_string_value(json_object_get(answer, member));
    bool found = text != NULL && strstr(text, words) != NULL;

    json_decref(answer);
    return found;
}

int64_t bed_queue(struct bed *bed, const char *state)
{
    json_t *answer = bed_ask(bed, "GET", "/api/v1/status", NULL, NULL);
    int64_t number = json_integer_value(
        json_object_get(json_object_get(answer, "queue"), state));

    json_decref(answer);
    return number;
}

/* --- the simulator ------------------------------------------------------- */

static char *sim_line(struct bed *bed, const char *line)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *answer = NULL;

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock",
        bed->sim_folder);
    assert_int_equal(
        connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_true(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    answer = read_all(fd);
    (void)close(fd);
    return answer;
}

json_t *bed_sim(struct bed *bed, const char *fmt, ...)
{
    struct buf line = {0};
    char request[8192];
    va_list args;
    char *text = NULL;
    json_t *answer = NULL;

    va_start(args, fmt);
    (void)vsnprintf(request, sizeof request, fmt, args);
    va_end(args);
    buf_printf(&line, "%s\n", request);
    text = sim_line(bed, buf_text(&line));
    answer = json_loads(text, 0, NULL);
    if (!json_is_true(json_object_get(answer, "ok"))) {
        fail_msg("simulator: %s -> %s", request, text);
    }
    buf_clear(&line);
    free(text);
    return answer;
}

json_t *bed_ledger(struct bed *bed, const char *event)
{
    char path[128];
    char *line = NULL;
    size_t room = 0;
    FILE *file = NULL;
    json_t *all = json_array();

    (void)snprintf(path, sizeof path, "%s/ledger.jsonl", bed->sim_folder);
    file = fopen(path, "r");
    while (file != NULL && getline(&line, &room, file) > 0) {
        json_t *row = json_loads(line, 0, NULL);
        const char *kind = json_string_value(json_object_get(row, "event"));

        if (kind != NULL && (event == NULL || strcmp(kind, event) == 0)) {
            assert_int_equal(json_array_append(all, row), 0);
        }
        json_decref(row);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(line);
    return all;
}

size_t bed_ledger_count(struct bed *bed, const char *event)
{
    json_t *rows = bed_ledger(bed, event);
    size_t count = json_array_size(rows);

    json_decref(rows);
    return count;
}

bool bed_logged(struct bed *bed, const char *text)
{
    FILE *file = fopen(bed->log, "r");
    char line[4096];
    bool found = false;

    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        found = strstr(line, text) != NULL;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

int bed_port(struct bed *bed)
{
    FILE *file = fopen(bed->log, "re");
    char line[1024];
    int port = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, "web: listens");
        const char *number = at == NULL ? NULL : strstr(at, " port=");

        port = number == NULL
                   ? port
                   : (int)strtol(number + strlen(" port="), NULL, 10);
    }
    (void)fclose(file);
    assert_true(port > 0);
    return port;
}
