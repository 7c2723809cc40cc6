-- SPDX-License-Identifier: GPL-2.0-or-later
-- Standing intentions: who is told what until a deadline.
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL
        CHECK (state IN ('draft', 'scheduled', 'running', 'paused', 'done',
                         'cancelled')),
    template TEXT NOT NULL,
    deadline_day INTEGER NOT NULL,          -- day number, the last day
    where_text TEXT NOT NULL DEFAULT '',    -- EXPRs, a line each
    steps TEXT NOT NULL,                    -- days before, descending
    start_at_ms INTEGER NOT NULL DEFAULT 0, -- 0: when started
    outage TEXT NOT NULL DEFAULT 'hold'
        CHECK (outage IN ('hold', 'redirect', 'inform')),
    pace INTEGER NOT NULL DEFAULT 0,        -- a day and office; 0: auto
    holdout INTEGER NOT NULL DEFAULT 0,     -- percent
    lang TEXT NOT NULL DEFAULT '',          -- '' : the resident's
    created_at_ms INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    audience INTEGER NOT NULL DEFAULT 0,    -- rows in recipient: kept
    left_out INTEGER NOT NULL DEFAULT 0,    -- phones the pace has no day for
    scan_day INTEGER NOT NULL DEFAULT 0,    -- local day of the last scan
    scan_after INTEGER NOT NULL DEFAULT -1, -- resident id done; -1: no scan
    scan_again INTEGER NOT NULL DEFAULT 0,  -- the registry changed
    follow INTEGER NOT NULL DEFAULT 0,      -- messages must follow the state
    release_after INTEGER NOT NULL DEFAULT -1 -- message id done; -1: none
) STRICT;
CREATE INDEX campaign_active ON campaign (id)
    WHERE state IN ('scheduled', 'running', 'paused') OR follow = 1;

-- A list that was imported or taken back: whoever is new is told as well.
CREATE TRIGGER import_rescans AFTER UPDATE OF state ON import
WHEN new.state IN ('done', 'undone') BEGIN
    UPDATE campaign SET scan_again = 1 WHERE state IN ('running', 'paused');
END;

-- Everybody a campaign is for, with the latest message that names them.
CREATE TABLE recipient (
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    resident_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL DEFAULT 0,  -- 0: none yet (no phone, …)
    day INTEGER NOT NULL DEFAULT 0,         -- local day it was planned
    step INTEGER NOT NULL DEFAULT 0,        -- days before the deadline
    PRIMARY KEY (campaign_id, resident_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_message ON recipient (message_id)
    WHERE message_id <> 0;

-- What campaigns know of their messages.
CREATE TABLE campaign_message (
    message_id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    phone TEXT NOT NULL,
    hold TEXT NOT NULL DEFAULT ''           -- 'office' until it works, 'text'
) STRICT;
CREATE INDEX campaign_message_phone
    ON campaign_message (campaign_id, phone, message_id);
CREATE INDEX campaign_message_held ON campaign_message (campaign_id, message_id)
    WHERE hold <> '';

-- One message per phone and local day, whatever the number of campaigns.
CREATE TABLE contact_day (
    phone TEXT NOT NULL,
    day INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    PRIMARY KEY (phone, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_campaign ON contact_day (campaign_id, phone);

-- Messages of a campaign with a pace, by office and local day: kept.
CREATE TABLE campaign_pace (
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    office TEXT NOT NULL,
    day INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, office, day)
) STRICT, WITHOUT ROWID;
