// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari campaign preview. */
#include "cli/cli.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

/* Texts stand behind this on the left. */
#define INDENT 4

/* Objects of the answer as a line each; "-" where there is nothing to say. */
static void say_in_words(json_t *preview)
{
    static const struct {
        const char *member;
        const char *words;
    } lines[] = {
        {"cost",        "{currency} {total}: {segment} an SMS"                            },
        {"corrections", "{phones} phones were told {deadline}: kabari campaign "
                        "set --correct tells them of this deadline"},
        {"approval",
         "campaigns to more than {above} wait for a second person: {needed}"              },
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const json_t *object = json_object_get(preview, lines[i].member);
        struct buf text = {0};

        if (json_is_object(object)) {
            cli_line(&text, lines[i].words, object);
            (void)json_object_set_new(
                preview, lines[i].member, json_string(buf_text(&text)));
        }
        buf_clear(&text);
    }
    if (json_is_null(json_object_get(preview, "cost"))) {
        (void)json_object_set_new(preview, "cost",
            json_string("not known: set planning.price_rp, what an SMS costs"));
    }
}

static bool same_office(const json_t *a, const json_t *b)
{
    return json_equal(
               json_object_get(a, "office"), json_object_get(b, "office")) != 0;
}

/* One text: what it is for, how large, and its words. */
static void add_sample(struct buf *out, const json_t *sample, int screen)
{
    int room = screen - INDENT;

    buf_add_text(out, "  ");
    cli_line(out, "{case}: {units} characters ({coding}), {parts} SMS, {phone}",
        sample);
    buf_printf(out, "\n%*s", INDENT, "");
    cli_wrap(out, json_string_value(json_object_get(sample, "text")), INDENT,
        room < INDENT ? 0 : room);
}

/* All of an office together, in the order of the list. */
static void add_samples(struct buf *out, json_t *samples, int screen)
{
    size_t i = 0;
    json_t *sample = NULL;

    json_array_foreach(samples, i, sample)
    {
        if (i == 0 || !same_office(sample, json_array_get(samples, i - 1))) {
            buf_add_text(out, "\n");
            cli_line(out, "{office} ({state})\n", sample);
        }
        add_sample(out, sample, screen);
    }
}

static void print_preview(json_t *preview)
{
    json_t *samples = json_incref(json_object_get(preview, "samples"));
    struct buf out = {0};
    int screen = cli_screen();

    say_in_words(preview);
    (void)json_object_del(preview, "samples");
    cli_show(&out, preview, screen);
    buf_add_text(&out, "\nsamples: now, in the last step, and if the office "
                       "stops or comes back\n");
    add_samples(&out, samples, screen);
    (void)fputs(buf_text(&out), stdout);
    buf_clear(&out);
    json_decref(samples);
}

int cli_do_preview(struct cli *cli)
{
    char *path = cli_path(cli, "/api/v1/campaigns/{}/preview");
    json_t *preview = NULL;
    int code = cli_get_json(
        cli, &(struct cli_ask){.method = "GET", .path = path}, &preview);

    if (code == CLI_DONE && cli->parsed.json) {
        cli_print_json(preview);
    } else if (code == CLI_DONE) {
        print_preview(preview);
    }
    json_decref(preview);
    free(path);
    return code;
}
