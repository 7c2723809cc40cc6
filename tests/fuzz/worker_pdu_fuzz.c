// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes for a PDU, as hex and as they are: the look at them ends and reads
 * nothing beyond them.
 */
#include "modems/worker/pdu.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer gives the name. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *hex = calloc(2 * size + 1, 1);
    char *plain = calloc(size + 1, 1);

    if (hex != NULL && plain != NULL) {
        for (size_t i = 0; i < size; i++) {
            (void)snprintf(hex + 2 * i, 3, "%02X", data[i]);
        }
        memcpy(plain, data, size);
        (void)pdu_look(hex);
        (void)pdu_look(plain);
    }
    free(hex);
    free(plain);
    return 0;
}
