// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/reader.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
    reader_work_fn *work;
    reader_done_fn *done;
    void *arg;
    struct job *next;
};

struct jobs {
    struct job *first;
    struct job *last;
};

/* A configuration and the texts that go with it. */
struct words {
    struct config config;
    struct texts *texts;
};

struct reader {
    const struct app *app;
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows, up to the thread's own */
    pthread_cond_t wake;
    struct jobs waiting;
    struct jobs worked;
    struct words *fresh;   /* to be used from the next job on */
    struct store *running; /* while a job runs, for its interruption */
    bool ending;
    int fd;

    /* The thread's own: */
    struct clock clock;
    struct words *words;
    struct store *store;
    struct registry *registry;
    struct campaigns *campaigns;
};

/* --- lists of jobs ----------------------------------------------------- */

static void push(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    if (jobs->last == NULL) {
        jobs->first = job;
    } else {
        jobs->last->next = job;
    }
    jobs->last = job;
}

static struct job *pop(struct jobs *jobs)
{
    struct job *job = jobs->first;

    if (job != NULL) {
        jobs->first = job->next;
        jobs->last = jobs->first == NULL ? NULL : jobs->last;
    }
    return job;
}

/* --- configuration and texts ------------------------------------------- */

static void words_free(struct words *words)
{
    if (words == NULL) {
        return;
    }
    texts_free(words->texts);
    config_clear(&words->config);
    free(words);
}

static enum kb_err words_load(
    const struct app *app, struct words **out, struct why *why)
{
    struct words *words = mem_new(sizeof *words);
    enum kb_err err = config_load(app->config.file, &words->config, why);

    if (err == KB_OK) {
        err = app_texts(&words->config, &words->texts, why);
        if (err != KB_OK) {
            config_clear(&words->config);
        }
    }
    if (err != KB_OK) {
        free(words);
        return err;
    }
    *out = words;
    return KB_OK;
}

/* --- the thread -------------------------------------------------------- */

static void close_rooms(struct reader *reader)
{
    campaigns_close(reader->campaigns);
    registry_close(reader->registry);
    store_close(reader->store);
    reader->campaigns = NULL;
    reader->registry = NULL;
    reader->store = NULL;
}

static enum kb_err open_rooms(struct reader *reader, struct why *why)
{
    enum kb_err err = store_open_reader(
        reader->app->config.database_path, &reader->store, why);

    if (err == KB_OK) {
        err = registry_open(reader->store, &reader->clock, &reader->registry);
    }
    if (err == KB_OK) {
        err = campaigns_open(
            &(struct campaign_rooms){
                .store = reader->store,
                .clock = &reader->clock,
                .config = &reader->words->config,
                .registry = reader->registry,
                .texts = reader->words->texts,
            },
            &reader->campaigns);
    }
    if (err != KB_OK) {
        if (why->text[0] == '\0') {
            why_set(why, "the database cannot be read; look at kabarid's log");
        }
        close_rooms(reader);
    }
    return err;
}

static void use_fresh(struct reader *reader, struct words *take_fresh)
{
    if (take_fresh == NULL) {
        return;
    }
    if (reader->campaigns != NULL) {
        campaigns_use(
            reader->campaigns, take_fresh->texts, &take_fresh->config);
    }
    words_free(reader->words);
    reader->words = take_fresh;
}

static void work(struct reader *reader, const struct job *job)
{
    struct why why = {0};
    struct reader_rooms rooms = {.clock = &reader->clock};
    enum kb_err err = reader->store == NULL ? open_rooms(reader, &why) : KB_OK;

    if (err == KB_OK) {
        err = store_read_begin(reader->store);
    }
    if (err != KB_OK) {
        job->work(job->arg, NULL, &why);
        return;
    }
    rooms.config = &reader->words->config;
    rooms.registry = reader->registry;
    rooms.campaigns = reader->campaigns;
    (void)pthread_mutex_lock(&reader->lock);
    reader->running = reader->ending ? NULL : reader->store;
    (void)pthread_mutex_unlock(&reader->lock);
    job->work(job->arg, &rooms, &why);
    (void)pthread_mutex_lock(&reader->lock);
    reader->running = NULL;
    (void)pthread_mutex_unlock(&reader->lock);
    store_read_end(reader->store);
}

