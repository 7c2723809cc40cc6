-- SPDX-License-Identifier: GPL-2.0-or-later
-- A dialogue under way: what a short answer refers to. By front and keyed hash,
-- of the phone (sms) or of the provider's session (ussd).
CREATE TABLE dialogue (
    key TEXT PRIMARY KEY,
    phone_hash TEXT NOT NULL,
    screen TEXT NOT NULL,
    before TEXT NOT NULL DEFAULT '',        -- the screen before
    slots BLOB NOT NULL,                    -- sealed: NIK, residents, office
    heard TEXT NOT NULL DEFAULT '',         -- the front's own note
    ended INTEGER NOT NULL DEFAULT 0,       -- kept, so that none is played again
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dialogue_age ON dialogue (at_ms);
CREATE INDEX dialogue_phone ON dialogue (phone_hash, at_ms) WHERE ended = 0;

-- The language that a phone asked for by keyword.
CREATE TABLE phone_language (
    phone_hash TEXT PRIMARY KEY,
    lang TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time codes from the counter: whoever texts one is that resident's phone.
CREATE TABLE enrolment (
    code_hash TEXT PRIMARY KEY,
    resident_id INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- "Tell me when it changes." The triggers mark what has changed; subject is a
-- resident's id or an office's code.
CREATE TABLE watch (
    id INTEGER PRIMARY KEY,
    phone TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('resident', 'office')),
    subject TEXT NOT NULL,
    modem TEXT NOT NULL DEFAULT '',
    at_ms INTEGER NOT NULL,
    due INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, subject, phone)
) STRICT;
CREATE INDEX watch_due ON watch (id) WHERE due = 1;
CREATE INDEX watch_age ON watch (at_ms);
CREATE TRIGGER watch_resident AFTER UPDATE OF state, flag ON resident
WHEN old.state <> new.state OR old.flag <> new.flag BEGIN
    UPDATE watch SET due = 1
        WHERE kind = 'resident' AND subject = CAST(new.id AS TEXT);
END;
CREATE TRIGGER watch_office AFTER UPDATE OF state ON office
WHEN old.state <> new.state BEGIN
    UPDATE watch SET due = 1 WHERE kind = 'office' AND subject = new.code;
END;

-- Who of the staff looks after an entry, and until when it is put off.
ALTER TABLE inbound ADD COLUMN assigned TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound ADD COLUMN snoozed_until_ms INTEGER NOT NULL DEFAULT 0;
