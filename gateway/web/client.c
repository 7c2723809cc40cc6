// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/client.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The gateway's own answers have a few hundred bytes of head. */
#define MAX_HEAD_BYTES  ((size_t)16 * 1024)
#define MAX_CHUNK_LINE  ((size_t)64)
#define READ_BYTES      ((size_t)64 * 1024)
#define STATUS_LINE_MIN 12 /* "HTTP/1.1 200" */

/** One exchange; input holds what was read and not yet taken, from `taken`. */
struct exchange {
    int fd;
    int timeout_ms;
    struct buf input;
    size_t taken;
    bool ended; /* the other side has closed */
};

static enum kb_err wait_for(const struct exchange *exchange, short events)
{
    struct pollfd poller = {.fd = exchange->fd, .events = events};
    int64_t until = clock_mono_ms() + exchange->timeout_ms;
    for (;;) {
        int64_t left = until - clock_mono_ms();
        int ready = poll(&poller, 1, left > 0 ? (int)left : 0);
        if (ready > 0) {
            return KB_OK;
        }
        if (ready == 0) {
            return KB_BUSY;
        }
        if (errno != EINTR) {
            return KB_IO;
        }
    }
}

static enum kb_err connect_error(int number)
{
    switch (number) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTDIR:
        return KB_CLOSED;
    case EACCES:
    case EPERM:
        return KB_REFUSED;
    case EAGAIN: /* the listener's backlog is full */
        return KB_BUSY;
    default:
        return KB_IO;
    }
}

static enum kb_err open_socket(const char *path, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (str_copy(address.sun_path, sizeof(address.sun_path), path) != KB_OK) {
        return KB_INVALID;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return KB_IO;
    }
    /* A connection to a UNIX socket is there at once or not at all; only the
     * exchange behind it must not block for ever, hence MSG_DONTWAIT. */
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        enum kb_err err = connect_error(errno);
        close(fd);
        return err;
    }
    *out = fd;
    return KB_OK;
}

static enum kb_err send_all(
    const struct exchange *exchange, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t sent =
            send(exchange->fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            data += sent;
            bytes -= (size_t)sent;
            continue;
        }
        if (errno == EPIPE || errno == ECONNRESET) {
            /* An answer (such as 413) may have come before the body's end. */
            return KB_OK;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return KB_IO;
        }
        enum kb_err err = wait_for(exchange, POLLOUT);
        if (err != KB_OK) {
            return err;
        }
    }
    return KB_OK;
}

static enum kb_err read_more(struct exchange *exchange)
{
    enum kb_err err = wait_for(exchange, POLLIN);
    if (err != KB_OK) {
        return err;
    }
    char *chunk = mem_new(READ_BYTES);
    ssize_t got = recv(exchange->fd, chunk, READ_BYTES, MSG_DONTWAIT);
    if (got > 0) {
        buf_add(&exchange->input, chunk, (size_t)got);
    } else if (got == 0 || errno == ECONNRESET) {
        exchange->ended = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        err = KB_IO;
    }
    free(chunk);
    return err;
}

/** Ends the line at its line break in place; a NUL inside is no line. */
static enum kb_err end_line(char *start, size_t *bytes)
{
    if (*bytes > 0 && start[*bytes - 1] == '\r') {
        (*bytes)--;
    }
    start[*bytes] = '\0';
    return strlen(start) == *bytes ? KB_OK : KB_PROTOCOL;
}

static char *find_line_end(const struct exchange *exchange)
{
    size_t left = exchange->input.used - exchange->taken;
    return left > 0 ? memchr(exchange->input.data + exchange->taken, '\n', left)
                    : NULL;
}

/** Takes a line without its line break; it is borrowed until the next read. */
static enum kb_err take_line(
    struct exchange *exchange, size_t most, char **line, size_t *bytes)
{
    char *end = find_line_end(exchange);
    while (!end) {
        if (exchange->input.used - exchange->taken > most || exchange->ended) {
            return KB_PROTOCOL;
        }
        enum kb_err err = read_more(exchange);
        if (err != KB_OK) {
            return err;
        }
        end = find_line_end(exchange);
    }
    *line = exchange->input.data + exchange->taken;
    *bytes = (size_t)(end - *line);
    exchange->taken += *bytes + 1;
    return end_line(*line, bytes);
}

