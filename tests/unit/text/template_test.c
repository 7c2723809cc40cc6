// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "text/text.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Tests run from the top of the tree. */
static const char shipped[] = "templates";

/* A copy of the shipped texts to spoil. */
struct fixture {
    char dir[64];
};

static void put_bytes(const struct fixture *fixture, const char *name,
    const void *data, size_t bytes)
{
    char path[160] = "";
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static void put(
    const struct fixture *fixture, const char *name, const char *text)
{
    put_bytes(fixture, name, text, strlen(text));
}

static void drop(const struct fixture *fixture, const char *name)
{
    char path[160] = "";

    (void)snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
    assert_int_equal(unlink(path), 0);
}

static void make_folder(const struct fixture *fixture, const char *name)
{
    char path[160] = "";

    (void)snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void on_copy(void *arg, const struct text_finding *finding)
{
    char name[80] = "";

    (void)snprintf(name, sizeof name, "id/%s.txt", finding->name);
    if (strcmp(finding->lang, "id") == 0) {
        put(arg, name, finding->source);
    }
}

static struct texts *load(const char *dir)
{
    struct texts *texts = NULL;
    struct why why = {0};
    enum kb_err err = texts_load(dir, "id", &texts, &why);

    if (err != KB_OK) {
        print_message("%s:%d: %s\n", why.file, why.line, why.text);
    }
    assert_int_equal(err, KB_OK);
    return texts;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct texts *texts = NULL;

    assert_non_null(fixture);
    (void)snprintf(
        fixture->dir, sizeof fixture->dir, "/tmp/kabari-text-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    make_folder(fixture, "id");
    put(fixture, "lint.rules", "# none\n");
    texts = load(shipped);
    texts_each(texts, on_copy, fixture);
    texts_free(texts);
    *state = fixture;
    return 0;
}

static int on_remove(
    const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int code = nftw(fixture->dir, on_remove, 8, FTW_DEPTH | FTW_PHYS);

    free(fixture);
    return code;
}

/* --- the shipped texts ------------------------------------------------- */

static void on_shipped(void *arg, const struct text_finding *finding)
{
    int *count = arg;

    (*count)++;
    if (finding->missing || finding->worst.units > finding->limit ||
        finding->warnings[0] != '\0') {
        fail_msg("%s/%s: %d of %d %s", finding->lang, finding->name,
            finding->worst.units, finding->limit, finding->warnings);
    }
    assert_int_equal(finding->worst.coding, TEXT_GSM7);
    if (strncmp(finding->name, "ussd_", 5) != 0) {
        assert_int_equal(finding->limit, 160);
        assert_int_equal(finding->worst.parts, 1);
        assert_memory_equal(finding->source, "{site}: ", 8);
    } else {
        assert_int_equal(finding->limit, 182);
    }
}

static void every_shipped_text_is_signed_clean_and_fits_its_message(
    void **state)
{
    struct texts *texts = load(shipped);
    int count = 0;

    (void)state;
    texts_each(texts, on_shipped, &count);
    assert_int_equal(count, 2 * 80);
    assert_true(texts_has_language(texts, "id"));
    assert_true(texts_has_language(texts, "en"));
    assert_false(texts_has_language(texts, "mgy"));
    texts_free(texts);
}

/* Renders with values far too wide, made of the widest characters. */
struct render_all {
    struct texts *texts;
    const char *text_value;
};

static void on_render_widest(void *arg, const struct text_finding *finding)
{
    const struct render_all *all = arg;
    struct text_values values = {
        {
         [TEXT_DAYS_LEFT] = "29",
         [TEXT_NIK4] = "9001",
         [TEXT_DIGITS] = "182",
         [TEXT_LIMIT] = "10",
         [TEXT_HELD] = "164.199",
         [TEXT_CALLED] = "27.711",
         }
    };
    struct buf out = {0};

    for (unsigned i = 0; i < TEXT_FIELD_COUNT; i++) {
        if (values.field[i] == NULL) {
            values.field[i] = all->text_value;
        }
        if (!text_field_offered(finding->name, (enum text_field)i)) {
            values.field[i] = NULL;
        }
    }
    assert_int_equal(
        texts_render(all->texts, finding->lang, finding->name, &values, &out),
        KB_OK);
    assert_int_equal(text_measure(buf_text(&out)).coding, TEXT_GSM7);
    assert_true(text_measure(buf_text(&out)).units <= finding->worst.units);
    buf_clear(&out);
}

static void no_value_makes_a_text_longer_than_the_check_showed(void **state)
{
    static const char *const values[] = {
        "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "€ € € € € € € € € € € € € € € € € € € € € € € € € € €",
        "…½¼™…½¼™…½¼™…½¼™…½¼™…½¼™…½¼™…½¼™…½¼™…½¼™",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        "\xff\xfe\x80\xff\xfe\x80\xff\xfe\x80\xff\xfe\x80\xff\xfe\x80\xff",
    };
    struct render_all all = {.texts = load(shipped)};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        all.text_value = values[i];
        texts_each(all.texts, on_render_widest, &all);
    }
    texts_free(all.texts);
}

/* --- faults ------------------------------------------------------------ */

/* One spoilt file each, and part of the sentence that says so. */
static const struct {
    const char *file;
    const char *text;
    int line;
    const char *says; /* part of the sentence */
} faults[] = {
    {"id/remind_first.txt", "Untuk {nama}",           1, "did you mean {name}?"             },
    {"id/remind_first.txt", "Untuk {Name}",           1, "did you mean {name}?"             },
    {"id/remind_first.txt", "Ke {offise}",            1, "did you mean {office}?"           },
    {"id/remind_first.txt", "Ke {xyzzy1}",            1,
     "remind_first may use {name}, {office}, {hours}, {deadline}, "
        "{days_left}"                                                                       },
    {"id/reply_help.txt",   "Ke {nama}",              1, "reply_help may use none"          },
    {"id/remind_first.txt", "{digits} angka",         1,
     "{digits} is not known when remind_first is sent"                                      },
    {"id/reply_help.txt",   "Ke {office}",            1, "may use no placeholder"           },
    {"id/remind_first.txt", "Untuk {name",            1, "a lone {"                         },
    {"id/remind_first.txt", "Untuk { {name}",         1, "a lone {"                         },
    {"id/remind_first.txt", "Untuk name}",            1, "a lone }"                         },
    {"id/remind_first.txt", "Untuk {}",               1, "names no placeholder"             },
    {"id/remind_first.txt", "Satu\nDua",              2, "an SMS is one line"               },
    {"id/remind_first.txt", "Satu\n\n",               2, "an SMS is one line"               },
    {"id/remind_first.txt", "Satu\tdua",              1, "a control character (0x09)"       },
    {"id/remind_first.txt", "",                       1, "the template is empty"            },
    {"id/remind_first.txt", "\n",                     1, "the template is empty"            },
    {"id/remind_first.txt", "Jos\xe9",                1, "is not UTF-8"                     },
    {"id/ussd_nik.txt",     "Satu\nDua\nTiga {nama}", 3, "may use none"                     },
    {"id/ussd_nik.txt",     "Satu\nDua \xff\n",       2, "is not UTF-8"                     },
    {"id/ussd_nik.txt",     "\n\n}",                  3, "a lone }"                         },
    {"id/remind_frist.txt", "x",                      1, "did you mean remind_first.txt?"   },
    {"id/Satu Dua.txt",     "x",                      1, "campaign_<name>.txt"              },
    {"id/campaign_.txt",    "x",                      1, "there is no template of that name"},
    {"id/campaign_A.txt",   "x",                      1, "there is no template of that name"},
    {"id/campaign_x.txt",   "{nik4}",                 1, "is not known when campaign_x"     },
    {"lint.rules",          "# fine\navoid x\n",      2, "a rule is: avoid|require"         },
    {"lint.rules",          "avoid /x/\n",            1, "the sentence is missing"          },
    {"lint.rules",          "forbid /x/ no\n",        1, "\"forbid\" is no kind of rule"    },
    {"lint.rules",          "avoid /(x/ no\n",        1, "no extended regular expression"   },
};

static void expect_fault(const struct fixture *fixture, size_t i)
{
    struct texts *texts = NULL;
    struct why why = {0};
    char path[160] = "";

    put(fixture, faults[i].file, faults[i].text);
    (void)snprintf(path, sizeof path, "%s/%s", fixture->dir, faults[i].file);
    assert_int_equal(texts_load(fixture->dir, "id", &texts, &why), KB_INVALID);
    assert_null(texts);
    assert_string_equal(why.file, path);
    if (why.line != faults[i].line ||
        strstr(why.text, faults[i].says) == NULL) {
        fail_msg("case %zu: line %d: %s", i, why.line, why.text);
    }
}

static void a_fault_has_its_file_its_line_and_a_way_out(void **state)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        expect_fault(*state, i);
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
    }
}

