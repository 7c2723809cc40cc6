// SPDX-License-Identifier: GPL-2.0-or-later
// What goes out: each message with its state, why, and what can be done about it.
import { h, morph } from '../lib/dom.js';
import { get, post, path } from '../lib/api.js';
import { t, num, moment, word } from '../lib/i18n.js';
import { head, card, empty, table, pill, button, confirmDo, toast, failure, skeleton, field } from '../lib/ui.js';
import { say } from '../lib/sentences.js';

const PAGE = 50;
const states = ['held', 'queued', 'submitting', 'sent', 'delivered', 'unknown', 'undelivered', 'failed', 'expired', 'cancelled'];
const again = ['failed', 'undelivered', 'expired'];
const waiting = ['held', 'queued'];

/* --- doing ------------------------------------------------------------------------- */

/** Asks with the message in sight, does it, and looks again. */
const ask = (message, what, done, body = {}) => confirmDo(t(`messages.${what}_title`, { phone: message.phone }),
    [t(`messages.${what}_text`), h('div.sms', null, message.text)], t(`messages.${what}_do`), async () => {
        await post(path`/messages/${message.id}/${what.split('_')[0]}`, body);
        toast(t('messages.done'));
        await done();
    }, what === 'cancel' ? { kind: 'danger' } : {});

function doings(message, ctx, done) {
    const one = (what, body) => button(t(`messages.${what}`), () => ask(message, what, done, body), { size: 'sm' });
    const all = ctx.may('staff', 'operator', 'admin');
    const list = [
        all && waiting.includes(message.state) && one('cancel'),
        all && again.includes(message.state) && one('retry'),
        ...(message.state === 'unknown' && ctx.may('operator', 'admin') ? ['sent', 'failed', 'queued'].map((as) => one(`settle_${as}`, { as })) : []),
    ].filter(Boolean);
    return list.length > 0 && h('span.actions', null, list);
}

/** Why it is where it is, asked for where somebody wants to know. */
function whyOf(message) {
    const view = h('p.small.mb-0.sentence', { 'aria-live': 'polite' }, t('ui.loading'));
    const look = async (event) => {
        if (!event.currentTarget.open) {
            return;
        }
        try {
            view.textContent = say((await get(path`/messages/${message.id}/why`)).why);
        } catch (error) {
            view.replaceChildren(failure(error));
        }
    };
    return h('details.more.mt-0', { ontoggle: look, 'data-keep': `why-${message.id}-${message.state}` }, h('summary', null, t('messages.why')), view);
}

/* --- showing ------------------------------------------------------------------------- */

const columns = (ctx, done) => [
    { title: t('messages.created'), cell: (m) => moment(m.created) },
    { title: t('messages.to'), cell: (m) => m.phone },
    { title: t('campaign.state'), cell: (m) => pill('message', m.state) },
    { title: t('messages.text'), cell: (m) => [h('span', null, m.text), m.reason && h('small.soft.d-block.sentence', null, say(m.reason)), whyOf(m)], wide: true },
    { title: t('messages.modem'), cell: (m) => m.modem && h('a', { href: `#/modems/${m.modem}` }, m.modem) },
    { title: '', cell: (m) => doings(m, ctx, done) },
];

/** How many are in each state, where one chooses among them. */
function stateOptions(queue, chosen) {
    return states.map((state) => h('option', { value: state, selected: state === chosen, 'data-key': state }, `${word('message', state)} (${num(queue[state])})`));
}

/** Where there never was any, what they come from. */
function none(queue, chosen, ctx) {
    if (Object.values(queue).some((n) => n > 0)) {
        return empty(t('messages.none', { state: word('message', chosen).toLowerCase() }), t('messages.none_hint'));
    }
    return empty(t('messages.none_ever'), t('messages.none_ever_hint'),
        ctx.mayAll('staff', 'operator', 'admin') && h('a.btn.btn-primary', { href: '#/campaigns/new' }, t('campaign.new')));
}

export default async function messages(ctx) {
    const chosen = states.includes(ctx.query.get('state')) ? ctx.query.get('state') : 'held';
    const view = h('div', null, skeleton(6));
    const state = h('select.form-select', { name: 'state', onchange: (event) => ctx.go(`#/messages?state=${event.target.value}`) });
    let rows = [];
    const load = async (cursor) => {
        try {
            const [{ queue }, page] = await Promise.all([get('/status'), get(`/messages?${new URLSearchParams({ state: chosen, limit: PAGE, ...(cursor ? { cursor } : {}) })}`)]);
            rows = cursor ? [...rows, ...page] : page;
            const done = () => load();
            morph(state, stateOptions(queue, chosen));
            morph(view, rows.length === 0 ? [none(queue, chosen, ctx)]
                : [h('p.soft', null, t(`messages.hint.${chosen}`)), table(t('nav.messages'), columns(ctx, done), rows, { key: (m) => m.id }),
                    page.length === PAGE && button(t('audit.older'), () => load(rows.at(-1).id))]);
        } catch (error) {
            morph(view, [failure(error, () => load())]);
        }
    };
    ctx.draw(head(t('nav.messages'), { lead: t('messages.lead') }), card(null, [field(t('campaign.state'), state), view], { id: 'messages' }));
    await load();
    ctx.live(['message'], () => rows.length <= PAGE && load()); /* further pages stay as they were read */
}
