-- SPDX-License-Identifier: GPL-2.0-or-later
-- Small named values: the mark of a rehearsal, the key for hashes.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where people go to be recorded. Served hours are minutes of a day.
CREATE TABLE office (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kecamatan TEXT NOT NULL,
    lat REAL,
    lon REAL,
    capacity INTEGER NOT NULL DEFAULT 0,      -- people a day; 0: not known
    opens_minute INTEGER NOT NULL DEFAULT 480,
    closes_minute INTEGER NOT NULL DEFAULT 840,
    days TEXT NOT NULL DEFAULT 'Mon-Fri',
    blanks INTEGER NOT NULL DEFAULT 0,
    fallback TEXT NOT NULL DEFAULT '',        -- office codes, comma between
    state TEXT NOT NULL DEFAULT 'up'
        CHECK (state IN ('up', 'degraded', 'down', 'closed')),
    reason TEXT NOT NULL DEFAULT '',
    since_at_ms INTEGER NOT NULL DEFAULT 0,
    back_day INTEGER                          -- day number; NULL: not known
) STRICT, WITHOUT ROWID;

CREATE TABLE kecamatan (
    code TEXT PRIMARY KEY,                    -- 53.15.01
    name TEXT NOT NULL,
    office TEXT REFERENCES office (code)
) STRICT, WITHOUT ROWID;

-- Ids are never used again: contacts and messages refer to them. The checks are
-- chains of OR, because for IN with a list SQLite builds a table at every
-- insert.
CREATE TABLE resident (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    nik TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    birth_day INTEGER,                        -- day number
    sex TEXT NOT NULL DEFAULT ''
        CHECK (sex = '' OR sex = 'm' OR sex = 'f'),
    kecamatan TEXT NOT NULL DEFAULT '',       -- code
    desa TEXT NOT NULL DEFAULT '',
    office TEXT NOT NULL DEFAULT '',          -- code, resolved at import
    state TEXT NOT NULL DEFAULT 'unrecorded'
        CHECK (state = 'unrecorded' OR state = 'collected' OR
               state = 'printed' OR state = 'print_ready' OR
               state = 'processing' OR state = 'failed' OR state = 'review'),
    flag TEXT NOT NULL DEFAULT ''
        CHECK (flag = '' OR flag = 'inactive' OR flag = 'deceased' OR
               flag = 'moved' OR flag = 'underage'),
    lang TEXT NOT NULL DEFAULT '',            -- '' : the site's
    phone TEXT,                               -- +62…; NULL: none or unlinked
    phone_shared INTEGER NOT NULL DEFAULT 0,  -- kept: others have it too
    last_contact_at_ms INTEGER,
    updated_at_ms INTEGER NOT NULL DEFAULT 0,
    import_id INTEGER NOT NULL DEFAULT 0      -- that wrote it last; 0: staff
) STRICT;
CREATE INDEX resident_phone ON resident (phone) WHERE phone IS NOT NULL;
CREATE INDEX resident_kecamatan ON resident (kecamatan, state);
CREATE INDEX resident_office ON resident (office, state);

-- What a phone's holder asked for. By keyed hash, so that it survives a
-- re-import and an erasure without keeping the number.
CREATE TABLE phone_choice (
    phone_hash TEXT NOT NULL,
    nik_hash TEXT NOT NULL DEFAULT '',        -- '' : the whole phone
    choice TEXT NOT NULL CHECK (choice IN ('stopped', 'unlinked')),
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (phone_hash, nik_hash, choice)
) STRICT, WITHOUT ROWID;

-- One run of an import. Its rows wait in import_row until all are there, then
-- they are applied in slices; at and the counters are kept slice by slice, so
-- that a crash in the middle is finished at the next start.
CREATE TABLE import (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('staging', 'applying', 'done',
                               'undoing', 'undone', 'discarded')),
    sync INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL DEFAULT '',
    at_ms INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,      -- last NIK or id worked on
    rows INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    resolved INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    warned INTEGER NOT NULL DEFAULT 0,
    took_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The rows of the import that runs, in the file's order. NULL: the list says
-- nothing, what is known stays. Emptied when it ends.
CREATE TABLE import_row (
    id INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,                    -- the row in the spreadsheet
    nik INTEGER NOT NULL,
    listed_only INTEGER NOT NULL,             -- rejected, but on the list
    name TEXT,
    birth_day INTEGER,
    sex TEXT,
    kecamatan TEXT,
    desa TEXT,
    office TEXT,
    state TEXT,
    flag TEXT,
    lang TEXT,
    phone TEXT
) STRICT;

-- What was wrong with rows, for the list of rejects.
CREATE TABLE import_reject (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    why TEXT NOT NULL,
    warning INTEGER NOT NULL                  -- 1: the row was taken
) STRICT;
CREATE INDEX import_reject_import ON import_reject (import_id, id);

-- Residents as they were before an import changed them, for its undo.
CREATE TABLE import_change (
    import_id INTEGER NOT NULL,
    resident_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    birth_day INTEGER,
    sex TEXT NOT NULL,
    kecamatan TEXT NOT NULL,
    desa TEXT NOT NULL,
    office TEXT NOT NULL,
    state TEXT NOT NULL,
    flag TEXT NOT NULL,
    lang TEXT NOT NULL,
    phone TEXT,
    updated_at_ms INTEGER NOT NULL,
    before_import_id INTEGER NOT NULL,
    PRIMARY KEY (import_id, resident_id)
) STRICT, WITHOUT ROWID;
