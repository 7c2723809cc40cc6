// SPDX-License-Identifier: GPL-2.0-or-later
// One campaign: its progress while it runs, what is to be expected, and what
// came of it.
import { h, morph } from '../lib/dom.js';
import { get, maybe, post, patch, once, path, session } from '../lib/api.js';
import { t, num, day, moment, percent, word } from '../lib/i18n.js';
import { head, card, empty, region, table, pill, button, confirmDo, dialog, field, input, toast, complain, notice, figures, figure } from '../lib/ui.js';
import { linesOf, messageBar, road, verdict } from '../lib/campaign.js';
import { forecastCards } from '../lib/preview.js';
import { chart, cumulate } from '../lib/chart.js';
import { say } from '../lib/sentences.js';
import { whereWords } from '../lib/where.js';
import { loadOffices } from '../lib/places.js';

/* --- doing ------------------------------------------------------------------------- */

function act(campaign, what, done, text, kind) {
    return button(t(`campaign.${what}`), () => confirmDo(t(`campaign.${what}_title`, { name: campaign.name }), text, t(`campaign.${what}_do`), async () => {
        await post(path`/campaigns/${campaign.name}/${what}`);
        toast(t(`campaign.${what}_done`), what === 'pause' ? { action: { text: t('ui.undo'), run: async () => { await post(path`/campaigns/${campaign.name}/resume`); await done(); } } } : {});
        await done();
    }, kind === 'outline-danger' ? { kind: 'danger' } : {}), { kind });
}

/** A second person's yes, with what it sets off: nothing is planned until then. */
function approve(campaign, done) {
    return button(t('campaign.approve'), async () => {
        const preview = await get(path`/campaigns/${campaign.name}/preview`).catch(complain);
        return preview?.phones !== undefined && confirmDo(t('campaign.approve_title', { name: campaign.name }),
            t('campaign.approve_text', { name: campaign.asked_by, phones: preview.phones, people: preview.people }), t('campaign.approve_do', { n: preview.phones }), async () => {
                await post(path`/campaigns/${campaign.name}/approve`);
                toast(t('campaign.approve_done'));
                await done();
            });
    }, { kind: 'primary' });
}

function test(campaign) {
    return button(t('campaign.test'), () => dialog({
        title: t('campaign.test_title'), confirm: t('campaign.test_do'),
        body: [h('p', null, t('campaign.test_text')), field(t('campaign.test_to'), input({ name: 'to', inputmode: 'tel', required: true }), { hint: '0812…' })],
        run: async (values) => {
            const sent = await once(path`/campaigns/${campaign.name}/test`, { to: values.to });
            toast(t('campaign.test_sent', { n: sent.parts }));
        },
    }));
}

function move(campaign, done) {
    return button(t('campaign.move'), () => dialog({
        title: t('campaign.move_title'), confirm: t('campaign.move_do'),
        body: [h('p', null, t('campaign.move_text')), field(t('campaign.deadline'), input({ name: 'deadline', type: 'date', value: campaign.deadline, required: true }))],
        run: async (values) => {
            await patch(path`/campaigns/${campaign.name}`, { deadline: values.deadline });
            toast(t('campaign.moved', { date: day(values.deadline) }), { action: { text: t('ui.undo'), run: async () => { await patch(path`/campaigns/${campaign.name}`, { deadline: campaign.deadline }); await done(); } } });
            await done();
        },
    }));
}

function actions({ campaign, report }, done) {
    const waiting = report.queued + report.held;
    const cancel = () => act(campaign, 'cancel', done, [t('campaign.cancel_text', { n: waiting }), t('ui.no_undo')], 'outline-danger');
    const able = {
        draft: () => [h('a.btn.btn-primary', { href: `#/campaigns/new/${campaign.name}` }, t('campaign.finish')), test(campaign)],
        scheduled: () => [campaign.asked_by && campaign.asked_by !== session.user.name && approve(campaign, done),
            cancel()],
        running: () => [act(campaign, 'pause', done, t('campaign.pause_text', { n: waiting }), 'outline-secondary'), move(campaign, done), test(campaign),
            cancel()],
        paused: () => [act(campaign, 'resume', done, t('campaign.resume_text', { n: waiting }), 'primary'), move(campaign, done),
            cancel()],
    };
    return (able[campaign.state]?.() ?? []).filter(Boolean);
}