/** Moves exactly that many bytes of body to out. */
static enum kb_err take_bytes(
    struct exchange *exchange, size_t bytes, struct buf *out)
{
    while (exchange->input.used - exchange->taken < bytes) {
        if (exchange->ended) {
            return KB_PROTOCOL;
        }
        enum kb_err err = read_more(exchange);
        if (err != KB_OK) {
            return err;
        }
    }
    if (bytes > 0) {
        buf_add(out, exchange->input.data + exchange->taken, bytes);
    }
    exchange->taken += bytes;
    return KB_OK;
}

struct head {
    int status;
    int retry_after_s;
    int64_t length; /* -1: up to the end of the connection */
    bool chunked;
    char content_type[96];
};

static enum kb_err take_status(struct exchange *exchange, int *status)
{
    char *line = NULL;
    size_t bytes = 0;
    enum kb_err err = take_line(exchange, MAX_HEAD_BYTES, &line, &bytes);
    if (err != KB_OK) {
        return err;
    }
    if (!line || bytes < STATUS_LINE_MIN || !str_starts(line, "HTTP/1.")) {
        return KB_PROTOCOL;
    }
    char code[4] = {line[9], line[10], line[11], '\0'};
    int64_t number = 0;
    if (str_int(code, 100, 599, &number) != KB_OK) {
        return KB_PROTOCOL;
    }
    *status = (int)number;
    return KB_OK;
}

static enum kb_err note_header(
    struct head *head, const char *name, const char *value)
{
    int64_t number = 0;
    if (strcasecmp(name, "Content-Length") == 0) {
        return str_int(value, 0, INT64_MAX, &head->length) == KB_OK
                   ? KB_OK
                   : KB_PROTOCOL;
    }
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        head->chunked = strcasecmp(value, "chunked") == 0;
        return head->chunked ? KB_OK : KB_PROTOCOL;
    }
    if (strcasecmp(name, "Retry-After") == 0 &&
        str_int(value, 0, 86400, &number) == KB_OK) {
        head->retry_after_s = (int)number;
    }
    if (strcasecmp(name, "Content-Type") == 0 &&
        str_copy(head->content_type, sizeof(head->content_type), value) !=
            KB_OK) {
        return KB_PROTOCOL;
    }
    return KB_OK;
}

static enum kb_err take_head(struct exchange *exchange, struct head *out)
{
    struct head head = {.length = -1};
    enum kb_err err = take_status(exchange, &head.status);
    size_t started = exchange->taken;
    while (err == KB_OK) {
        char *line = NULL;
        size_t bytes = 0;
        err = take_line(exchange, MAX_HEAD_BYTES, &line, &bytes);
        if (err != KB_OK || bytes == 0) {
            break;
        }
        char *colon = strchr(line, ':');
        if (!colon || exchange->taken - started > MAX_HEAD_BYTES) {
            return KB_PROTOCOL;
        }
        *colon = '\0';
        err = note_header(&head, line, str_trim(colon + 1));
    }
    if (err == KB_OK) {
        *out = head;
    }
    return err;
}

static enum kb_err chunk_size(const char *line, size_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long size = strtoull(line, &end, 16);
    bool digits = strspn(line, "0123456789abcdefABCDEF") > 0;
    if (errno != 0 || !digits || (*end != '\0' && *end != ';')) {
        return KB_PROTOCOL;
    }
    if (size > WEB_CLIENT_MAX_BYTES) {
        return KB_FULL;
    }
    *out = (size_t)size;
    return KB_OK;
}

static enum kb_err take_trailer(struct exchange *exchange)
{
    char *line = NULL;
    size_t bytes = 0;
    enum kb_err err = KB_OK;
    do {
        err = take_line(exchange, MAX_HEAD_BYTES, &line, &bytes);
    } while (err == KB_OK && bytes > 0);
    return err;
}

static enum kb_err take_chunk(
    struct exchange *exchange, size_t *size, struct buf *out)
{
    char *line = NULL;
    size_t bytes = 0;
    enum kb_err err = take_line(exchange, MAX_CHUNK_LINE, &line, &bytes);
    if (err == KB_OK) {
        err = chunk_size(line, size);
    }
    if (err != KB_OK || *size == 0) {
        return err;
    }
    if (out->used + *size > WEB_CLIENT_MAX_BYTES) {
        return KB_FULL;
    }
    err = take_bytes(exchange, *size, out);
    if (err == KB_OK) {
        err = take_line(exchange, 2, &line, &bytes);
    }
    return err == KB_OK && bytes != 0 ? KB_PROTOCOL : err;
}

