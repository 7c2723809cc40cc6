// SPDX-License-Identifier: GPL-2.0-or-later
// The words that people read, by language; edited with what they will cost.
import { h, morph } from '../lib/dom.js';
import { get, maybe, post, put, path } from '../lib/api.js';
import { t, num, word, has, languages } from '../lib/i18n.js';
import { head, card, region, table, button, toast, notice, field, input, showError, sentence, busy, figures, figure, select } from '../lib/ui.js';
import { composer } from '../lib/compose.js';
import { sms, sizeOf } from '../lib/preview.js';
import { say } from '../lib/sentences.js';

const groups = ['campaign', 'status', 'reply', 'ussd', 'canned', 'staff'];
const groupOf = (name) => groups.find((g) => name.startsWith(`${g}_`) && g !== 'campaign') ?? 'campaign';

const chosen = { lang: '' };

function list(findings) {
    const langs = [...new Set(findings.map((f) => f.lang))];
    chosen.lang ||= langs[0];
    const of = findings.filter((f) => f.lang === chosen.lang);
    return groups.map((group) => {
        const rows = of.filter((f) => groupOf(f.name) === group);
        return rows.length > 0 && card(t(`templates.${group}`), table(t(`templates.${group}`), [
            { title: t('templates.name'), cell: (f) => h('span.template-row', null, h('a', { href: `#/templates/${f.lang}/${f.name}` }, word('template', f.name)), has(`template.${f.name}`) && h('small.soft.d-block', null, h('code', null, f.name))) },
            { title: t('templates.text'), cell: (f) => h('span', { class: f.missing ? 'soft' : undefined }, f.source, f.missing && ` (${t('templates.missing')})`), wide: true },
            { title: t('templates.worst'), cell: (f) => h('span', null, t('sms.n', { n: f.parts }), h('small.soft.d-block', null, `${num(f.units)}/${num(f.limit)}`)), num: true },
            { title: t('templates.warnings'), cell: (f) => (f.warnings.length > 0 ? h('span.pill', { 'data-tone': 'warn' }, num(f.warnings.length)) : '–'), num: true },
        ], rows, { key: (f) => f.name }), { id: `group-${group}` });
    });
}

async function all(ctx) {
    const part = region(8, () => get('/templates'), (findings) => {
        const langs = [...new Set(findings.map((f) => f.lang))];
        return h('div', null, h('div.segmented.mb-3', { role: 'group', 'aria-label': t('templates.lang') }, langs.map((code) =>
            h('button', { type: 'button', 'aria-pressed': String((chosen.lang || langs[0]) === code), onclick: () => { chosen.lang = code; part.refresh(); } }, languages[code] ?? code))), list(findings));
    });
    ctx.draw(head(t('nav.templates'), { lead: t('templates.lead') }), part.root);
    await part.refresh();
}

/* --- one --------------------------------------------------------------------------------- */

function verdict(tried) {
    return [figures(
        figure(t('templates.worst'), t('sms.n', { n: tried.parts }), { sub: t('templates.units', { units: tried.units, limit: tried.limit }), tone: tried.parts > 1 ? 'warn' : undefined }),
        figure(t('templates.coding'), tried.coding === 'ucs2' ? 'UCS-2' : 'GSM-7')),
    tried.warnings.map((w) => notice('warn', say(w))),
    tried.sample && h('div.mt-3', null, sms({ office: t('templates.sample'), ...tried.sample }))];
}

