// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_CAMPAIGN_H
#define KABARI_CAMPAIGN_CAMPAIGN_H

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "registry/registry.h"
#include "store/store.h"
#include "text/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A campaign is a standing intention: everybody on this list does it at their
 * office before the deadline. The planner (plan.h: pure) decides who is told
 * what and when; this file keeps campaigns and joins plan, store and outbox.
 */

struct campaigns;

/** What the room works with; all borrowed and outliving it. */
struct campaign_rooms {
    struct store *store;
    const struct clock *clock;
    const struct config *config;
    struct registry *registry;
    const struct texts *texts;
    struct outbox *outbox;
    /** An unknown message of a campaign is sent once more: into the audit, in
     *  the same operation. May be NULL. */
    enum kb_err (*on_resent)(
        void *arg, const char *campaign, int64_t message_id);
    void *arg;
};

KB_MUST_USE enum kb_err campaigns_open(
    const struct campaign_rooms *rooms, struct campaigns **out);
void campaigns_close(struct campaigns *campaigns);

/** After a reload: the texts and config were replaced. */
void campaigns_use(struct campaigns *campaigns, const struct texts *texts,
    const struct config *config);

/** draft → scheduled → running ⇄ paused → done | cancelled */
struct campaign {
    int64_t id;
    char name[64]; /* a-z A-Z 0-9 . _ -, unique */
    char state[12];
    char template_name[64];
    int32_t deadline_day;
    char where[1024];    /* EXPRs joined with newlines; "" : all pending */
    char steps[64];      /* "30,14,7,3,1", descending */
    int64_t start_at_ms; /* 0: at once when started */
    char outage[12];     /* hold, redirect, inform */
    int pace;            /* a day and office; 0: auto, as fast as the modems
                            allow until capacity planning is there */
    int holdout_percent; /* 0..50 */
    char lang[8];        /* "" : the resident's */
    char on_unknown[8];  /* keep, resend: messages of which nobody knows whether
                            they were sent */
    int64_t created_at_ms;
    int64_t started_at_ms; /* 0: not yet */
    char note[200];        /* one line: why it stands where it stands */
    char asked_by[64];     /* who started it, while it waits for a second
                              person's yes; "" : it does not */
};

/** What create and set take; NULL and -1 are "not given". */
struct campaign_options {
    const char *template_name;
    const char *deadline; /* YYYY-MM-DD */
    const char *const *where;
    size_t where_count;
    const char *steps;
    const char *start; /* YYYY-MM-DD[ HH:MM] */
    const char *outage;
    const char *pace; /* "auto" or "N/day" or "N" */
    int holdout_percent;
    const char *lang;
    const char *on_unknown;
    bool correct; /* set: tell of the later deadline whoever knows another,
                     given with it or confirmed afterwards */
};

/** KB_OK; KB_INVALID (why: field and sentence); KB_REFUSED for a name that is
 *  taken; KB_DB. */
KB_MUST_USE enum kb_err campaign_create(struct campaigns *campaigns,
    const char *name, const struct campaign_options *options,
    struct campaign *out, struct why *why);

/** Changes a campaign that is not done or cancelled; unsent messages follow
 *  at the gate. KB_REFUSED where a campaign that was started would be for more
 *  than approval.above. */
KB_MUST_USE enum kb_err campaign_set(struct campaigns *campaigns,
    const char *name, const struct campaign_options *options,
    struct campaign *out, struct why *why);

KB_MUST_USE enum kb_err campaign_get(
    struct campaigns *campaigns, const char *name, struct campaign *out);

/** All campaigns, newest first; free(*out). */
KB_MUST_USE enum kb_err campaign_list(
    struct campaigns *campaigns, struct campaign **out, size_t *count);

enum campaign_action {
    CAMPAIGN_START,
    CAMPAIGN_PAUSE,
    CAMPAIGN_RESUME,
    CAMPAIGN_CANCEL
};
/** KB_REFUSED, with why, where the state does not allow it. Messages follow
 *  in slices of campaigns_tick(). */
KB_MUST_USE enum kb_err campaign_do(struct campaigns *campaigns,
    const char *name, enum campaign_action action, struct campaign *out,
    struct why *why);

/** Starts it as a person or system of that name ("maria", "token:x", "uid:0").
 *  Above approval.above residents it becomes scheduled and waits, until
 *  campaign_approve(); the note says so. campaign_do(CAMPAIGN_START) starts in
 *  nobody's name and asks for no approval. */
KB_MUST_USE enum kb_err campaign_start(struct campaigns *campaigns,
    const char *name, const char *who, struct campaign *out, struct why *why);

/** A second person's yes: it starts now, or at its start. KB_REFUSED (why)
 *  where it waits for none, where who is the one that started it, or where it
 *  could not be started any more. */
