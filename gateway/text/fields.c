// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "text/text_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * The widths leave every template of the first set within one SMS: 27 holds
 * "Kantor Camat Lembor Selatan", 15 a given name and a family name, 11
 * "30 Sep 2016" and "08.00-14.00", 12 "Minggu 30/12", 19
 * "Sen-Sel,Kam-Jum,Min", the longest that days of a week can be.
 */
static const struct {
    const char *name;
    int width;
    enum text_fit fit;
    const char *sample;
} field_rules[TEXT_FIELD_COUNT] = {
    [TEXT_NAME] = {"name",         15, TEXT_FIT_WORD,  "Maria Weng"         },
    [TEXT_OFFICE] = {"office",       27, TEXT_FIT_WORD,  "Kantor Camat Lembor"},
    [TEXT_HOURS] = {"hours",        11, TEXT_FIT_CHAR,  "08.00-14.00"        },
    [TEXT_DEADLINE] = {"deadline",     11, TEXT_FIT_CHAR,  "30 Sep 2016"        },
    [TEXT_DAYS_LEFT] = {"days_left",    2,  TEXT_FIT_WHOLE, "7"                  },
    [TEXT_NIK4] = {"nik4",         4,  TEXT_FIT_WHOLE, "9001"               },
    [TEXT_OTHER_OFFICE] = {"other_office", 27, TEXT_FIT_WORD,
                   "Kantor Camat Komodo"                                    },
    [TEXT_DAY] = {"day",          12, TEXT_FIT_CHAR,  "Senin 5/9"          },
    [TEXT_DIGITS] = {"digits",       3,  TEXT_FIT_WHOLE, "15"                 },
    [TEXT_LIMIT] = {"limit",        2,  TEXT_FIT_WHOLE, "3"                  },
    [TEXT_CHOICES] = {"choices",      44, TEXT_FIT_WORD,  "1 ..9001 2 ..9002"  },
    [TEXT_HELD] = {"held",         7,  TEXT_FIT_WHOLE, "1.204"              },
    [TEXT_CALLED] = {"called",       7,  TEXT_FIT_WHOLE, "35"                 },
    [TEXT_DAYS] = {"days",         19, TEXT_FIT_CHAR,  "Senin-Jumat"        },
};

/* What an Indonesian writer is likely to try first. */
static const struct {
    const char *word;
    enum text_field field;
} also_called[] = {
    {"nama",        TEXT_NAME        },
    {"kantor",      TEXT_OFFICE      },
    {"jam",         TEXT_HOURS       },
    {"tgl",         TEXT_DEADLINE    },
    {"tanggal",     TEXT_DEADLINE    },
    {"batas",       TEXT_DEADLINE    },
    {"n",           TEXT_DAYS_LEFT   },
    {"sisa",        TEXT_DAYS_LEFT   },
    {"nik",         TEXT_NIK4        },
    {"n4",          TEXT_NIK4        },
    {"lain",        TEXT_OTHER_OFFICE},
    {"kantor_lain", TEXT_OTHER_OFFICE},
    {"hari",        TEXT_DAY         },
    {"x",           TEXT_DIGITS      },
    {"angka",       TEXT_DIGITS      },
    {"k",           TEXT_LIMIT       },
    {"pilihan",     TEXT_CHOICES     },
};

#define OF(field) (1U << TEXT_##field)
#define INVITES                                                                \
    (OF(NAME) | OF(OFFICE) | OF(HOURS) | OF(DEADLINE) | OF(DAYS_LEFT))
#define PLACE  (OF(OFFICE) | OF(HOURS))
#define ANSWER (OF(NIK4) | PLACE)

/*
 * The first set, and what each may say: exactly what the gateway knows
 * whenever it sends it. A template without a place is also sent to people of
 * whom the gateway knows nothing.
 */
