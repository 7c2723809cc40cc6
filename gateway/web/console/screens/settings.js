// SPDX-License-Identifier: GPL-2.0-or-later
// What the configuration says, and where each value comes from. Read only: the
// file is the truth.
import { h } from '../lib/dom.js';
import { get } from '../lib/api.js';
import { t, bytes, word } from '../lib/i18n.js';
import { head, card, region, table, notice } from '../lib/ui.js';
import { say, loadSentences } from '../lib/sentences.js';

/** "modems[0]" of modems[0].name, "site" of site.name, "" of what stands alone. */
const group = (path) => (path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : /^(.*)\[\d+\]$/.exec(path)?.[1] ?? '');

/** Of a list's entry: "modems[0]: m1". */
const heading = (name, rows) => [name || t('settings.top'), /\]$/.test(name) && (rows.find((s) => s.name === `${name}.name`)?.value ?? rows[0].value)].filter(Boolean).join(': ');

function rowsOf(name, rows) {
    return table(name || t('settings.top'), [
        { title: t('settings.option'), cell: (s) => h('code', null, s.name) },
        { title: t('settings.value'), cell: value },
        { title: t('settings.source'), cell: source },
        { title: t('settings.help'), cell: (s) => h('span.small', null, say(s.help)), wide: true },
    ], rows, { key: (s) => s.name });
}

/** Entries of a list are alike and many: what is set in one is a click away. */
const groupCard = (name, rows) => (/\]$/.test(name)
    ? h('details.card.block', null, h('summary.block-head', null, h('h2', null, heading(name, rows))), h('div.block-body', null, rowsOf(name, rows)))
    : card(heading(name, rows), rowsOf(name, rows)));

function value(setting) {
    const text = setting.value ?? '–';
    return h('span', null, h('code', null, text === '' ? '""' : text), setting.unit && setting.value !== null ? ` ${word('unit', setting.unit)}` : '');
}

function source(setting) {
    return setting.source === 'default' ? h('span.soft', null, t('settings.default')) : h('code', null, setting.source);
}

function show({ settings, file }, status) {
    const groups = new Map();
    for (const setting of settings) {
        const name = group(setting.name);
        groups.set(name, [...(groups.get(name) ?? []), setting]);
    }
    return h('div', null, notice('info', t('settings.how', { file })),
        card(t('settings.gateway'), h('dl.facts', null, [[t('settings.version'), status.version], [t('settings.database'), h('code', null, status.database.path)], [t('settings.size'), status.database.bytes === null ? '–' : bytes(status.database.bytes)]]
            .flatMap(([name, text]) => [h('dt', null, name), h('dd', null, text)]))),
        [...groups].map(([name, rows]) => groupCard(name, rows)));
}

export default async function settings(ctx) {
    await loadSentences({ settings: true });
    const part = region(8, () => Promise.all([get('/settings'), get('/status')]), ([all, status]) => show(all, status));
    ctx.draw(head(t('nav.settings'), { lead: t('settings.lead') }), part.root);
    await part.refresh();
}
