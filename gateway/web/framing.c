// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/framing.h"

#include <string.h>
#include <strings.h>

/* What the next byte belongs to. */
enum at {
    AT_METHOD,
    AT_TARGET,
    AT_VERSION,
    AT_LINE_LF, /* behind the CR of the request line or of a header */
    AT_NAME,    /* a header's first byte, or the CR of the empty line */
    AT_NAME_MORE,
    AT_VALUE,
    AT_END_LF, /* behind the CR of the empty line */
    AT_BODY,
    AT_SIZE,
    AT_SIZE_LF,
    AT_CHUNK,
    AT_CHUNK_CR,
    AT_CHUNK_LF,
    AT_LAST_CR, /* behind the chunk of size 0: no trailers */
    AT_LAST_LF,
    AT_COUNT
};

#define LENGTH_DIGITS 12
#define SIZE_DIGITS   8

void framing_start(struct framing *framing, framing_limit_fn *limit, void *arg)
{
    *framing = (struct framing){.limit = limit, .limit_arg = arg};
}

static bool bad(struct framing *framing, int status, const char *why)
{
    framing->state = FRAMING_BAD;
    framing->status = status;
    framing->why = why;
    return false;
}

/** tchar of RFC 9110 §5.6.2. */
static bool is_token(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* --- the request line --------------------------------------------------- */

static bool knows_method(const char *method)
{
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i], method) == 0) {
            return true;
        }
    }
    return false;
}

static bool on_method(struct framing *framing, unsigned char c)
{
    if (c == ' ' && framing->word > 0) {
        framing->method[framing->word] = '\0';
        framing->word = 0;
        framing->at = AT_TARGET;
        return knows_method(framing->method) ||
               bad(framing, 501, "there is no such method here");
    }
    if (!is_token(c)) {
        return bad(framing, 400, "the request line starts with a method");
    }
    if (framing->word + 1 >= sizeof framing->method) {
        return bad(framing, 501, "there is no such method here");
    }
    framing->method[framing->word++] = (char)c;
    return true;
}

static bool on_target(struct framing *framing, unsigned char c)
{
    size_t fits = sizeof framing->target - 1;

    if (c == ' ' && framing->word > 0) {
        framing->target[framing->word < fits ? framing->word : fits] = '\0';
        framing->word = 0;
        framing->at = AT_VERSION;
        return true;
    }
    if (c <= ' ' || c >= 0x7f || (framing->word == 0 && c != '/')) {
        return bad(framing, 400, "the target is a path that starts with /");
    }
    if (framing->word >= FRAMING_TARGET_MOST) {
        return bad(framing, 414, "the target is too long");
    }
    if (framing->word < fits) {
        framing->target[framing->word] = (char)c;
    }
    framing->word++;
    return true;
}

static bool on_version(struct framing *framing, unsigned char c)
{
    static const char shape[] = "HTTP/1.";

    if (framing->word < sizeof shape - 1) {
        if (c != (unsigned char)shape[framing->word]) {
            return framing->word == 5
                       ? bad(framing, 505, "only HTTP/1.1 is spoken here")
                       : bad(framing, 400, "the request line ends in HTTP/1.1");
        }
    } else if (framing->word == sizeof shape - 1) {
        if (c != '1' && c != '0') {
            return bad(framing, 505, "only HTTP/1.1 is spoken here");
        }
        framing->old = c == '0';
    } else if (c == '\r') {
        framing->at = AT_LINE_LF;
        return true;
    } else {
        return bad(framing, 400, "the request line ends in HTTP/1.1 and CRLF");
    }
    framing->word++;
    return true;
}

static bool on_line_lf(struct framing *framing, unsigned char c)
{
    framing->at = AT_NAME;
    framing->word = 0;
    return c == '\n' || bad(framing, 400, "a line ends in CRLF");
}

/* --- headers -------------------------------------------------------------- */

/** reg-name, IPv4, [IPv6] and a port: what no one reads in two ways. */
static bool is_host(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_:[]";

    return *text != '\0' && text[strspn(text, allowed)] == '\0';
}

static bool take_host(struct framing *framing)
{
    if (framing->has_host) {
        return bad(framing, 400, "there are two Host headers");
    }
    framing->has_host = true;
    if (framing->value_bytes >= sizeof framing->value) {
        return framing->value_bytes <= 255 ||
               bad(framing, 400, "Host is too long");
    }
    return is_host(framing->value) || bad(framing, 400, "Host is no host");
}

