-- SPDX-License-Identifier: GPL-2.0-or-later
-- A campaign may say that what nobody knows to be sent is sent once more.
ALTER TABLE campaign ADD COLUMN on_unknown TEXT NOT NULL DEFAULT 'keep'
    CHECK (on_unknown = 'keep' OR on_unknown = 'resend');
ALTER TABLE message ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
