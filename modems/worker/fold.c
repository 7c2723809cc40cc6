// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/fold.h"

#include <ctype.h>

/* The longest: 182 characters, each as four hex digits. A line that is longer
   has lost its end. */
#define LINE_MOST 800

static const char head[] = "+CUSD:";

static bool ends_line(char byte)
{
    return byte == '\r' || byte == '\n';
}

/* Behind a quote a comma and digits may follow up to the line's end. */
static bool still_ends(const struct fold *fold, char byte)
{
    return fold->may_end && (byte == ',' || isdigit((unsigned char)byte));
}

static void take_of_answer(struct fold *fold, char byte)
{
    fold->may_end = (fold->open && byte == '"') || still_ends(fold, byte);
    fold->open = fold->open || byte == '"';
}

char fold_byte(struct fold *fold, char byte)
{
    if (ends_line(byte) && fold->open && !fold->may_end &&
        fold->place < LINE_MOST) {
        fold->place++;
        return ' ';
    }
    if (ends_line(byte)) {
        *fold = (struct fold){.place = 0};
        return byte;
    }
    if (fold->place < sizeof head - 1) {
        fold->other = fold->other || byte != head[fold->place];
    } else if (!fold->other) {
        take_of_answer(fold, byte);
    }
    fold->place++;
    return byte;
}

void fold_reset(struct fold *fold)
{
    *fold = (struct fold){.other = true};
}
