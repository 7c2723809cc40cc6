// SPDX-License-Identifier: GPL-2.0-or-later
// Modems: cards, and each with its log, its rate and USSD.
import { h, morph } from '../lib/dom.js';
import { get, maybe, post, del, path } from '../lib/api.js';
import { t, num, money, moment, time, day, word } from '../lib/i18n.js';
import { head, card, empty, region, pill, button, confirmDo, toast, notice, figures, figure, complain, failure, showError, input, busy, sentence, works } from '../lib/ui.js';
import { chart } from '../lib/chart.js';
import { say } from '../lib/sentences.js';

/** What it said last is not so any more. */
const silent = ['absent', 'hung', 'starting', 'no_sim', 'quarantined'];

function signal(modem) {
    if (modem.signal === null || silent.includes(modem.state)) {
        return h('span.soft', null, '–');
    }
    const bars = Math.ceil(modem.signal / 25);
    return h('span', null, h('span.signal', { 'aria-hidden': 'true' }, [1, 2, 3, 4].map((n) => h('i', { 'data-on': n <= bars }))), `${num(modem.signal)} %`);
}

/** The credit, and when it was asked for; an answer may not have been understood. */
function creditFigure(modem) {
    const sub = modem.credit_until ? t('modem.credit_until', { date: day(modem.credit_until) })
        : !modem.credit_at ? t('modem.credit_never')
            : modem.credit === null ? t('modem.credit_unread', { time: moment(modem.credit_at) }) : moment(modem.credit_at);
    return figure(t('modem.credit'), money(modem.credit), { sub });
}

function doings(modem, refresh, may, size = 'sm') {
    if (!may) {
        return null;
    }
    const at = (what) => path`/modems/${modem.name}/${what}`;
    const paused = modem.state === 'paused';
    return h('div.actions', null,
        button(t(paused ? 'modem.resume' : 'modem.pause'), async () => {
            try {
                await post(at(paused ? 'resume' : 'pause'));
                toast(t(paused ? 'modem.resumed' : 'modem.paused_done', { name: modem.name }), paused ? {} : { action: { text: t('ui.undo'), run: async () => { await post(at('resume')); await refresh(); } } });
                await refresh();
            } catch (error) {
                complain(error);
            }
        }, { size, iconName: paused ? 'play' : 'pause' }),
        button(t('modem.reset'), () => confirmDo(t('modem.reset_title', { name: modem.name }), t('modem.reset_text', { n: modem.queued }), t('modem.reset_do'), async () => {
            await post(at('reset'));
            toast(t('modem.reset_done', { name: modem.name }));
            await refresh();
        }), { size }),
        modem.other_sim && button(`${t('modem.accept')} …`, () => confirmDo(t('modem.accept_title', { name: modem.name }), [otherSim(modem), t('modem.accept_text')], t('modem.accept'), async () => {
            await post(at('accept'));
            toast(t('modem.accept_done', { name: modem.name }));
            await refresh();
        }), { size }));
}

/** Which SIM was in it, which is, and whose that was. */
function otherSim({ other_sim: sim }) {
    const rows = [[t('modem.sim_before'), sim.before], [t('modem.sim_now'), sim.now], [t('modem.sim_owner'), sim.owner]].filter(([, value]) => value);
    return h('dl.facts', null, rows.flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
}

function modemCard(modem, refresh, may) {
    return card(h('a', { href: `#/modems/${modem.name}` }, modem.name), h('div.stack-y', null,
        h('dl.facts', null, [
            [t('modem.operator'), modem.operator ? word('operator', modem.operator) : modem.network || '–'], [t('modem.signal'), signal(modem)],
            [t('modem.credit'), money(modem.credit)], [t('modem.today'), num(modem.sent_today)],
        ].flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)])),
        modem.limited_by && h('p.small.soft', null, t('modem.limited_by', { what: say(modem.limited_by) })),
        modem.last_error && h('p.small.sentence', null, say(modem.last_error)), modem.advice && h('p.small.sentence', null, say(modem.advice)), doings(modem, refresh, may)),
    { id: `modem-${modem.name}`, actions: pill('modem', modem.state), sub: t('modem.since', { time: moment(modem.since) }) });
}

