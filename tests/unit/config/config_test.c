// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SITE     "site = { name = \"DUKCAPIL MABAR\"; };\n"
#define DATABASE "database = { path = \"kabari.db\"; };\n"
#define MODEMS   "modems = ( );\n"
#define NEEDED   SITE DATABASE MODEMS
#define ONE_MODEM                                                              \
    "modems = ( { name = \"m1\"; device = \"/dev/ttyUSB0\"; } );\n"

/* A folder with a file "k.conf", and what a check of it said. */
struct bench {
    char folder[64];
    char file[80];
    struct config config;
    struct buf faults; /* "LINE: sentence\n" each */
};

static int set_up(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);

    strcpy(bench->folder, "/tmp/kabari-config-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->file, sizeof bench->file, "%s/k.conf", bench->folder);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    char *command = mem_printf("rm -rf '%s'", bench->folder);

    /* NOLINTNEXTLINE(cert-env33-c): a folder of this test's own */
    assert_int_equal(system(command), 0);
    free(command);
    config_clear(&bench->config);
    buf_clear(&bench->faults);
    free(bench);
    return 0;
}

static void write_named(struct bench *bench, const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", bench->folder, name);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void on_fault(void *arg, const struct why *why)
{
    struct bench *bench = arg;
    const char *name = strrchr(why->file, '/');

    assert_non_null(name);
    buf_printf(&bench->faults, "%s:%d: %s\n", name + 1, why->line, why->text);
}

/* Checks a text; the faults, one per line, stay in the bench. */
static const char *faults_of(struct bench *bench, const char *text)
{
    int count = 0;
    int lines = 0;

    write_named(bench, "k.conf", text);
    buf_clear(&bench->faults);
    count = config_check(bench->file, on_fault, bench);
    for (const char *at = buf_text(&bench->faults); *at != '\0'; at++) {
        lines += *at == '\n' ? 1 : 0;
    }
    assert_int_equal(count, lines);
    return buf_text(&bench->faults);
}

static void assert_says(const char *all, const char *part)
{
    assert_non_null(all);
    assert_non_null(strstr(all, part));
}

static void load(struct bench *bench, const char *text)
{
    struct why why = {0};

    write_named(bench, "k.conf", text);
    config_clear(&bench->config);
    if (config_load(bench->file, &bench->config, &why) != KB_OK) {
        fail_msg("line %d: %s", why.line, why.text);
    }
}

/* --- what is read ---------------------------------------------------------- */

static void what_is_left_out_has_its_default(void **state)
{
    struct bench *bench = *state;
    const struct config *config = &bench->config;

    load(bench, NEEDED);
    assert_string_equal(config->file, bench->file);
    assert_string_equal(config->site_name, "DUKCAPIL MABAR");
    assert_string_equal(config->site_timezone, "Asia/Makassar");
    assert_string_equal(config->site_language, "id");
    assert_string_equal(config->templates_path, "/usr/share/kabari/templates");
    assert_string_equal(config->control_socket, "/run/kabari/kabari.sock");
    assert_string_equal(config->control_group, "kabari");
    assert_string_equal(config->http_listen, "127.0.0.1:8080");
    assert_int_equal(config->sending_days, 0x3f);
    assert_int_equal(config->sending_from, 480);
    assert_int_equal(config->sending_to, 1080);
    assert_int_equal(config->modem_count, 0);
    assert_int_equal(config->queries_per_phone_day, 3);
    assert_int_equal(config->queries_per_nik_day, 5);
    assert_false(config->disclosure_open);
    assert_false(config->rehearsal);
    assert_false(config->ussd_enabled);
    assert_string_equal(config->ussd_secret, "");
    assert_int_equal(config->retention_inbound_days, 90);
    assert_int_equal(config->retention_messages_days, 365);
    assert_int_equal(config->approval_above, 0);
    assert_int_equal(config->budget_init_s, 90);
    assert_int_equal(config->budget_send_s, 90);
    assert_int_equal(config->budget_scan_s, 60);
    assert_int_equal(config->budget_ussd_s, 60);
    assert_int_equal(config->budget_other_s, 30);
}

static void a_modem_needs_only_a_name_and_a_device(void **state)
{
    struct bench *bench = *state;
    const struct config_modem *modem = NULL;

    load(bench, SITE DATABASE
        "modems = ( { name = \"m1\"; device = \"/dev/ttyUSB0\"; } );");
    assert_int_equal(bench->config.modem_count, 1);
    modem = config_modem_find(&bench->config, "m1");
    assert_non_null(modem);
    assert_string_equal(modem->device, "/dev/ttyUSB0");
    assert_string_equal(modem->connection, "dku2at");
    assert_string_equal(modem->operator, "");
    assert_string_equal(modem->pin, "");
    assert_int_equal(modem->daily_limit, 400);
    assert_int_equal(modem->min_gap_ms, 4000);
    assert_int_equal(modem->pause_ms, 20);
    assert_int_equal(modem->send_timeout_s, 60);
    assert_true(modem->reports);
    assert_string_equal(modem->balance_code, "");
    assert_int_equal(modem->balance_every_h, 6);
    assert_int_equal(modem->balance_low, 5000);
    assert_string_equal(modem->quirks, "");
    assert_null(config_modem_find(&bench->config, "m2"));
}

static void what_is_written_is_read(void **state)
{
    struct bench *bench = *state;
    const struct config *config = &bench->config;

    load(bench, SITE
        "database = { path = \"/srv/k.db\"; };\n"
        "rehearsal = true; templates = \"t\";\n"
        "control = { socket = \"s.sock\"; group = \"\"; };\n"
        "http = { listen = \"[::1]:0\"; };\n"
        "sending = { days = \"Sen,Rab\"; from = \"00:00\"; to = \"24:00\"; };\n"
        "modems = ( { name = \"a-1\"; device = \"/dev/pts/none\";\n"
        "  connection = \"at115200\"; operator = \"o\"; pin = \"0123\";\n"
        "  daily_limit = 0; min_gap_ms = 0; pause_ms = -1;\n"
        "  send_timeout_s = 5; reports = false;\n"
        "  balance = { code = \"*1#\"; every_h = 1; low = 0; };\n"
        "  quirks = [ \"one\", \"two\" ]; } );\n"
        "operators = ( { name = \"o\"; prefixes = [ \"0899\" ]; } );\n"
        "limits = { disclosure = \"open\"; queries_per_nik_day = 0; };\n"
        "ussd = { enabled = true; secret = \"x\"; };\n"
        "approval = { above = 7; };\n"
        "budgets = { init_s = 1; other_s = 2; };\n");
    assert_true(config->rehearsal);
    assert_string_equal(config->database_path, "/srv/k.db");
    assert_string_equal(config->http_listen, "[::1]:0");
    assert_string_equal(config->control_group, "");
    assert_int_equal(config->sending_days, 0x05);
    assert_int_equal(config->sending_from, 0);
    assert_int_equal(config->sending_to, 1440);
    assert_string_equal(config->modems[0].connection, "at115200");
    assert_string_equal(config->modems[0].pin, "0123");
    assert_int_equal(config->modems[0].daily_limit, 0);
    assert_int_equal(config->modems[0].pause_ms, -1);
    assert_false(config->modems[0].reports);
    assert_string_equal(config->modems[0].balance_code, "*1#");
    assert_int_equal(config->modems[0].balance_low, 0);
    assert_string_equal(config->modems[0].quirks, "one,two");
    assert_int_equal(config->operator_count, 1);
    assert_true(config->disclosure_open);
    assert_int_equal(config->queries_per_nik_day, 0);
    assert_true(config->ussd_enabled);
    assert_int_equal(config->approval_above, 7);
    assert_int_equal(config->budget_init_s, 1);
    assert_int_equal(config->budget_other_s, 2);
}

static void relative_paths_start_at_the_files_folder(void **state)
{
    struct bench *bench = *state;
    char wanted[100];

    load(bench, NEEDED "templates = \"words\";");
    (void)snprintf(wanted, sizeof wanted, "%s/words", bench->folder);
    assert_string_equal(bench->config.templates_path, wanted);
    (void)snprintf(wanted, sizeof wanted, "%s/kabari.db", bench->folder);
    assert_string_equal(bench->config.database_path, wanted);
}

static void holidays_are_read_from_their_file(void **state)
{
    struct bench *bench = *state;

    write_named(bench, "h",
        "# for 2016\n\n2016-12-25 Natal\n2016-08-17\tKemerdekaan\n"
        "2017-01-01\n");
    load(bench, NEEDED "planning = { holidays = \"h\"; };");
    assert_int_equal(bench->config.holiday_count, 3);
    assert_true(config_holiday(&bench->config, civil_day(2016, 8, 17)));
    assert_true(config_holiday(&bench->config, civil_day(2017, 1, 1)));
    assert_false(config_holiday(&bench->config, civil_day(2016, 12, 26)));
}

static void a_fault_in_the_holidays_names_its_line(void **state)
{
    struct bench *bench = *state;
    struct why why = {0};

    write_named(bench, "h", "2016-12-25 Natal\n25-12-2016 Natal\n");
    write_named(bench, "k.conf", NEEDED "planning = { holidays = \"h\"; };");
    assert_int_equal(
        config_load(bench->file, &bench->config, &why), KB_INVALID);
    assert_int_equal(why.line, 2);
    assert_non_null(strstr(why.file, "/h"));
    write_named(bench, "k.conf", NEEDED "planning = { holidays = \"no\"; };");
    assert_int_equal(
        config_load(bench->file, &bench->config, &why), KB_INVALID);
    assert_non_null(strstr(why.text, "cannot be read"));
}

static void a_number_belongs_to_the_operator_with_the_longest_prefix(
    void **state)
{
    struct bench *bench = *state;

    load(bench, NEEDED
        "operators = ( { name = \"wide\"; prefixes = [ \"081\", \"09\" ]; },\n"
        "  { name = \"narrow\"; prefixes = [ \"08120\" ]; } );");
    assert_string_equal(
        config_operator_of(&bench->config, "+6281200009001"), "narrow");
    assert_string_equal(
        config_operator_of(&bench->config, "+6281300009001"), "wide");
    assert_string_equal(
        config_operator_of(&bench->config, "+6285500009001"), "");
    assert_string_equal(config_operator_of(&bench->config, "0812"), "");
}

static void without_a_list_indonesias_operators_are_known(void **state)
{
    struct bench *bench = *state;

    load(bench, SITE DATABASE
        "modems = ( { name = \"m\"; device = \"/dev/x\"; operator = \"tri\"; } "
        ");");
    assert_string_equal(
        config_operator_of(&bench->config, "+6281200009001"), "telkomsel");
    assert_string_equal(
        config_operator_of(&bench->config, "+6288900009001"), "smartfren");
    assert_string_equal(
        config_operator_of(&bench->config, "+6289500009001"), "tri");
}

static void an_included_file_is_read_and_named_in_faults(void **state)
{
    struct bench *bench = *state;

    write_named(bench, "more.conf", "# one\nbudgets = { send_s = 70; };\n");
    load(bench, NEEDED "@include \"more.conf\"\n");
    assert_int_equal(bench->config.budget_send_s, 70);

    write_named(bench, "more.conf", "# one\nbudgets = { send_s = 0; };\n");
    assert_says(faults_of(bench, NEEDED "@include \"more.conf\"\n"),
        "more.conf:2: send_s is 0; write a number from 1 to 86400 s\n");
}

/* --- what is refused -------------------------------------------------------- */

struct refused {
    const char *text;
    const char *says; /* one whole line or the start of it */
};

static void assert_refused(
    struct bench *bench, const struct refused *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_says(faults_of(bench, cases[i].text), cases[i].says);
    }
}

