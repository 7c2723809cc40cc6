-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who started a campaign that waits for a second person's yes; '' : none does.
ALTER TABLE campaign ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
