// SPDX-License-Identifier: GPL-2.0-or-later
import { h } from '../lib/dom.js';
import { post, session } from '../lib/api.js';
import { t, lang, languages } from '../lib/i18n.js';
import { loadSentences } from '../lib/sentences.js';
import { field, input, showError, busy } from '../lib/ui.js';

export default function login(app, { onIn, onLanguage }) {
    const other = Object.keys(languages).find((code) => code !== lang());
    const name = input({ name: 'name', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true });
    const password = input({ name: 'password', type: 'password', autocomplete: 'current-password', required: true });
    const go = h('button.btn.btn-primary', { type: 'submit' }, t('login.go'));
    const form = h('form', { novalidate: true, onsubmit: async (event) => {
        event.preventDefault();
        try {
            showError(form, null);
            session.user = await busy(go, () => post('/session', { name: name.value.trim(), password: password.value }));
        } catch (error) {
            await loadSentences().catch(() => {});
            showError(form, error);
            password.select();
            return;
        }
        if (session.user) {
            await onIn();
        }
    } }, field(t('login.name'), name), field(t('login.password'), password), go);
    app.replaceChildren(h('main.login', { id: 'main' }, h('div.login-card', null,
        h('div.brand', null, h('img', { src: new URL('../icon.svg', import.meta.url).pathname, alt: '' }), 'Kabari'),
        h('h1', null, t('login.title')), form,
        h('div.login-foot', null,
            h('button', { type: 'button', lang: other, onclick: onLanguage }, languages[other]),
            h('a', { href: new URL('../notices.txt', import.meta.url).pathname }, t('login.notices'))))));
    /* While they type, what comes next is on its way. */
    Promise.all([loadSentences(), import('./today.js')]).catch(() => {});
    document.title = `${t('login.title')} – Kabari`;
    name.focus();
}