static enum kb_err fault_of(const struct fixture *fixture, struct why *why)
{
    struct texts *texts = NULL;
    enum kb_err err = texts_load(fixture->dir, "id", &texts, why);

    texts_free(texts);
    return err;
}

static void a_missing_template_of_the_sites_language_is_a_fault(void **state)
{
    const struct fixture *fixture = *state;
    struct why why = {0};

    drop(fixture, "id/reply_stop.txt");
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
    assert_non_null(strstr(why.file, "id/reply_stop.txt"));
    assert_int_equal(why.line, 1);
    assert_non_null(strstr(why.text, "missing"));
}

static void a_folder_that_is_not_there_is_an_io_fault(void **state)
{
    const struct fixture *fixture = *state;
    struct texts *texts = NULL;
    struct why why = {0};

    assert_int_equal(
        texts_load("/nonexistent/texts", "id", &texts, &why), KB_IO);
    assert_string_equal(why.file, "/nonexistent/texts/id");
    why = (struct why){0};
    assert_int_equal(texts_load(fixture->dir, "en", &texts, &why), KB_IO);
    assert_null(texts);
    assert_int_equal(
        texts_load(fixture->dir, "../x", &texts, NULL), KB_INVALID);
}

static void a_file_over_four_kibibytes_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct why why = {0};
    char text[4097] = "";

    memset(text, 'x', sizeof text);
    put_bytes(fixture, "id/reply_stop.txt", text, sizeof text);
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
    assert_non_null(strstr(why.text, "longer than 4096 bytes"));
}

