// SPDX-License-Identifier: GPL-2.0-or-later
// Campaigns: the list, and the way to one.
import { h } from '../lib/dom.js';
import { get } from '../lib/api.js';
import { t, day, word } from '../lib/i18n.js';
import { head, card, empty, region, table, pill } from '../lib/ui.js';
import one from './campaign.js';
import wizard from './wizard.js';
import { say } from '../lib/sentences.js';

async function all(ctx) {
    const may = ctx.mayAll('staff', 'operator', 'admin');
    const create = may && h('a.btn.btn-primary', { href: '#/campaigns/new' }, t('campaign.new'));
    const part = region(5, () => get('/campaigns'), (list) => card(null, list.length === 0
        ? empty(t('campaigns.none'), t('campaigns.none_hint'), may && h('a.btn.btn-primary', { href: '#/campaigns/new' }, t('campaign.new')))
        : table(t('nav.campaigns'), [
            { title: t('campaign.name'), cell: (c) => h('a', { href: c.state === 'draft' && may ? `#/campaigns/new/${c.name}` : `#/campaigns/${c.name}` }, c.name) },
            { title: t('campaign.state'), cell: (c) => pill('campaign', c.state) },
            { title: t('campaign.template'), cell: (c) => word('template', c.template) },
            { title: t('campaign.deadline'), cell: (c) => day(c.deadline) },
            { title: t('campaign.note'), cell: (c) => h('span.sentence', null, say(c.note)), wide: true },
        ], list, { key: (c) => c.name })));
    ctx.draw(head(t('nav.campaigns'), { lead: t('campaigns.lead'), actions: [create].filter(Boolean) }), part.root);
    await part.refresh();
    ctx.live(['campaign'], part.refresh);
}

export default function campaigns(ctx) {
    const [first, second] = ctx.args;
    return first === 'new' ? wizard(ctx, second) : first ? one(ctx, first) : all(ctx);
}
