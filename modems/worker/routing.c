// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/routing.h"

#include <stdio.h>
#include <string.h>

bool routing_read(const char *line, struct routing *out)
{
    const char *colon = strchr(line, ':');
    struct routing found = {{0}};
    int *v = found.value;

    if (strncmp(line, "+CNMI", 5) != 0 || colon == NULL ||
        // NOLINTNEXTLINE(cert-err34-c): each is checked below
        sscanf(colon + 1, "%2d,%2d,%2d,%2d,%2d", &v[0], &v[1], &v[2], &v[3],
            &v[4]) < 2) {
        return false;
    }
    for (int i = 0; i < 5; i++) {
        if (v[i] < 0 || v[i] > 3) {
            return false;
        }
    }
    *out = found;
    return true;
}

bool routing_loses_sms(const struct routing *routing)
{
    return routing->value[1] >= 2;
}

void routing_command(
    const struct routing *stands, int attempt, char *out, size_t out_bytes)
{
    const int *v = stands->value;

    switch (attempt) {
    case 0:
        (void)snprintf(out, out_bytes, "AT+CNMI=2,1,0,2,0");
        return;
    case 1:
        (void)snprintf(
            out, out_bytes, "AT+CNMI=%d,1,%d,%d,%d", v[0], v[2], v[3], v[4]);
        return;
    default: /* nothing is told of: it is looked for, then */
        (void)snprintf(out, out_bytes, "AT+CNMI=0,0,0,0,0");
        return;
    }
}
