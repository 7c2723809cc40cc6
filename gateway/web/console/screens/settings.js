// SPDX-License-Identifier: GPL-2.0-or-later
// What the configuration says, and where each value comes from. Read only: the
// file is the truth.
import { h } from '../lib/dom.js';
import { get } from '../lib/api.js';
import { t, bytes } from '../lib/i18n.js';
import { head, card, region, table, notice } from '../lib/ui.js';
import { say, loadSentences } from '../lib/sentences.js';

function group(path) {
    const name = path.split(/[.[]/)[0];
    return path.includes('.') || path.includes('[') ? name : '';
}

function value(setting) {
    const text = setting.value ?? '–';
    return h('span', null, h('code', null, text === '' ? '""' : text), setting.unit && setting.value !== null ? ` ${setting.unit}` : '');
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
        [...groups].map(([name, rows]) => card(name || t('settings.top'), table(name || t('settings.top'), [
            { title: t('settings.option'), cell: (s) => h('code', null, s.name) },
            { title: t('settings.value'), cell: value },
            { title: t('settings.source'), cell: source },
            { title: t('settings.help'), cell: (s) => h('span.small', null, say(s.help)), wide: true },
        ], rows, { key: (s) => s.name }))));
}

export default async function settings(ctx) {
    await loadSentences({ settings: true });
    const part = region(8, () => Promise.all([get('/settings'), get('/status')]), ([all, status]) => show(all, status));
    ctx.draw(head(t('nav.settings'), { lead: t('settings.lead') }), part.root);
    await part.refresh();
}