static void a_text_over_ten_sms_is_refused_and_ten_warn(void **state)
{
    const struct fixture *fixture = *state;
    struct why why = {0};
    char text[1532] = "";

    memset(text, 'x', sizeof text - 1);
    put(fixture, "id/reply_stop.txt", text);
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
    assert_non_null(strstr(why.text, "this is 11 SMS"));
    text[1530] = '\0';
    put(fixture, "id/reply_stop.txt", text);
    assert_int_equal(fault_of(fixture, &why), KB_OK);
}

static void a_screen_over_182_characters_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct why why = {0};
    char text[184] = "";

    memset(text, 'x', 183);
    put(fixture, "id/ussd_stop.txt", text);
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
    assert_non_null(strstr(why.text, "shorten it by 1"));
    text[182] = '\0';
    put(fixture, "id/ussd_stop.txt", text);
    assert_int_equal(fault_of(fixture, &why), KB_OK);
}

static void a_nul_or_a_pipe_in_place_of_a_text_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct why why = {0};
    char path[160] = "";

    put_bytes(fixture, "id/reply_stop.txt", "a\0b", 3);
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
    drop(fixture, "id/reply_stop.txt");
    (void)snprintf(path, sizeof path, "%s/id/reply_stop.txt", fixture->dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
}

static void on_count(void *arg, const struct why *why)
{
    int *count = arg;

    (*count)++;
    assert_true(why->file[0] != '\0');
    assert_true(why->line > 0);
    assert_true(why->text[0] != '\0');
}

static void the_check_collects_every_fault(void **state)
{
    const struct fixture *fixture = *state;
    int count = 0;

    assert_int_equal(texts_check(fixture->dir, "id", on_count, &count), 0);
    put(fixture, "id/remind_first.txt", "{nama} {kantor} } a\nb");
    put(fixture, "id/reply_help.txt", "{office}");
    put(fixture, "id/unheard_of.txt", "x");
    drop(fixture, "id/ussd_main.txt");
    put(fixture, "lint.rules", "nonsense\navoid /[/ x\n");
    make_folder(fixture, "Bahasa");
    assert_int_equal(texts_check(fixture->dir, "id", on_count, &count),
        4 + 1 + 1 + 1 + 2 + 1);
    assert_int_equal(count, 10);
}