static const struct {
    const char *name;
    unsigned fields;
} first_set[] = {
    {"remind_first",                   INVITES                                          },
    {"remind_last",                    INVITES                                          },
    {"invite_slot",                    INVITES | OF(DAY)                                },
    {"office_down",                    INVITES | OF(OTHER_OFFICE)                       },
    {"office_back",                    INVITES | OF(DAY)                                },
    {"deadline_moved",                 INVITES                                          },
    {"card_ready",                     OF(NAME) | PLACE                                 },
    {"card_ready_again",               OF(NAME) | PLACE                                 },
    {"card_wait",                      OF(NAME) | PLACE                                 },
    {"status_unrecorded",              ANSWER | OF(DEADLINE)                            },
    {"status_unrecorded_undated",      ANSWER                                           },
    {"status_processing",              ANSWER                                           },
    {"status_failed",                  ANSWER                                           },
    {"status_review",                  ANSWER                                           },
    {"status_print_ready",             ANSWER                                           },
    {"status_printed",                 ANSWER                                           },
    {"status_collected",               ANSWER                                           },
    {"status_unrecorded_down",         ANSWER | OF(OTHER_OFFICE)                        },
    {"status_inactive",                ANSWER                                           },
    {"status_underage",                ANSWER                                           },
    {"status_elsewhere",               ANSWER                                           },
    {"reply_generic",                  ANSWER                                           },
    {"reply_unknown",                  ANSWER                                           },
    {"reply_length",                   OF(DIGITS)                                       },
    {"reply_example",                  0                                                },
    {"reply_family_card",              0                                                },
    {"reply_help",                     0                                                },
    {"reply_info",                     PLACE | OF(DEADLINE) | OF(DAYS)                  },
    {"reply_info_undated",             PLACE | OF(DAYS)                                 },
    {"reply_info_down",                PLACE | OF(OTHER_OFFICE) | OF(DAYS)              },
    {"reply_stop",                     0                                                },
    {"reply_start",                    0                                                },
    {"reply_wrong_person",             0                                                },
    {"reply_limit",                    PLACE | OF(LIMIT)                                },
    {"reply_staff",                    0                                                },
    {"reply_trouble",                  0                                                },
    {"reply_call",                     0                                                },
    {"reply_who",                      PLACE                                            },
    {"reply_fee",                      0                                                },
    {"reply_require",                  0                                                },
    {"reply_pickup",                   PLACE                                            },
    {"reply_which",                    OF(CHOICES)                                      },
    {"reply_where",                    0                                                },
    {"reply_moved",                    PLACE | OF(DAY)                                  },
    {"reply_watch",                    0                                                },
    {"reply_enrolled",                 OF(NIK4)                                         },
    {"reply_code_wrong",               0                                                },
    {"reply_language",                 0                                                },
    {"staff_down",                     OF(OFFICE) | OF(HELD) | OF(CALLED) | OF(DEADLINE)},
    {"staff_down_undated",             OF(OFFICE) | OF(HELD) | OF(CALLED)               },
    {"staff_up",                       OF(OFFICE) | OF(HELD) | OF(CALLED)               },
    {"staff_which",                    0                                                },
    {"staff_ask",                      OF(OFFICE) | OF(CALLED)                          },
    {"watch_office",                   PLACE                                            },
    {"ussd_main",                      0                                                },
    {"ussd_nik",                       0                                                },
    {"ussd_nik_len",                   OF(DIGITS)                                       },
    {"ussd_kec1",                      0                                                },
    {"ussd_kec2",                      0                                                },
    {"ussd_status_unrecorded",         ANSWER | OF(DEADLINE)                            },
    {"ussd_status_unrecorded_undated", ANSWER                                           },
    {"ussd_status_processing",         ANSWER                                           },
    {"ussd_status_failed",             ANSWER                                           },
    {"ussd_status_review",             ANSWER                                           },
    {"ussd_status_print_ready",        ANSWER                                           },
    {"ussd_status_printed",            ANSWER                                           },
    {"ussd_status_collected",          ANSWER                                           },
    {"ussd_office",                    PLACE | OF(DAYS)                                 },
    {"ussd_office_down",               PLACE | OF(OTHER_OFFICE) | OF(DAYS)              },
    {"ussd_requirements",              0                                                },
    {"ussd_stop",                      0                                                },
    {"ussd_start",                     0                                                },
    {"ussd_generic",                   ANSWER                                           },
    {"ussd_sent",                      0                                                },
    {"ussd_watch",                     0                                                },
    {"ussd_bye",                       0                                                },
    {"ussd_error",                     0                                                },
};