KB_MUST_USE enum kb_err campaign_approve(struct campaigns *campaigns,
    const char *name, const char *who, struct campaign *out, struct why *why);

/**
 * Counts, in slices, whom a start (options NULL) or a change is for, where that
 * decides whether a second person must agree: campaign_start() or
 * campaign_set() right afterwards then need not count, which would hold a loop
 * for as long as a look at all residents takes. Begin, step until done, free;
 * the same options, which are not kept.
 *
 * @return KB_OK; KB_NOT_FOUND; KB_INVALID (why).
 */
struct campaign_count_job;
KB_MUST_USE enum kb_err campaign_count_begin(struct campaigns *campaigns,
    const char *name, const struct campaign_options *options,
    struct campaign_count_job **out, struct why *why);
/** Works for about budget_us, one page of residents at least. */
KB_MUST_USE enum kb_err campaign_count_step(struct campaign_count_job *job,
    int64_t budget_us, bool *done, struct why *why);
/** Before campaigns_close(). NULL is fine. */
void campaign_count_free(struct campaign_count_job *job);

/** What would happen: counts, segments, and rendered samples. */
#define CAMPAIGN_SAMPLES    80
#define CAMPAIGN_HOUSEHOLDS 10

struct campaign_sample {
    char office[32];
    char state[12];   /* the office's */
    const char *kind; /* now: what goes out as things stand; last: in the last
                         step; redirect, down, back: if the office stopped or
                         came back */
    char phone[24];   /* masked */
    char text[800];
    struct text_size size;
};

/** Of which of a campaign's people. */
struct campaign_people_ask {
    const char *name;      /* the campaign's */
    const char *kecamatan; /* codes with commas between; NULL: all */
};

struct campaign_preview {
    int64_t audience; /* residents that the EXPRs give and are pending */
    int64_t phones;   /* distinct, that would be told */
    int64_t people;   /* residents whom these messages name */
    int64_t shared;   /* of these phones, with several residents */
    int64_t largest;  /* the most residents on one of them */
    int64_t household[CAMPAIGN_HOUSEHOLDS]; /* phones with 1, 2, … residents;
                                               the last: so many and more */
    int64_t no_phone;                       /* residents without a phone */
    int64_t stopped;          /* phones that asked not to be told */
    int64_t held_out;         /* residents left out for comparison */
    int64_t segments;         /* for one step */
    int step;                 /* the step that would go first */
    int64_t correct_phones;   /* told another deadline, and not corrected */
    int32_t correct_deadline; /* the one that they know */
    struct campaign_sample sample[CAMPAIGN_SAMPLES];
    size_t sample_count;
};
/** All at once: blocks for as long as the audience takes (some 0.1 ms a
 *  phone). On a loop use the job below. KB_NOT_FOUND; KB_INVALID (why) where
 *  the text cannot be filled in or an EXPR is not understood. */
KB_MUST_USE enum kb_err campaign_preview(struct campaigns *campaigns,
    const char *name, struct campaign_preview *out, struct why *why);

/** The same in slices: begin, step until done, read the result, free. Changes
 *  nothing; residents that change meanwhile are counted as they are met.
 *  KB_REFUSED (why) where the deadline is over or the kecamatan make its
 *  conditions too long. */
struct campaign_preview_job;
KB_MUST_USE enum kb_err campaign_preview_begin(struct campaigns *campaigns,
    const struct campaign_people_ask *ask, struct campaign_preview_job **out,
    struct why *why);
/** Works for about budget_us (at least one phone); as campaign_preview(). */
KB_MUST_USE enum kb_err campaign_preview_step(struct campaign_preview_job *job,
    int64_t budget_us, bool *done, struct why *why);
/** Borrowed; complete once done. */
const struct campaign_preview *campaign_preview_result(
    const struct campaign_preview_job *job);
/** Before campaigns_close(). NULL is fine. */
void campaign_preview_free(struct campaign_preview_job *job);

/** `campaign report`: audience counts residents; phones and the states count
 *  messages (one per phone and day), each once, by its present state. */
struct campaign_report {
    int64_t audience;
    int64_t phones;
    struct outbox_counts counts;
};
KB_MUST_USE enum kb_err campaign_report(
    struct campaigns *campaigns, const char *name, struct campaign_report *out);

/** Renders the campaign's text for one number (campaign test NAME --to). */
KB_MUST_USE enum kb_err campaign_test_text(struct campaigns *campaigns,
    const char *name, char *out, size_t out_bytes, struct why *why);

/** What one tick of the gateway (a second; a rehearsal's: a tenth) lets the
 *  planner take of it. */
#define CAMPAIGN_TICK_US 90000

/** From now on campaigns_tick() works for no more than so many microseconds,
 *  until more are allowed: a walk over a large registry goes on in the next
 *  tick. What was left over is not kept. Never called: nothing bounds it. */