/* --- what is tolerated ------------------------------------------------- */

static void expect(const struct texts *texts, const char *lang,
    const char *name, const struct text_values *values, const char *text)
{
    struct buf out = {0};

    buf_add_text(&out, ">");
    assert_int_equal(texts_render(texts, lang, name, values, &out), KB_OK);
    assert_string_equal(buf_text(&out) + 1, text);
    buf_clear(&out);
}

static void a_bom_crlf_braces_and_one_newline_are_taken_well(void **state)
{
    const struct fixture *fixture = *state;
    const struct text_values values = {
        {[TEXT_NAME] = "Maria Weng", [TEXT_DIGITS] = "15"}
    };
    struct texts *texts = NULL;

    put(fixture, "id/remind_first.txt",
        "\xef\xbb\xbf{{{ name }}} a{{b}}{name}\r\n");
    put(fixture, "id/ussd_nik_len.txt", "Satu\r\n\r\n{digits}\n\n");
    put(fixture, "id/.hidden.txt", "{nonsense}");
    put(fixture, "id/remind_first.txt~", "{nonsense}");
    texts = load(fixture->dir);
    expect(texts, "id", "remind_first", &values, "{Maria Weng} a{b}Maria Weng");
    expect(texts, "id", "ussd_nik_len", &values, "Satu\n\n15\n");
    texts_free(texts);
}

static void a_language_without_a_text_uses_the_sites(void **state)
{
    const struct fixture *fixture = *state;
    const struct text_values values = {{[TEXT_DIGITS] = "15"}};
    struct texts *texts = NULL;

    make_folder(fixture, "en");
    put(fixture, "en/reply_length.txt", "{digits} digits");
    put(fixture, "id/reply_length.txt", "{digits} angka");
    put(fixture, "id/ussd_nik_len.txt", "{digits}?");
    texts = load(fixture->dir);
    expect(texts, "en", "reply_length", &values, "15 digits");
    expect(texts, "id", "reply_length", &values, "15 angka");
    expect(texts, "mgy", "reply_length", &values, "15 angka");
    expect(texts, "", "reply_length", &values, "15 angka");
    expect(texts, NULL, "reply_length", &values, "15 angka");
    expect(texts, "en", "ussd_nik_len", &values, "15?");
    texts_free(texts);
}

static void an_offices_own_text_needs_one_in_the_sites_language(void **state)
{
    const struct fixture *fixture = *state;
    const struct text_values values = {{[TEXT_OFFICE] = "Dinas"}};
    struct texts *texts = NULL;
    struct why why = {0};

    make_folder(fixture, "en");
    put(fixture, "en/campaign_fair.txt", "Fair at {office}");
    assert_int_equal(fault_of(fixture, &why), KB_INVALID);
    assert_non_null(strstr(why.text, "write it there first"));
    put(fixture, "id/campaign_fair.txt", "Pameran di {office}");
    texts = load(fixture->dir);
    assert_true(texts_has(texts, "campaign_fair"));
    expect(texts, "en", "campaign_fair", &values, "Fair at Dinas");
    expect(texts, "id", "campaign_fair", &values, "Pameran di Dinas");
    texts_free(texts);
}

/* --- rendering --------------------------------------------------------- */

static void a_missing_value_adds_nothing(void **state)
{
    const struct text_values values = {{[TEXT_NAME] = "Maria"}};
    struct texts *texts = load(shipped);
    struct buf out = {0};

    (void)state;
    buf_add_text(&out, "before");
    assert_int_equal(
        texts_render(texts, "id", "remind_first", &values, &out), KB_INVALID);
    assert_int_equal(
        texts_render(texts, "id", "no_such", &values, &out), KB_NOT_FOUND);
    assert_false(texts_has(texts, "no_such"));
    assert_true(texts_has(texts, "remind_first"));
    assert_string_equal(buf_text(&out), "before");
    buf_clear(&out);
    texts_free(texts);
}