static bool take_length(struct framing *framing)
{
    size_t digits = strspn(framing->value, "0123456789");
    uint64_t length = 0;

    if (framing->has_length) {
        return bad(framing, 400, "there are two Content-Length headers");
    }
    if (digits == 0 || framing->value[digits] != '\0' ||
        framing->value_bytes != digits) {
        return bad(framing, 400, "Content-Length is a number of bytes");
    }
    if (digits > LENGTH_DIGITS) {
        return bad(framing, 413, "the body is too large; send less at once");
    }
    for (size_t i = 0; i < digits; i++) {
        length = length * 10 + (uint64_t)(framing->value[i] - '0');
    }
    framing->has_length = true;
    framing->length = length;
    return true;
}

static bool take_encoding(struct framing *framing)
{
    if (framing->chunked || strcasecmp(framing->value, "chunked") != 0) {
        return bad(framing, 501, "Transfer-Encoding can be chunked only");
    }
    if (framing->old) {
        return bad(framing, 400, "HTTP/1.0 has no Transfer-Encoding");
    }
    framing->chunked = true;
    return true;
}

static bool take_credentials(struct framing *framing)
{
    framing->credentials = true;
    return true;
}

static bool take_header(struct framing *framing)
{
    static const struct {
        const char *name;
        bool (*take)(struct framing *framing);
    } takers[] = {
        {"host",              take_host       },
        {"content-length",    take_length     },
        {"transfer-encoding", take_encoding   },
        {"cookie",            take_credentials},
        {"authorization",     take_credentials},
    };

    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        if (strcasecmp(takers[i].name, framing->name) == 0) {
            return takers[i].take(framing);
        }
    }
    return true;
}

static bool on_name(struct framing *framing, unsigned char c)
{
    if (c == '\r') {
        framing->at = AT_END_LF;
        return true;
    }
    if (c == ' ' || c == '\t') {
        return bad(framing, 400, "headers are not folded");
    }
    if (++framing->headers > FRAMING_HEADERS_MOST) {
        return bad(framing, 431, "there are too many headers");
    }
    framing->word = 0;
    framing->value_bytes = 0;
    framing->at = AT_NAME_MORE;
    if (!is_token(c)) {
        return bad(framing, 400, "a header's name has letters and -");
    }
    framing->name[framing->word++] = (char)c;
    return true;
}

static bool on_name_more(struct framing *framing, unsigned char c)
{
    if (c == ':') {
        bool fits = framing->word < sizeof framing->name;

        framing->name[fits ? framing->word : 0] = '\0';
        framing->at = AT_VALUE;
        return true;
    }
    if (!is_token(c)) {
        return bad(
            framing, 400, "a header's name ends in a colon, without a space");
    }
    if (framing->word < sizeof framing->name) {
        framing->name[framing->word] = (char)c;
    }
    framing->word++;
    return true;
}

/** Takes the white space from the end. */
static void end_value(struct framing *framing)
{
    size_t fits = sizeof framing->value - 1;
    size_t bytes = framing->value_bytes < fits ? framing->value_bytes : fits;

    while (bytes > 0 && (framing->value[bytes - 1] == ' ' ||
                            framing->value[bytes - 1] == '\t')) {
        bytes--;
        framing->value_bytes = bytes;
    }
    framing->value[bytes] = '\0';
}

static bool on_value(struct framing *framing, unsigned char c)
{
    bool blank = c == ' ' || c == '\t';

    if (c == '\r') {
        framing->at = AT_LINE_LF;
        end_value(framing);
        return take_header(framing);
    }
    if ((c < ' ' && !blank) || c == 0x7f) {
        return bad(framing, 400, "a header holds a control character");
    }
    if (blank && framing->value_bytes == 0) {
        return true;
    }
    if (framing->value_bytes < sizeof framing->value - 1) {
        framing->value[framing->value_bytes] = (char)c;
    }
    framing->value_bytes++;
    return true;
}

/* --- from the head to the body --------------------------------------------- */

static void next_request(struct framing *framing)
{
    framing->state = FRAMING_IDLE;
    framing->at = AT_METHOD;
    framing->word = 0;
    framing->head_bytes = 0;
    framing->headers = 0;
    framing->old = false;
    framing->has_host = false;
    framing->has_length = false;
    framing->chunked = false;
    framing->credentials = false;
    framing->length = 0;
}

static bool start_body(struct framing *framing)
{
    framing->requests++;
    framing->body_seen = 0;
    framing->body_left = framing->length;
    framing->body_most =
        framing->limit == NULL
            ? UINT64_MAX
            : framing->limit(framing->limit_arg, framing->method,
                  framing->target, framing->credentials);
    if (framing->length > framing->body_most) {
        return bad(framing, 413, "the body is too large; send less at once");
    }
    if (!framing->chunked && framing->length == 0) {
        next_request(framing);
        return true;
    }
    framing->state = FRAMING_BODY;
    framing->at = framing->chunked ? AT_SIZE : AT_BODY;
    framing->chunk = 0;
    framing->chunk_digits = 0;
    return true;
}