/* --- showing ------------------------------------------------------------------------- */

function facts(campaign) {
    const rows = [
        [t('campaign.template'), word('template', campaign.template)], [t('campaign.deadline'), day(campaign.deadline)],
        [t('campaign.where'), campaign.where.length > 0 ? campaign.where.map((w) => h('span.d-block', null, whereWords(w) ?? h('code', null, w))) : t('campaign.everybody')],
        [t('campaign.steps'), campaign.steps.split(',').join(', ')], [t('campaign.pace'), campaign.pace === 'auto' ? t('campaign.pace_auto') : campaign.pace],
        [t('campaign.outage'), t(`outage.${campaign.outage}`)], [t('campaign.holdout'), percent(campaign.holdout)],
        [t('campaign.on_unknown'), t(`on_unknown.${campaign.on_unknown}`)], [t('campaign.started'), moment(campaign.started)],
    ];
    return h('dl.facts', null, rows.flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
}

function effect(report) {
    if ((report.effect_points ?? null) === null || report.people.came + report.holdout.came === 0) {
        return null; /* nobody has come yet: nothing to compare */
    }
    return notice('info', t('report.effect', { points: num(report.effect_points, 1), told: percent(report.people.came_percent), held: percent(report.holdout.came_percent) }));
}

function stepChart(report) {
    if ((report.steps?.length ?? 0) < 2) {
        return null; /* one step is what stands above */
    }
    const items = [['told', 'accent'], ['delivered', 'good'], ['answered', 'info'], ['came', 'warn']];
    return card(t('report.steps'), chart({ key: 'steps', title: t('report.steps'), labels: report.steps.map((s) => t('report.step', { n: s.step })),
        items: items.map(([name, tone]) => ({ label: t(`road.${name}`), values: report.steps.map((s) => s[name]), tone, kind: 'bar' })) }));
}

/** From the first day to the last on which something passed, each day between. */
function eachDay(progress) {
    const of = new Map(progress.map((p) => [p.day, p]));
    const days = [];
    for (let at = Date.parse(progress[0].day); at <= Date.parse(progress.at(-1).day); at += 86400000) {
        const date = new Date(at).toISOString().slice(0, 10);
        days.push(of.get(date) ?? { day: date, told: 0, reminded: 0, delivered: 0, came: 0 });
    }
    return days;
}

/** How many know of it and how many came, so far, day by day. */
function progressCard(progress) {
    const days = progress?.length ? eachDay(progress) : [];
    if (days.length < 2) {
        return null; /* a day is what stands above */
    }
    const sum = (name) => cumulate(days.map((d) => d[name]));
    return card(t('progress.title'), chart({ key: 'progress-days', title: t('progress.title'), days: days.map((d) => d.day), items: [
        { label: t('road.told'), values: sum('told'), tone: 'accent', fill: true },
        { label: t('road.came'), values: sum('came'), tone: 'info' },
        { label: t('progress.reminded'), values: days.map((d) => d.reminded), tone: 'soft', kind: 'bar' },
    ].filter((item, i) => i === 0 || item.values.some((v) => v > 0)) }), { id: 'progress-days', sub: t('progress.sub') });
}

function officeTable(report) {
    return report.offices?.length > 0 && card(t('report.offices'), table(t('report.offices'), [
        { title: t('office.name'), cell: (o) => (o.code ? h('a', { href: `#/offices/${o.code}` }, o.name) : t('forecast.no_office')) },
        ...['audience', 'told', 'delivered', 'answered', 'came'].map((name) => ({ title: t(`road.${name}`), cell: (o) => num(o[name]), num: true })),
        { title: t('report.came_percent'), cell: (o) => percent(o.came_percent), num: true },
    ], report.offices, { key: (o) => o.code }));
}

/** "failed: the number does not exist": the state is ours to say. */
function failed(reason) {
    const [, state, why] = /^(\w+)(?:: (.*))?$/s.exec(reason) ?? [null, reason];
    return [word('message', state), why && say(why)].filter(Boolean).join(': ');
}

/** What waits for what and what would change it, a line each. */
function stands(campaign) {
    const lines = linesOf(campaign.why || campaign.note);
    return lines.length > 0 && card(t('campaign.note'), h('ul.rows', null, lines.map((line) =>
        h('li', { 'data-key': line.replace(/\d+/g, '') }, h('span.sentence', null, say(line))))), { id: 'stands' });
}

function trouble(report) {
    const lines = report.failures ?? [];
    return card(t('report.failures'), lines.length === 0 ? h('p.soft', null, t('report.no_failures'))
        : h('ul.rows', null, lines.slice(0, 10).map((f) => h('li', { 'data-key': f.reason }, h('span.grow.sentence', null, failed(f.reason)), h('b.tabular', null, num(f.messages))))),
    { id: 'failures' });
}

function show(data) {
    const { campaign, report, noPhone } = data;
    const missing = (noPhone ?? []).reduce((sum, desa) => sum + desa.count, 0);
    return h('div', null,
        stands(campaign),
        effect(report),
        h('div.split', null,
            h('div.stack-y', null,
                card(t('campaign.road'), [road(report), h('h3.mt-3.mb-2', null, t('campaign.messages')), messageBar(report)], { id: 'progress' }),
                progressCard(data.progress), stepChart(report), officeTable(report)),
            h('div.stack-y', null,
                card(t('campaign.facts'), facts(campaign)), trouble(report),
                missing > 0 && card(t('report.no_phone', { n: missing }), [h('p', null, t('report.no_phone_text')),
                    h('a', { href: `/api/v1/campaigns/${encodeURIComponent(campaign.name)}/no_phone?format=csv`, download: `${campaign.name}-no-phone.csv` }, t('report.no_phone_csv'))]),
                report.opt_outs > 0 && card(t('report.opt_outs'), figures(figure(t('report.opt_outs_n'), report.opt_outs))))),
        h('p.small', null, h('a', { href: `/api/v1/campaigns/${encodeURIComponent(campaign.name)}/report?format=csv`, download: `${campaign.name}.csv` }, t('report.csv'))));
}

async function load(name, ctx) {
    const [campaign, report, noPhone, progress] = await Promise.all([get(path`/campaigns/${name}`), get(path`/campaigns/${name}/report`),
        ctx.may('staff', 'operator', 'admin') ? maybe(path`/campaigns/${name}/no_phone?summary=1`) : null, maybe(path`/campaigns/${name}/progress`)]);
    return { campaign, report, noPhone, progress };
}

export default async function one(ctx, name) {
    await loadOffices();
    const top = h('div');
    const part = region(8, () => load(name, ctx), (data) => {
        const may = ctx.mayAll('staff', 'operator', 'admin');
        top.replaceChildren(head(name, { back: { href: '#/campaigns', text: t('nav.campaigns') }, actions: [pill('campaign', data.campaign.state), ...(may ? actions(data, part.refresh) : [])] }));
        return show(data);
    });
    top.append(head(name, { back: { href: '#/campaigns', text: t('nav.campaigns') } }));
    const first = h('div'); /* whether it will do, before anything else */
    const ahead = region(6, () => maybe(path`/campaigns/${name}/forecast`), (forecast) => {
        morph(first, [forecast && verdict(forecast)]);
        return h('div', null, forecast
            ? forecastCards(forecast).slice(1) : card(t('forecast.title'), empty(t('forecast.not_yet'), t('forecast.not_yet_hint'))));
    });
    ctx.draw(top, first, part.root);
    await part.refresh();
    ctx.live(['message', 'campaign'], part.refresh);
    const state = (await get(path`/campaigns/${name}`)).state;
    if (!ctx.gone && ['running', 'paused', 'scheduled'].includes(state)) {
        ctx.main.append(ahead.root);
        await ahead.refresh();
    }
}
