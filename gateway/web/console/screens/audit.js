// SPDX-License-Identifier: GPL-2.0-or-later
// Who did and saw what. Nothing here can be changed.
import { h, morph } from '../lib/dom.js';
import { get } from '../lib/api.js';
import { t, moment, word } from '../lib/i18n.js';
import { sayOwn } from '../lib/sentences.js';
import { loadOffices, kecamatanName } from '../lib/places.js';
import { head, card, empty, table, button, input, field, failure, skeleton } from '../lib/ui.js';

const PAGE = 50;

/** "role=staff kecamatan=53.15.03 password", of a user, as people say it. */
const ofUser = (detail) => detail.split(' ').filter(Boolean).map((part) => {
    const [name, value] = part.split('=');
    return name === 'role' ? `${t('users.role')}: ${word('role', value)}`
        : name === 'kecamatan' ? `${t('users.kecamatan')}: ${value ? value.split(',').map(kecamatanName).join(', ') : t('users.all')}`
            : name === 'password' ? t('users.password') : part;
}).join('; ');

/** "down: the server is broken", of an office. */
const ofState = (group) => (detail) => detail.replace(/^\w+/, (state) => word(group, state));
const ofFields = (detail) => detail.split(', ').map((name) => word('field', name)).join(', ');

const readings = [
    [/\/users/, ofUser],
    [/\/offices\/.*\/state$/, ofState('office')],
    [/\/settle$/, ofState('message')],
    [/^PATCH /, ofFields],
];

/** What was done, as people say it; what people wrote stays theirs. */
function detailOf({ action, detail }) {
    const read = readings.find(([pattern]) => pattern.test(action))?.[1] ?? sayOwn;
    return detail && read(detail);
}


export default async function audit(ctx) {
    const who = input({ name: 'who', spellcheck: 'false' });
    const since = input({ name: 'since', type: 'date' });
    const view = h('div', null, skeleton(8));
    let rows = [];
    const query = (cursor) => `/audit?${new URLSearchParams({ limit: PAGE, ...(who.value ? { who: who.value.trim() } : {}), ...(since.value ? { since: since.value } : {}), ...(cursor ? { cursor } : {}) })}`;
    const draw = (more) => morph(view, rows.length === 0 ? [empty(t('audit.none'), t('audit.none_hint'))] : [table(t('nav.audit'), [
        { title: t('audit.at'), cell: (d) => moment(d.at) },
        { title: t('audit.who'), cell: (d) => (d.who.startsWith('uid:') ? h('span', null, t('audit.local'), h('small.soft', null, ` (${d.who})`)) : d.who) },
        { title: t('audit.action'), cell: (d) => h('span', { title: d.action }, word('action', d.action)) },
        { title: t('audit.subject'), cell: (d) => (d.subject === '-' ? '' : d.subject) },
        { title: t('audit.detail'), cell: detailOf, wide: true },
        { title: t('audit.address'), cell: (d) => d.address ?? '–' },
    ], rows, { key: (d) => d.id }), more && button(t('audit.older'), () => load(rows.at(-1).id))]);
    const load = async (cursor) => {
        try {
            const page = await get(query(cursor));
            rows = cursor ? [...rows, ...page] : page;
            draw(page.length === PAGE);
        } catch (error) {
            morph(view, [failure(error, () => load())]);
        }
    };
    const form = h('form.inline-fields', { onsubmit: (event) => { event.preventDefault(); return load(); } },
        field(t('audit.who'), who), field(t('audit.since'), since),
        h('div.field', null, h('button.btn.btn-outline-secondary', { type: 'submit' }, t('audit.filter'))));
    ctx.draw(head(t('nav.audit'), { lead: t('audit.lead') }), card(null, [form, view], { id: 'audit' }));
    await loadOffices();
    await load();
}
