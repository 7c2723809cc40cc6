// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/poster.h"

#include "api/callback.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"

#include <event2/event.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FLIGHT_MOST  16
#define LOOK_MS      250
#define CONNECT_MS   5000L
#define WHOLE_MS     15000L
#define POLL_MS      1000
#define GONE         410
#define REASON_BYTES 160

/** One post, owned by the loop, then the thread, then the loop. */
struct post {
    int64_t id;
    int attempts; /* with this one */
    char *url;
    char *body; /* NULL: a GET */
    struct curl_slist *headers;
    bool anywhere; /* an administrator wrote the address */
    CURL *curl;
    CURLcode code;
    long status;
    int64_t took_ms;
    bool forbidden; /* the address is one that may not be asked */
    char reason[REASON_BYTES];
    struct post *next;
};

struct web_poster {
    struct callbacks *callbacks;
    const struct config *config;
    struct event *look;
    struct event *done_event;
    int done_fd;
    int64_t flying[FLIGHT_MOST]; /* ids; 0: free. The loop's own. */

    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    struct post *todo;
    struct post *done;
    bool stop;

    struct post *flight; /* the thread's own */
    CURLM *multi;        /* the thread's, but for curl_multi_wakeup() */
};

/* --- where may be asked ----------------------------------------------------------- */

static bool four_is_public(uint32_t address)
{
    static const struct {
        uint32_t net;
        uint32_t mask;
    } closed[] = {
        {0x00000000, 0xff000000}, /* this network */
        {0x0a000000, 0xff000000}, /* RFC 1918 */
        {0x64400000, 0xffc00000}, /* RFC 6598 */
        {0x7f000000, 0xff000000}, /* loopback */
        {0xa9fe0000, 0xffff0000}, /* link-local */
        {0xac100000, 0xfff00000}, /* RFC 1918 */
        {0xc0a80000, 0xffff0000}, /* RFC 1918 */
        {0xe0000000, 0xe0000000}, /* multicast and above */
    };

    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        if ((address & closed[i].mask) == closed[i].net) {
            return false;
        }
    }
    return true;
}

static uint32_t four_of(const struct in6_addr *six)
{
    uint32_t four = 0;
    memcpy(&four, &six->s6_addr[12], sizeof(four));
    return ntohl(four);
}

static bool six_is_public(const struct in6_addr *six)
{
    if (IN6_IS_ADDR_V4MAPPED(six) || IN6_IS_ADDR_V4COMPAT(six)) {
        return four_is_public(four_of(six));
    }
    return !IN6_IS_ADDR_UNSPECIFIED(six) && !IN6_IS_ADDR_LOOPBACK(six) &&
           !IN6_IS_ADDR_LINKLOCAL(six) && !IN6_IS_ADDR_MULTICAST(six) &&
           (six->s6_addr[0] & 0xfe) != 0xfc; /* RFC 4193 */
}

bool web_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof(four));
        return four_is_public(ntohl(four.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof(six));
        return six_is_public(&six.sin6_addr);
    }
    return false;
}

/** Where metadata of a rented machine is: nobody's business from here. */
static bool is_link_local(const struct sockaddr *address)
{
    struct sockaddr_in four;
    if (address->sa_family != AF_INET) {
        return false;
    }
    memcpy(&four, address, sizeof(four));
    return (ntohl(four.sin_addr.s_addr) & 0xffff0000U) == 0xa9fe0000U;
}

static curl_socket_t on_socket(
    void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct post *post = arg;
    bool fine = !is_link_local(&address->addr) &&
                (post->anywhere || web_address_is_public(&address->addr));
    (void)purpose;
    if (!fine) {
        post->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(
        address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- a post ------------------------------------------------------------------------ */

static void post_free(struct post *post)
{
    curl_slist_free_all(post->headers);
    if (post->curl) {
        curl_easy_cleanup(post->curl);
    }
    free(post->url);
    free(post->body);
    free(post);
}

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl gives the type
static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    (void)data;
    (void)arg;
    return size * count; /* nobody reads it */
}

static bool prepare(struct post *post)
{
    CURL *curl = curl_easy_init();
    post->curl = curl;
    if (!curl) {
        return false;
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, post->url);
    (void)curl_easy_setopt(curl, CURLOPT_PRIVATE, post);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "Kabari/" KABARI_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    (void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, post);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, post->headers);
    if (post->body) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post->body);
    }
    return true;
}

/* --- the thread ---------------------------------------------------------------------- */

static struct post *take_list(struct web_poster *poster, struct post **list)
{
    (void)pthread_mutex_lock(&poster->lock);
    struct post *taken = *list;
    *list = NULL;
    (void)pthread_mutex_unlock(&poster->lock);
    return taken;
}

static void put(
    struct web_poster *poster, struct post **list, struct post *post)
{
    (void)pthread_mutex_lock(&poster->lock);
    post->next = *list;
    *list = post;
    (void)pthread_mutex_unlock(&poster->lock);
}

