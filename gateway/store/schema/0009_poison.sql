-- SPDX-License-Identifier: GPL-2.0-or-later
-- SMS that the modem's driver could not read, as they lay on the SIM: kept for
-- people to look at, and gone with retention.inbound_days.
CREATE TABLE inbound_poison (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    modem TEXT NOT NULL,
    sim TEXT NOT NULL,                      -- IMSI, else the modem's name
    memory TEXT NOT NULL,                   -- SM, ME or SR
    place INTEGER NOT NULL,
    pdu TEXT NOT NULL,                      -- hex, the SMSC's address first
    why TEXT NOT NULL,
    UNIQUE (sim, pdu)                       -- one that a SIM brings again
) STRICT;
CREATE INDEX inbound_poison_modem ON inbound_poison (modem);
CREATE INDEX inbound_poison_age ON inbound_poison (at_ms);
