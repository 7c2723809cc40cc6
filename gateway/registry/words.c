// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/words.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define WORD_BYTES 32

struct word {
    const char *said;
    const char *means;
};

const char word_states[] = "unrecorded, processing, failed, review, "
                           "print_ready, printed, collected";
const char word_flags[] = "inactive, deceased, moved, underage, none";

static const struct word states[] = {
    {"unrecorded",         "unrecorded" },
    {"belum_rekam",        "unrecorded" },
    {"belum",              "unrecorded" },
    {"processing",         "processing" },
    {"proses",             "processing" },
    {"diproses",           "processing" },
    {"dalam_proses",       "processing" },
    {"failed",             "failed"     },
    {"gagal",              "failed"     },
    {"gagal_rekam",        "failed"     },
    {"review",             "review"     },
    {"periksa",            "review"     },
    {"duplikat",           "review"     },
    {"ganda",              "review"     },
    {"print_ready",        "print_ready"},
    {"prr",                "print_ready"},
    {"print_ready_record", "print_ready"},
    {"siap_cetak",         "print_ready"},
    {"printed",            "printed"    },
    {"dicetak",            "printed"    },
    {"tercetak",           "printed"    },
    {"cetak",              "printed"    },
    {"collected",          "collected"  },
    {"diambil",            "collected"  },
    {"ambil",              "collected"  },
};

static const struct word flags[] = {
    {"inactive",        "inactive"},
    {"nonaktif",        "inactive"},
    {"non_aktif",       "inactive"},
    {"blokir",          "inactive"},
    {"diblokir",        "inactive"},
    {"deceased",        "deceased"},
    {"meninggal",       "deceased"},
    {"moved",           "moved"   },
    {"pindah",          "moved"   },
    {"underage",        "underage"},
    {"belum_wajib_ktp", "underage"},
    {"di_bawah_umur",   "underage"},
    {"none",            ""        },
    {"active",          ""        },
    {"aktif",           ""        },
};

static const struct word sexes[] = {
    {"l",         "m"},
    {"lk",        "m"},
    {"laki",      "m"},
    {"laki_laki", "m"},
    {"pria",      "m"},
    {"m",         "m"},
    {"male",      "m"},
    {"p",         "f"},
    {"pr",        "f"},
    {"perempuan", "f"},
    {"wanita",    "f"},
    {"f",         "f"},
    {"female",    "f"},
};

static const char *look_up(
    const struct word *words, size_t count, const char *text)
{
    char key[WORD_BYTES];

    if (str_copy(key, sizeof key, text) != KB_OK) {
        return NULL;
    }
    for (char *at = key; *at != '\0'; at++) {
        *at =
            *at == ' ' || *at == '-' ? '_' : (char)tolower((unsigned char)*at);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].said, key) == 0) {
            return words[i].means;
        }
    }
    return NULL;
}

const char *word_state(const char *text)
{
    return look_up(states, sizeof states / sizeof states[0], text);
}

const char *word_flag(const char *text)
{
    return look_up(flags, sizeof flags / sizeof flags[0], text);
}

const char *word_sex(const char *text)
{
    return look_up(sexes, sizeof sexes / sizeof sexes[0], text);
}

bool word_is_lang(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

    return length >= 2 && length <= 7 && text[length] == '\0' && *text != '-';
}
