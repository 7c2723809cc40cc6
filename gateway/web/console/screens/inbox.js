// SPDX-License-Identifier: GPL-2.0-or-later
// The inbox: what residents wrote that a person must answer.
import { h, morph } from '../lib/dom.js';
import { get, post, once, path } from '../lib/api.js';
import { t, has, moment, time, word } from '../lib/i18n.js';
import { head, card, empty, pill, button, dialog, field, input, toast, complain, failure, skeleton, undoable, showError } from '../lib/ui.js';
import { composer } from '../lib/compose.js';
import { say } from '../lib/sentences.js';

const OLDER = 60;
const SENT_MS = 4000; /* after which an answer has mostly gone */

const state = { open: true };

function entryState(entry) {
    return entry.snoozed_until && entry.state === 'open' ? 'snoozed' : entry.state;
}

/** The gateway's clock, which in a rehearsal is not this machine's. */
const clock = { ahead: 0 };
const now = () => Date.now() + clock.ahead;

/** How long somebody has waited: what matters where all are open. */
function waited(entry) {
    const minutes = Math.max(0, Math.round((now() - Date.parse(entry.at)) / 60000));
    return t('inbox.waits', { time: minutes < 60 ? t('inbox.minutes', { n: minutes }) : minutes < 2880 ? t('inbox.hours', { n: Math.round(minutes / 60) }) : t('inbox.days', { n: Math.round(minutes / 1440) }) });
}

function mailList(entries, current) {
    if (entries.length === 0) {
        return state.open ? empty(t('inbox.none'), t('inbox.none_hint')) : empty(t('inbox.none_at_all'), t('inbox.none_at_all_hint'));
    }
    return h('ul.mail-list', null, entries.map((e) => h('li', { 'data-key': e.id },
        h('a', { href: `#/inbox/${e.id}`, 'aria-current': String(e.id) === current ? 'true' : undefined },
            h('span.top', null, h('span', null, e.phone), h('span', null, moment(e.at))),
            h('span.text', null, e.text || '–'),
            h('span.top', null, state.open && entryState(e) === 'open' ? h('span', null, waited(e)) : pill('inbox', entryState(e)), h('span', null, e.assigned ?? ''))))));
}

/* --- one thread -------------------------------------------------------------------- */

function talk(entry) {
    const lines = [...entry.thread].sort((a, b) => (a.at > b.at ? 1 : a.at < b.at ? -1 : a.from === 'resident' ? -1 : 1));
    return h('ol.talk', { 'aria-label': t('inbox.thread') }, lines.map((line) => h('li', { 'data-from': line.from, 'data-key': `${line.from}${line.id}` },
        h('p', null, line.text), h('small', null, [moment(line.at), line.state && word('message', line.state)].filter(Boolean).join(' · ')))));
}

function about(entry) {
    if (entry.residents.length === 0) {
        return h('p.soft', null, t('inbox.stranger'));
    }
    return h('ul.rows', null, entry.residents.map((r) => h('li', { 'data-key': r.ref ?? r.nik },
        h('span.grow', null, h('a', { href: `#/residents/${encodeURIComponent(r.ref ?? r.nik)}` }, r.name || r.nik), h('small', null, r.office ?? '')),
        pill('resident', r.flag ?? r.state))));
}

function snoozeChoices(entry, refresh) {
    const at = (hours) => new Date(now() + hours * 3600000).toISOString().replace(/\.\d+Z/, 'Z');
    const until = (when, text) => button(text, async () => {
        await post(path`/inbox/${entry.id}/snooze`, { until: when });
        toast(t('inbox.snooze_done'));
        await refresh();
    }, { size: 'sm' });
    return [until(at(1), t('inbox.snooze_hour')), until(at(24), t('inbox.snooze_day'))];
}

/** Its name, or what it starts with after the signature. */
function label({ name, text }) {
    if (has(`template.${name}`)) {
        return word('template', name);
    }
    const own = text.replace(/^\{site\}:\s*/, '');
    return own.length > 34 ? `${own.slice(0, 32).trimEnd()} …` : own;
}

function answer(entry, canned, ctx, refresh) {
    const field = composer({ name: 'text', 'aria-label': t('inbox.answer'), placeholder: t('inbox.answer_hint') });
    let chosen = null;
    const send = h('button.btn.btn-primary', { type: 'submit' }, t('inbox.send'));
    const form = h('form', { onsubmit: async (event) => {
        event.preventDefault();
        showError(form, null);
        const text = field.area.value.trim();
        if (!text) {
            field.area.focus();
            return;
        }
        if (/\{\w+\}/.test(text) && chosen?.text !== text) {
            showError(form, Object.assign(new Error(t('inbox.braces', { what: /\{\w+\}/.exec(text)[0] })), { status: 422 }));
            return;
        }
        send.disabled = true;
        try {
            await once(path`/inbox/${entry.id}/reply`, chosen && chosen.text === text ? { canned: chosen.name } : { text });
            toast(t('inbox.sent', { phone: entry.phone }));
            field.set('');
            await refresh();
            setTimeout(() => ctx.gone || refresh(), SENT_MS);
        } catch (error) {
            showError(form, error);
        } finally {
            send.disabled = false;
        }
    } }, canned.length > 0 && h('div.chips.mb-2', { role: 'group', 'aria-label': t('inbox.canned') }, canned.map((c) =>
        h('button.chip', { type: 'button', title: c.text, onclick: () => { chosen = c; field.set(c.text); } }, label(c)))),
    field.area, field.counter, h('div.actions.mt-2', null, send));
    return h('div', { 'data-keep': `answer-${entry.id}` }, form);
}

