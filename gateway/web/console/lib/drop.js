// SPDX-License-Identifier: GPL-2.0-or-later
// A place to drop a file, or to choose one with keyboard or finger.
import { h, icon } from './dom.js';
import { t } from './i18n.js';
import { newId } from './ui.js';

export function dropZone(text, onFile) {
    const id = newId('file');
    const take = (files) => { if (files.length > 0) { onFile(files[0]); } };
    return h('div.drop', {
        ondragover: (event) => { event.preventDefault(); event.currentTarget.dataset.over = ''; },
        ondragleave: (event) => { delete event.currentTarget.dataset.over; },
        ondrop: (event) => { event.preventDefault(); delete event.currentTarget.dataset.over; take(event.dataTransfer.files); },
    }, icon('upload'), h('p.mt-2', null, text, ' ',
        h('input', { type: 'file', id, accept: '.csv,.txt,text/csv', onchange: (event) => { take(event.target.files); event.target.value = ''; } }),
        h('label', { for: id }, t('drop.choose'))));
}
