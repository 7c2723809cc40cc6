// SPDX-License-Identifier: GPL-2.0-or-later
// The list as CSV. Whole NIKs and phones leave the gateway only for a reason.
import { h } from './dom.js';
import { get, maybe, ApiError } from './api.js';
import { t, word } from './i18n.js';
import { dialog, field, input, select, check, toast, residentStates } from './ui.js';

const REASON_LEAST = 5;

function save(text, name) {
    const link = h('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function query(values) {
    const asked = new URLSearchParams();
    if (values.state) {
        asked.append('where', `state=${values.state}`);
    }
    if (values.office) {
        asked.append('where', `office=${values.office}`);
    }
    if (values.whole) {
        asked.append('reason', values.reason.trim());
    }
    const text = asked.toString();
    return text ? `?${text}` : '';
}

async function download(values) {
    if (values.whole && values.reason.trim().length < REASON_LEAST) {
        throw new ApiError(422, { code: 'said', field: 'reason', message: t('export.reason_short') });
    }
    toast(t('export.going'));
    const csv = await get(`/residents/export${query(values)}`);
    save(csv, `kabari-${[values.office, values.state].filter(Boolean).join('-') || 'residents'}.csv`);
    toast(t('export.done', { n: Math.max(0, csv.split('\n').length - 2) }));
}

export async function exportList() {
    const offices = (await maybe('/offices')) ?? [];
    const why = h('div', { hidden: true }, field(t('export.reason'), input({ name: 'reason', maxlength: 180 }), { hint: t('export.reason_hint') }));
    await dialog({ title: t('export.title'), confirm: t('export.go'), run: download, body: [h('p', null, t('export.sub')),
        field(t('export.state'), select({ name: 'state', current: 'unrecorded' }, [['', t('export.all')], ...residentStates.map((s) => [s, word('resident', s)])])),
        field(t('export.office'), select({ name: 'office' }, [['', t('export.all')], ...offices.map((o) => [o.code, o.name])])),
        check(t('export.whole'), { name: 'whole', onchange: (event) => { why.hidden = !event.target.checked; } }), why] });
}