static void a_figure_that_does_not_fit_is_refused(void **state)
{
    struct text_values values = {{[TEXT_DIGITS] = "999"}};
    struct texts *texts = load(shipped);
    struct buf out = {0};

    (void)state;
    assert_int_equal(
        texts_render(texts, "id", "reply_length", &values, &out), KB_OK);
    values.field[TEXT_DIGITS] = "1000";
    buf_clear(&out);
    assert_int_equal(
        texts_render(texts, "id", "reply_length", &values, &out), KB_INVALID);
    assert_string_equal(buf_text(&out), "");
    texts_free(texts);
}

static void without_a_deadline_the_undated_text_stands_in(void **state)
{
    struct text_values values = {
        {[TEXT_NIK4] = "9001",
         [TEXT_OFFICE] = "Kantor Camat Lembor",
         [TEXT_HOURS] = "08.00-14.00"}
    };
    struct texts *texts = load(shipped);
    struct buf out = {0};

    (void)state;
    expect(texts, "id", "status_unrecorded", &values,
        "DUKCAPIL MABAR: NIK ..9001 BELUM REKAM. Datang ke Kantor Camat "
        "Lembor, 08.00-14.00. Bawa KK. Gratis.");
    values.field[TEXT_DEADLINE] = "30 Sep 2016";
    expect(texts, "id", "status_unrecorded", &values,
        "DUKCAPIL MABAR: NIK ..9001 BELUM REKAM. Datang ke Kantor Camat "
        "Lembor, 08.00-14.00, paling lambat 30 Sep 2016. Bawa KK. Gratis.");
    values.field[TEXT_DEADLINE] = NULL;
    values.field[TEXT_HOURS] = NULL;
    assert_int_equal(
        texts_render(texts, "id", "status_unrecorded", &values, &out),
        KB_INVALID);
    texts_free(texts);
}

/* --- findings ---------------------------------------------------------- */

struct wanted {
    const char *lang;
    const char *name;
    struct text_finding found;
    char fallback[8];
    char warnings[512];
};

static void on_wanted(void *arg, const struct text_finding *finding)
{
    struct wanted *wanted = arg;

    if (strcmp(finding->lang, wanted->lang) == 0 &&
        strcmp(finding->name, wanted->name) == 0) {
        wanted->found = *finding;
        (void)snprintf(
            wanted->fallback, sizeof wanted->fallback, "%s", finding->fallback);
        (void)snprintf(
            wanted->warnings, sizeof wanted->warnings, "%s", finding->warnings);
    }
}

static struct wanted find(const char *dir, const char *lang, const char *name)
{
    struct wanted wanted = {.lang = lang, .name = name};
    struct texts *texts = load(dir);

    texts_each(texts, on_wanted, &wanted);
    texts_free(texts);
    return wanted;
}

static void a_quotation_mark_that_costs_double_is_named(void **state)
{
    const struct fixture *fixture = *state;
    put(fixture, "id/reply_stop.txt",
        "Ketik “STOP” supaya tidak menerima SMS pengingat dari kantor kami "
        "lagi.");
    struct wanted wanted = find(fixture->dir, "id", "reply_stop");
    assert_int_equal(wanted.found.worst.coding, TEXT_UCS2);
    assert_int_equal(wanted.found.worst.units, 71);
    assert_int_equal(wanted.found.worst.parts, 2);
    assert_int_equal(wanted.found.limit, 70);
    assert_non_null(strstr(wanted.warnings, "2 SMS for each message"));
    assert_non_null(strstr(wanted.warnings, "\"“\" is not in the GSM-7"));
}

static void in_a_ucs2_text_values_stay_as_they_are(void **state)
{
    const struct fixture *fixture = *state;
    const struct text_values values = {{[TEXT_NAME] = "D’Ćosta\tX"}};
    struct texts *texts = NULL;

    put(fixture, "id/remind_first.txt", "“{name}”");
    texts = load(fixture->dir);
    expect(texts, "id", "remind_first", &values, "“D’Ćosta X”");
    texts_free(texts);
}

static void a_text_that_a_language_lacks_is_shown_as_missing(void **state)
{
    const struct fixture *fixture = *state;

    make_folder(fixture, "en");
    struct wanted wanted = find(fixture->dir, "en", "reply_stop");
    assert_true(wanted.found.missing);
    assert_true(wanted.found.worst.units > 0);
    wanted = find(fixture->dir, "id", "reply_stop");
    assert_false(wanted.found.missing);
}

