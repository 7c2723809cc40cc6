-- SPDX-License-Identifier: GPL-2.0-or-later
-- What was posted to other systems, a row a try, without what was said: the
-- last thousand of them.
CREATE TABLE posted (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    callback_id INTEGER NOT NULL,           -- the header Kabari-Delivery
    url TEXT NOT NULL,                      -- up to its '?'
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    attempt INTEGER NOT NULL,               -- 1: the first
    state TEXT NOT NULL,                    -- taken, again, dead
    status INTEGER,                         -- of HTTP; NULL: no answer came
    answer TEXT NOT NULL,
    took_ms INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,                 -- real time
    next_at_ms INTEGER                      -- NULL: no more tries
) STRICT;