static void finish(struct web_poster *poster, struct post *post, CURLcode code)
{
    uint64_t one = 1;
    curl_off_t took_us = 0;
    post->code = code;
    if (post->curl) {
        (void)curl_easy_getinfo(post->curl, CURLINFO_TOTAL_TIME_T, &took_us);
        post->took_ms = took_us / 1000;
    }
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(
            post->curl, CURLINFO_RESPONSE_CODE, &post->status);
    }
    put(poster, &poster->done, post);
    if (write(poster->done_fd, &one, sizeof(one)) < 0) {
        log_error("webhook: the loop cannot be woken: %s", strerror(errno));
    }
}

static void start_posts(struct web_poster *poster)
{
    struct post *post = take_list(poster, &poster->todo);
    while (post) {
        struct post *next = post->next;
        if (!prepare(post)) {
            finish(poster, post, CURLE_OUT_OF_MEMORY);
        } else if (curl_multi_add_handle(poster->multi, post->curl) !=
                   CURLM_OK) {
            finish(poster, post, CURLE_FAILED_INIT);
        } else {
            post->next = poster->flight;
            poster->flight = post;
        }
        post = next;
    }
}

static void land(struct web_poster *poster, struct post *post)
{
    struct post **at = &poster->flight;
    while (*at && *at != post) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = post->next;
    }
}

static void end_posts(struct web_poster *poster)
{
    int left = 0;
    const CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(poster->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            struct post *post = NULL;
            CURLcode code = message->data.result;
            CURL *curl = message->easy_handle;
            (void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &post);
            (void)curl_multi_remove_handle(poster->multi, curl);
            land(poster, post);
            finish(poster, post, code);
        }
    }
}

static bool is_stopped(struct web_poster *poster)
{
    (void)pthread_mutex_lock(&poster->lock);
    bool stop = poster->stop;
    (void)pthread_mutex_unlock(&poster->lock);
    return stop;
}

static void *run(void *arg)
{
    struct web_poster *poster = arg;
    while (!is_stopped(poster)) {
        int running = 0;
        start_posts(poster);
        (void)curl_multi_perform(poster->multi, &running);
        end_posts(poster);
        (void)curl_multi_poll(poster->multi, NULL, 0, POLL_MS, NULL);
    }
    return NULL;
}

/* --- the loop's side -------------------------------------------------------------------- */

static const struct config_webhook *webhook_of(
    const struct web_poster *poster, const char *url)
{
    const struct config *config = poster->config;
    for (size_t i = 0; i < config->webhook_count; i++) {
        if (strcmp(config->webhooks[i].url, url) == 0) {
            return &config->webhooks[i];
        }
    }
    return NULL;
}

static void add_header(struct post *post, const char *name, const char *value)
{
    char *line = mem_printf("%s: %s", name, value);
    post->headers = curl_slist_append(post->headers, line);
    free(line);
}

static void add_signature(
    struct post *post, const struct callback *callback, const char *secret)
{
    struct clock clock = clock_system();
    int64_t now_s = clock_now_ms(&clock) / 1000;
    char signature[CALLBACK_SIGNATURE_BYTES];
    char number[32];
    callback_sign(secret, now_s, post->body, signature);
    add_header(post, "Content-Type", "application/json");
    add_header(post, "Kabari-Event", callback->event);
    (void)snprintf(number, sizeof(number), "%lld", (long long)callback->id);
    add_header(post, "Kabari-Delivery", number);
    (void)snprintf(number, sizeof(number), "%lld", (long long)now_s);
    add_header(post, "Kabari-Timestamp", number);
    add_header(post, "Kabari-Signature", signature);
    add_header(post, "Expect", ""); /* no 100-continue */
}

/** NULL where the webhook is no longer in the configuration. */
static struct post *post_new(
    const struct web_poster *poster, const struct callback *callback)
{
    bool dlr = strcmp(callback->event, "dlr") == 0;
    const struct config_webhook *webhook =
        dlr ? NULL : webhook_of(poster, callback->url);
    if (!dlr && !webhook) {
        return NULL;
    }
    struct post *post = mem_new(sizeof(*post));
    post->id = callback->id;
    post->attempts = callback->attempts + 1;
    post->anywhere = !dlr || poster->config->callbacks_private;
    if (dlr) {
        post->url = callback_dlr_url(callback);
    } else {
        post->url = mem_strdup(callback->url);
        post->body = callback_body(callback);
        add_signature(post, callback, webhook->secret);
    }
    return post;
}

static int64_t *slot_of(struct web_poster *poster, int64_t id)
{
    for (size_t i = 0; i < FLIGHT_MOST; i++) {
        if (poster->flying[i] == id) {
            return &poster->flying[i];
        }
    }
    return NULL;
}

/** What has no address any more is settled after the list was read. */
struct round {
    struct web_poster *poster;
    int64_t gone[FLIGHT_MOST];
    size_t gone_count;
};

static void on_due(void *arg, const struct callback *callback)
{
    struct round *round = arg;
    struct web_poster *poster = round->poster;
    int64_t *slot = slot_of(poster, 0);
    if (!slot || slot_of(poster, callback->id)) {
        return;
    }
    struct post *post = post_new(poster, callback);
    if (post) {
        *slot = callback->id;
        put(poster, &poster->todo, post);
    } else if (round->gone_count < FLIGHT_MOST) {
        round->gone[round->gone_count++] = callback->id;
    }
}