#define REFUSED(bench, cases)                                                  \
    assert_refused(bench, cases, sizeof(cases) / sizeof *(cases))

static void unknown_names_are_faults_with_the_nearest_name(void **state)
{
    static const struct refused cases[] = {
        {NEEDED "sendin = { };",
         "k.conf:4: there is no option \"sendin\" here; did you mean "
            "\"sending\"?\n"                                                                                      },
        {NEEDED "sending = {\n form = \"08:00\"; };",
         "k.conf:5: there is no option \"form\" here; did you mean "
            "\"from\"?\n"                                                                                         },
        {SITE DATABASE "modems = ( { name = \"m\"; device = \"/dev/x\";\n"
                       "dayly_limit = 3; } );",              "k.conf:4: there is no option \"dayly_limit\" here; did you mean "
            "\"daily_limit\"?\n"                          },
        {SITE DATABASE "modems = ( { name = \"m\"; device = \"/dev/x\";\n"
                       "balance = { cod = \"*1#\"; }; } );", "k.conf:4: there is no option \"cod\" here; did you mean "
            "\"code\"?\n"                    },
        {NEEDED "zzzzzzzzzz = 1;",
         "k.conf:4: there is no option \"zzzzzzzzzz\" here; take it out"                                          },
        {NEEDED "a_name_that_is_longer_than_any_option_there_could_ever_be = "
                "1;",                                        "k.conf:4: there is no option \"a_name_that"},
 /* a name of another group is no name here */
        {NEEDED "http = { path = \"x\"; };",
         "k.conf:4: there is no option \"path\" here; take it out"                                                },
    };

    REFUSED(*state, cases);
}

