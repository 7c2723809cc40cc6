// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_QUIRK_H
#define KABARI_LINK_QUIRK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What is odd about a make of modem, as data: a folder of NAME.quirk files
 * (modems/quirks/ in the source; its README has the format). A file is chosen
 * by what the modem says of itself, or by its name in a modem's configuration.
 * Pure but for quirks_load().
 */

/** What an error code means; verdict.h of dispatch says what follows. */
enum quirk_class {
    QUIRK_CLASS_NONE, /* no file says anything: the standard table counts */
    QUIRK_CLASS_DESTINATION,
    QUIRK_CLASS_SIM,
    QUIRK_CLASS_BARRED,
    QUIRK_CLASS_NO_NETWORK,
    QUIRK_CLASS_CONGESTED,
    QUIRK_CLASS_NETWORK,
    QUIRK_CLASS_ONCE_MORE,
    QUIRK_CLASS_UNKNOWN, /* it may have gone out */
    QUIRK_CLASS_MEMORY,
    QUIRK_CLASS_SMSC,
    QUIRK_CLASS_SENT,
    QUIRK_CLASSES
};

/** "destination", "network", …; "" for NONE. */
const char *quirk_class_name(enum quirk_class class);

struct quirk_error {
    bool cme; /* of the +CME codes, else of the +CMS ones */
    int first;
    int last;
    enum quirk_class class;
};

#define QUIRK_MODELS_MOST 16
#define QUIRK_ERRORS_MOST 32
#define QUIRK_NOT_SAID    (-2)

/** One file, or several of them laid over one another. */
struct quirk {
    char name[64];         /* "huawei-e173"; joined with + ; "" : none */
    char words[80];        /* for people: "Huawei E173 and its kin" */
    char manufacturer[48]; /* patterns of fnmatch(3), capitals do not matter */
    char models[QUIRK_MODELS_MOST][48];
    size_t model_count;
    char features[256];  /* libGammu's, joined with commas */
    char init[512];      /* AT commands after the start, one a line */
    char cnmi[24];       /* "2,1,0,2,0"; "none": poll; "" : libGammu's choice */
    char chatter[256];   /* what it says unasked, prefixes joined with spaces */
    char drop[256];      /* those of them that libGammu must not see */
    char connection[24]; /* libGammu's, "" : not said */
    char reset[48];      /* AT command that starts it anew */
    int reset_wait_s;    /* QUIRK_NOT_SAID */
    int poll_s;          /* QUIRK_NOT_SAID */
    int pause_ms;        /* that it needs at least; QUIRK_NOT_SAID */
    struct quirk_error errors[QUIRK_ERRORS_MOST];
    size_t error_count;
};

/** As no file says anything. */
void quirk_clear(struct quirk *quirk);

/**
 * Reads a file's text into a cleared quirk.
 *
 * @param file  its path, for faults; its base name without .quirk is the name.
 * @return KB_OK, KB_INVALID (why has FILE:LINE and how to mend it).
 */
KB_MUST_USE enum kb_err quirk_read(
    const char *file, const char *text, struct quirk *out, struct why *why);

/** Lays one over the other: lists grow, single values are replaced. */
void quirk_lay_over(struct quirk *quirk, const struct quirk *over);

/** How well a modem's make fits: 0 not at all (a file without a manufacturer
 *  fits none by itself), else 1 and how much of the model its pattern says. */
size_t quirk_fit(
    const struct quirk *quirk, const char *manufacturer, const char *model);

/** True for what is written like a feature of libGammu: capitals. */
bool quirk_is_feature(const char *name);
/** Adds one; false where it is none or there is no room. */
bool quirk_add_feature(struct quirk *quirk, const char *feature);

/** What its files say of a code, QUIRK_CLASS_NONE where nothing. cme: the modem
 *  called it +CME. quirk NULL: NONE. */
enum quirk_class quirk_class_of(const struct quirk *quirk, bool cme, int code);

/** All files of a folder; counted references. */
struct quirks;

/**
 * Reads every *.quirk of a folder.
 *
 * @return KB_OK (also for a folder that is not there: an empty set); KB_IO;
 *         KB_INVALID for the first file with a fault.
 */
KB_MUST_USE enum kb_err quirks_load(
    const char *folder, struct quirks **out, struct why *why);
struct quirks *quirks_ref(struct quirks *quirks);
void quirks_unref(struct quirks *quirks);

/** The file of that name, or NULL. */
const struct quirk *quirks_find(const struct quirks *quirks, const char *name);

/**
 * What counts for one modem: the files and libGammu features that its
 * configuration names, else the file that fits its make best (the longest model
 * pattern), else nothing.
 *
 * @param named  the configuration's list, joined with commas.
 */
void quirks_effective(const struct quirks *quirks, const char *named,
    const char *manufacturer, const char *model, struct quirk *out);

/** A name in the list that is neither a file nor written like a feature of
 *  libGammu (capitals), or NULL. In out. */
const char *quirks_unknown(const struct quirks *quirks, const char *named,
    char *out, size_t out_bytes);

#endif
