-- SPDX-License-Identifier: GPL-2.0-or-later
-- What residents texted, whole messages and calls: also the inbox of staff.
-- NIKs are masked, further long numbers (a family card's) are starred out.
-- Ids are never used again: answers refer to them.
CREATE TABLE inbound (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    smsc_at_ms INTEGER NOT NULL DEFAULT 0,  -- 0: not known
    modem TEXT NOT NULL,
    phone TEXT NOT NULL,                    -- +62…, a short code, a name
    text TEXT NOT NULL,
    raw TEXT NOT NULL DEFAULT '',           -- hex, of a binary SMS
    intent TEXT NOT NULL,
    nik_hash TEXT NOT NULL DEFAULT '',      -- keyed; '' : no NIK in it
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    note TEXT NOT NULL DEFAULT '',          -- for staff: why it lies there
    answer_id INTEGER,                      -- message that answered by itself
    reply_id INTEGER                        -- message that staff wrote
) STRICT;
CREATE INDEX inbound_open ON inbound (id) WHERE state = 'open';
CREATE INDEX inbound_phone ON inbound (phone, id);
CREATE INDEX inbound_age ON inbound (at_ms);

-- Every SMS that was taken: one that a SIM brings again is known by it.
CREATE TABLE inbound_seen (
    id INTEGER PRIMARY KEY,
    sim TEXT NOT NULL,                      -- IMSI, else the modem's name
    sender TEXT NOT NULL,
    smsc_at_ms INTEGER NOT NULL,
    hash TEXT NOT NULL,                     -- keyed, of text and raw
    part INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    UNIQUE (sim, sender, smsc_at_ms, hash, part)
) STRICT;
CREATE INDEX inbound_seen_age ON inbound_seen (at_ms);

-- Messages whose parts have not all come.
CREATE TABLE inbound_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sim TEXT NOT NULL,
    sender TEXT NOT NULL,
    ref INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    smsc_at_ms INTEGER NOT NULL,            -- of the part that came first
    at_ms INTEGER NOT NULL,
    modem TEXT NOT NULL
) STRICT;
CREATE INDEX inbound_group_key ON inbound_group (sender, sim, ref, parts);
CREATE INDEX inbound_group_age ON inbound_group (at_ms);

-- A part may hold half a number that must not be kept: it waits sealed.
CREATE TABLE inbound_part (
    group_id INTEGER NOT NULL
        REFERENCES inbound_group (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    hash TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (group_id, part)
) STRICT, WITHOUT ROWID;

-- What counts against the limits of a local day; phones and NIKs as keyed
-- hashes.
CREATE TABLE inbound_count (
    id INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    n INTEGER NOT NULL,
    UNIQUE (day, kind, hash)
) STRICT;

-- Automatic answers in a row, by phone (keyed hash): ends loops.
CREATE TABLE inbound_guard (
    phone_hash TEXT PRIMARY KEY,
    answers INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_guard_age ON inbound_guard (last_at_ms);