/** Those that need somebody come first. */
const byNeed = (modems) => [...modems].sort((a, b) => works(a) - works(b));

async function all(ctx) {
    const may = ctx.may('operator', 'admin');
    const part = region(6, () => get('/modems'), (modems) => (modems.length === 0
        ? card(null, empty(t('modems.none'), t('modems.none_hint')))
        : h('div.grid', null, byNeed(modems).map((m) => modemCard(m, part.refresh, may)))));
    ctx.draw(head(t('nav.modems'), { lead: t('modems.lead') }), part.root);
    await part.refresh();
    ctx.live(['modem', 'status', 'alarm'], part.refresh);
}

/* --- one ------------------------------------------------------------------------------- */

/** The log follows unless one has scrolled up to read. */
function logView(ctx, name) {
    const list = h('pre.log', { tabindex: '0', role: 'log', 'aria-label': t('modem.log'), 'aria-live': 'off' }, h('span.soft', null, t('ui.loading')));
    let after = 0;
    let first = true;
    const more = async () => {
        let lines;
        try {
            lines = await get(path`/modems/${name}/log?after=${after}`);
        } catch {
            return;
        }
        const follow = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
        if (first) {
            list.replaceChildren(lines.length === 0 ? h('span.soft', null, t('modem.log_empty')) : '');
            first = lines.length === 0;
        }
        for (const line of lines) {
            list.append(h('div', null, h('span.soft', null, `${line.at.slice(11, 19)}  `), line.line));
            after = line.n;
        }
        while (list.childElementCount > 1000) {
            list.firstElementChild.remove();
        }
        if (follow) {
            list.scrollTop = list.scrollHeight;
        }
    };
    more();
    ctx.every(2000, more);
    return list;
}

/** What was said to the modem and by it, asked for where somebody wants it. */
function atView(name) {
    const list = h('pre.log', { tabindex: '0', 'aria-label': t('modem.at') });
    const show = async () => {
        try {
            const lines = await get(path`/modems/${name}/at`);
            list.replaceChildren(...lines.map((line) => h('div', null, h('span.soft', null, `${line.at.slice(11, 19)}  `), line.line)));
        } catch (error) {
            list.replaceChildren(sentence(error));
        }
    };
    return h('details.more.mb-3', { ontoggle: (event) => event.currentTarget.open && show() }, h('summary', null, t('modem.at')), h('div.mt-2', null, list));
}

function ussdView(name) {
    const talk = h('ol.talk.mb-2', { 'aria-live': 'polite', 'aria-label': t('ussd.dialogue') });
    const box = input({ name: 'code', 'aria-label': t('ussd.code'), placeholder: '*888#', spellcheck: 'false' });
    const line = (from, text) => talk.append(h('li', { 'data-from': from }, h('p', null, text)));
    const send = h('button.btn.btn-primary', { type: 'submit' }, t('ussd.send'));
    const end = button(t('ussd.end'), async () => { await del(path`/modems/${name}/ussd`); close(); }, { hidden: true });
    let dialogue = 0;
    const close = () => { dialogue = 0; end.hidden = true; box.placeholder = '*888#'; };
    const form = h('form.search', { onsubmit: async (event) => {
        event.preventDefault();
        const code = box.value.trim();
        if (!code) {
            box.focus();
            return;
        }
        line('gateway', code);
        box.value = '';
        try {
            const answer = await busy(send, () => post(path`/modems/${name}/ussd`, { code, hold: true, dialogue }));
            line('resident', answer.text || say(answer.note));
            dialogue = answer.dialogue;
            end.hidden = !answer.open;
            box.placeholder = answer.open ? t('ussd.reply') : '*888#';
        } catch (error) {
            showError(form.parentElement, error);
            close();
        }
        box.focus();
    } }, box, send, end);
    return h('div', { 'data-keep': 'ussd' }, h('p.hint', null, t('ussd.hint')), talk, form);
}

