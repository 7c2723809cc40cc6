# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = WAVECOM MODEM
model = MULTIBAND  900E  1800
revision = 651_09gg.Q2406B 1478872 070705 14:15
charsets = ("GSM","PCCP437","CUSTOM","HEX")
memories = ("SM","BM","SR"),("SM"),("SM")
cnmi = (0,1,2),(0,1,2,3),(0,1,2,3),(0,1,2),(0,1)
chatter = +WIND: 4
chatter = +WIND: 7
chatter_ms = 2500
quiet = +WIND=0
