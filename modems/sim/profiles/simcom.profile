# SPDX-License-Identifier: GPL-2.0-or-later
# What sim900 is, without its words after a start, and with a memory of reports.
manufacturer = SIMCOM_Ltd
model = SIMCOM_SIM900
revision = Revision:1137B02SIM900M64_ST
charsets = ("IRA","GSM","UCS2","HEX","PCCP","PCDN","8859-1")
memories = ("SM","ME","SR"),("SM","ME","SR"),("SM","ME")
cnmi = (0-3),(0-3),(0,2),(0-2),(0,1)
has_me = true