enum {
    FIRST_SET_COUNT = sizeof first_set / sizeof *first_set
};

const char *text_field_name(enum text_field field)
{
    return field_rules[field].name;
}

int text_field_width(enum text_field field)
{
    return field_rules[field].width;
}

enum text_fit text_field_fit(enum text_field field)
{
    return field_rules[field].fit;
}

const char *text_field_sample(enum text_field field)
{
    return field_rules[field].sample;
}

enum text_field text_field_find(const char *name)
{
    unsigned field = 0;

    while (field < TEXT_FIELD_COUNT &&
           strcmp(field_rules[field].name, name) != 0) {
        field++;
    }
    return (enum text_field)field;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters must be added, dropped or changed (Levenshtein), counting
   no further than what fits here; names are short. */
static unsigned slips(const char *a, const char *b)
{
    unsigned row[48] = {0};
    unsigned length = (unsigned)strlen(b);

    if (strlen(a) >= 48 || length >= 48) {
        return 48;
    }
    for (unsigned j = 0; j <= length; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned corner = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= length; j++) {
            unsigned above = row[j];
            unsigned change = corner + (a[i - 1] == b[j - 1] ? 0 : 1);

            row[j] = least(change, least(above, row[j - 1]) + 1);
            corner = above;
        }
    }
    return row[length];
}

/* With more slips than that it is another word. */
static unsigned slips_allowed(const char *name)
{
    return 1 + (unsigned)strlen(name) / 4;
}

enum text_field text_field_nearest(const char *name)
{
    unsigned best = slips_allowed(name) + 1;
    unsigned field = TEXT_FIELD_COUNT;

    for (size_t i = 0; i < sizeof also_called / sizeof *also_called; i++) {
        if (str_same(also_called[i].word, name)) {
            return also_called[i].field;
        }
    }
    for (unsigned i = 0; i < TEXT_FIELD_COUNT; i++) {
        unsigned count = slips(name, field_rules[i].name);

        if (count < best || str_same(name, field_rules[i].name)) {
            best = count;
            field = i;
        }
    }
    return (enum text_field)field;
}

void text_fields_list(unsigned fields, char *out, size_t out_bytes)
{
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < TEXT_FIELD_COUNT; i++) {
        if ((fields & 1U << i) != 0 && used < out_bytes) {
            used += (size_t)snprintf(out + used, out_bytes - used, "%s{%s}",
                used == 0 ? "" : ", ", field_rules[i].name);
        }
    }
}

const char *text_first_set(size_t index)
{
    return index < FIRST_SET_COUNT ? first_set[index].name : NULL;
}

bool text_spec_find(const char *name, unsigned *fields)
{
    for (size_t i = 0; i < FIRST_SET_COUNT; i++) {
        if (strcmp(first_set[i].name, name) == 0) {
            *fields = first_set[i].fields;
            return true;
        }
    }
    *fields = INVITES;
    if (str_starts(name, "canned_")) {
        *fields = PLACE;
        return name[strlen("canned_")] != '\0';
    }
    return str_starts(name, "campaign_") && name[strlen("campaign_")] != '\0';
}

bool text_field_offered(const char *name, enum text_field field)
{
    unsigned fields = 0;

    return text_spec_find(name, &fields) && (fields & 1U << field) != 0;
}

const char *text_name_nearest(const char *name)
{
    unsigned best = slips_allowed(name) + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < FIRST_SET_COUNT; i++) {
        unsigned count = slips(name, first_set[i].name);

        if (count < best) {
            best = count;
            nearest = first_set[i].name;
        }
    }
    return nearest;
}

bool text_is_ussd(const char *name)
{
    return str_starts(name, "ussd_");
}
