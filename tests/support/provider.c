// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/provider.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PHONE "%%2B6281200009801"

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(
        connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

struct provider_heard provider_post(struct bed *bed, const char *path,
    const char *type, const char *secret, const char *body)
{
    struct buf request = {0};
    struct provider_heard heard = {.status = 0};
    char answer[4096];
    size_t used = 0;
    ssize_t bytes = 0;
    int fd = connect_to(bed_port(bed));
    const char *head_end = NULL;

    buf_printf(&request,
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
        "X-Kabari-Secret: %s\r\nConnection: close\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        path, type, secret, strlen(body), body);
    assert_int_equal(
        write(fd, request.data, request.used), (ssize_t)request.used);
    while ((bytes = read(fd, answer + used, sizeof answer - 1 - used)) > 0) {
        used += (size_t)bytes;
    }
    answer[used] = '\0';
    (void)close(fd);
    buf_clear(&request);
    assert_true(strncmp(answer, "HTTP/1.1 ", 9) == 0);
    heard.status = (int)strtol(answer + 9, NULL, 10);
    head_end = strstr(answer, "\r\n\r\n");
    assert_non_null(head_end);
    (void)snprintf(heard.body, sizeof heard.body, "%s", head_end + 4);
    return heard;
}

struct provider_heard provider_at(
    struct bed *bed, const char *secret, const char *session, const char *text)
{
    char body[512];

    (void)snprintf(body, sizeof body,
        "sessionId=%s&serviceCode=*123%%23&phoneNumber=" PHONE
        "&networkCode=62001&text=%s",
        session, text);
    return provider_post(
        bed, "/ussd/at", "application/x-www-form-urlencoded", secret, body);
}

void provider_shows(struct provider_heard heard, const char *part)
{
    assert_int_equal(heard.status, 200);
    if (strstr(heard.body, part) == NULL) {
        print_error("\"%s\" lacks \"%s\"\n", heard.body, part);
        fail();
    }
}
