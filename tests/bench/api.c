// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the API bears, in one run: a read by id, durable POSTs by 64 clients
 * against a commit each and against Kannel's sendsms (bearerbox and smsbox of
 * Debian's kannel package, on loopback), and reads with 500 event listeners.
 */
#include "tests/support/bed.h"

#include <sqlite3.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CLIENTS   64
#define RUN_MS    4000
#define LISTENERS 500
#define SAMPLES   200000

/** Where a client asks: a UNIX socket, or a port on loopback. */
struct target {
    const char *socket_path;
    int port;
    const char *request; /* the whole of it, sent again and again */
    int wanted;          /* status */
    bool reconnect;      /* a connection for each request */
};

struct run {
    const struct target *target;
    int64_t until_ms;
    atomic_long done;
    atomic_long failed;
    long *took_us; /* of the first SAMPLES */
    atomic_long samples;
};

static int64_t mono_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int connect_to(const struct target *target)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in tcp = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)target->port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    bool is_local = target->socket_path != NULL;
    int fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    int done = 0;

    if (is_local) {
        (void)snprintf(
            local.sun_path, sizeof local.sun_path, "%s", target->socket_path);
        done = connect(fd, (struct sockaddr *)&local, sizeof local);
    } else {
        done = connect(fd, (struct sockaddr *)&tcp, sizeof tcp);
    }
    if (done != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* One request and its answer; the status, 0 where there was none. */
static int exchange(int fd, const char *request)
{
    char answer[65536];
    size_t used = 0;
    const char *body = NULL;
    const char *length = NULL;
    size_t whole = 0;
    int status = 0;

    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
        return 0;
    }
    while (body == NULL || used < whole) {
        ssize_t got = recv(fd, answer + used, sizeof answer - 1 - used, 0);

        if (got <= 0) {
            break;
        }
        used += (size_t)got;
        answer[used] = '\0';
        body = strstr(answer, "\r\n\r\n");
        length = strcasestr(answer, "Content-Length:");
        whole = body == NULL
                    ? 0
                    : (size_t)(body + 4 - answer) +
                          (length == NULL ? 0 : strtoul(length + 15, NULL, 10));
    }
    (void)sscanf(answer, "HTTP/1.%*d %d", &status); // NOLINT(cert-err34-c)
    return used > 0 ? status : 0;
}

static void note(struct run *run, int64_t took_us, bool fine)
{
    long at = 0;

    if (!fine) {
        atomic_fetch_add(&run->failed, 1);
        return;
    }
    atomic_fetch_add(&run->done, 1);
    at = atomic_fetch_add(&run->samples, 1);
    if (at < SAMPLES) {
        run->took_us[at] = (long)took_us;
    }
}

