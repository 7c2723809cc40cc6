# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = Simulated
model = SIM-M1
revision = 1.0
charsets = ("GSM","IRA","HEX","UCS2")
memories = ("SM","SR"),("SM","SR"),("SM")
cnmi = (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)
