// SPDX-License-Identifier: GPL-2.0-or-later
// People who log in, and tokens with which systems ask.
import { h } from '../lib/dom.js';
import { get, post, patch, del, path } from '../lib/api.js';
import { t, day, moment, word, languages } from '../lib/i18n.js';
import { loadOffices, kecamatanName } from '../lib/places.js';
import { head, card, empty, region, table, button, dialog, confirmDo, field, input, select, check, toast, newId } from '../lib/ui.js';

const roles = ['staff', 'operator', 'auditor', 'admin'];
const scopes = ['status:read', 'messages:read', 'messages:send', 'residents:read', 'residents:write', 'offices:read', 'offices:write', 'campaigns:read', 'campaigns:write',
    'templates:read', 'inbox:read', 'inbox:write', 'modems:read', 'modems:write', 'events:read', 'metrics:read', 'personal:read'];

const lines = (text) => (text ?? '').split(/[\n,]/).map((x) => x.trim()).filter(Boolean);
const password = (label, needed) => field(label, input({ name: 'password', type: 'password', autocomplete: 'new-password', required: needed }), { hint: t('users.password_hint') });
const common = (user = {}) => [
    field(t('users.role'), select({ name: 'role', current: user.role ?? 'staff' }, roles.map((r) => [r, `${word('role', r)} – ${t(`role.${r}_hint`)}`]))),
    field(t('users.kecamatan'), input({ name: 'kecamatan', value: (user.kecamatan ?? []).map(kecamatanName).join(', ') }), { hint: t('users.kecamatan_hint') }),
    field(t('users.lang'), select({ name: 'lang', current: user.lang ?? 'id' }, Object.entries(languages)))];

const add = (refresh) => dialog({ title: t('users.add'), confirm: t('users.add_do'),
    body: [field(t('users.name'), input({ name: 'name', spellcheck: 'false', autocapitalize: 'none' }), { hint: t('users.name_hint') }), password(t('users.password'), true), common()],
    run: async (values) => {
        await post('/users', { ...values, kecamatan: lines(values.kecamatan) });
        toast(t('users.added', { name: values.name }));
        await refresh();
    } });

const edit = (user, refresh) => dialog({ title: t('users.edit', { name: user.name }), confirm: t('ui.save'), body: common(user),
    run: async (values) => {
        await patch(path`/users/${user.name}`, { role: values.role, lang: values.lang, kecamatan: lines(values.kecamatan) });
        toast(t('ui.saved'));
        await refresh();
    } });

const newPassword = (user, refresh) => dialog({ title: t('users.new_password', { name: user.name }), confirm: t('ui.save'), body: [h('p', null, t('users.new_password_text')), password(t('users.password'), true)],
    run: async (values) => { await patch(path`/users/${user.name}`, { password: values.password }); toast(t('ui.saved')); await refresh(); } });

const disable = (user, refresh) => confirmDo(t(user.disabled ? 'users.enable_title' : 'users.disable_title', { name: user.name }), t(user.disabled ? 'users.enable_text' : 'users.disable_text'),
    t(user.disabled ? 'users.enable' : 'users.disable'), async () => { await patch(path`/users/${user.name}`, { disabled: !user.disabled }); await refresh(); }, user.disabled ? {} : { kind: 'danger' });

function people(users, ctx, refresh) {
    return table(t('nav.users'), [
        { title: t('users.name'), cell: (u) => [u.name, u.name === ctx.user.name && h('small.soft', null, ` (${t('users.you')})`)] },
        { title: t('users.role'), cell: (u) => word('role', u.role) },
        { title: t('users.kecamatan'), cell: (u) => (u.kecamatan?.length ? u.kecamatan.map(kecamatanName).join(', ') : t('users.all')) },
        { title: t('users.state'), cell: (u) => h('span.pill', { 'data-tone': u.disabled ? 'bad' : 'good' }, t(u.disabled ? 'users.disabled' : 'users.active')) },
        { title: t('users.last'), cell: (u) => moment(u.last_login ?? u.seen ?? null) },
        { title: '', cell: (u) => h('span.actions', null, button(t('ui.change'), () => edit(u, refresh), { size: 'sm' }), button(t('users.password'), () => newPassword(u, refresh), { size: 'sm' }),
            u.name !== ctx.user.name && button(t(u.disabled ? 'users.enable' : 'users.disable'), () => disable(u, refresh), { size: 'sm' })) },
    ], users, { key: (u) => u.name });
}

/* --- tokens ------------------------------------------------------------------------- */

const shown = (made) => dialog({ title: t('tokens.made', { name: made.name }), cancel: t('ui.close'),
    body: [h('p', null, t('tokens.once')), h('p', null, h('code', { 'data-token': true }, made.token))] });

const addToken = (refresh) => {
    let made = null;
    return dialog({ title: t('tokens.add'), confirm: t('tokens.add_do'),
        body: [field(t('tokens.name'), input({ name: 'name', spellcheck: 'false' })),
            h('fieldset', { 'data-field': 'scope' }, h('legend', null, t('tokens.scope')), scopes.map((s) => check(s, { name: `scope:${s}`, id: newId('scope') }))),
            field(t('tokens.expires'), input({ name: 'expires', type: 'date' }), { hint: t('tokens.expires_hint') })],
        run: async (values) => {
            made = await post('/tokens', { name: values.name, scope: scopes.filter((s) => values[`scope:${s}`]), ...(values.expires ? { expires: values.expires } : {}) });
            await refresh();
        } }).then(() => made && shown(made));
};

function tokens(list, refresh) {
    return list.length === 0 ? empty(t('tokens.none'), t('tokens.none_hint')) : table(t('tokens.title'), [
        { title: t('tokens.name'), cell: (k) => [k.name, k.revoked && h('small.soft', null, ` (${t('tokens.revoked')})`)] },
        { title: t('tokens.scope'), cell: (k) => [k.scopes ?? k.scope].flat().join(', '), wide: true },
        { title: t('tokens.expires'), cell: (k) => (k.expires ? day(k.expires) : t('tokens.never')) },
        { title: t('tokens.by'), cell: (k) => k.created_by },
        { title: '', cell: (k) => !k.revoked && button(t('tokens.revoke'), () => confirmDo(t('tokens.revoke_title', { name: k.name }), [t('tokens.revoke_text'), t('ui.no_undo')], t('tokens.revoke'),
            async () => { await del(path`/tokens/${k.name}`); await refresh(); }, { kind: 'danger' }), { size: 'sm', kind: 'outline-danger' }) },
    ], list, { key: (k) => k.name });
}

export default async function users(ctx) {
    await loadOffices();
    const one = region(4, () => get('/users'), (list) => people(list, ctx, one.refresh));
    const two = region(3, () => get('/tokens'), (list) => tokens(list, two.refresh));
    ctx.draw(head(t('nav.users'), { lead: t('users.lead') }),
        card(t('users.people'), one.root, { id: 'people', actions: button(t('users.add'), () => add(one.refresh), { size: 'sm', kind: 'primary' }) }),
        card(t('tokens.title'), two.root, { id: 'tokens', sub: t('tokens.sub'), actions: button(t('tokens.add'), () => addToken(two.refresh), { size: 'sm' }) }));
    await Promise.all([one.refresh(), two.refresh()]);
}
