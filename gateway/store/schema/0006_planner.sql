-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the planner knows of a message. kind: '' an invitation or reminder;
-- 'off' one whose day was called off; 'down' tells not to come; 'over' as
-- 'down', and the office is back; 'back' invites after that; 'moved' tells of
-- another deadline. hold is also 'place': it waits for a place at the office, and
-- 'later': from later_day on it will.
ALTER TABLE campaign_message ADD COLUMN kind TEXT NOT NULL DEFAULT '';
-- Whose places it takes: where the text sends people.
ALTER TABLE campaign_message ADD COLUMN office TEXT NOT NULL DEFAULT '';
-- Smaller goes first, over all campaigns.
ALTER TABLE campaign_message ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
-- Residents that it names.
ALTER TABLE campaign_message ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
-- The day for which it invites, once it has a place; 0: none yet.
ALTER TABLE campaign_message ADD COLUMN place_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_message ADD COLUMN later_day INTEGER NOT NULL DEFAULT 0;
-- The local day on which the gate let it go; 0: not yet.
ALTER TABLE campaign_message ADD COLUMN told_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_message ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;

DROP INDEX campaign_message_held;
CREATE INDEX campaign_message_held ON campaign_message (campaign_id, message_id)
    WHERE hold IN ('office', 'text');
CREATE INDEX campaign_message_waits
    ON campaign_message (campaign_id, office, rank, message_id, people)
    WHERE hold = 'place';
CREATE INDEX campaign_message_later ON campaign_message (later_day, message_id)
    WHERE hold = 'later';
CREATE INDEX campaign_message_placed
    ON campaign_message (office, place_day, message_id)
    WHERE told_day = 0 AND place_day <> 0;
CREATE INDEX campaign_message_told
    ON campaign_message (office, kind, place_day, message_id)
    WHERE told_day <> 0;

-- Slices of what follows an edit: the message done; -1: nothing to do.
ALTER TABLE campaign ADD COLUMN redate_after INTEGER NOT NULL DEFAULT -1;
ALTER TABLE campaign ADD COLUMN correct_after INTEGER NOT NULL DEFAULT -1;
ALTER TABLE campaign ADD COLUMN follow_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN correct_until INTEGER NOT NULL DEFAULT 0;

-- Residents invited for an office's day, over all campaigns: kept.
CREATE TABLE office_day (
    office TEXT NOT NULL,
    day INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0,     -- have a place
    invited INTEGER NOT NULL DEFAULT 0,     -- and were told
    PRIMARY KEY (office, day)
) STRICT, WITHOUT ROWID;

-- How many of those invited came, as far as a synced list can tell.
CREATE TABLE office_show (
    office TEXT PRIMARY KEY,
    came INTEGER NOT NULL DEFAULT 0,        -- kept by a trigger
    invited INTEGER NOT NULL DEFAULT 0      -- for days before the last list
) STRICT, WITHOUT ROWID;

-- The offices as the planner last saw them, and what follows a change.
CREATE TABLE office_seen (
    office TEXT PRIMARY KEY,
    works INTEGER NOT NULL,
    job TEXT NOT NULL DEFAULT ''            -- '', 'down', 'back'
) STRICT, WITHOUT ROWID;

-- At most one correction per phone, day and cause.
CREATE TABLE correction (
    phone TEXT NOT NULL,
    day INTEGER NOT NULL,
    cause TEXT NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (phone, day, cause)
) STRICT, WITHOUT ROWID;

-- Who says to have recorded: reminders rest, staff look.
CREATE TABLE resident_rest (
    resident_id INTEGER PRIMARY KEY,
    until_day INTEGER NOT NULL
) STRICT;

-- Who was recorded, or fetched the card, while on a campaign's list.
CREATE TABLE came (
    campaign_id INTEGER NOT NULL,
    resident_id INTEGER NOT NULL,
    office TEXT NOT NULL,
    step INTEGER NOT NULL,
    told INTEGER NOT NULL,                  -- 0: left out, or not reached
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, resident_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER resident_came AFTER UPDATE OF state ON resident
WHEN (old.state IN ('unrecorded', 'failed')
      AND new.state NOT IN ('unrecorded', 'failed'))
  OR (old.state = 'printed' AND new.state = 'collected')
BEGIN
    INSERT OR IGNORE INTO came
        (campaign_id, resident_id, office, step, told, at_ms)
        SELECT c.id, new.id, coalesce(m.office, new.office),
               coalesce(t.step, x.step), m.message_id IS NOT NULL,
               new.updated_at_ms
        FROM campaign AS c
        JOIN recipient AS x ON x.campaign_id = c.id AND x.resident_id = new.id
        LEFT JOIN campaign_message AS m ON m.message_id =
            (SELECT d.message_id FROM contact_day AS d
             WHERE d.campaign_id = c.id AND d.phone = new.phone
             ORDER BY d.day DESC LIMIT 1)
        LEFT JOIN message AS t ON t.id = m.message_id
        WHERE c.state IN ('running', 'paused', 'done');
END;
CREATE TRIGGER resident_came_not AFTER UPDATE OF state ON resident
WHEN (new.state IN ('unrecorded', 'failed')
      AND old.state NOT IN ('unrecorded', 'failed'))
  OR (new.state = 'printed' AND old.state = 'collected')
BEGIN
    DELETE FROM came WHERE resident_id = new.id AND campaign_id IN
        (SELECT id FROM campaign);
END;

CREATE TRIGGER came_counted AFTER INSERT ON came WHEN new.told = 1 BEGIN
    INSERT INTO office_show (office, came) VALUES (new.office, 1)
        ON CONFLICT DO UPDATE SET came = came + 1;
END;
CREATE TRIGGER came_uncounted AFTER DELETE ON came WHEN old.told = 1 BEGIN
    UPDATE office_show SET came = came - 1 WHERE office = old.office;
END;

-- A synced list says who came: what was invited for the days before it counts.
CREATE TRIGGER import_learns AFTER UPDATE OF state ON import
WHEN new.state IN ('done', 'undone') AND new.sync = 1 BEGIN
    INSERT INTO meta (name, value) VALUES ('campaign_synced_at_ms', new.at_ms)
        ON CONFLICT DO UPDATE SET value = excluded.value;
END;
