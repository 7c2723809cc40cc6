// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "tests/unit/registry/import_fixture.h"

/* Today is 2016-09-01. One letter a person, to name who is selected. */
#define LIST                                                                   \
    "nik,nama,tgl_lahir,jk,kecamatan,desa,hp,status,bahasa\n"                  \
    "5315051203889001,a,1990-09-01,L,Komodo,Golo Ru'u,081200009001,,id\n"      \
    "5315051203889002,b,1990-09-02,P,Komodo,Gorontalo,081200009001,prr,\n"     \
    "5315051203889003,c,1950-01-01,P,Lembor,golo ru'u,085700009001,gagal,en\n" \
    "5315051203889004,d,,L,Boleng,,,meninggal,\n"

static int open_with_people(void **state)
{
    (void)open_with_offices(state);
    (void)import_list(*state, LIST);
    assert_int_equal(registry_note_contact(((struct fixture *)*state)->registry,
                         "+6285700009001", FIXTURE_NOW_MS - 86400000),
        KB_OK);
    return 0;
}

static enum kb_err add_name(void *arg, const struct resident *resident)
{
    buf_add_text(arg, resident->name);
    return KB_OK;
}

static void expect(struct fixture *fixture, const char *expr, const char *names)
{
    struct registry_export what = {0};
    struct buf sql = {0};
    struct buf seen = {0};
    struct why why = {0};

    assert_int_equal(registry_where(fixture->registry, expr,
                         civil_day(2016, 9, 1), &sql, &why),
        KB_OK);
    what.where = buf_text(&sql);
    assert_int_equal(
        registry_export(fixture->registry, &what, add_name, &seen), KB_OK);
    if (strcmp(buf_text(&seen), names) != 0) {
        print_message("%s\n", expr);
    }
    assert_string_equal(buf_text(&seen), names);
    buf_clear(&sql);
    buf_clear(&seen);
}

static void every_field_selects_its_people(void **state)
{
    static const char *const cases[][2] = {
        {"state=unrecorded",             "ad" },
        {"state = belum_rekam , failed", "acd"},
        {"state!=prr",                   "acd"},
        {"flag=none",                    "abc"},
        {"flag=deceased",                "d"  },
        {"kecamatan=Komodo,53.15.03",    "abc"},
        {"kecamatan!=kec. komodo",       "cd" },
        {"desa=Golo Ru'u",               "ac" },
        {"office=komodo",                "ab" },
        {"office=none",                  "d"  },
        {"sex=P",                        "bc" },
        {"sex=m",                        "ad" },
        {"lang=en",                      "c"  },
        {"lang=none",                    "bd" },
        {"operator=Telkomsel",           "ab" },
        {"operator!=telkomsel",          "cd" },
        {"phone=own",                    "c"  },
        {"phone=shared",                 "ab" },
        {"phone=none",                   "d"  },
        {"phone!=none",                  "abc"},
        {"phone=own,shared",             "abc"},
        {"last_contact=never",           "abd"},
        {"last_contact!=never",          "c"  },
        {"last_contact=2016-08-31",      "c"  },
        {"last_contact<2016-08-31",      ""   },
        {"last_contact<2016-09-01",      "c"  },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(*state, cases[i][0], cases[i][1]);
    }
}

static void ages_count_from_today(void **state)
{
    static const char *const cases[][2] = {
        {"age=26",           "a"  },
        {"age=25",           "b"  },
        {"age>=26",          "ac" },
        {"age>25",           "ac" },
        {"age<26",           "b"  },
        {"age<=25",          "b"  },
        {"age<=26",          "ab" },
        {"age=25,66",        "bc" },
        {"age!=25",          "ac" },
        {"born=1990",        "ab" },
        {"born<1990",        "c"  },
        {"born<=1990",       "abc"},
        {"born>1950",        "ab" },
        {"born>=1990-09-02", "b"  },
        {"born=01-09-1990",  "a"  },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(*state, cases[i][0], cases[i][1]);
    }
}

static void several_conditions_are_joined_with_and(void **state)
{
    struct fixture *fixture = *state;
    struct registry_export what = {0};
    struct buf sql = {0};
    struct buf seen = {0};

    assert_int_equal(registry_where(fixture->registry, "kecamatan=Komodo",
                         civil_day(2016, 9, 1), &sql, NULL),
        KB_OK);
    assert_int_equal(registry_where(fixture->registry, "sex=f",
                         civil_day(2016, 9, 1), &sql, NULL),
        KB_OK);
    what.where = buf_text(&sql);
    assert_int_equal(
        registry_export(fixture->registry, &what, add_name, &seen), KB_OK);
    assert_string_equal(buf_text(&seen), "b");
    buf_clear(&sql);
    buf_clear(&seen);
}

static void what_is_wrong_is_said_with_what_is_allowed(void **state)
{
    static const char *const cases[][2] = {
        {"colour=red",         "last_contact"},
        {"state=gone",         "print_ready" },
        {"flag=x",             "deceased"    },
        {"kecamatan=Ruteng",   "Sano Nggoang"},
        {"office=RUTENG",      "office list" },
        {"sex=x",              "m or f"      },
        {"age=old",            "number"      },
        {"age>17,18",          "several"     },
        {"born=yesterday",     "1990-05-31"  },
        {"last_contact<never", "never"       },
        {"last_contact=soon",  "never"       },
        {"operator=verizon",   "smartfren"   },
        {"phone=yes",          "shared"      },
        {"state<failed",       "= and !="    },
        {"state=",             "missing"     },
        {"state=failed,",      "missing"     },
        {"komodo",             "no condition"},
        {"",                   "no condition"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf sql = {0};
        struct why why = {0};

        assert_int_equal(
            registry_where(fixture->registry, cases[i][0], 0, &sql, &why),
            KB_INVALID);
        assert_non_null(strstr(why.text, cases[i][1]));
        assert_int_equal(sql.used, 0);
    }
}

static void a_value_cannot_become_sql(void **state)
{
    static const char *const cases[] = {
        "desa=x' OR '1'='1",
        "desa=x'; DROP TABLE resident; --",
        "desa='",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(*state, cases[i], "");
    }
}

#define WITH_PEOPLE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, open_with_people, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEOPLE(every_field_selects_its_people),
        WITH_PEOPLE(ages_count_from_today),
        WITH_PEOPLE(several_conditions_are_joined_with_and),
        WITH_PEOPLE(what_is_wrong_is_said_with_what_is_allowed),
        WITH_PEOPLE(a_value_cannot_become_sql),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
