// SPDX-License-Identifier: GPL-2.0-or-later
// A text that becomes SMS, with how many it will be while it is typed.
import { h } from './dom.js';
import { t } from './i18n.js';
import { measure } from './sms.js';
import { announce } from './ui.js';

const PAUSE_MS = 1000; /* of typing, after which the count is said */

export function composer(props) {
    const counter = h('div.counter');
    const area = h('textarea.form-control', { rows: 4, ...props });
    const count = () => {
        const size = measure(area.value);
        counter.replaceChildren(h('span', null, t('sms.count', { n: size.parts, left: size.left })),
            size.odd && h('span', null, t('sms.ucs2', { character: size.odd })));
        props.oninput?.(area.value);
    };
    area.addEventListener('input', () => { count(); announce(counter.textContent, PAUSE_MS); });
    count();
    return { area, counter, set: (text) => { area.value = text; count(); area.focus(); } };
}