function editor(template, ctx, lang, name) {
    const view = h('div');
    let timer = null;
    let turn = 0;
    const attempt = async (text) => {
        const mine = ++turn;
        try {
            const tried = await post(path`/templates/${name}/try`, { lang, text });
            if (mine === turn) {
                morph(view, [h('div.mt-3', null, verdict(tried))]);
            }
        } catch (error) {
            if (mine === turn && !error.absent) {
                morph(view, [h('div.mt-3', null, notice('bad', sentence(error)))]);
            }
        }
    };
    const text = composer({ name: 'text', rows: 5, value: template.text, 'aria-label': t('templates.text'), oninput: (value) => {
        clearTimeout(timer);
        timer = setTimeout(() => attempt(value), 250);
    } });
    ctx.onLeave(() => clearTimeout(timer));
    const insert = (placeholder) => {
        text.area.setRangeText(`{${placeholder}}`, text.area.selectionStart, text.area.selectionEnd, 'end');
        text.area.dispatchEvent(new Event('input'));
        text.area.focus();
    };
    const save = h('button.btn.btn-primary', { type: 'submit' }, t('templates.save'));
    let was = template.text;
    const form = h('form', { onsubmit: async (event) => {
        event.preventDefault();
        showError(form, null);
        const before = was;
        try {
            const saved = await busy(save, () => put(path`/templates/${name}/text`, { lang, text: text.area.value, was }));
            was = saved.text;
            toast(t('templates.saved'), { action: { text: t('ui.undo'), run: async () => {
                was = (await put(path`/templates/${name}/text`, { lang, text: before, was })).text;
                text.set(was);
            } } });
        } catch (error) {
            showError(form, error);
        }
    } }, h('div.chips.mb-2', { role: 'group', 'aria-label': t('templates.placeholders') }, template.placeholders.map((p) =>
        h('button.chip', { type: 'button', onclick: () => insert(p) }, `{${p}}`))),
    text.area, text.counter, view, h('div.actions.mt-3', null, save, h('a.btn.btn-link', { href: '#/templates' }, t('ui.cancel'))));
    return card(t('templates.text'), form, { id: 'editor', sub: t('templates.placeholders_hint') });
}

/** Where editing is not offered: the text, and what it costs. */
function reader(findings, name) {
    return findings.map((f) => card(languages[f.lang] ?? f.lang, [h('div.sms', null, f.source), h('p.sms-foot', null, sizeOf(f)),
        f.warnings.map((w) => notice('warn', say(w)))], { id: `${name}-${f.lang}` }));
}

function sampleCard(lang, name) {
    const view = h('div');
    const form = h('form', { onsubmit: async (event) => {
        event.preventDefault();
        showError(form, null);
        const values = Object.fromEntries(new FormData(form));
        try {
            const made = await post(path`/templates/${name}/render`, { lang: values.lang, ...(values.nik ? { nik: values.nik } : {}), ...(values.deadline ? { deadline: values.deadline } : {}) });
            morph(view, [sms({ office: languages[values.lang] ?? values.lang, ...made })]);
        } catch (error) {
            showError(form, error);
        }
    } }, h('div.inline-fields', null, field('NIK', input({ name: 'nik', inputmode: 'numeric', maxlength: 16 }), { hint: t('templates.nik_hint') }),
        field(t('campaign.deadline'), input({ name: 'deadline', type: 'date' })), field(t('templates.lang'), select({ name: 'lang', current: lang }, Object.entries(languages)))),
    button(t('templates.render'), null, { type: 'submit' }), h('div.mt-3', null, view));
    return card(t('templates.sample_title'), form, { id: 'sample', sub: t('templates.sample_sub') });
}

async function one(ctx, lang, name) {
    const may = ctx.may('operator', 'admin');
    const template = may ? await maybe(path`/templates/${name}/text?lang=${lang}`) : null;
    const body = template?.text !== undefined ? editor(template, ctx, lang, name) : reader((await get(path`/templates/${name}`)).filter((f) => may || f.lang === lang), name);
    ctx.draw(head(word('template', name), { back: { href: '#/templates', text: t('nav.templates') }, lead: [languages[lang] ?? lang, has(`template.${name}`) && name].filter(Boolean).join(' · ') }), body, ctx.may('staff', 'operator', 'admin') && sampleCard(lang, name));
}

export default (ctx) => (ctx.args.length === 2 ? one(ctx, ctx.args[0], ctx.args[1]) : all(ctx));
