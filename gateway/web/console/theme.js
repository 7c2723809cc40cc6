// SPDX-License-Identifier: GPL-2.0-or-later
// Before the first paint: what the user chose, else what the system prefers.
'use strict';
{
    let theme = null;
    try {
        theme = localStorage.getItem('kabari.theme');
    } catch { /* storage is off: the system decides */ }
    if (theme === 'light' || theme === 'dark') {
        document.documentElement.dataset.theme = theme;
    }
}
