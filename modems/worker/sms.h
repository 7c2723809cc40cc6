// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_SMS_H
#define KABARI_WORKER_SMS_H

#include "link/wire.h"

#include <gammu.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Between the wire's SMS and libGammu's. Pure.
 */

/**
 * One SMS-SUBMIT for GSM_SendSMS.
 *
 * @param smsc  the SMSC's number as libGammu keeps it (UTF-16BE). It goes in
 *              with Location 0, else an AT+CSCA? would go before every SMS.
 */
void sms_build(const struct wire_submit *submit, const unsigned char *smsc,
    GSM_SMSMessage *out);

/** TP-VP, relative (3GPP TS 23.040 §9.2.3.12.1), rounded up; 0: the most. */
uint8_t sms_validity(int64_t seconds);

/** An SMS-DELIVER; the token is left alone. */
void sms_to_inbound(const GSM_SMSMessage *sms, struct wire_inbound *out);

/** An SMS-STATUS-REPORT; the token is left alone. */
void sms_to_report(const GSM_SMSMessage *sms, struct wire_report *out);

/** What a user data header says of concatenation. */
struct sms_concat {
    int ref; /* -1: a single SMS */
    int parts;
    int part;
};

/**
 * Looks for information element 0x00 or 0x08 (TS 23.040 §9.2.3.24.1, .8),
 * whatever else the header holds.
 *
 * @param header  the length octet and what follows it.
 */
struct sms_concat sms_concat(const unsigned char *header, size_t bytes);

/** Unix milliseconds of a TP-SCTS, 0 where it makes no sense. */
int64_t sms_instant_ms(const GSM_DateTime *time);

/** Tells one SMS from another in the same place of a SIM. */
uint64_t sms_hash(const GSM_SMSMessage *sms);

#endif
