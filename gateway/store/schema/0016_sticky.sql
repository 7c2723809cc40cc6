-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reminders that a modem would rather send itself: to people whom it told the
-- last one.
CREATE INDEX message_sticky
    ON message (prefer_modem, operator, urgency, next_at_ms, id)
    WHERE state = 'queued' AND class = 2 AND prefer_modem IS NOT NULL
        AND only_modem IS NULL;