static void values_of_a_wrong_type_are_faults(void **state)
{
    static const struct refused cases[] = {
        {NEEDED "budgets = { init_s = \"90\"; };",
         "k.conf:4: init_s must be a whole number"                                                                    },
        {NEEDED "budgets = { init_s = 1.5; };",
         "k.conf:4: init_s must be a whole number"                                                                    },
        {NEEDED "budgets = { init_s = true; };",
         "k.conf:4: init_s must be a whole number"                                                                    },
        {NEEDED "rehearsal = 1;",                                          "k.conf:4: rehearsal must be true or false"},
        {NEEDED "templates = 7;",                                          "k.conf:4: templates must be a text"       },
        {NEEDED "templates = { };",                                        "k.conf:4: templates must be a text"       },
        {NEEDED "http = \"127.0.0.1:1\";",                                 "k.conf:4: http is a group; write"         },
        {SITE DATABASE "modems = { };",                                    "k.conf:3: modems is a list of groups"     },
        {SITE DATABASE "modems = ( 1 );",
         "k.conf:3: each of modems is a group"                                                                        },
        {NEEDED "operators = ( { name = \"o\"; prefixes = \"0811\"; } );",
         "k.conf:4: prefixes must be a list"                                                                          },
        {NEEDED "operators = ( { name = \"o\"; prefixes = [ 811 ]; } );",
         "k.conf:4: prefixes must be a list of texts"                                                                 },
        {NEEDED "operators = ( { name = \"o\"; prefixes = [ ]; } );",
         "k.conf:4: prefixes has 0 items; write 1 to 100"                                                             },
        {NEEDED "sending = { days = 5; };",                                "k.conf:4: days must be a text"            },
        {"site = { name = \"A\tB\"; };" DATABASE MODEMS,
         "k.conf:1: name must be one line of text in UTF-8"                                                           },
        {"site = { name = \"caf\xe9\"; };" DATABASE MODEMS,
         "k.conf:1: name must be one line of text in UTF-8"                                                           },
    };

    REFUSED(*state, cases);
}

