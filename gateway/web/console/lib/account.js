// SPDX-License-Identifier: GPL-2.0-or-later
// Who one is here, and a password of one's own.
import { h } from './dom.js';
import { post, session, ApiError } from './api.js';
import { t, word, moment } from './i18n.js';
import { loadOffices, kecamatanName } from './places.js';
import { dialog, field, input, toast } from './ui.js';

const secret = (name, complete) => input({ name, type: 'password', autocomplete: complete, required: true });

function who(user) {
    const rows = [[t('users.name'), user.name], [t('users.role'), word('role', user.role)],
        [t('users.kecamatan'), user.kecamatan?.length ? user.kecamatan.map(kecamatanName).join(', ') : t('users.all')],
        [t('account.until'), moment(user.expires)]];
    return h('dl.facts.mb-3', null, rows.flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
}

/** Says who is logged in, and changes the password. All other sessions end;
 *  this one goes on as a new one. */
export const account = () => loadOffices().then(() => dialog({
    title: t('account.title'), confirm: t('account.change'), cancel: t('ui.close'),
    body: [who(session.user), h('h3', null, t('account.password')), h('p.hint', null, t('account.password_text')),
        field(t('account.old'), secret('old', 'current-password')),
        field(t('account.new'), secret('password', 'new-password'), { hint: t('users.password_hint') }),
        field(t('account.again'), secret('again', 'new-password'))],
    run: async (values) => {
        if (values.password !== values.again) {
            throw new ApiError(422, { code: 'said', field: 'again', message: t('account.unlike') });
        }
        session.user = await post('/session/password', { old: values.old, password: values.password });
        toast(t('account.changed'));
    },
}));
