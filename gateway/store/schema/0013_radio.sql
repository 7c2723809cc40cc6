-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which SIM a message is for. A queued row is in exactly one of three indexes:
-- any SIM may take it; by the number's operator; one SIM only.
ALTER TABLE message ADD COLUMN operator TEXT;   -- NULL: makes no difference
ALTER TABLE message ADD COLUMN only_modem TEXT; -- no other sends it
DROP INDEX message_queue;
CREATE INDEX message_queue ON message (class, urgency, next_at_ms, id)
    WHERE state = 'queued' AND operator IS NULL AND only_modem IS NULL;
CREATE INDEX message_operator
    ON message (class, operator, urgency, next_at_ms, id)
    WHERE state = 'queued' AND operator IS NOT NULL AND only_modem IS NULL;
CREATE INDEX message_pinned ON message (only_modem, class, next_at_ms, id)
    WHERE state = 'queued' AND only_modem IS NOT NULL;
CREATE INDEX message_unknown ON message (id) WHERE state = 'unknown';

-- What counts against a SIM's limits, by local hours (day number * 24 + hour).
CREATE TABLE sim_hour (
    sim TEXT NOT NULL,                      -- IMSI, else the modem's name
    hour INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (sim, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO sim_hour SELECT modem, day * 24, sent FROM modem_day
    WHERE day >= (SELECT max(day) FROM modem_day);
DROP TABLE modem_day;

-- What was last seen in a modem, and what its SIM is used to.
CREATE TABLE modem_seen (
    modem TEXT PRIMARY KEY,
    imei TEXT NOT NULL DEFAULT '',
    imsi TEXT NOT NULL DEFAULT '',
    iccid TEXT NOT NULL DEFAULT '',
    changed_at_ms INTEGER NOT NULL,
    credit INTEGER,                         -- rupiah, NULL: not known
    credit_at_ms INTEGER NOT NULL DEFAULT 0,
    credit_until_day INTEGER,
    sent_since INTEGER NOT NULL DEFAULT 0,  -- messages since credit_at_ms
    report_percent INTEGER,                 -- usual share of reports
    report_delay_ms INTEGER,                -- usual delay of a report
    quarantined TEXT NOT NULL DEFAULT ''    -- why; '': not
) STRICT, WITHOUT ROWID;

-- How a modem did, every few minutes; thinned to hours after two days.
CREATE TABLE modem_sample (
    modem TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    signal INTEGER,                         -- percent
    network TEXT NOT NULL,
    creg INTEGER,                           -- 3GPP TS 27.007 §7.2 <stat>
    credit INTEGER,
    sent INTEGER NOT NULL,                  -- parts since the sample before
    failed INTEGER NOT NULL,
    PRIMARY KEY (modem, at_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX modem_sample_age ON modem_sample (at_ms);
