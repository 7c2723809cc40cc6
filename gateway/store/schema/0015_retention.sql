-- SPDX-License-Identifier: GPL-2.0-or-later
-- What is forgotten after some time is found by its age, whatever the number of
-- those that stay.
CREATE INDEX resident_rest_age ON resident_rest (until_day);

-- 1: its rejects and what it changed are not kept any more, nor can it be taken
-- back.
ALTER TABLE import ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