void campaigns_allow(struct campaigns *campaigns, int64_t work_us);

/**
 * One slice of planning (≤ 5 ms): starts scheduled campaigns that are due,
 * queues what the plan says, follows pauses and cancels, ends campaigns past
 * their deadline, lets go what was held for an office that is up again.
 *
 * A running campaign walks over the registry once a local day, after every
 * import that is done or undone, and after campaign_set(): whoever is pending
 * and was not told since the latest step's day is told. A phone has at most
 * one waiting message of a campaign; later steps and newly listed residents go
 * with it. All progress is in the store: a restart goes on where it was.
 *
 * @param more         whether another slice should follow at once; false also
 *                     where what was allowed is used up.
 * @param next_at_ms   else when to look again (rehearsal's clock): within a
 *                     second of real time.
 * @return             KB_OK; KB_BUSY, KB_FULL, KB_DB: what was done stays,
 *                     call again later.
 */
KB_MUST_USE enum kb_err campaigns_tick(
    struct campaigns *campaigns, bool *more, int64_t *next_at_ms);

/* --- what residents and offices say ------------------------------------ */

/** SUDAH: the resident says to have recorded. Reminders of all campaigns rest
 *  for planning.done_days; staff are to look (the inbox entry is the caller's
 *  part).
 *
 *  @param until_day  when reminders go on if the list still has them. */
KB_MUST_USE enum kb_err campaign_resident_done(
    struct campaigns *campaigns, int64_t resident_id, int32_t *until_day);

/** A day at an office. */
struct campaign_slot {
    char office[32];
    char office_name[64];
    int32_t day;
};

/**
 * TUNDA: moves the phone's invitation to the office's next day that has a place
 * for its residents.
 *
 * @return KB_OK; KB_NOT_FOUND where the phone has no invitation for today or
 *         later; KB_FULL where no day before the deadline has room (the
 *         invitation then stays); KB_DB.
 */
KB_MUST_USE enum kb_err campaign_reschedule(
    struct campaigns *campaigns, const char *phone, struct campaign_slot *out);

/** Notes, for reports, that somebody answered from that phone. */
KB_MUST_USE enum kb_err campaign_answered(
    struct campaigns *campaigns, const char *phone);

/** What follows, or would follow, when an office stops: messages that its
 *  running campaigns have not sent (held, redirected or changed, each by its
 *  campaign's policy), and invitations for today or later to be called off. */
struct campaign_effect {
    int64_t waiting;
    int64_t invited;
    int64_t held;       /* held already because it is down */
    int64_t called_off; /* told not to come: invited again once it is back */
};
KB_MUST_USE enum kb_err campaign_office_effect(struct campaigns *campaigns,
    const char *office, struct campaign_effect *out);

/** What switching an office causes, in one line: "1,204 invitations held, 35
 *  called off"; 100 bytes are enough. */
void campaign_effect_text(
    const struct campaign_effect *effect, bool works, char *out, size_t bytes);
/** A whole number as people read it there: "1.204". */
void campaign_count_text(int64_t count, char *out, size_t bytes);

/** What the gate says of a message about to be submitted. */
enum gate_verdict {
    GATE_SEND,   /* as it is, or with gate.text where that is not NULL */
    GATE_HOLD,   /* back, held with gate.reason */
    GATE_LATER,  /* back, not before gate.next_at_ms */
    GATE_CANCEL, /* nobody on the phone is to be told any more */
    GATE_EXPIRE  /* the deadline has passed */
};

struct gate {
    enum gate_verdict verdict;
    int64_t next_at_ms;
    char reason[160];      /* one plain sentence, for `message why` */
    char *text;            /* free(); NULL: unchanged */
    int64_t expires_at_ms; /* the deadline's end as it stands now: an SMS's
                              validity never goes beyond; 0: no campaign */
};

/** Still pending? not opted out? deadline ahead? office up? window open? not
 *  told today? Renders the text anew. For messages without a campaign:
 *  GATE_SEND. Ask only before a message's first part: what is on its way is
 *  not written anew. GATE_SEND takes the phone's day for this message (in the
 *  caller's turn), so follow it with outbox_submitting(). */
KB_MUST_USE enum kb_err campaign_gate(struct campaigns *campaigns,
    const struct outbox_message *message, struct gate *out);

/** In one plain line why a campaign's message stands where it stands and what
 *  would change it; for `message why`. */
KB_MUST_USE enum kb_err campaign_why(struct campaigns *campaigns,
    const struct outbox_message *message, char *out, size_t out_bytes);

/** The same for a resident, over all campaigns: `resident show`. */
KB_MUST_USE enum kb_err campaign_resident_why(struct campaigns *campaigns,
    const struct resident *resident, char *out, size_t out_bytes);

#endif
