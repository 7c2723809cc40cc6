// SPDX-License-Identifier: GPL-2.0-or-later
// Who would be told what, and whether it will do: for the wizard and for a
// campaign's own page.
import { h } from './dom.js';
import { t, num, money, day, percent } from './i18n.js';
import { card, figures, figure, table, pill, notice } from './ui.js';
import { verdict, forecastChart } from './campaign.js';
import { say } from './sentences.js';
import { officeName } from './places.js';

/** "1 SMS, 152 characters, GSM-7" */
export const sizeOf = (text) => t('sms.size', { n: text.parts, units: text.units, coding: text.coding === 'ucs2' ? 'UCS-2' : 'GSM-7' });

export function sms(sample) {
    return h('figure.mb-3', { 'data-key': `${sample.office}-${sample.case ?? ''}` },
        h('figcaption.small.soft.mb-1', null, [officeName(sample.office), sample.case && t(`preview.case.${sample.case}`)].filter(Boolean).join(' · ')),
        h('div.sms', null, sample.text),
        h('p.sms-foot', null, sizeOf(sample)));
}

export function previewCards(preview) {
    const lint = (preview.lint ?? []).flatMap((l) => l.warnings.map((w) => `${l.template} (${l.lang}): ${say(w)}`));
    const now = preview.samples.filter((s) => !s.case || s.case === 'now' || s.case === 'up');
    const other = preview.samples.filter((s) => !now.includes(s));
    return [
        card(t('preview.who'), [figures(
            figure(t('preview.people'), preview.audience), figure(t('preview.phones'), preview.phones, { sub: t('preview.shared', { n: preview.shared }) }),
            figure(t('preview.segments'), preview.segments, { sub: t('preview.per_step') }),
            figure(t('preview.cost'), preview.cost ? money(preview.cost.total) : '–', { sub: preview.cost ? t('preview.cost_each', { price: money(preview.cost.segment) }) : undefined })),
        h('dl.facts.mt-3', null, [[t('preview.no_phone'), preview.no_phone], [t('preview.stopped'), preview.stopped], [t('preview.held_out'), preview.held_out]]
            .filter(([, n]) => n > 0).flatMap(([name, n]) => [h('dt', null, name), h('dd', null, num(n))]))], { id: 'preview-who' }),
        lint.length > 0 && notice('warn', h('p', null, t('preview.lint')), h('ul.mb-0', null, lint.map((line) => h('li', null, line)))),
        preview.corrections && notice('info', t('preview.corrections', { n: preview.corrections.phones, date: day(preview.corrections.deadline) })),
        card(t('preview.samples'), now.length === 0 ? h('p.soft', null, t('preview.no_samples')) : [now.slice(0, 2).map(sms),
            (now.length > 2 || other.length > 0) && h('details.more', null, h('summary', null, t('preview.more', { n: now.length + other.length - Math.min(2, now.length) })),
                h('div.mt-2', null, now.slice(2).map(sms), other.map(sms)))], { id: 'preview-samples', sub: t('preview.samples_sub') }),
    ];
}

function whatIf(list) {
    const useful = list.filter((w) => w.told > 0 || w.expected > 0);
    if (useful.length === 0) {
        return h('p.soft', null, t('forecast.what_if_none'));
    }
    return h('ul.rows', null, useful.map((w) => h('li', { 'data-key': w.change }, h('span.grow', null, t(`forecast.change.${w.change}`)),
        h('b', null, t('forecast.more', { told: w.told, expected: w.expected })))));
}

export function forecastCards(forecast) {
    const missing = forecast.offices.filter((o) => o.missed);
    const concerned = forecast.offices.filter((o) => o.needed > 0 || o.told > 0);
    return [
        verdict(forecast),
        card(t('forecast.title'), [figures(
            figure(t('forecast.needed'), forecast.needed, { sub: t('forecast.no_phone', { n: forecast.no_phone }) }),
            figure(t('forecast.told_by', { date: day(forecast.deadline) }), forecast.told, { tone: forecast.missed ? 'bad' : 'good' }),
            figure(t('forecast.expected'), forecast.expected), figure(t('forecast.messages'), forecast.messages)),
        h('div.mt-3', null, forecastChart(forecast))], { id: 'forecast' }),
        forecast.missed && card(t('forecast.what_if'), whatIf(forecast.what_if ?? []), { sub: t('forecast.what_if_sub') }),
        card(t('forecast.offices'), table(t('forecast.offices'), [
            { title: t('office.name'), cell: (o) => (o.code ? h('a', { href: `#/offices/${o.code}` }, o.name) : t('forecast.no_office')) },
            { title: t('office.state'), cell: (o) => pill('office', o.state || 'up') },
            { title: t('forecast.needed'), cell: (o) => num(o.needed), num: true },
            { title: t('forecast.told'), cell: (o) => num(o.told), num: true },
            { title: t('forecast.late'), cell: (o) => (o.late > 0 ? num(o.late) : '–'), num: true },
            { title: t('forecast.show'), cell: (o) => percent(o.show_percent), num: true },
            { title: t('forecast.binds'), cell: (o) => h('span.sentence', null, say(o.constraint?.text)), wide: true },
        ], concerned, { key: (o) => o.code }), { sub: missing.length > 0 ? t('forecast.offices_missed', { n: missing.length }) : undefined }),
    ];
}