#define MODEM(rest)                                                            \
    SITE DATABASE "modems = ( { name = \"m\"; device = \"/dev/x\"; " rest      \
                  " } );"

static void numbers_out_of_range_are_faults(void **state)
{
    static const struct refused cases[] = {
        {MODEM("pause_ms = -2;"),
         "k.conf:3: pause_ms is -2; write a number from -1 to 1000 ms\n"               },
        {MODEM("pause_ms = 1001;"),                  "k.conf:3: pause_ms is 1001;"     },
        {MODEM("daily_limit = -1;"),                 "k.conf:3: daily_limit is -1;"    },
        {MODEM("min_gap_ms = 3600001;"),             "k.conf:3: min_gap_ms is 3600001;"},
 /* libconfig alone would read 0 */
        {MODEM("pause_ms = 4294967296;"),
         "k.conf:3: the number 4294967296 is too large"                                },
        {MODEM("pause_ms = 0x100000000;"),
         "k.conf:3: the number 0x100000000 is too large"                               },
        {MODEM("pause_ms = 99999999999999999999L;"),
         "k.conf:3: the number 99999999999999999999L is too large"                     },
        {NEEDED "budgets = { other_s = 0; };",       "k.conf:4: other_s is 0;"         },
    };

    REFUSED(*state, cases);
}