static void tell_done(struct reader *reader)
{
    uint64_t one = 1;

    while (write(reader->fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

static void *run(void *arg)
{
    struct reader *reader = arg;

    (void)pthread_mutex_lock(&reader->lock);
    while (!reader->ending) {
        struct job *job = pop(&reader->waiting);
        struct words *fresh = reader->fresh;

        if (job == NULL) {
            (void)pthread_cond_wait(&reader->wake, &reader->lock);
            continue;
        }
        reader->fresh = NULL;
        (void)pthread_mutex_unlock(&reader->lock);
        use_fresh(reader, fresh);
        work(reader, job);
        (void)pthread_mutex_lock(&reader->lock);
        push(&reader->worked, job);
        tell_done(reader);
    }
    (void)pthread_mutex_unlock(&reader->lock);
    close_rooms(reader);
    return NULL;
}

/* Signals are the loop's. */
static bool start_thread(struct reader *reader)
{
    sigset_t all;
    sigset_t before;
    bool started = false;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    started = pthread_create(&reader->thread, NULL, run, reader) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* --- the loop's side --------------------------------------------------- */

enum kb_err reader_open(
    const struct app *app, struct reader **out, struct why *why)
{
    struct reader *reader = mem_new(sizeof *reader);
    enum kb_err err = words_load(app, &reader->words, why);

    reader->app = app;
    reader->clock = app->clock;
    reader->fd = err == KB_OK ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    (void)pthread_mutex_init(&reader->lock, NULL);
    (void)pthread_cond_init(&reader->wake, NULL);
    if (err == KB_OK && (reader->fd < 0 || !start_thread(reader))) {
        why_set(why, "no thread for reading: %s", strerror(errno));
        err = KB_IO;
    }
    if (err != KB_OK) {
        if (reader->fd >= 0) {
            (void)close(reader->fd);
        }
        words_free(reader->words);
        free(reader);
        return err;
    }
    *out = reader;
    return KB_OK;
}

void reader_close(struct reader *reader)
{
    struct job *job = NULL;

    if (reader == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&reader->lock);
    reader->ending = true;
    if (reader->running != NULL) {
        store_interrupt(reader->running);
    }
    (void)pthread_cond_signal(&reader->wake);
    (void)pthread_mutex_unlock(&reader->lock);
    (void)pthread_join(reader->thread, NULL);
    reader_settle(reader);
    while ((job = pop(&reader->waiting)) != NULL) {
        job->done(job->arg, false);
        free(job);
    }
    words_free(reader->fresh);
    words_free(reader->words);
    (void)pthread_cond_destroy(&reader->wake);
    (void)pthread_mutex_destroy(&reader->lock);
    (void)close(reader->fd);
    free(reader);
}

enum kb_err reader_reload(struct reader *reader, struct why *why)
{
    struct words *fresh = NULL;
    enum kb_err err = words_load(reader->app, &fresh, why);

    if (err != KB_OK) {
        return err;
    }
    (void)pthread_mutex_lock(&reader->lock);
    words_free(reader->fresh);
    reader->fresh = fresh;
    (void)pthread_mutex_unlock(&reader->lock);
    return KB_OK;
}

void reader_ask(
    struct reader *reader, reader_work_fn *fn, reader_done_fn *done, void *job)
{
    struct job *row = mem_new(sizeof *row);

    *row = (struct job){.work = fn, .done = done, .arg = job};
    (void)pthread_mutex_lock(&reader->lock);
    push(&reader->waiting, row);
    (void)pthread_cond_signal(&reader->wake);
    (void)pthread_mutex_unlock(&reader->lock);
}

int reader_fd(const struct reader *reader)
{
    return reader->fd;
}

void reader_settle(struct reader *reader)
{
    uint64_t count = 0;
    struct job *job = NULL;
    struct jobs worked = {0};

    (void)!read(reader->fd, &count, sizeof count);
    (void)pthread_mutex_lock(&reader->lock);
    worked = reader->worked;
    reader->worked = (struct jobs){0};
    (void)pthread_mutex_unlock(&reader->lock);
    while ((job = pop(&worked)) != NULL) {
        job->done(job->arg, true);
        free(job);
    }
}
