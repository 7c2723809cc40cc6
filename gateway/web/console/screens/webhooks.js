// SPDX-License-Identifier: GPL-2.0-or-later
// Other systems that are told what happens here, and whether it reached them.
import { h } from '../lib/dom.js';
import { get, post } from '../lib/api.js';
import { t, num, moment, word } from '../lib/i18n.js';
import { head, card, empty, region, table, pill, button, confirmDo, toast } from '../lib/ui.js';

const SHOWN = 20;
const LOOK_MS = 2000;

const events = (list) => list.map((event) => word('event', event)).join(', ');

function systems(list) {
    return list.length === 0 ? empty(t('webhooks.none'), t('webhooks.none_hint')) : table(t('webhooks.systems'), [
        { title: t('webhooks.url'), cell: (w) => h('code', null, w.url) },
        { title: t('webhooks.events'), cell: (w) => events(w.events), wide: true },
        { title: t('webhooks.waiting'), cell: (w) => num(w.waiting), num: true },
        { title: t('webhooks.dead'), cell: (w) => num(w.dead), num: true },
    ], list, { key: (w) => w.url });
}

/** What the other side said, in its own words. */
const answerOf = (p) => h('code', null, [p.status, p.answer].filter(Boolean).join(' ') || '–');

function posts(list, failed) {
    return list.length === 0 ? empty(t(failed ? 'webhooks.none_failed' : 'webhooks.none_posted'), t('webhooks.none_posted_hint')) : table(t('webhooks.posts'), [
        { title: t('audit.at'), cell: (p) => moment(p.at) },
        { title: t('webhooks.event'), cell: (p) => [word('event', p.event), h('small.soft.d-block', null, p.subject)] },
        { title: t('webhooks.url'), cell: (p) => h('code', null, p.url), wide: true },
        { title: t('campaign.state'), cell: (p) => [pill('post', p.state), p.next_at && h('small.soft.d-block', null, t('webhooks.next', { time: moment(p.next_at) }))] },
        { title: t('webhooks.answer'), cell: answerOf, wide: true },
        { title: t('webhooks.attempt'), cell: (p) => num(p.attempt), num: true },
        { title: t('webhooks.took'), cell: (p) => num(p.took_ms), num: true },
    ], list, { key: (p) => p.id });
}

const testAll = (refresh) => confirmDo(t('webhooks.test'), t('webhooks.test_text'), t('webhooks.test_do'), async () => {
    const { told } = await post('/webhooks/test');
    toast(t('webhooks.tested', { n: told }));
    await refresh();
});

export default async function webhooks(ctx) {
    let failed = false;
    const told = region(3, () => get('/webhooks'), systems);
    const log = region(6, () => get(`/webhooks/posts?limit=${SHOWN}${failed ? '&failed=1' : ''}`), (list) => h('div', null, filter(), posts(list, failed)));
    const choose = (only) => h('button', { type: 'button', 'aria-pressed': String(failed === only), onclick: () => { failed = only; return log.refresh(); } }, t(only ? 'webhooks.failed' : 'webhooks.all'));
    const filter = () => h('div.segmented.mb-3', { role: 'group', 'aria-label': t('inbox.filter') }, choose(false), choose(true));
    const look = () => Promise.all([told.refresh(), log.refresh()]);
    ctx.draw(head(t('nav.webhooks'), { lead: t('webhooks.lead') }),
        card(t('webhooks.systems'), told.root, { id: 'systems', actions: button(`${t('webhooks.test')} …`, () => testAll(look), { size: 'sm' }) }),
        card(t('webhooks.posts'), log.root, { id: 'posts', sub: t('webhooks.posts_sub', { n: SHOWN }) }));
    await look();
    ctx.every(LOOK_MS, look);
}