/** Rate, signal and credit over time, where the gateway keeps them. */
function historyCard(history) {
    const points = Array.isArray(history) ? history : history?.points;
    if ((points?.length ?? 0) < 2) {
        return null; /* two points make a line */
    }
    const has = (name) => points.some((p) => p[name] !== null && p[name] !== undefined);
    return card(t('modem.history'), [
        points.every((p) => !p.sent) ? h('p.soft', null, t('modem.none_sent')) : chart({ key: 'rate', title: t('modem.rate'), labels: points.map((p) => time(p.at)), items: [{ label: t('modem.sent'), values: points.map((p) => p.sent ?? 0), tone: 'accent', kind: 'bar' }] }),
        has('credit') && chart({ key: 'credit', title: t('modem.credit'), labels: points.map((p) => time(p.at)), items: [{ label: `${t('modem.credit')} (Rp)`, values: points.map((p) => p.credit), tone: 'good', fill: true }] }),
        has('signal') && chart({ key: 'signal', title: t('modem.signal'), labels: points.map((p) => time(p.at)), items: [{ label: `${t('modem.signal')} (%)`, values: points.map((p) => p.signal), tone: 'info', fill: true }], max: 100 }),
    ], { id: 'history', sub: t('modem.history_sub') });
}

function show(modem, history, refresh, may) {
    return h('div', null,
        modem.last_error && notice(['absent', 'parked', 'hung', 'no_sim', 'quarantined'].includes(modem.state) ? 'bad' : 'info', h('p', null, say(modem.last_error)), modem.advice && h('p', null, say(modem.advice))),
        card(t('modem.now'), [figures(
            figure(t('modem.today'), modem.sent_today, { sub: t('modem.total', { n: modem.sent }) }), figure(t('modem.signal'), signal(modem), { sub: modem.signal_dbm !== null && !silent.includes(modem.state) ? `${num(modem.signal_dbm)} dBm` : undefined }),
            creditFigure(modem),
            figure(t('message.failed'), modem.failed), figure(t('message.unknown'), modem.unknown, { tone: modem.unknown > 0 ? 'warn' : undefined }), figure(t('modem.inbound'), modem.inbound)),
        h('div.mt-3', null, doings(modem, refresh, may, undefined))], { id: 'now' }),
        historyCard(history),
        h('details.more.mb-3', null, h('summary', null, t('modem.hardware')), h('dl.facts.mt-2', null, [
            [t('modem.device'), h('code', null, modem.device)], [t('modem.network'), modem.network || '–'], [t('modem.model'), [modem.manufacturer, modem.model].filter(Boolean).join(' ') || '–'],
            ['IMEI', modem.imei || '–'], ['IMSI', modem.imsi || '–'], ['SMSC', modem.smsc || '–'],
        ].flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]))));
}

async function one(ctx, name) {
    const may = ctx.may('operator', 'admin');
    const state = h('span');
    const part = region(6, () => Promise.all([get(path`/modems/${name}`), maybe(path`/modems/${name}/history`)]), ([modem, history]) => {
        morph(state, [pill('modem', modem.state), ' ', h('small.soft', null, t('modem.since', { time: moment(modem.since) }))]);
        return show(modem, history, part.refresh, may);
    });
    ctx.draw(head(name, { back: { href: '#/modems', text: t('nav.modems') }, actions: [state] }), part.root,
        h('div.grid.two', null, card(t('modem.log'), logView(ctx, name), { id: 'log' }), may && card(t('ussd.title'), ussdView(name), { id: 'ussd' })), atView(name));
    try {
        await part.refresh();
    } catch (error) {
        morph(part.root, [failure(error)]);
    }
    ctx.live(['modem', 'status'], part.refresh);
}

export default (ctx) => (ctx.args[0] ? one(ctx, ctx.args[0]) : all(ctx));
