// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/web_internal.h"

#include <string.h>

/* One page with counts, in Indonesian and English, without a script and
 * without personal data: anybody who reaches the port may read it. */

const char web_page_style[] =
    "body{font:16px/1.5 sans-serif;margin:0 auto;max-width:40rem;padding:1rem;"
    "color:#1a1a1a;background:#fff}\n"
    "h1{font-size:1.4rem;margin:.5rem 0}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{text-align:left;font-weight:normal;padding:.35rem 0}\n"
    "td{text-align:right;font-variant-numeric:tabular-nums;padding:.35rem 0}\n"
    "tr{border-bottom:1px solid #ccc}\n"
    "i{color:#555}\n"
    "p.alarm{background:#fff3cd;color:#333;padding:.5rem}\n"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}"
    "i{color:#aaa}tr{border-color:#444}}\n";

static void add_escaped(struct buf *html, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_add_text(html, "&amp;");
            break;
        case '<':
            buf_add_text(html, "&lt;");
            break;
        case '>':
            buf_add_text(html, "&gt;");
            break;
        case '"':
            buf_add_text(html, "&quot;");
            break;
        case '\'':
            buf_add_text(html, "&#39;");
            break;
        default:
            buf_add(html, text, 1);
        }
    }
}

static void add_row(
    struct buf *html, const char *indonesian, const char *english, size_t count)
{
    buf_printf(html,
        "<tr><th scope=\"row\">%s <i lang=\"en\">%s</i></th><td>%zu</td></tr>"
        "\n",
        indonesian, english, count);
}

static size_t number(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (size_t)value : 0;
}

/** Modems that can send now. */
static size_t working_modems(const json_t *modems)
{
    size_t working = 0;
    for (size_t i = 0; i < json_array_size(modems); i++) {
        const char *state = json_string_value(
            json_object_get(json_array_get(modems, i), "state"));
        if (state &&
            (strcmp(state, "ready") == 0 || strcmp(state, "sending") == 0 ||
                strcmp(state, "limited") == 0)) {
            working++;
        }
    }
    return working;
}

static void add_queue(struct buf *html, const json_t *queue)
{
    static const struct {
        const char *name;
        const char *indonesian;
        const char *english;
    } rows[] = {
        {"queued",      "Antre",           "queued"     },
        {"held",        "Ditahan",         "held"       },
        {"submitting",  "Sedang dikirim",  "being sent" },
        {"sent",        "Terkirim",        "sent"       },
        {"delivered",   "Diterima",        "delivered"  },
        {"undelivered", "Tidak diterima",  "undelivered"},
        {"failed",      "Gagal",           "failed"     },
        {"unknown",     "Tidak diketahui", "unknown"    },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        add_row(html, rows[i].indonesian, rows[i].english,
            number(queue, rows[i].name));
    }
}

static void add_alarms(struct buf *html, const json_t *status)
{
    if (json_is_true(json_object_get(status, "rehearsal"))) {
        buf_add_text(html, "<p class=\"alarm\">LATIHAN <i lang=\"en\">"
                           "REHEARSAL</i></p>\n");
    }
    if (json_is_true(json_object_get(status, "paused"))) {
        buf_add_text(html, "<p class=\"alarm\">Pengiriman dihentikan "
                           "sementara <i lang=\"en\">sending is paused</i>"
                           "</p>\n");
    }
    if (json_is_true(json_object_get(status, "clock_behind"))) {
        buf_add_text(html, "<p class=\"alarm\">Jam mesin tertinggal "
                           "<i lang=\"en\">the machine's clock is behind</i>"
                           "</p>\n");
    }
}

static void add_counts(struct buf *html, const json_t *status)
{
    const json_t *modems = json_object_get(status, "modems");
    const char *now = json_string_value(json_object_get(status, "now"));
    add_alarms(html, status);
    buf_add_text(html, "<table>\n");
    add_row(html, "Modem", "modems", json_array_size(modems));
    add_row(html, "Modem bekerja", "modems working", working_modems(modems));
    add_queue(html, json_object_get(status, "queue"));
    add_row(html, "Pesan masuk terbuka", "inbox open",
        number(status, "inbox_open"));
    add_row(html, "Kantor terganggu", "offices not up",
        json_array_size(json_object_get(status, "offices_down")));
    buf_add_text(html, "</table>\n<p><i>");
    add_escaped(html, now ? now : "");
    buf_add_text(html, "</i></p>\n");
}

void web_page(const json_t *status, struct buf *html)
{
    const char *site = json_string_value(json_object_get(status, "site"));
    buf_add_text(html,
        "<!DOCTYPE html>\n<html lang=\"id\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<meta http-equiv=\"refresh\" content=\"10\">\n"
        "<link rel=\"stylesheet\" href=\"/style.css\">\n<title>Kabari: ");
    add_escaped(html, site ? site : "");
    buf_add_text(html, "</title>\n</head>\n<body>\n<h1>Kabari: ");
    add_escaped(html, site ? site : "");
    buf_add_text(html, "</h1>\n");
    if (status) {
        add_counts(html, status);
    } else {
        buf_add_text(html, "<p class=\"alarm\">Data tidak terbaca "
                           "<i lang=\"en\">the counts cannot be read now</i>"
                           "</p>\n");
    }
    buf_add_text(html, "</body>\n</html>\n");
}
