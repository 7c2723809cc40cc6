-- SPDX-License-Identifier: GPL-2.0-or-later
-- Arrays of messages that were taken, and become messages slice by slice: from
-- first_id on without a gap. The last one is a message from the beginning, so
-- that nobody else gets an id between.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0         -- rows that are messages by now
) STRICT;

-- Apart, so that counting does not write it anew.
CREATE TABLE batch_text (
    batch_id INTEGER PRIMARY KEY REFERENCES batch (id) ON DELETE CASCADE,
    text TEXT NOT NULL                      -- the JSON as it came
) STRICT;
