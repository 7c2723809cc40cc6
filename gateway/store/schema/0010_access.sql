-- SPDX-License-Identifier: GPL-2.0-or-later
-- People who work with the gateway. Names are never given to somebody else:
-- who is gone is disabled, since the audit speaks of names.
CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL
        CHECK (role IN ('staff', 'operator', 'auditor', 'admin')),
    kecamatan TEXT NOT NULL DEFAULT '',      -- codes, comma between; '' : all
    lang TEXT NOT NULL DEFAULT '',           -- '' : the site's
    password TEXT NOT NULL,                  -- argon2id
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Who is logged in; real time. hash: BLAKE2b of the cookie.
CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX session_user ON session (user_id);

-- Whose data a session may see in full, and until when; real time.
CREATE TABLE unmasked (
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    resident_id INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (session_id, resident_id)
) STRICT, WITHOUT ROWID;

-- Systems. hash: BLAKE2b of the token. A revoked token's name is free again.
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,                    -- "messages:send,status:read"
    created_by TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL DEFAULT 0, -- 0: never
    used_at_ms INTEGER NOT NULL DEFAULT 0,
    revoked_at_ms INTEGER NOT NULL DEFAULT 0  -- 0: in use
) STRICT;
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at_ms = 0;

-- Who did and saw what. Only added to; what is older than the instant that the
-- clean-up has written down may go.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX audit_who ON audit (who, id);
CREATE INDEX audit_age ON audit (at_ms);

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;

CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN old.at_ms >= coalesce((SELECT CAST(value AS INTEGER) FROM meta
                            WHERE name = 'audit_ends_before_ms'), 0)
BEGIN
    SELECT RAISE(ABORT, 'the audit is kept until its retention is over');
END;