static void texts_that_do_not_fit_are_faults(void **state)
{
    static const struct refused cases[] = {
        {"site = { name = \"A\"; timezone = \"Asia/Makasar\"; };" DATABASE
                MODEMS,                                                 "k.conf:1: timezone \"Asia/Makasar\" does not fit; write a zone"},
        {"site = { name = \"A\"; timezone = \"../../../etc/passwd\"; };" DATABASE
                MODEMS,                                                 "k.conf:1: timezone \"../../../etc/passwd\" does not fit"       },
        {"site = { name = \"A\"; timezone = \"Asia\"; };" DATABASE MODEMS,
         "k.conf:1: timezone \"Asia\" does not fit"                                                                                              },
        {"site = { name = \"A\"; language = \"Indonesian\"; };" DATABASE MODEMS,
         "k.conf:1: language has 10 bytes; shorten it to 3"                                                                                      },
        {"site = { name = \"A\"; language = \"ID\"; };" DATABASE MODEMS,
         "k.conf:1: language \"ID\" does not fit"                                                                                                },
        {"site = { name = \"\"; };" DATABASE MODEMS,
         "k.conf:1: name must not be empty"                                                                                                      },
        {NEEDED "sending = { days = \"Mon-Fry\"; };",
         "k.conf:4: days \"Mon-Fry\" cannot be read; write days"                                                                                 },
        {NEEDED "sending = { from = \"8\"; };",
         "k.conf:4: from \"8\" is no time of day; write it as \"HH:MM\""                                                                         },
        {NEEDED "sending = { to = \"24:01\"; };",
         "k.conf:4: to \"24:01\" is no time of day"                                                                                              },
        {NEEDED "sending = { from = \"18:00\"; };",
         "k.conf:4: the sending window ends before it starts"                                                                                    },
        {NEEDED "http = { listen = \"8080\"; };",
         "k.conf:4: listen \"8080\" does not fit; write a numeric address"                                                                       },
        {NEEDED "http = { listen = \"127.0.0.1:65536\"; };",
         "k.conf:4: listen \"127.0.0.1:65536\" does not fit"                                                                                     },
        {NEEDED "limits = { disclosure = \"all\"; };",
         "k.conf:4: disclosure \"all\" is not known; write \"strict\""                                                                           },
        {MODEM("connection = \"fbus\";"),
         "k.conf:3: connection \"fbus\" does not fit"                                                                                            },
        {MODEM("balance = { code = \"888 \"; };"),
         "k.conf:3: code \"888 \" does not fit"                                                                                                  },
        {MODEM("operator = \"telkom\";"),
         "k.conf:3: operator \"telkom\" is not among operators"                                                                                  },
        {MODEM("quirks = [ \"a,b\" ];"),                                         "k.conf:3: item \"a,b\" does not fit"                           },
        {NEEDED "operators = ( { name = \"o\"; prefixes = [ \"811\" ]; } );",
         "k.conf:4: item \"811\" does not fit"                                                                                                   },
        {NEEDED "ussd = { enabled = true; };",
         "k.conf:4: ussd is enabled without a secret"                                                                                            },
    };

    REFUSED(*state, cases);
}

static void a_wrong_pin_is_refused_without_being_shown(void **state)
{
    const char *faults = faults_of(*state, MODEM("pin = \"12a4\";"));

    assert_says(faults, "k.conf:3: pin does not fit; write 4 to 8 digits");
    assert_null(strstr(faults, "12a4"));
}

static void what_must_be_there_is_missed(void **state)
{
    static const struct refused cases[] = {
        {DATABASE MODEMS,                                          "k.conf:0: site is missing; add site = {"        },
        {SITE MODEMS,                                              "k.conf:0: database is missing; add database = {"},
        {SITE DATABASE,                                            "k.conf:0: modems is missing; add modems = ("    },
        {"\nsite = { };" DATABASE MODEMS,                          "k.conf:2: site.name is missing"                 },
        {SITE DATABASE "modems = (\n { device = \"/dev/x\"; } );",
         "k.conf:4: modems[].name is missing"                                                                       },
        {SITE DATABASE "modems = (\n { name = \"m\"; } );",
         "k.conf:4: modems[].device is missing"                                                                     },
        {NEEDED "operators = ( { name = \"o\"; } );",
         "k.conf:4: operators[].prefixes is missing"                                                                },
    };

    REFUSED(*state, cases);
}

