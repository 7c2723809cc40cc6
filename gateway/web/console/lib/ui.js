// SPDX-License-Identifier: GPL-2.0-or-later
// What all screens are made of.
import { h, icon, morph } from './dom.js';
import { t, word, num } from './i18n.js';
import { say } from './sentences.js';

/* --- states ---------------------------------------------------------------- */

const tones = {
    up: 'good', degraded: 'warn', down: 'bad', closed: 'bad',
    ready: 'good', sending: 'good', limited: 'warn', starting: 'idle', no_network: 'warn', no_sim: 'bad',
    parked: 'bad', absent: 'bad', hung: 'bad', paused: 'warn', quarantined: 'bad',
    draft: 'idle', scheduled: 'info', running: 'good', done: 'idle', cancelled: 'idle',
    held: 'warn', queued: 'info', submitting: 'info', sent: 'info', delivered: 'good', undelivered: 'bad',
    failed: 'bad', expired: 'idle', unknown: 'warn',
    unrecorded: 'warn', processing: 'info', review: 'warn', print_ready: 'info', printed: 'good', collected: 'good',
    open: 'warn', answered: 'good', snoozed: 'idle', raised: 'bad', cleared: 'good',
    taken: 'good', again: 'warn', dead: 'bad',
};
export const tone = (state) => tones[state] ?? 'idle';

/** A state as word and colour; the word alone is enough. */
export function pill(group, state) {
    return h('span.pill', { 'data-tone': tone(state) }, word(group, state));
}

export const residentStates = ['unrecorded', 'processing', 'failed', 'review', 'print_ready', 'printed', 'collected'];

/** Whether a modem needs nobody. */
export const works = (modem) => ['ready', 'sending', 'limited'].includes(modem.state);

/* --- blocks ------------------------------------------------------------------ */

export function head(title, { lead, back, actions = [] } = {}) {
    return h('header.page-head', null,
        back && h('a.back', { href: back.href }, icon('back'), back.text),
        h('div.page-row', null,
            h('div', null, h('h1', { tabindex: '-1' }, title), lead && h('p.lead-line', null, lead)),
            actions.length > 0 && h('div.actions', null, actions)));
}

export function card(title, body, { actions, id, level = 'h2', sub } = {}) {
    return h('section.card.block', id ? { id, 'aria-labelledby': `${id}-title` } : null,
        title && h('div.block-head', null,
            h('div', null, h(level, { id: id ? `${id}-title` : undefined }, title), sub && h('p.sub', null, sub)),
            actions && h('div.actions', null, actions)),
        h('div.block-body', null, body));
}

export function empty(title, text, action) {
    return h('div.empty', null, h('p.empty-title', null, title), h('p', null, text), action);
}

/** Grey where figures will stand, of about their size: nothing jumps. */
export const skeleton = (lines = 4) => h('div.skeleton', { 'aria-busy': 'true' },
    h('span.visually-hidden', null, t('ui.loading')),
    Array.from({ length: lines }, () => h('div.bone', { 'aria-hidden': 'true' })));

export function figure(label, value, { sub, href, tone: shade } = {}) {
    const inner = [h('dt', null, label), h('dd', null, typeof value === 'number' ? num(value) : value,
        sub && h('small', null, sub))];
    return h('div.figure', { 'data-tone': shade }, href ? [h('dt', null, h('a', { href }, label)), inner[1]] : inner);
}
export const figures = (...items) => h('dl.figures', null, items);

export function notice(kind, ...content) {
    return h('div.notice', { 'data-tone': kind, role: kind === 'bad' ? 'alert' : undefined },
        icon(kind === 'good' ? 'check' : kind === 'info' ? 'info' : 'warn'), h('div', null, content));
}

export function sentence(error) {
    if (error.code === 'offline') {
        return t('ui.offline');
    }
    if (error.code === 'said') {
        return error.message; /* by this page */
    }
    if (error.status === 403) {
        return `${t('ui.forbidden')} ${say(error.message)}`;
    }
    return say(error.message) || String(error);
}

export const failure = (error, again) => notice('bad', h('p', null, sentence(error)),
    again && h('button.btn.btn-sm.btn-outline-secondary', { type: 'button', onclick: again }, t('ui.again')));

