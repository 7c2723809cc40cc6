-- SPDX-License-Identifier: GPL-2.0-or-later
-- What people should know of: raised by any room under a key, told once, and
-- cleared only after it has been quiet for a while.
CREATE TABLE alarm (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,                      -- "modem:m1:credit"
    severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 2),
    state TEXT NOT NULL CHECK (state IN ('raised', 'clearing', 'cleared')),
    text TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,       -- how often it came since
    raised_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,            -- it came the last time
    tell_at_ms INTEGER NOT NULL,            -- told from then on
    told_at_ms INTEGER,
    clear_at_ms INTEGER,                    -- clearing: cleared from then on
    cleared_at_ms INTEGER,
    acked_at_ms INTEGER,
    acked_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (key) WHERE state <> 'cleared';
CREATE INDEX alarm_age ON alarm (cleared_at_ms) WHERE cleared_at_ms IS NOT NULL;