/** Some seconds to think better of it, then each is closed. */
const closing = (text, ids, refresh) => undoable(text, async () => {
    try {
        for (const id of ids) {
            await post(path`/inbox/${id}/close`);
        }
    } catch (error) {
        complain(error);
    }
    await refresh();
});

function doings(entry, others, ctx, refresh) {
    const assign = (to) => post(path`/inbox/${entry.id}/assign`, { to }).then(refresh, complain);
    return h('div.actions', null,
        entry.assigned === ctx.user.name ? button(t('inbox.unassign'), () => assign(''), { size: 'sm' }) : button(t('inbox.take'), () => assign(ctx.user.name), { size: 'sm' }),
        button(t('inbox.assign'), () => dialog({ title: t('inbox.assign'), confirm: t('ui.save'), body: field(t('inbox.assign_to'), input({ name: 'to', value: entry.assigned ?? '' })),
            run: async (values) => { await post(path`/inbox/${entry.id}/assign`, { to: values.to }); await refresh(); } }), { size: 'sm' }),
        entry.state !== 'closed' && snoozeChoices(entry, refresh),
        entry.state !== 'closed' && button(t('inbox.close'), () => closing(t('inbox.closing'), [entry.id], refresh), { size: 'sm' }),
        others.length > 0 && button(t('inbox.close_others', { n: others.length }), () => closing(t('inbox.closing_n', { n: others.length }), others.map((e) => e.id), refresh), { size: 'sm' }));
}

function thread(entry, entries, canned, ctx, refresh) {
    /* The same phone's, which one answer may settle: by number, as phones are masked. */
    const others = entries.filter((e) => e.state === 'open' && e.id !== entry.id && entry.thread.some((line) => line.from === 'resident' && line.id === e.id));
    return h('div.stack-y', null,
        card(entry.phone, [talk(entry), h('div.mt-3', null, answer(entry, canned, ctx, refresh))],
            { id: 'thread', actions: pill('inbox', entryState(entry)), sub: t('inbox.came', { time: time(entry.at), modem: entry.modem ?? '–', intent: word('intent', entry.intent) }) }),
        card(t('inbox.about'), [about(entry), entry.note && h('p.mt-2.soft', null, say(entry.note))]),
        card(t('inbox.doings'), doings(entry, others, ctx, refresh)));
}

/* --- both ------------------------------------------------------------------------------ */

function filterButtons(refresh) {
    const choose = (open) => h('button', { type: 'button', 'aria-pressed': String(state.open === open), onclick: () => { state.open = open; refresh(); } }, t(open ? 'inbox.open' : 'inbox.all'));
    return h('div.segmented', { role: 'group', 'aria-label': t('inbox.filter') }, choose(true), choose(false));
}

export default async function inbox(ctx) {
    const current = ctx.args[0];
    const left = h('div', null, skeleton(6));
    const right = h('div', null, current ? skeleton(8) : null);
    let canned = [];
    const refresh = async () => {
        let entries = [];
        try {
            entries = await get(`/inbox?limit=${OLDER}${state.open ? '&open=1' : ''}`);
            morph(left, [h('div.mb-3', null, filterButtons(refresh)), h('div.card.block', null, mailList(entries, current))]);
        } catch (error) {
            morph(left, [failure(error, refresh)]);
        }
        if (!current) {
            morph(right, [h('div.card.block.on-wide', null, empty(t('inbox.choose'), t('inbox.choose_hint')))]);
            return;
        }
        try {
            morph(right, [thread(await get(path`/inbox/${current}`), entries, canned, ctx, refresh)]);
        } catch (error) {
            morph(right, [failure(error, refresh)]);
        }
    };
    ctx.draw(h('div.mail-back', null, head(t('nav.inbox'), { lead: t('inbox.lead'), back: current ? { href: '#/inbox', text: t('nav.inbox') } : undefined })),
        h('div.mail', { 'data-open': Boolean(current) }, h('div.mail-side', null, left), right));
    clock.ahead = Date.parse((await get('/status')).now) - Date.now();
    canned = (await get('/inbox/canned')).filter((c) => c.lang === 'id' || c.lang === ctx.user.lang);
    canned = canned.filter((c, i) => canned.findIndex((o) => o.name === c.name) === i);
    await refresh();
    // Not with every message: each look at a conversation stands in the audit.
    ctx.live(['inbox'], refresh);
}