/** columns: [{title, cell(row), num, hide}]; rows are keyed so that they stay. */
export function table(caption, columns, rows, { key = (row, i) => i, row: rowProps } = {}) {
    return h('div.table-wrap', { tabindex: '0', role: 'group', 'aria-label': caption },
        h('table.table', null,
            h('caption.visually-hidden', null, caption),
            h('thead', null, h('tr', null, columns.map((c) =>
                h('th', { scope: 'col', class: [c.num && 'num', c.wide && 'wide'].filter(Boolean).join(' ') },
                    c.title || h('span.visually-hidden', null, t('ui.actions')))))),
            h('tbody', null, rows.map((row, i) => h('tr', { 'data-key': key(row, i), ...rowProps?.(row) }, columns.map((c, n) => {
                const value = c.cell(row);
                const props = { class: [c.num && 'num', c.wide && 'wide'].filter(Boolean).join(' '), 'data-label': c.title };
                return n === 0 ? h('th', { scope: 'row', ...props }, value) : h('td', props, value);
            }))))));
}

/** A bar of parts, each {label, value, tone}; its text says the same. */
export function bar(parts, total, label) {
    const whole = Math.max(total, parts.reduce((sum, p) => sum + p.value, 0), 1);
    return h('div.stack', { role: 'img', 'aria-label': `${label}: ${parts.map((p) => `${p.label} ${num(p.value)}`).join(', ')}` },
        parts.filter((p) => p.value > 0).map((p) =>
            h('span', { 'data-key': p.label, 'data-tone': p.tone, title: `${p.label}: ${num(p.value)}`, style: { width: `${(100 * p.value) / whole}%` } })));
}
export const legend = (parts) => h('ul.legend', null, parts.map((p) =>
    h('li', { 'data-tone': p.tone }, h('span.dot', { 'aria-hidden': 'true' }), `${p.label} `, h('b', null, num(p.value)))));

/* --- fields ------------------------------------------------------------------- */

let serial = 0;
export const newId = (stem) => `${stem}-${++serial}`;

/** A labelled control; `control` gets the id. hint and error are said with it. */
export function field(label, control, { hint, id = newId('f'), error } = {}) {
    control.id = id;
    const ids = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
    if (ids) {
        control.setAttribute('aria-describedby', ids);
    }
    if (error) {
        control.setAttribute('aria-invalid', 'true');
        control.classList.add('is-invalid');
    }
    return h('div.field', { 'data-field': control.name || undefined },
        h('label', { for: id }, label), hint && h('p.hint', { id: `${id}-hint` }, hint), control,
        error && h('p.field-error', { id: `${id}-error` }, error));
}

export const input = (props) => h('input.form-control', { type: 'text', autocomplete: 'off', ...props });
export const select = (props, options) => h('select.form-select', props, options.map(([value, text]) =>
    h('option', { value, selected: props?.current === value }, text)));

export function check(label, props) {
    const id = newId('c');
    return h('div.form-check', null, h('input.form-check-input', { type: 'checkbox', id, ...props }),
        h('label.form-check-label', { for: id }, label));
}

/** Shows an answer's error at its field, or at the top of the form. */
export function showError(form, error) {
    for (const old of form.querySelectorAll('.field-error, .form-error')) {
        old.remove();
    }
    for (const bad of form.querySelectorAll('[aria-invalid]')) {
        bad.removeAttribute('aria-invalid');
        bad.classList.remove('is-invalid');
    }
    if (!error) {
        return;
    }
    const holder = error.field && form.querySelector(`[data-field="${CSS.escape(error.field)}"]`);
    if (!holder) {
        form.prepend(h('div.form-error', null, failure(error)));
        return;
    }
    const control = holder.querySelector('input, select, textarea');
    const id = `${control.id}-error`;
    holder.append(h('p.field-error', { id, role: 'alert' }, sentence(error)));
    control.setAttribute('aria-invalid', 'true');
    control.setAttribute('aria-describedby', id);
    control.classList.add('is-invalid');
    control.focus();
}

/** Disables a button while its work runs. */
export async function busy(button, work) {
    if (button.getAttribute('aria-busy') === 'true') {
        return undefined;
    }
    button.setAttribute('aria-busy', 'true');
    try {
        return await work();
    } finally {
        button.removeAttribute('aria-busy');
    }
}