static bool on_end_lf(struct framing *framing, unsigned char c)
{
    if (c != '\n') {
        return bad(framing, 400, "a line ends in CRLF");
    }
    if (!framing->has_host && !framing->old) {
        return bad(framing, 400, "Host is missing");
    }
    if (framing->chunked && framing->has_length) {
        return bad(framing, 400,
            "there are both Content-Length and Transfer-Encoding");
    }
    return start_body(framing);
}

/* --- chunks ----------------------------------------------------------------- */

static int hex_of(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool on_size(struct framing *framing, unsigned char c)
{
    int digit = hex_of(c);

    if (c == '\r' && framing->chunk_digits > 0) {
        framing->at = AT_SIZE_LF;
        return true;
    }
    if (digit < 0 || ++framing->chunk_digits > SIZE_DIGITS) {
        return bad(framing, 400, "a chunk's size has 1 to 8 hex digits");
    }
    framing->chunk = framing->chunk * 16 + (uint64_t)digit;
    return framing->body_seen + framing->chunk <= framing->body_most ||
           bad(framing, 413, "the body is too large; send less at once");
}

static bool on_size_lf(struct framing *framing, unsigned char c)
{
    framing->at = framing->chunk > 0 ? AT_CHUNK : AT_LAST_CR;
    framing->chunk_digits = 0;
    return c == '\n' || bad(framing, 400, "a chunk's size ends in CRLF");
}

static bool on_chunk_cr(struct framing *framing, unsigned char c)
{
    framing->at = AT_CHUNK_LF;
    return c == '\r' || bad(framing, 400, "a chunk ends in CRLF");
}

static bool on_chunk_lf(struct framing *framing, unsigned char c)
{
    framing->at = AT_SIZE;
    framing->chunk = 0;
    return c == '\n' || bad(framing, 400, "a chunk ends in CRLF");
}

static bool on_last_cr(struct framing *framing, unsigned char c)
{
    framing->at = AT_LAST_LF;
    return c == '\r' || bad(framing, 400, "there are no trailers here");
}

static bool on_last_lf(struct framing *framing, unsigned char c)
{
    next_request(framing);
    return c == '\n' || bad(framing, 400, "a line ends in CRLF");
}

/* --- bytes --------------------------------------------------------------------- */

typedef bool on_byte(struct framing *framing, unsigned char c);

static on_byte *const table[AT_COUNT] = {
    [AT_METHOD] = on_method,
    [AT_TARGET] = on_target,
    [AT_VERSION] = on_version,
    [AT_LINE_LF] = on_line_lf,
    [AT_NAME] = on_name,
    [AT_NAME_MORE] = on_name_more,
    [AT_VALUE] = on_value,
    [AT_END_LF] = on_end_lf,
    [AT_SIZE] = on_size,
    [AT_SIZE_LF] = on_size_lf,
    [AT_CHUNK_CR] = on_chunk_cr,
    [AT_CHUNK_LF] = on_chunk_lf,
    [AT_LAST_CR] = on_last_cr,
    [AT_LAST_LF] = on_last_lf,
};

/** Skips what is a body's or chunk's own; returns how many bytes. */
static size_t skip(struct framing *framing, size_t count)
{
    uint64_t *left =
        framing->at == AT_BODY ? &framing->body_left : &framing->chunk;
    size_t bytes = *left < count ? (size_t)*left : count;

    *left -= bytes;
    framing->body_seen += bytes;
    if (*left == 0 && framing->at == AT_BODY) {
        next_request(framing);
    } else if (*left == 0) {
        framing->at = AT_CHUNK_CR;
    }
    return bytes;
}

static bool take_byte(struct framing *framing, unsigned char c)
{
    if (framing->state != FRAMING_BODY) {
        framing->state = FRAMING_HEAD;
        if (++framing->head_bytes > FRAMING_HEAD_MOST) {
            return bad(framing, 431, "the headers are too large");
        }
    }
    return table[framing->at](framing, c);
}

bool framing_feed(struct framing *framing, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;

    while (count > 0 && framing->state != FRAMING_BAD) {
        bool bulk = framing->at == AT_BODY || framing->at == AT_CHUNK;
        size_t taken = bulk ? skip(framing, count) : 1;

        if (!bulk) {
            (void)take_byte(framing, *at);
        }
        at += taken;
        count -= taken;
    }
    return framing->state != FRAMING_BAD;
}
