// SPDX-License-Identifier: GPL-2.0-or-later
/* argon2id in a thread of its own: it takes tens of milliseconds, and the loop
 * has five. The thread sees passwords and hashes, and never the store. */
#include "access/access_internal.h"
#include "base/log.h"
#include "base/mem.h"

#include <event2/event.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* OWASP's advice for argon2id is 19 MiB and 2 passes at least. */
#define OPS          3
#define MEMORY_BYTES ((size_t)24 * 1024 * 1024)
#define WAITING_MOST 64 /* some seconds of work; more is an attack */

/* Of a random password that nobody has: comparing with it takes as long as with
   a user's, so that the time does not tell which names there are. */
static const char nobodys_hash[] =
    "$argon2id$v=19$m=24576,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct job {
    char *password; /* zeroed before it is freed */
    char *hash;     /* to compare with; NULL: make one */
    bool nobody;    /* whatever comes out, it is refused */
    char made[crypto_pwhash_STRBYTES];
    enum kb_err result;
    access_hash_fn *fn;
    void *arg;
    struct job *next;
};

struct queue {
    struct job *first;
    struct job *last;
    int count;
};

struct access_helper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    struct queue todo; /* these three under the lock */
    struct queue done;
    int told; /* eventfd: something is done */
    struct event *event;
};

static void push(struct queue *queue, struct job *job)
{
    job->next = NULL;
    if (queue->last != NULL) {
        queue->last->next = job;
    } else {
        queue->first = job;
    }
    queue->last = job;
    queue->count++;
}

static struct job *pop(struct queue *queue)
{
    struct job *job = queue->first;

    if (job != NULL) {
        queue->first = job->next;
        queue->last = queue->first == NULL ? NULL : queue->last;
        queue->count--;
    }
    return job;
}

/* --- the work ----------------------------------------------------------------- */

static void work(struct job *job)
{
    size_t bytes = strlen(job->password);

    if (job->hash != NULL) {
        bool same =
            crypto_pwhash_str_verify(job->hash, job->password, bytes) == 0;

        job->result = same && !job->nobody ? KB_OK : KB_REFUSED;
    } else {
        bool made = crypto_pwhash_str_alg(job->made, job->password, bytes, OPS,
                        MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0;

        job->result = made ? KB_OK : KB_FULL;
    }
}

/** Tells and frees. */
static void finish(struct job *job)
{
    job->fn(job->arg, job->result, job->result == KB_OK ? job->made : "");
    sodium_memzero(job->password, strlen(job->password));
    free(job->password);
    free(job->hash);
    free(job);
}

static struct job *take(struct access_helper *helper)
{
    struct job *job = NULL;

    (void)pthread_mutex_lock(&helper->lock);
    while (!helper->stop && helper->todo.first == NULL) {
        (void)pthread_cond_wait(&helper->wake, &helper->lock);
    }
    if (!helper->stop) {
        job = pop(&helper->todo);
    }
    (void)pthread_mutex_unlock(&helper->lock);
    return job;
}

static void *run(void *arg)
{
    struct access_helper *helper = arg;
    struct job *job = NULL;
    uint64_t one = 1;

    while ((job = take(helper)) != NULL) {
        work(job);
        (void)pthread_mutex_lock(&helper->lock);
        push(&helper->done, job);
        (void)pthread_mutex_unlock(&helper->lock);
        while (write(helper->told, &one, sizeof one) < 0 && errno == EINTR) {
        }
    }
    return NULL;
}

static struct job *take_done(struct access_helper *helper)
{
    struct job *job = NULL;

    (void)pthread_mutex_lock(&helper->lock);
    job = pop(&helper->done);
    (void)pthread_mutex_unlock(&helper->lock);
    return job;
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
    struct access_helper *helper = arg;
    uint64_t count = 0;
    struct job *job = NULL;

    (void)what;
    if (read(fd, &count, sizeof count) < 0) {
        return;
    }
    while ((job = take_done(helper)) != NULL) {
        finish(job);
    }
}

/* --- asking ------------------------------------------------------------------- */

static void submit(struct access *access, struct job *job)
{
    struct access_helper *helper = access->helper;
    bool taken = false;

    if (helper == NULL) {
        work(job);
        finish(job);
        return;
    }
    (void)pthread_mutex_lock(&helper->lock);
    if (helper->todo.count < WAITING_MOST) {
        push(&helper->todo, job);
        taken = true;
        (void)pthread_cond_signal(&helper->wake);
    }
    (void)pthread_mutex_unlock(&helper->lock);
    if (!taken) {
        log_warn("access: too many passwords at once");
        job->result = KB_BUSY;
        finish(job);
    }
}

static struct job *job_new(const char *password, access_hash_fn *fn, void *arg)
{
    struct job *job = mem_new(sizeof *job);

    job->password = mem_strdup(password);
    job->fn = fn;
    job->arg = arg;
    return job;
}

void access_hash(
    struct access *access, const char *password, access_hash_fn *fn, void *arg)
{
    submit(access, job_new(password, fn, arg));
}

void access_verify(struct access *access, const char *password,
    const char *hash, access_hash_fn *fn, void *arg)
{
    struct job *job = job_new(password, fn, arg);

    job->nobody = hash == NULL;
    job->hash = mem_strdup(hash == NULL ? nobodys_hash : hash);
    submit(access, job);
}

/* --- life --------------------------------------------------------------------- */

enum kb_err access_use_loop(struct access *access, struct event_base *base)
{
    struct access_helper *helper = mem_new(sizeof *helper);
    sigset_t all;
    sigset_t before;
    int failed = 0;

    helper->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&helper->lock, NULL);
    (void)pthread_cond_init(&helper->wake, NULL);
    /* Signals are the loop's. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&helper->thread, NULL, run, helper);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (helper->told < 0 || failed != 0) {
        log_error("access: the helper for passwords does not start");
        free(helper);
        return KB_IO;
    }
    helper->event =
        event_new(base, helper->told, EV_READ | EV_PERSIST, on_done, helper);
    (void)event_add(helper->event, NULL);
    access->helper = helper;
    return KB_OK;
}

static void drop(struct queue *queue)
{
    struct job *job = NULL;

    while ((job = pop(queue)) != NULL) {
        job->result = KB_CLOSED;
        finish(job);
    }
}

void access_helper_free(struct access_helper *helper)
{
    if (helper == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&helper->lock);
    helper->stop = true;
    (void)pthread_cond_signal(&helper->wake);
    (void)pthread_mutex_unlock(&helper->lock);
    (void)pthread_join(helper->thread, NULL);
    drop(&helper->todo);
    drop(&helper->done);
    event_free(helper->event);
    (void)close(helper->told);
    (void)pthread_mutex_destroy(&helper->lock);
    (void)pthread_cond_destroy(&helper->wake);
    free(helper);
}