export function button(text, onclick, { kind = 'outline-secondary', iconName, size, type = 'button', disabled, ...rest } = {}) {
    return h(`button.btn.btn-${kind}`, { type, class: size ? `btn-${size}` : undefined, disabled, ...rest,
        onclick: onclick && ((event) => busy(event.currentTarget, () => onclick(event))) },
        iconName && icon(iconName), text);
}

/* --- saying and asking ----------------------------------------------------------- */

export function toast(text, { kind = 'good', action } = {}) {
    const host = document.getElementById('toasts');
    const node = h('div.toast-line', { 'data-tone': kind }, icon(kind === 'bad' ? 'warn' : 'check'), h('span', null, text),
        action && h('button.btn.btn-sm.btn-link', { type: 'button', onclick: () => { action.run(); node.remove(); } }, action.text),
        h('button.toast-close', { type: 'button', 'aria-label': t('ui.dismiss'), onclick: () => node.remove() }, icon('close')));
    host.append(node);
    setTimeout(() => node.remove(), kind === 'bad' ? 12000 : 7000);
    return node;
}

const said = h('div.visually-hidden', { role: 'status' });
let saying = null;

/** Tells who does not see the screen what has come on it; of what changes while
 *  one types, only how it ends. */
export function announce(text, afterMs = 0) {
    if (!said.isConnected) {
        document.body.append(said);
    }
    clearTimeout(saying);
    saying = setTimeout(() => { said.textContent = text; }, afterMs);
}

export const complain = (error) => toast(sentence(error), { kind: 'bad' });

const pending = new Set();
/** Does it after some seconds in which it can be taken back. */
export function undoable(text, run, seconds = 6) {
    const item = { run: () => { if (pending.delete(item)) { clearTimeout(item.timer); run(); } } };
    const node = toast(text, { action: { text: t('ui.undo'), run: () => { pending.delete(item); clearTimeout(item.timer); } } });
    item.timer = setTimeout(() => { node.remove(); item.run(); }, seconds * 1000);
    pending.add(item);
}
addEventListener('pagehide', () => [...pending].forEach((item) => item.run()));

/**
 * A modal question. body: nodes; fields inside it are sent as an object.
 * run(values) does it; its error is shown in place. Resolves to run's answer,
 * or null where it was called off.
 */
export function dialog({ title, body, confirm, kind = 'primary', run, wide, cancel }) {
    return new Promise((resolve) => {
        const opener = document.activeElement;
        const id = newId('dialog');
        let result = null;
        const finish = () => box.close();
        const form = h('form', { novalidate: true, onsubmit: async (event) => {
            event.preventDefault();
            const values = Object.fromEntries(new FormData(form));
            try {
                showError(form, null);
                result = (await busy(go, () => run(values))) ?? true;
                finish();
            } catch (error) {
                showError(form, error);
            }
        } }, body);
        const go = h(`button.btn.btn-${kind}`, { type: 'submit' }, confirm);
        form.append(h('div.dialog-actions', null,
            h('button.btn.btn-outline-secondary', { type: 'button', onclick: finish }, cancel ?? t('ui.cancel')),
            confirm && go));
        const box = h('dialog.dialog', { class: wide ? 'wide' : undefined, 'aria-labelledby': id,
            onclose: () => { box.remove(); (opener?.isConnected ? opener : document.querySelector('main h1'))?.focus(); resolve(result); } },
            h('h2', { id }, title), form);
        document.body.append(box);
        box.showModal();
    });
}

/** What will happen, with numbers, before it does. */
export const confirmDo = (title, text, confirm, run, options = {}) =>
    dialog({ title, body: h('div', null, [text].flat().map((x) => (typeof x === 'string' ? h('p', null, x) : x))), confirm, run, ...options });

/* --- parts of a page that renew themselves ------------------------------------------ */

/** A region that shows bones, then what render(data) gives, or the error. */
export function region(lines, load, render) {
    const root = h('div.region', null, skeleton(lines));
    const refresh = async () => {
        try {
            const data = await load();
            if (!root.isConnected) {
                return; /* another screen is shown by now */
            }
            morph(root, [render(data)]);
        } catch (error) {
            if (!root.dataset.filled) {
                morph(root, [failure(error, refresh)]);
            }
            if (error.status === undefined) {
                throw error;
            }
            return;
        }
        root.dataset.filled = '1';
    };
    return { root, refresh };
}