static void look(struct web_poster *poster)
{
    struct round round = {.poster = poster};
    if (callbacks_due(poster->callbacks, 2 * FLIGHT_MOST, on_due, &round) !=
        KB_OK) {
        return; /* the next look tries again */
    }
    for (size_t i = 0; i < round.gone_count; i++) {
        if (callbacks_settle(poster->callbacks, round.gone[i],
                &(struct callback_result){.end = CALLBACK_DEAD,
                    .attempts = 1,
                    .reason = "the webhook is no longer configured"}) !=
            KB_OK) {
            log_warn("webhook: not settled, tried again later");
        }
    }
    (void)pthread_mutex_lock(&poster->lock);
    bool work = poster->todo != NULL;
    (void)pthread_mutex_unlock(&poster->lock);
    if (work) {
        (void)curl_multi_wakeup(poster->multi);
    }
}

static enum callback_end judge(struct post *post)
{
    if (post->forbidden) {
        (void)snprintf(post->reason, sizeof(post->reason),
            "the address may not be asked; see callbacks.private");
        return CALLBACK_DEAD;
    }
    if (post->code != CURLE_OK) {
        (void)snprintf(post->reason, sizeof(post->reason), "%s",
            curl_easy_strerror(post->code));
        return post->code == CURLE_URL_MALFORMAT ||
                       post->code == CURLE_UNSUPPORTED_PROTOCOL
                   ? CALLBACK_DEAD
                   : CALLBACK_AGAIN;
    }
    (void)snprintf(
        post->reason, sizeof(post->reason), "HTTP status %ld", post->status);
    return post->status >= 200 && post->status < 300 ? CALLBACK_TAKEN
           : post->status == GONE                    ? CALLBACK_DEAD
                                                     : CALLBACK_AGAIN;
}

static void settle(struct web_poster *poster, struct post *post)
{
    struct callback_result result = {.end = judge(post),
        .attempts = post->attempts,
        .status = (int)post->status,
        .took_ms = post->took_ms,
        .reason = post->reason};
    int64_t *slot = slot_of(poster, post->id);
    if (callbacks_settle(poster->callbacks, post->id, &result) != KB_OK) {
        /* It stays due: told once more rather than not at all. */
        log_warn(
            "webhook: an answer was not stored id=%lld", (long long)post->id);
    }
    if (result.end == CALLBACK_AGAIN) {
        log_info("webhook: not taken id=%lld attempt=%d why=%s",
            (long long)post->id, post->attempts, log_quote(post->reason).text);
    }
    if (slot) {
        *slot = 0;
    }
    post_free(post);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
    struct web_poster *poster = arg;
    uint64_t count = 0;
    (void)what;
    if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        log_warn("webhook: %s", strerror(errno));
    }
    struct post *post = take_list(poster, &poster->done);
    while (post) {
        struct post *next = post->next;
        settle(poster, post);
        post = next;
    }
    look(poster);
}

/* --- open, close --------------------------------------------------------------------------- */

struct web_poster *web_poster_new(
    struct event_base *base, struct api *api, const struct config *config)
{
    struct web_poster *poster = mem_new(sizeof(*poster));
    struct timeval often = {.tv_usec = LOOK_MS * 1000L};
    poster->callbacks = api_callbacks(api);
    poster->config = config;
    poster->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    poster->multi = curl_multi_init();
    (void)pthread_mutex_init(&poster->lock, NULL);
    if (poster->done_fd < 0 || !poster->multi ||
        pthread_create(&poster->thread, NULL, run, poster) != 0) {
        log_error("webhook: no thread can be made; nothing is posted");
        (void)close(poster->done_fd);
        (void)curl_multi_cleanup(poster->multi);
        free(poster);
        return NULL;
    }
    poster->look = event_new(base, -1, EV_PERSIST, on_look, poster);
    poster->done_event =
        event_new(base, poster->done_fd, EV_READ | EV_PERSIST, on_done, poster);
    (void)event_add(poster->look, &often);
    (void)event_add(poster->done_event, NULL);
    return poster;
}

static void free_list(struct web_poster *poster, struct post *post)
{
    while (post) {
        struct post *next = post->next;
        if (post->curl) {
            (void)curl_multi_remove_handle(poster->multi, post->curl);
        }
        post_free(post);
        post = next;
    }
}

void web_poster_free(struct web_poster *poster)
{
    if (!poster) {
        return;
    }
    (void)pthread_mutex_lock(&poster->lock);
    poster->stop = true;
    (void)pthread_mutex_unlock(&poster->lock);
    (void)curl_multi_wakeup(poster->multi);
    (void)pthread_join(poster->thread, NULL);
    event_free(poster->look);
    event_free(poster->done_event);
    free_list(poster, poster->todo);
    free_list(poster, poster->done);
    free_list(poster, poster->flight);
    (void)curl_multi_cleanup(poster->multi);
    (void)close(poster->done_fd);
    (void)pthread_mutex_destroy(&poster->lock);
    free(poster);
}
