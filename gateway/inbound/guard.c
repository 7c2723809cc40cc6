// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/inbound_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Quiet for that long, a phone may be answered again. */
#define QUIET_MS ((int64_t)3600 * 1000)

/* --- loops ----------------------------------------------------------------- */

enum guard_verdict guard_judge(
    struct guard_row *row, int64_t now_ms, bool wants_answer)
{
    /* Either way: a clock that was set back must not silence for long. */
    if (llabs(now_ms - row->last_at_ms) > QUIET_MS) {
        row->answers = 0;
    }
    row->last_at_ms = now_ms;
    if (row->answers < GUARD_ANSWERS) {
        row->answers += wants_answer ? 1 : 0;
        return GUARD_FINE;
    }
    if (!wants_answer) {
        return GUARD_SILENT;
    }
    /* One more than the answers: staff were told. */
    row->answers++;
    return row->answers == GUARD_ANSWERS + 1 ? GUARD_NOTE : GUARD_SILENT;
}

enum kb_err guard_pass(struct inbound *inbound, const char *phone_hash,
    bool wants_answer, enum guard_verdict *out)
{
    struct guard_row row = {0};
    enum kb_err err = guard_store_get(inbound, phone_hash, &row);

    if (err != KB_OK) {
        return err;
    }
    *out = guard_judge(&row, clock_now_ms(inbound->rooms.clock), wants_answer);
    return guard_store_put(inbound, phone_hash, &row);
}

enum kb_err guard_step(struct inbound *inbound, const char *phone_hash,
    bool wants_answer, enum guard_verdict *out)
{
    int steps = 0;
    enum kb_err err =
        guard_store_count(inbound, COUNT_STEP, phone_hash, &steps);

    *out = GUARD_FINE;
    return err == KB_OK && steps > GUARD_STEPS
               ? guard_pass(inbound, phone_hash, wants_answer, out)
               : err;
}

/* --- limits of a day --------------------------------------------------------- */

static bool is_over(int count, int limit)
{
    return limit > 0 && count > limit;
}

/* Counts how many different NIKs a phone has asked for. */
static enum kb_err count_niks(struct inbound *inbound, const char *phone_hash,
    const char *nik_hash, struct quota *out)
{
    char pair[2 * sizeof((struct registry_hash *)0)->text];
    int asked = 0;
    int niks = 0;
    enum kb_err err = KB_OK;

    (void)snprintf(pair, sizeof pair, "%s %s", phone_hash, nik_hash);
    err = guard_store_count(inbound, COUNT_PAIR, pair, &asked);
    if (err == KB_OK && asked == 1) {
        err = guard_store_count(inbound, COUNT_NIKS, phone_hash, &niks);
        out->alarm = niks == GUARD_NIKS;
    }
    return err;
}

static enum kb_err count_query(struct inbound *inbound,
    const struct query *query, int *of_phone, int *of_nik)
{
    enum kb_err err =
        guard_store_count(inbound, COUNT_PHONE, query->phone_hash, of_phone);

    return err == KB_OK && !query->own
               ? guard_store_count(inbound, COUNT_NIK, query->nik_hash, of_nik)
               : err;
}

enum kb_err guard_quota(
    struct inbound *inbound, const struct query *query, struct quota *out)
{
    const struct config *config = inbound->rooms.config;
    int of_phone = 0;
    int of_nik = 0;
    int told = 0;
    enum kb_err err = count_query(inbound, query, &of_phone, &of_nik);

    *out = (struct quota){0};
    out->first_stranger = err == KB_OK && of_nik == 1;
    if (err == KB_OK) {
        err = count_niks(inbound, query->phone_hash, query->nik_hash, out);
    }
    if (is_over(of_phone, config->queries_per_phone_day)) {
        out->over = true;
        out->limit = config->queries_per_phone_day;
    } else if (is_over(of_nik, config->queries_per_nik_day)) {
        out->over = true;
        out->limit = config->queries_per_nik_day;
    }
    if (err == KB_OK && out->over) {
        err = guard_store_count(inbound, COUNT_TOLD, query->phone_hash, &told);
        out->tell = told == 1;
    }
    return err;
}

/* --- guessing from many phones -------------------------------------------------- */

/* Kecamatan and date of birth: what guessing a serial leaves alone. */
#define BIRTH_DIGITS 12

static bool has_just_come_to(int count, int threshold)
{
    return threshold > 0 && count == threshold;
}

enum kb_err guard_strange(struct inbound *inbound, const char *nik, bool *alarm)
{
    char birth[BIRTH_DIGITS + 1] = "";
    struct registry_hash hash;
    int niks = 0;
    int serials = 0;
    enum kb_err err = guard_store_count(inbound, COUNT_STRANGES, "", &niks);

    memcpy(birth, nik, BIRTH_DIGITS);
    hash = registry_hash(inbound->rooms.registry, birth);
    if (err == KB_OK) {
        err = guard_store_count(inbound, COUNT_BIRTH, hash.text, &serials);
    }
    *alarm = has_just_come_to(niks, inbound->rooms.config->strange_niks_day) ||
             has_just_come_to(serials, GUARD_BIRTHS);
    return err;
}