static void two_of_a_kind_are_faults(void **state)
{
    static const struct refused cases[] = {
        {SITE DATABASE "modems = ( { name = \"m\"; device = \"/dev/x\"; },\n"
                       "{ name = \"m\"; device = \"/dev/y\"; } );", "k.conf:4: a second modem is called \"m\""             },
        {SITE DATABASE "modems = ( { name = \"m\"; device = \"/dev/x\"; },\n"
                       "{ name = \"n\"; device = \"/dev/x\"; } );", "k.conf:4: \"/dev/x\" is the device of modem \"m\" too"},
        {NEEDED "operators = ( { name = \"o\"; prefixes = [ \"081\" ]; },\n"
                "{ name = \"o\"; prefixes = [ \"082\" ]; } );",     "k.conf:5: a second operator is called \"o\""          },
        {NEEDED "operators = ( { name = \"o\"; prefixes = [ \"081\" ]; },\n"
                "{ name = \"p\"; prefixes = [ \"081\" ]; } );",     "k.conf:5: prefix \"081\" belongs to \"o\" already"    },
        {NEEDED SITE,                                                        "k.conf:4: the option here was already set"            },
    };

    REFUSED(*state, cases);
}

static void two_names_of_one_device_are_one_device(void **state)
{
    struct bench *bench = *state;
    char *link = mem_printf("%s/link", bench->folder);
    char *text = mem_printf(SITE DATABASE
        "modems = ( { name = \"m\"; device = \"/dev/null\"; },\n"
        "{ name = \"n\"; device = \"%s\"; } );",
        link);

    assert_int_equal(symlink("/dev/null", link), 0);
    assert_says(faults_of(bench, text), "is the device of modem \"m\" too");
    free(text);
    free(link);
}

static void a_watchdog_that_is_shorter_than_the_network_is_refused(void **state)
{
    struct bench *bench = *state;

    assert_says(
        faults_of(bench, SITE DATABASE ONE_MODEM "budgets = { send_s = 59; };"),
        "budgets.send_s = 59 is shorter than the 60 s that the network may "
        "take");
    assert_says(
        faults_of(bench, SITE DATABASE ONE_MODEM "budgets = { send_s = 60; };"),
        "");
}

static void a_cost_names_operators_that_are_there(void **state)
{
    struct bench *bench = *state;

    assert_says(faults_of(bench,
                    NEEDED "costs = ( { sim = \"tri\"; to = \"telkomzel\"; "
                           "rp = 1; } );"),
        "operator \"telkomzel\" is not among operators");
    load(bench, NEEDED "costs = ( { sim = \"tri\"; rp = 250; } );");
    assert_int_equal(bench->config.cost_count, 1);
    assert_int_equal(bench->config.costs[0].rupiah, 250);
    assert_string_equal(bench->config.costs[0].to, "");
}

static void a_rehearsal_takes_pseudo_terminals_only(void **state)
{
    struct bench *bench = *state;
    int master = posix_openpt(2 /* O_RDWR */);
    char *text = NULL;

    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    text = mem_printf(SITE DATABASE
        "rehearsal = true;\n"
        "modems = ( { name = \"m\"; device = \"%s\"; } );",
        ptsname(master));
    assert_string_equal(faults_of(bench, text), "");
    assert_true(config_device_is_pty(ptsname(master)));
    free(text);
    (void)close(master);

    assert_says(faults_of(bench, SITE DATABASE
                    "rehearsal = true;\n"
                    "modems = ( { name = \"m\"; device = \"/dev/null\"; } );"),
        "k.conf:4: \"/dev/null\" is no pseudo-terminal");
    assert_false(config_device_is_pty("/dev/null"));
    assert_false(config_device_is_pty("/dev/there-is-none"));
}

static void broken_syntax_is_found_at_its_line(void **state)
{
    static const struct refused cases[] = {
        {"site = {\n name = ;\n};\n",                       "k.conf:2: syntax error; write name"    },
        {NEEDED "templates = \"abc;\nrehearsal = false;\n",
         "k.conf:4: a text is not closed"                                                           },
        {NEEDED "/* abc\n\n",                               "k.conf:4: the comment that starts here"},
        {NEEDED "@include \"none.conf\"\n",
         "k.conf:4: @include \"none.conf\": there is no such file"                                  },
        {NEEDED "@include \"../\"\n",                       "is no plain file"                      },
        {NEEDED "@include \"k.conf\"\n",
         "k.conf:4: @include \"k.conf\": includes lie more than 10 deep"                            },
        {"",                                                "k.conf:0: site is missing"             },
    };

    REFUSED(*state, cases);
}

