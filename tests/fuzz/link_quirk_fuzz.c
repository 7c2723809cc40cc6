// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text for a quirk file: read, or refused with a line; never more.
 */
#include "link/quirk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer gives the name. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    struct quirk quirk;
    struct quirk whole;
    struct why why = {0};

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    if (quirk_read("/q/fuzz.quirk", text, &quirk, &why) == KB_OK) {
        quirk_clear(&whole);
        quirk_lay_over(&whole, &quirk);
        quirk_lay_over(&whole, &quirk);
        (void)quirk_fit(&whole, "huawei", "E173");
        (void)quirk_class_of(&whole, false, 500);
    } else if (why.text[0] == '\0') {
        abort();
    }
    free(text);
    return 0;
}
