# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = Quectel
model = EC25
revision = EC25EFAR06A03M4G
charsets = ("GSM","IRA","UCS2")
memories = ("SM","ME","MT"),("SM","ME","MT"),("SM","ME","MT")
cnmi = (0-2),(0-3),(0,2),(0-2),(0,1)
has_me = true
receives_in_me = true
# Tells of new SMS on another port until it is told which.
told_by = +QURCCFG
no_sr = true
