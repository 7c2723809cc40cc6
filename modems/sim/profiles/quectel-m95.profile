# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = Quectel_Ltd
model = Quectel_M95
revision = M95FAR02A08
charsets = ("GSM","HEX","IRA","PCCP437","UCS2")
memories = ("SM","ME","MT"),("SM","ME","MT"),("SM","ME","MT")
cnmi = (0-3),(0-3),(0,2),(0-2),(0,1)
has_me = true
hello = RDY
hello = +CFUN: 1
hello = +CPIN: READY
hello = Call Ready
refuses = +CMMS
no_sr = true
