// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes: in one piece or in many, the verdict is the same. */
#include "web/framing.h"

#include <stdint.h>
#include <stdlib.h>

/* libFuzzer gives the name. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct framing whole;
    struct framing pieces;

    framing_start(&whole, NULL, NULL);
    framing_start(&pieces, NULL, NULL);
    (void)framing_feed(&whole, data, size);
    for (size_t i = 0; i < size; i++) {
        (void)framing_feed(&pieces, data + i, 1);
    }
    if (whole.state != pieces.state || whole.status != pieces.status ||
        whole.requests != pieces.requests ||
        whole.body_left != pieces.body_left) {
        abort();
    }
    return 0;
}
