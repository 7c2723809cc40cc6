// SPDX-License-Identifier: GPL-2.0-or-later
// Today: the road to the deadline, and what stands in its way.
import { h } from '../lib/dom.js';
import { get, maybe, post, path } from '../lib/api.js';
import { t, num, day, moment, word, money } from '../lib/i18n.js';
import { head, card, empty, figures, figure, region, notice, pill, button, complain, toast, confirmDo, works } from '../lib/ui.js';
import { daysLeft, linesOf, messageBar, road } from '../lib/campaign.js';
import { say, sayOwn } from '../lib/sentences.js';

const MODEMS_SHOWN = 5; /* of more, those that need somebody */
const alive = ['running', 'paused', 'scheduled'];

/** "12 wait for a place at their office (…)" of a campaign's own words. */
const waitsOf = (campaign) => linesOf(campaign?.why).filter((line) => /^\d/.test(line))
    .map((line) => ({ campaign: campaign.name, n: Number(/^\d+/.exec(line)[0]), line }));

async function load() {
    const status = await get('/status');
    const current = status.campaigns.filter((c) => alive.includes(c.state));
    const [offices, alarms, held, ...reports] = await Promise.all([
        get('/offices'), maybe('/alarms'),
        status.queue.held > 0 ? maybe('/messages?state=held&limit=200') : [],
        ...current.map((c) => get(path`/campaigns/${c.name}/report`)),
    ]);
    const details = await Promise.all(current.map((c) => maybe(path`/campaigns/${c.name}`)));
    return { status, offices, waits: details.flatMap((c) => waitsOf(c)), alarms: alarms ?? [], held: held ?? [], campaigns: current.map((c, i) => ({ ...c, report: reports[i] })) };
}

/* --- alarms ------------------------------------------------------------------- */

function alarms({ status, alarms: raised }, ctx, refresh) {
    const lines = [];
    if (status.clock_behind) {
        lines.push(notice('bad', t('today.clock_behind')));
    }
    if (!status.database.has_room) {
        lines.push(notice('bad', t('today.disk_full')));
    }
    if (status.paused) {
        lines.push(notice('warn', h('p', null, t('today.paused')), ctx.may('operator', 'admin') && button(t('today.resume'), async () => {
            try {
                await post('/resume');
                toast(t('today.resumed'));
                await refresh();
            } catch (error) {
                complain(error);
            }
        }, { kind: 'primary', size: 'sm' })));
    } else if (status.hold_reason) {
        lines.push(notice('info', h('p.sentence', null, say(status.hold_reason))));
    }
    for (const alarm of raised) {
        lines.push(notice(alarm.severity === 'notice' ? 'info' : alarm.severity === 'critical' ? 'bad' : 'warn', h('p', null, say(alarm.text)),
            h('p.small.soft', null, t('today.since', { time: moment(alarm.raised_at) }), alarm.acked_by && ` · ${t('today.acked', { name: alarm.acked_by })}`),
            !alarm.acked_at && ctx.may('staff', 'operator', 'admin') && button(t('today.ack'), async () => {
                try {
                    await post(path`/alarms/${alarm.id}/ack`);
                    await refresh();
                } catch (error) {
                    complain(error);
                }
            }, { size: 'sm' })));
    }
    return lines;
}

/* --- campaigns ------------------------------------------------------------------- */

function campaignCard(campaign, now) {
    const left = daysLeft(now, campaign.deadline);
    return card(h('a', { href: `#/campaigns/${campaign.name}` }, campaign.name),
        [h('p.verdict', null, left >= 0 ? t('today.days_left', { n: left, date: day(campaign.deadline) }) : t('today.past', { date: day(campaign.deadline) })),
            campaign.note && h('p.soft.sentence', null, say(campaign.note)), road(campaign.report), h('h3.mt-3.mb-2', null, t('campaign.messages')), messageBar(campaign.report)],
        { actions: pill('campaign', campaign.state), id: `campaign-${campaign.name}` });
}

/** What to do first; a link only for who may do it. */
function firstSteps({ status, offices }, ctx) {
    const all = ctx.mayAll('staff', 'operator', 'admin');
    const steps = [
        { name: 'modem', href: '#/modems', done: status.modems.length > 0, may: true },
        { name: 'offices', href: '#/offices', done: offices.length > 0, may: all },
        { name: 'residents', href: '#/residents', may: ctx.mayAll('staff', 'admin') },
        { name: 'campaign', href: '#/campaigns/new', done: status.campaigns.length > 0, may: all },
    ];
    return card(t('today.begin'), h('ol.todo', null, steps.map((step) => h('li', { 'data-done': step.done },
        h('div', null, step.may ? h('a', { href: step.href }, t(`today.begin.${step.name}`)) : t(`today.begin.${step.name}`), h('small', null, t(`today.begin.${step.name}_hint`)))))));
}

function campaigns(data, ctx) {
    if (data.campaigns.length > 0) {
        return data.campaigns.map((c) => campaignCard(c, data.status.now));
    }
    if (data.status.campaigns.length === 0) {
        return firstSteps(data, ctx);
    }
    return card(t('nav.campaigns'), empty(t('today.none_running'), t('today.none_running_hint', { n: data.status.campaigns.length }),
        h('a.btn.btn-primary', { href: '#/campaigns' }, t('today.to_campaigns'))));
}

