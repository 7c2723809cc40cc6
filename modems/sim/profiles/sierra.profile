# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = Sierra Wireless, Incorporated
model = MC8790
revision = K2_0_7_35AP
charsets = ("IRA","UCS2","GSM")
memories = ("SM","SR"),("SM"),("SM")
cnmi = (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)
chatter = *PSURI: 1
chatter_ms = 3000
reset = !RESET
refuses = +CFUN=1,1
