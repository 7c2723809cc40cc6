# SPDX-License-Identifier: GPL-2.0-or-later
manufacturer = ZTE INCORPORATED
model = MF190
revision = BD_MF190V1.0.0B03
charsets = ("IRA","GSM","UCS2")
memories = ("ME","MT","SM","SR"),("ME","MT","SM","SR"),("ME","MT","SM","SR")
cnmi = (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)
has_me = true
chatter = +ZUSIMR:2
chatter = +ZDONR: "TELKOMSEL",510,10,"CS_PS","ROAM_OFF"
chatter = +ZPASR: "UMTS"
chatter_ms = 2000
takes = +ZCDRUN
takes = +ZOPRT
