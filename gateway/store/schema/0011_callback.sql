-- SPDX-License-Identifier: GPL-2.0-or-later
-- What other systems are to be told: a row per event and address, written in
-- the transaction of the event itself, gone once it was taken.
CREATE TABLE callback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL,
    event TEXT NOT NULL,                    -- 'dlr': a GET of sendsms
    subject TEXT NOT NULL,                  -- 'message/812': told in order
    data TEXT NOT NULL,                     -- JSON
    at_ms INTEGER NOT NULL,                 -- real time, as all here
    next_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,        -- 1: given up
    reason TEXT NOT NULL DEFAULT ''         -- why the last try failed
) STRICT;
CREATE INDEX callback_due ON callback (next_at_ms, id) WHERE dead = 0;
CREATE INDEX callback_order ON callback (url, subject, id) WHERE dead = 0;
CREATE INDEX callback_dead ON callback (at_ms) WHERE dead = 1;

-- Who wants to hear by sendsms's dlr-url what became of a message.
CREATE TABLE sendsms_report (
    message_id INTEGER PRIMARY KEY,
    mask INTEGER NOT NULL,                  -- Kannel's dlr-mask
    url TEXT NOT NULL,
    sender TEXT NOT NULL DEFAULT '',
    account TEXT NOT NULL DEFAULT '',
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sendsms_report_age ON sendsms_report (at_ms);
