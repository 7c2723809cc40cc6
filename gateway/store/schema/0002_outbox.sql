-- SPDX-License-Identifier: GPL-2.0-or-later
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL
        -- OR, not IN: SQLite builds a table for an IN list at each insert.
        CHECK (state = 'held' OR state = 'queued' OR state = 'claimed'
            OR state = 'submitting' OR state = 'sent' OR state = 'delivered'
            OR state = 'undelivered' OR state = 'failed'
            OR state = 'expired' OR state = 'cancelled'
            OR state = 'unknown'),
    class INTEGER NOT NULL CHECK (class BETWEEN 0 AND 2), -- reply, normal, bulk
    urgency INTEGER NOT NULL DEFAULT 0,     -- smaller goes first
    phone TEXT NOT NULL,
    text TEXT NOT NULL,
    campaign_id INTEGER NOT NULL DEFAULT 0, -- 0: none
    step INTEGER NOT NULL DEFAULT 0,        -- days before the deadline
    inbound_id INTEGER,                     -- what it answers
    ref TEXT,                               -- the sender's own reference
    created_at_ms INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL,            -- not claimed before
    expires_at_ms INTEGER,                  -- NULL: never
    prefer_modem TEXT,                      -- the SIM of the conversation
    prefer_until_ms INTEGER,
    modem TEXT,                             -- that has or had it last
    attempts INTEGER NOT NULL DEFAULT 0,
    parts INTEGER NOT NULL DEFAULT 0,       -- 0: not yet split
    settled_at_ms INTEGER,
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX message_queue ON message (class, urgency, next_at_ms, id)
    WHERE state = 'queued';
CREATE INDEX message_busy ON message (state, modem)
    WHERE state IN ('claimed', 'submitting');
CREATE INDEX message_expiry ON message (expires_at_ms)
    WHERE state IN ('queued', 'held') AND expires_at_ms IS NOT NULL;
CREATE INDEX message_phone ON message (phone, id);
CREATE INDEX message_campaign ON message (campaign_id, state, id)
    WHERE campaign_id <> 0;

-- One SMS of a message. A row is made when the part is first submitted.
CREATE TABLE part (
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,                  -- 1..
    state TEXT NOT NULL
        CHECK (state = 'queued' OR state = 'submitting' OR state = 'sent'
            OR state = 'delivered' OR state = 'undelivered'
            OR state = 'unknown' OR state = 'failed'),
    modem TEXT NOT NULL,
    sim TEXT NOT NULL DEFAULT '',           -- IMSI
    attempt INTEGER NOT NULL DEFAULT 1,
    expected_mr INTEGER,
    tp_mr INTEGER,
    phone_tail TEXT NOT NULL,               -- last 8 digits, for reports
    submitted_at_ms INTEGER NOT NULL,
    sent_at_ms INTEGER,
    reported_at_ms INTEGER,
    tp_st INTEGER,
    PRIMARY KEY (message_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_report ON part (phone_tail, sim, submitted_at_ms);

-- Reports that nothing matches yet: their +CMGS may still come.
CREATE TABLE early_report (
    id INTEGER PRIMARY KEY,
    modem TEXT NOT NULL,
    sim TEXT NOT NULL,
    phone_tail TEXT NOT NULL,
    tp_mr INTEGER NOT NULL,
    tp_st INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Counters are kept, not counted; they outlive the messages.
CREATE TABLE message_count (
    campaign_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER message_counted AFTER INSERT ON message BEGIN
    INSERT INTO message_count VALUES (new.campaign_id, new.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER message_moved AFTER UPDATE OF state ON message
WHEN old.state <> new.state BEGIN
    UPDATE message_count SET n = n - 1
        WHERE campaign_id = old.campaign_id AND state = old.state;
    INSERT INTO message_count VALUES (new.campaign_id, new.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- What counts against a modem's daily limit.
CREATE TABLE modem_day (
    modem TEXT NOT NULL,
    day INTEGER NOT NULL,                   -- local day number
    sent INTEGER NOT NULL,
    PRIMARY KEY (modem, day)
) STRICT, WITHOUT ROWID;

-- Bounded by the room: the oldest reports that nothing matched go first.
CREATE INDEX early_report_match ON early_report (phone_tail, sim, tp_mr);