/* --- what is held, offices, modems ------------------------------------------------ */

const listOf = (state) => `#/messages?state=${state}`;

function heldCard({ status, held, waits }) {
    const all = status.queue.held;
    const see = h('a', { href: listOf('held') }, t('messages.see'));
    if (waits.length > 0) {
        return card(t('today.held', { n: all }), h('ul.rows', null, waits.map((w) => h('li', { 'data-key': w.campaign + w.line.replace(/\d+/g, '') },
            h('span.grow', null, h('span.sentence', null, say(w.line).replace(/^[\d.,]+ /, '')), h('small', null, w.campaign)), h('b.tabular', null, num(w.n))))),
        { id: 'held', actions: see });
    }
    const reasons = new Map();
    for (const message of held) {
        const reason = message.reason || t('today.held_other');
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const body = all === 0 ? h('p.soft', null, t('today.nothing_held'))
        : h('ul.rows', null, [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([reason, n]) =>
            h('li', { 'data-key': reason }, h('span.grow.sentence', null, say(reason)), h('b.tabular', null, num(n)))),
        held.length < all && held.length > 0 && h('li', null, h('small.soft', null, t('today.held_newest', { n: held.length }))));
    return card(t('today.held', { n: all }), body, { id: 'held', actions: all > 0 && see });
}

function officesCard({ offices, status }) {
    const out = status.offices_down;
    const body = offices.length === 0 ? empty(t('offices.none'), t('offices.none_hint'), h('a.btn.btn-outline-secondary', { href: '#/offices' }, t('offices.to')))
        : out.length === 0 ? h('p', null, t('today.offices_up', { n: offices.length }))
            : h('ul.rows', null, out.map((o) => h('li', { 'data-key': o.code },
                h('span.grow', null, h('a', { href: `#/offices/${o.code}` }, o.name), h('small', null, sayOwn(o.reason))),
                pill('office', o.state), o.back && h('small.soft', null, t('office.back_on', { date: day(o.back) })))));
    return card(t('nav.offices'), body, { id: 'offices', sub: offices.length > 0 ? t('today.offices_sub', { up: offices.length - out.length, n: offices.length }) : undefined });
}

function modemsCard({ status }) {
    const many = status.modems.length > MODEMS_SHOWN;
    const shown = many ? status.modems.filter((m) => !works(m)) : status.modems;
    const body = status.modems.length === 0 ? empty(t('modems.none'), t('modems.none_hint'))
        : h('ul.rows', null, many && h('li', { 'data-key': 'well' }, h('span.grow', null, h('a', { href: '#/modems' }, t('modems.well', { n: status.modems.length - shown.length }))), pill('modem', 'ready')), shown.map((m) => h('li', { 'data-key': m.name },
            h('span.grow', null, h('a', { href: `#/modems/${m.name}` }, m.name), h('small', null,
                [m.operator && word('operator', m.operator), m.credit !== null && money(m.credit), t('modem.sent_today', { n: m.sent_today })].filter(Boolean).join(' · '))),
            pill('modem', m.state))));
    return card(t('nav.modems'), body, { id: 'modems' });
}

function numbers({ status }, ctx) {
    const q = status.queue;
    return card(t('today.now'), figures(
        figure(t('today.rate'), status.rates.sent_minute, { sub: t('today.rate_in', { n: status.rates.inbound_minute }) }),
        figure(t('message.queued'), q.queued + q.submitting, { href: listOf('queued') }),
        figure(t('today.waiting'), status.inbox_open, { href: ctx.may('staff', 'admin') ? '#/inbox' : undefined, tone: status.inbox_overdue > 0 ? 'bad' : undefined, sub: status.inbox_overdue > 0 ? t('today.overdue', { n: status.inbox_overdue }) : undefined }),
        figure(t('message.failed'), q.failed + q.undelivered, { href: listOf(q.failed > 0 || q.undelivered === 0 ? 'failed' : 'undelivered') }),
        figure(t('message.unknown'), q.unknown, { href: listOf('unknown'), tone: q.unknown > 0 ? 'warn' : undefined })), { id: 'now' });
}

export default async function today(ctx) {
    const part = region(8, load, (data) => h('div', null,
        alarms(data, ctx, part.refresh),
        h('div.split', null,
            h('div.stack-y', null, campaigns(data, ctx), numbers(data, ctx)),
            h('div.stack-y', null, officesCard(data), heldCard(data), modemsCard(data)))));
    const pauseAll = ctx.may('operator', 'admin') && button(t('today.pause'), () => confirmDo(t('today.pause_title'), t('today.pause_text'), t('today.pause_do'), async () => {
        await post('/pause');
        toast(t('today.paused_done'));
        await part.refresh();
    }), { iconName: 'pause' });
    ctx.draw(head(t('nav.today'), { lead: t('today.lead'), actions: [pauseAll].filter(Boolean) }), part.root);
    await part.refresh();
    ctx.live(['message', 'campaign', 'office', 'modem', 'inbox', 'alarm', 'status'], part.refresh);
}
