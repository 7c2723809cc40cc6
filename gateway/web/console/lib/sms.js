// SPDX-License-Identifier: GPL-2.0-or-later
// How many SMS a text is, for whoever is typing (3GPP TS 23.038 §6.2.1,
// TS 23.040 §9.2.3.24.1). The gateway measures again before it sends.

const basic = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡' +
    'ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const extension = new Set('^{}\\[~]|€\f');

export function measure(text) {
    let septets = 0;
    let odd = '';
    for (const character of text) {
        if (basic.has(character)) {
            septets += 1;
        } else if (extension.has(character)) {
            septets += 2;
        } else {
            odd ||= character;
        }
    }
    const units = odd ? text.length : septets;
    const [alone, joined] = odd ? [70, 67] : [160, 153];
    const parts = units === 0 ? 0 : units <= alone ? 1 : Math.ceil(units / joined);
    const room = parts <= 1 ? alone : parts * joined;
    return { coding: odd ? 'ucs2' : 'gsm7', units, parts, left: room - units, odd };
}
