# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = SIMCOM_Ltd
model = SIMCOM_SIM800L
revision = Revision:1418B05SIM800L24
charsets = ("IRA","GSM","UCS2","HEX","PCCP","PCDN","8859-1")
memories = ("SM","ME","SM_P","ME_P","MT"),("SM","ME","SM_P","ME_P","MT"),("SM","ME","SM_P","ME_P","MT")
cnmi = (0-3),(0-3),(0,2),(0,1),(0,1)
has_me = true
no_sr = true
hello = RDY
hello = +CFUN: 1
hello = +CPIN: READY
hello = Call Ready
hello = SMS Ready
takes = +CIURC
