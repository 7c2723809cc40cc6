// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "text/text_internal.h"

#include <string.h>

/* The letters of U+00C0..U+017F (Latin-1 Supplement, Latin Extended-A)
   without their marks. */
static const char plain_letters[] =
    "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs" /* U+00C0 */
    "aaaaaaaceeeeiiiidnooooo/ouuuuyty" /* U+00E0 */
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg" /* U+0100 */
    "GgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL" /* U+0120 */
    "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSs" /* U+0140 */
    "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs" /* U+0160 */;

/* Other characters that people and spreadsheets put into names and places:
   each run becomes one text, "" where it has no width. */
static const struct {
    uint32_t first;
    uint32_t last;
    const char *text;
} folds[] = {
    {0x0060, 0x0060, "'"  }, /* ` */
    {0x00a0, 0x00a0, " "  }, /* no-break space */
    {0x00a6, 0x00a6, "|"  }, /* ¦ */
    {0x00a8, 0x00a8, "\"" }, /* ¨ */
    {0x00a9, 0x00a9, "(c)"}, /* © */
    {0x00aa, 0x00aa, "a"  }, /* ª */
    {0x00ab, 0x00ab, "\"" }, /* « */
    {0x00ad, 0x00ad, ""   }, /* soft hyphen */
    {0x00ae, 0x00ae, "(R)"}, /* ® */
    {0x00b0, 0x00b0, "o"  }, /* ° */
    {0x00b2, 0x00b2, "2"  }, /* ² */
    {0x00b3, 0x00b3, "3"  }, /* ³ */
    {0x00b4, 0x00b4, "'"  }, /* ´ */
    {0x00b7, 0x00b7, "."  }, /* · */
    {0x00b9, 0x00b9, "1"  }, /* ¹ */
    {0x00ba, 0x00ba, "o"  }, /* º */
    {0x00bb, 0x00bb, "\"" }, /* » */
    {0x00bc, 0x00bc, "1/4"}, /* ¼ */
    {0x00bd, 0x00bd, "1/2"}, /* ½ */
    {0x00be, 0x00be, "3/4"}, /* ¾ */
    {0x02b9, 0x02bf, "'"  }, /* modifier letters: prime, apostrophe */
    {0x02c6, 0x02dd, ""   }, /* spacing accents */
    {0x0300, 0x036f, ""   }, /* combining accents: decomposed letters */
    {0x2000, 0x200a, " "  }, /* spaces of other widths */
    {0x2010, 0x2015, "-"  }, /* hyphens and dashes */
    {0x2018, 0x201b, "'"  }, /* single quotation marks */
    {0x201c, 0x201f, "\"" }, /* double quotation marks */
    {0x2022, 0x2022, "-"  }, /* bullet */
    {0x2026, 0x2026, "..."}, /* ellipsis */
    {0x202f, 0x202f, " "  }, /* narrow no-break space */
    {0x2032, 0x2032, "'"  }, /* prime */
    {0x2033, 0x2033, "\"" }, /* double prime */
    {0x2039, 0x203a, "'"  }, /* single angle quotation marks */
    {0x205f, 0x205f, " "  }, /* mathematical space */
    {0x2116, 0x2116, "No" }, /* № */
    {0x2122, 0x2122, "TM" }, /* ™ */
    {0x2212, 0x2212, "-"  }, /* minus */
    {0x3000, 0x3000, " "  }, /* ideographic space */
};

/* Control characters, and line and paragraph separators. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 ||
           code == 0x2029;
}

/* Marks that show nothing but turn the text around them about. */
static bool is_invisible(uint32_t code)
{
    return (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

/* The nearest that GSM-7 has, into out (5 bytes). */
static void fold(uint32_t code, char *out)
{
    if (code >= 0xc0 && code < 0xc0 + sizeof plain_letters - 1) {
        out[0] = plain_letters[code - 0xc0];
        out[1] = '\0';
        return;
    }
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
        if (code >= folds[i].first && code <= folds[i].last) {
            memcpy(out, folds[i].text, strlen(folds[i].text) + 1);
            return;
        }
    }
    memcpy(out, "?", 2);
}

/* What stands in the message for one character of a value, into out (5
   bytes); "" for nothing. */
static void show(uint32_t code, enum text_coding coding, char *out)
{
    if (is_control(code)) {
        memcpy(out, " ", 2);
    } else if (is_invisible(code)) {
        out[0] = '\0';
    } else if (coding == TEXT_GSM7 && text_septets(code) == 0) {
        fold(code, out);
    } else {
        out[str_utf8_put(code, out)] = '\0';
    }
}

static int units_of(const char *text, enum text_coding coding)
{
    int units = 0;

    while (*text != '\0') {
        units += text_units(str_utf8_next(&text), coding);
    }
    return units;
}

/* Puts as much of value into out as the width allows; the rest of value is
   returned, "" where all went in. */
static const char *put_characters(const char *value, enum text_coding coding,
    int width, struct text_value *out)
{
    size_t used = 0;

    while (*value != '\0') {
        const char *next = value;
        char one[5] = {0};
        size_t bytes = 0;

        show(str_utf8_next(&next), coding, one);
        width -= units_of(one, coding);
        bytes = strlen(one);
        if (width < 0 || used + bytes >= sizeof out->text) {
            break;
        }
        memcpy(out->text + used, one, bytes);
        used += bytes;
        value = next;
    }
    out->text[used] = '\0';
    return value;
}

/* Leaves off the word that was cut, unless it is the only one. */
static void end_at_a_word(struct text_value *value, const char *rest)
{
    char *space = strrchr(value->text, ' ');
    size_t used = 0;

    if (*rest != ' ' && space != NULL && space != value->text) {
        *space = '\0';
    }
    used = strlen(value->text);
    while (used > 0 && strchr(" ,", value->text[used - 1]) != NULL) {
        value->text[--used] = '\0';
    }
}

bool text_value_fit(enum text_field field, enum text_coding coding,
    const char *value, struct text_value *out)
{
    const char *rest =
        put_characters(value, coding, text_field_width(field), out);

    if (*rest == '\0') {
        return true;
    }
    if (text_field_fit(field) == TEXT_FIT_WORD) {
        end_at_a_word(out, rest);
    }
    return text_field_fit(field) != TEXT_FIT_WHOLE;
}

int text_value_septets(const char *value)
{
    int septets = 0;

    while (*value != '\0') {
        char one[5] = {0};

        show(str_utf8_next(&value), TEXT_GSM7, one);
        septets += units_of(one, TEXT_GSM7);
    }
    return septets;
}
