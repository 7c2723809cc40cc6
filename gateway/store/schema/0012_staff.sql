-- SPDX-License-Identifier: GPL-2.0-or-later
-- Numbers from which staff switch offices by SMS.
CREATE TABLE staff_phone (
    phone TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    office TEXT NOT NULL DEFAULT '',        -- the only one; '' : any
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Residents' phones (keyed hash) that say that an office is closed.
CREATE TABLE office_doubt (
    office TEXT NOT NULL,
    phone_hash TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    raised_at_ms INTEGER NOT NULL DEFAULT 0, -- staff were asked; 0: not yet
    PRIMARY KEY (office, phone_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX office_doubt_age ON office_doubt (at_ms);

-- How many wait for an office to be back.
CREATE INDEX campaign_message_office_held ON campaign_message (office)
    WHERE hold = 'office';

-- A deadline that people were told before it was moved, until they are
-- corrected; 0: none.
ALTER TABLE campaign ADD COLUMN told_deadline INTEGER NOT NULL DEFAULT 0;

-- What is forgotten after retention.messages_days is found by its day.
CREATE INDEX contact_day_age ON contact_day (day);
CREATE INDEX correction_age ON correction (day);