static void *run_client(void *arg)
{
    struct run *run = arg;
    int fd = -1;

    while (bed_mono_ms() < run->until_ms) {
        int64_t start = mono_us();
        int status = 0;

        fd = fd < 0 ? connect_to(run->target) : fd;
        status = fd < 0 ? 0 : exchange(fd, run->target->request);
        note(run, mono_us() - start, status == run->target->wanted);
        if (fd >= 0 && (run->target->reconnect || status == 0)) {
            (void)close(fd);
            fd = -1;
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    long x = *(const long *)a;
    long y = *(const long *)b;

    return (x > y) - (x < y);
}

/** What so many of a hundred sorted samples took no longer than. */
static double percentile_ms(const struct run *run, long count, long percent)
{
    long at = count * percent / 100;

    return count > 0 ? (double)run->took_us[at] / 1000 : 0;
}

/** So many clients for RUN_MS: requests a second; p99 goes out. */
static double measure(
    const char *name, const struct target *target, int clients, double *p99_ms)
{
    struct run run = {.target = target, .until_ms = bed_mono_ms() + RUN_MS};
    pthread_t threads[CLIENTS];
    long count = 0;
    double rate = 0;

    run.took_us = calloc(SAMPLES, sizeof(long));
    for (int i = 0; i < clients; i++) {
        (void)pthread_create(&threads[i], NULL, run_client, &run);
    }
    for (int i = 0; i < clients; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    count = atomic_load(&run.samples);
    count = count > SAMPLES ? SAMPLES : count;
    qsort(run.took_us, (size_t)count, sizeof(long), by_size);
    rate = (double)atomic_load(&run.done) * 1000.0 / RUN_MS;
    *p99_ms = percentile_ms(&run, count, 99);
    (void)printf("%-34s %9.0f/s  p50 %7.2f ms  p99 %7.2f ms  failed %ld\n",
        name, rate, percentile_ms(&run, count, 50), *p99_ms,
        atomic_load(&run.failed));
    (void)fflush(stdout);
    free(run.took_us);
    return rate;
}

/* --- a commit each --- */

static double commits_each(const struct bed *bed)
{
    char path[160];
    sqlite3 *db = NULL;
    long done = 0;
    int64_t until = bed_mono_ms() + RUN_MS;

    (void)snprintf(path, sizeof path, "%s/each.db", bed->folder);
    (void)sqlite3_open(path, &db);
    (void)sqlite3_exec(db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE m (id INTEGER PRIMARY KEY, phone TEXT, text TEXT)",
        NULL, NULL, NULL);
    while (bed_mono_ms() < until &&
           sqlite3_exec(db,
               "INSERT INTO m (phone, text) VALUES ('+6281200009001', 'Halo')",
               NULL, NULL, NULL) == SQLITE_OK) {
        done++;
    }
    (void)sqlite3_close(db);
    (void)printf("%-34s %9.0f/s\n", "a commit each (SQLite, FULL)",
        (double)done * 1000.0 / RUN_MS);
    return (double)done * 1000.0 / RUN_MS;
}

/* --- Kannel --- */

static int free_port(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)bind(fd, (struct sockaddr *)&address, bytes);
    (void)getsockname(fd, (struct sockaddr *)&address, &bytes);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static pid_t start(const char *program, const char *config)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (freopen("/dev/null", "w", stdout) != NULL &&
            freopen("/dev/null", "w", stderr) != NULL) {
            (void)execl(program, program, "-v", "4", config, (char *)NULL);
        }
        _exit(127);
    }
    return pid;
}

static void end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static bool comes_up(int port)
{
    int64_t until = bed_mono_ms() + 15000;
    int fd = -1;

    while (fd < 0 && bed_mono_ms() < until) {
        fd = connect_to(&(struct target){.port = port});
        (void)usleep(20000);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

static double kannel(struct bed *bed)
{
    int ports[4] = {free_port(), free_port(), free_port(), free_port()};
    char text[1500];
    char file[160];
    struct target target = {.port = ports[3],
        .request = "GET /cgi-bin/sendsms?username=u&password=p&from=1&"
                   "to=081200009001&text=Halo HTTP/1.1\r\nHost: x\r\n\r\n",
        .wanted = 202};
    double p99 = 0;
    double rate = 0;
    pid_t bearer = 0;
    pid_t box = 0;

    if (access("/usr/sbin/smsbox", X_OK) != 0) {
        (void)printf("kannel is not installed; not compared\n");
        return 0;
    }
    (void)snprintf(text, sizeof text,
        "group = core\nadmin-port = %d\nadmin-password = a\nsmsbox-port = %d\n"
        "box-allow-ip = 127.0.0.1\n\ngroup = smsc\nsmsc = fake\nport = %d\n"
        "connect-allow-ip = 127.0.0.1\n\ngroup = smsbox\n"
        "bearerbox-host = 127.0.0.1\nsendsms-port = %d\n\n"
        "group = sendsms-user\nusername = u\npassword = p\n"
        "max-messages = 9\n\ngroup = sms-service\nkeyword = default\n"
        "text = no\n",
        ports[0], ports[1], ports[2], ports[3]);
    bed_write(bed, "kannel.conf", text, file, sizeof file);
    bearer = start("/usr/sbin/bearerbox", file);
    if (comes_up(ports[1])) {
        box = start("/usr/sbin/smsbox", file);
    }
    if (box > 0 && comes_up(ports[3])) {
        rate = measure("Kannel's sendsms, 64 clients", &target, CLIENTS, &p99);
    } else {
        (void)printf("kannel did not start; not compared\n");
    }
    if (box > 0) {
        end(box);
    }
    end(bearer);
    return rate;
}

/* --- listeners --- */

static void open_listeners(const struct bed *bed, int *fds)
{
    static const char ask[] = "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n";

    for (int i = 0; i < LISTENERS; i++) {
        fds[i] = connect_to(&(struct target){.socket_path = bed->socket});
        if (fds[i] >= 0) {
            (void)send(fds[i], ask, strlen(ask), MSG_NOSIGNAL);
        }
    }
}

/** How many of them have heard something of late. */
static int hearing(const int *fds)
{
    char piece[65536];
    int count = 0;

    for (int i = 0; i < LISTENERS; i++) {
        count +=
            fds[i] >= 0 && recv(fds[i], piece, sizeof piece, MSG_DONTWAIT) > 0;
    }
    return count;
}

/* --- the run --- */

#define BODY "{\"phone\":\"081200009001\",\"text\":\"Halo\"}"

static char *post(const char *body)
{
    size_t room = strlen(body) + 300;
    char *text = malloc(room);

    (void)snprintf(text, room,
        "POST /api/v1/messages HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(body), body);
    return text;
}

static char *batch(void)
{
    size_t room = 101 * sizeof BODY;
    char *body = malloc(room);
    char *text = NULL;

    (void)snprintf(body, room, "[" BODY);
    for (int i = 1; i < 100; i++) {
        strcat(body, "," BODY); // NOLINT: the room is counted above
    }
    strcat(body, "]"); // NOLINT
    text = post(body);
    free(body);
    return text;
}

int main(void)
{
    struct bed *bed = bed_up(
        &(struct bed_options){.modems = 8, .sim_args = "--latency-ms 100"});
    static int fds[LISTENERS];
    char *one = post(BODY);
    char *many = batch();
    struct target read = {.socket_path = bed->socket,
        .request = "GET /api/v1/messages/1 HTTP/1.1\r\nHost: x\r\n\r\n",
        .wanted = 200};
    struct target write = {
        .socket_path = bed->socket, .request = one, .wanted = 201};
    struct target batches = {
        .socket_path = bed->socket, .request = many, .wanted = 201};
    double idle = 0;
    double busy = 0;
    double p99 = 0;
    double each = 0;
    double posts = 0;
    double kannels = 0;

    bed_do(bed, "POST", "/api/v1/messages", BODY);
    BED_WAIT(15000, bed_queue(bed, "queued") == 0);
    (void)measure("GET a message, 8 clients, idle", &read, 8, &idle);
    each = commits_each(bed);
    posts = measure("durable POST, 64 clients", &write, CLIENTS, &p99);
    (void)measure("the same in batches of 100", &batches, 8, &p99);
    kannels = kannel(bed);
    (void)printf("durable POST: %.1f x a commit each (must be 5), %.1f x "
                 "Kannel's sendsms (must be 2)\n",
        posts / each, kannels > 0 ? posts / kannels : 0);
    (void)measure("GET a message, while all is sent", &read, 8, &busy);
    (void)printf(
        "p99 %.2f ms, idle %.2f ms (at most 2 x idle or 20 ms)\n", busy, idle);
    open_listeners(bed, fds);
    BED_WAIT(10000, hearing(fds) > 0);
    (void)measure("GET a message, 500 listeners too", &read, 8, &busy);
    (void)printf(
        "%d of %d listeners have heard something\n", hearing(fds), LISTENERS);
    free(one);
    free(many);
    bed_free(bed);
    return 0;
}
