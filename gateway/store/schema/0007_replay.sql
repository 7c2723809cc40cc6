-- SPDX-License-Identifier: GPL-2.0-or-later
-- Answers to POSTs that came with an Idempotency-Key, for a day: whoever asks
-- again with the same key gets the same answer and no second effect.
CREATE TABLE replay (
    key_hash TEXT PRIMARY KEY,              -- of asker and key
    request_hash TEXT NOT NULL,             -- of method, path, query and body
    status INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    answer TEXT NOT NULL,
    at_ms INTEGER NOT NULL                  -- by the machine's clock
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_age ON replay (at_ms);