static void a_language_is_added_by_its_folder_alone(void **state)
{
    const struct fixture *fixture = *state;
    const struct text_values values = {{[TEXT_DIGITS] = "15"}};
    struct texts *texts = NULL;
    struct wanted wanted;

    make_folder(fixture, "mgy");
    put(fixture, "mgy/reply_length.txt", "angka na {digits}");
    put(fixture, "id/ussd_nik_len.txt", "{digits}?");
    texts = load(fixture->dir);
    assert_true(texts_has_language(texts, "mgy"));
    expect(texts, "mgy", "reply_length", &values, "angka na 15");
    expect(texts, "mgy", "ussd_nik_len", &values, "15?");
    texts_free(texts);
    wanted = find(fixture->dir, "mgy", "reply_length");
    assert_false(wanted.found.missing);
    assert_string_equal(wanted.fallback, "");
    wanted = find(fixture->dir, "mgy", "ussd_nik_len");
    assert_true(wanted.found.missing);
    assert_string_equal(wanted.fallback, "id");
}

/* A text, and part of what the lint says; NULL where it has nothing to say. */
static const struct {
    const char *text;
    const char *says; /* NULL: no finding */
} lints[] = {
    {"DUKCAPIL MABAR: datang ke kantor 08.00-14.00",                NULL               },
    {"DUKCAPIL MABAR: NIK ..9001, 9/30, s.d. 30 Sep 2016. Bawa KK", NULL               },
    {"DUKCAPIL MABAR: pindah, opini, penomoran, spiner",            NULL               },
    {"Datang ke kantor",                                            "DUKCAPIL MABAR"   },
    {"DUKCAPIL MABAR: lihat HTTPS://mabar",                         "a link"           },
    {"DUKCAPIL MABAR: lihat www.mabar",                             "a link"           },
    {"DUKCAPIL MABAR: lihat dukcapil.go.id",                        "a link"           },
    {"DUKCAPIL MABAR: jangan beri PIN",                             "\"pin\""          },
    {"DUKCAPIL MABAR: kode OTP",                                    "OTP"              },
    {"DUKCAPIL MABAR: Nomor Anda",                                  "\"nomor\""        },
    {"DUKCAPIL MABAR: selamat pagi",                                "\"selamat\""      },
    {"DUKCAPIL MABAR: 1234567890",                                  "digits in a row"  },
    {"DUKCAPIL MABAR: s.d. 30-09-2016",                             "a date in figures"},
    {"DUKCAPIL MABAR: s.d. 30/9/2016.",                             "a date in figures"},
    {"DUKCAPIL MABAR: s.d. 30.09.16",                               "a date in figures"},
};

static void copy_shipped_rules(const struct fixture *fixture)
{
    char rules[8192] = "";
    FILE *file = fopen("templates/lint.rules", "re");
    size_t bytes = 0;

    assert_non_null(file);
    bytes = fread(rules, 1, sizeof rules, file);
    assert_int_equal(fclose(file), 0);
    put_bytes(fixture, "lint.rules", rules, bytes);
}

static void expect_lint(const struct fixture *fixture, size_t i)
{
    const char *says = lints[i].says;

    put(fixture, "id/reply_stop.txt", lints[i].text);
    struct wanted wanted = find(fixture->dir, "id", "reply_stop");
    assert_null(strchr(wanted.warnings, '\n'));
    assert_int_equal(says == NULL, wanted.warnings[0] == '\0');
    if (says != NULL && strstr(wanted.warnings, says) == NULL) {
        fail_msg("case %zu: \"%s\"", i, wanted.warnings);
    }
}

static void lint_warns_of_what_operators_filter_and_refuses_nothing(
    void **state)
{
    copy_shipped_rules(*state);
    for (size_t i = 0; i < sizeof lints / sizeof *lints; i++) {
        expect_lint(*state, i);
    }
}

static void without_a_rule_file_nothing_is_linted(void **state)
{
    const struct fixture *fixture = *state;

    drop(fixture, "lint.rules");
    put(fixture, "id/reply_stop.txt", "nomor https://x");
    assert_string_equal(find(fixture->dir, "id", "reply_stop").warnings, "");
}