static enum kb_err take_chunks(struct exchange *exchange, struct buf *out)
{
    size_t size = 1;
    enum kb_err err = KB_OK;
    while (err == KB_OK && size > 0) {
        err = take_chunk(exchange, &size, out);
    }
    return err == KB_OK ? take_trailer(exchange) : err;
}

static enum kb_err take_rest(struct exchange *exchange, struct buf *out)
{
    while (!exchange->ended) {
        if (exchange->input.used > WEB_CLIENT_MAX_BYTES) {
            return KB_FULL;
        }
        enum kb_err err = read_more(exchange);
        if (err != KB_OK) {
            return err;
        }
    }
    return take_bytes(exchange, exchange->input.used - exchange->taken, out);
}

static enum kb_err take_body(
    struct exchange *exchange, const struct head *head, struct buf *out)
{
    if (head->status == 204 || head->status == 304) {
        return KB_OK;
    }
    if (head->chunked) {
        return take_chunks(exchange, out);
    }
    if (head->length < 0) {
        return take_rest(exchange, out);
    }
    if ((uint64_t)head->length > WEB_CLIENT_MAX_BYTES) {
        return KB_FULL;
    }
    return take_bytes(exchange, (size_t)head->length, out);
}

static void write_head(const struct web_ask *ask, struct buf *out)
{
    buf_printf(out,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
        ask->method, ask->target);
    if (ask->content_type) {
        buf_printf(out, "Content-Type: %s\r\n", ask->content_type);
    }
    bool may_carry = ask->body_bytes > 0 || strcmp(ask->method, "GET") != 0;
    if (may_carry) {
        buf_printf(out, "Content-Length: %zu\r\n", ask->body_bytes);
    }
    buf_add_text(out, "\r\n");
}

static enum kb_err talk(struct exchange *exchange, const struct web_ask *ask,
    struct head *head, struct buf *body)
{
    struct buf request = {0};
    write_head(ask, &request);
    enum kb_err err = send_all(exchange, request.data, request.used);
    buf_clear(&request);
    if (err == KB_OK && ask->body_bytes > 0) {
        err = send_all(exchange, ask->body, ask->body_bytes);
    }
    do { /* 100 Continue and its like come before the answer */
        err = err == KB_OK ? take_head(exchange, head) : err;
    } while (err == KB_OK && head->status < 200);
    return err == KB_OK ? take_body(exchange, head, body) : err;
}

static void explain(const struct web_ask *ask, enum kb_err err, struct why *why)
{
    static const struct {
        enum kb_err err;
        const char *before;
        const char *after;
    } sentences[] = {
        {KB_CLOSED,   "nobody listens on ",           "; start kabarid"                },
        {KB_REFUSED,  "no permission for ",           "; join group kabari or use sudo"},
        {KB_BUSY,     "no answer in time on ",        "; try again later"              },
        {KB_PROTOCOL, "the answer broke off on ",     "; look at kabarid's log"        },
        {KB_FULL,     "the answer is too long on ",   "; ask for less"                 },
        {KB_INVALID,  "no socket can have the path ", " (at most 107 bytes)"           },
        {KB_IO,       "the connection failed on ",    "; look at kabarid's log"        },
    };

    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        if (sentences[i].err == err) {
            why_set(why, "%s%s%s", sentences[i].before, ask->socket_path,
                sentences[i].after);
        }
    }
}

enum kb_err web_client_call(
    const struct web_ask *ask, struct web_answer *out, struct why *why)
{
    struct exchange exchange = {.fd = -1, .timeout_ms = ask->timeout_ms};
    struct head head = {.length = -1};
    struct buf body = {0};
    enum kb_err err = open_socket(ask->socket_path, &exchange.fd);
    if (err == KB_OK) {
        err = talk(&exchange, ask, &head, &body);
        close(exchange.fd);
    }
    buf_clear(&exchange.input);
    if (err != KB_OK) {
        buf_clear(&body);
        explain(ask, err, why);
        return err;
    }
    out->status = head.status;
    out->retry_after_s = head.retry_after_s;
    memcpy(out->content_type, head.content_type, sizeof(out->content_type));
    out->body_bytes = body.used;
    out->body = buf_take(&body);
    return KB_OK;
}

void web_answer_clear(struct web_answer *answer)
{
    free(answer->body);
    *answer = (struct web_answer){0};
}

char *web_encode(const char *text)
{
    struct buf out = {0};
    buf_add_encoded(&out, text, strlen(text));
    return buf_take(&out);
}
