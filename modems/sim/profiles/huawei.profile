# SPDX-License-Identifier: GPL-2.0-or-later
# What huawei-e173 is, without its chatter.
manufacturer = huawei
model = E1550
revision = 11.608.12.10.45
charsets = ("IRA","UCS2","GSM")
memories = ("SM","ME","SR"),("SM","ME","SR"),("SM","ME","SR")
cnmi = (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)
has_me = true
ussd_packed = true