static void a_site_signs_with_its_own_name(void **state)
{
    const struct fixture *fixture = *state;
    struct texts_source from = {
        .dir = fixture->dir, .lang = "id", .site = "DISDUKCAPIL (ENDE)"};
    struct texts *texts = NULL;
    struct text_values none = {{0}};
    struct wanted wanted = {.lang = "id", .name = "reply_stop"};
    struct buf out = {0};
    struct why why = {0};

    copy_shipped_rules(fixture);
    put(fixture, "id/reply_stop.txt", "{site}: baik.");
    assert_int_equal(texts_load_signed(&from, &texts, &why), KB_OK);
    assert_int_equal(
        texts_render(texts, "id", "reply_stop", &none, &out), KB_OK);
    assert_string_equal(buf_text(&out), "DISDUKCAPIL (ENDE): baik.");
    buf_clear(&out);
    /* The lint wants that name, as it is. */
    texts_each(texts, on_wanted, &wanted);
    assert_string_equal(wanted.warnings, "");
    texts_free(texts);
    put(fixture, "id/reply_stop.txt", "DUKCAPIL MABAR: baik.");
    assert_int_equal(texts_load_signed(&from, &texts, &why), KB_OK);
    texts_each(texts, on_wanted, &wanted);
    assert_non_null(strstr(wanted.warnings, "\"DISDUKCAPIL (ENDE): \""));
    texts_free(texts);
}

static void a_states_answer_is_a_template_of_the_set(void **state)
{
    static const char *const cases[][2] = {
        {"unrecorded",  "status_unrecorded" },
        {"processing",  "status_processing" },
        {"failed",      "status_failed"     },
        {"review",      "status_review"     },
        {"print_ready", "status_print_ready"},
        {"printed",     "status_printed"    },
        {"collected",   "status_collected"  },
        {"inactive",    "status_inactive"   },
        {"underage",    "status_underage"   },
        {"deceased",    "status_review"     },
        {"moved",       "status_review"     },
        {"",            "status_review"     },
    };
    struct texts *texts = load(shipped);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[40] = "";

        texts_status_name(cases[i][0], name, sizeof name);
        assert_string_equal(name, cases[i][1]);
        assert_true(texts_has(texts, name));
    }
    texts_free(texts);
}

#define IN_A_FOLDER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            every_shipped_text_is_signed_clean_and_fits_its_message),
        cmocka_unit_test(no_value_makes_a_text_longer_than_the_check_showed),
        IN_A_FOLDER(a_fault_has_its_file_its_line_and_a_way_out),
        IN_A_FOLDER(a_missing_template_of_the_sites_language_is_a_fault),
        IN_A_FOLDER(a_folder_that_is_not_there_is_an_io_fault),
        IN_A_FOLDER(a_file_over_four_kibibytes_is_refused),
        IN_A_FOLDER(a_text_over_ten_sms_is_refused_and_ten_warn),
        IN_A_FOLDER(a_screen_over_182_characters_is_refused),
        IN_A_FOLDER(a_nul_or_a_pipe_in_place_of_a_text_is_refused),
        IN_A_FOLDER(the_check_collects_every_fault),
        IN_A_FOLDER(a_bom_crlf_braces_and_one_newline_are_taken_well),
        IN_A_FOLDER(a_language_without_a_text_uses_the_sites),
        IN_A_FOLDER(an_offices_own_text_needs_one_in_the_sites_language),
        cmocka_unit_test(a_missing_value_adds_nothing),
        cmocka_unit_test(a_figure_that_does_not_fit_is_refused),
        cmocka_unit_test(without_a_deadline_the_undated_text_stands_in),
        IN_A_FOLDER(a_quotation_mark_that_costs_double_is_named),
        IN_A_FOLDER(in_a_ucs2_text_values_stay_as_they_are),
        IN_A_FOLDER(a_text_that_a_language_lacks_is_shown_as_missing),
        IN_A_FOLDER(a_language_is_added_by_its_folder_alone),
        IN_A_FOLDER(lint_warns_of_what_operators_filter_and_refuses_nothing),
        IN_A_FOLDER(without_a_rule_file_nothing_is_linted),
        cmocka_unit_test_setup_teardown(
            a_site_signs_with_its_own_name, set_up, tear_down),
        cmocka_unit_test(a_states_answer_is_a_template_of_the_set),
    };

    return cmocka_run_group_tests_name("text: templates", tests, NULL, NULL);
}