static void what_looks_broken_inside_texts_and_comments_is_not(void **state)
{
    write_named(*state, "empty.conf", "");
    assert_string_equal(
        faults_of(*state,
            "# 99999999999999 \"\n// \"\n/* @include \"x\"\n"
            "@include \"none\" 99999999999 */\n"
            "site = { name = \"/* 99999999999 \\\" #\"; };\n"
            "@include \"empty.conf\" # nothing in it\n" DATABASE MODEMS),
        "");
}

static void every_fault_is_told_but_a_load_tells_the_first(void **state)
{
    struct bench *bench = *state;
    struct config config = {.approval_above = 42};
    struct why why = {0};
    char line[600];

    assert_string_equal(
        faults_of(bench,
            SITE "database = { path = \"\"; };\n" MODEMS "rehearsal = 2;\n"),
        "k.conf:2: path must not be empty: the SQLite file with the registry "
        "and the queue\n"
        "k.conf:4: rehearsal must be true or false, without quotes\n");
    assert_int_equal(config_load(bench->file, &config, &why), KB_INVALID);
    assert_int_equal(why.line, 2);
    assert_string_equal(why.field, "database.path");
    why_format(&why, line, sizeof line);
    assert_memory_equal(line, bench->file, strlen(bench->file));
    assert_int_equal(config.approval_above, 42); /* untouched */
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    struct bench *bench = *state;
    struct config config = {0};
    struct why why = {0};

    assert_int_equal(config_load(bench->file, &config, &why), KB_NOT_FOUND);
    assert_string_equal(why.file, bench->file);
    assert_says(why.text, "there is no such file");
    assert_int_equal(config_load(bench->folder, &config, &why), KB_INVALID);
    assert_says(why.text, "is no plain file");
}

static void a_bad_zone_leaves_the_process_in_its_own(void **state)
{
    assert_int_equal(clock_zone_set("Asia/Jayapura"), KB_OK);
    (void)faults_of(*state, NEEDED);
    assert_string_equal(getenv("TZ"), "Asia/Jayapura");
}

static void the_file_is_the_arguments_then_the_environments(void **state)
{
    (void)state;
    assert_int_equal(setenv("KABARI_CONFIG", "/env.conf", 1), 0);
    assert_string_equal(config_file("/arg.conf"), "/arg.conf");
    assert_string_equal(config_file(NULL), "/env.conf");
    assert_int_equal(unsetenv("KABARI_CONFIG"), 0);
    assert_string_equal(config_file(NULL), "/etc/kabari/kabari.conf");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_left_out_has_its_default),
        CASE(a_modem_needs_only_a_name_and_a_device),
        CASE(what_is_written_is_read),
        CASE(relative_paths_start_at_the_files_folder),
        CASE(holidays_are_read_from_their_file),
        CASE(a_fault_in_the_holidays_names_its_line),
        CASE(a_number_belongs_to_the_operator_with_the_longest_prefix),
        CASE(without_a_list_indonesias_operators_are_known),
        CASE(an_included_file_is_read_and_named_in_faults),
        CASE(unknown_names_are_faults_with_the_nearest_name),
        CASE(values_of_a_wrong_type_are_faults),
        CASE(numbers_out_of_range_are_faults),
        CASE(texts_that_do_not_fit_are_faults),
        CASE(a_wrong_pin_is_refused_without_being_shown),
        CASE(what_must_be_there_is_missed),
        CASE(two_of_a_kind_are_faults),
        CASE(two_names_of_one_device_are_one_device),
        CASE(a_watchdog_that_is_shorter_than_the_network_is_refused),
        CASE(a_cost_names_operators_that_are_there),
        CASE(a_rehearsal_takes_pseudo_terminals_only),
        CASE(broken_syntax_is_found_at_its_line),
        CASE(what_looks_broken_inside_texts_and_comments_is_not),
        CASE(every_fault_is_told_but_a_load_tells_the_first),
        CASE(a_file_that_is_not_there_is_not_found),
        CASE(a_bad_zone_leaves_the_process_in_its_own),
        CASE(the_file_is_the_arguments_then_the_environments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
