// SPDX-License-Identifier: GPL-2.0-or-later
// A new campaign in four steps: what and by when, to whom, how it would look,
// whether it will do. From the third on it is a draft that stays.
import { h, morph } from '../lib/dom.js';
import { get, maybe, post, patch, once, path } from '../lib/api.js';
import { t, num, day, word, languages } from '../lib/i18n.js';
import { head, card, field, input, select, skeleton, failure, showError, button, busy, toast, confirmDo, notice, dialog } from '../lib/ui.js';
import { daysLeft } from '../lib/campaign.js';
import { previewCards, forecastCards } from '../lib/preview.js';
import { readWhere, writeWhere } from '../lib/where.js';
import { loadOffices } from '../lib/places.js';

const steps = ['what', 'who', 'look', 'go'];
const residentStates = ['unrecorded', 'failed', 'processing', 'review', 'print_ready', 'printed'];
const outages = ['hold', 'redirect', 'inform'];
const phones = ['own', 'shared'];

function stepList(at) {
    return h('ol.steps', { 'aria-label': t('wizard.steps') }, steps.map((name, i) =>
        h('li', { 'aria-current': i === at ? 'step' : undefined, tabindex: i === at ? '-1' : undefined, 'data-done': i < at }, t(`wizard.${name}`))));
}

/* --- the forms ----------------------------------------------------------------------- */

/* What is sent by itself, or follows another text, starts no campaign. */
const notFirst = /^(status|reply|ussd|canned|watch|office|staff)_|_again$|^(deadline_moved|card_wait)$/;

/** The text that is chosen, as it stands: what people will read. */
function textView(templates, name) {
    const found = templates.find((f) => f.name === name);
    return found && h('div', null, h('div.sms', null, found.source), h('p.sms-foot', null, t('wizard.text_worst', { n: found.parts })));
}

/** "Friday, 30 September 2016: 29 days left", of a day that is being chosen. */
function dayView(text, now) {
    if (!/^\d{4}-\d\d-\d\d$/.test(text)) {
        return '';
    }
    const left = daysLeft(now, text);
    const date = day(text, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
    return left < 0 ? t('wizard.day_past', { date }) : t('wizard.day_left', { date, n: left });
}

/** A field whose choice is shown beneath it while one chooses. */
function shownField(label, control, options, show) {
    const view = h('div.mt-2', { 'aria-live': 'polite' }, show(control.value));
    control.addEventListener('input', () => morph(view, [show(control.value)]));
    const node = field(label, control, options);
    node.append(view);
    return node;
}

/** "auto" is nothing to type: an empty field, and a number alone. */
const paceShown = (pace) => (pace === undefined || pace === 'auto' ? '' : pace.replace('/day', ''));
const paceOf = (text) => (text.trim() === '' ? 'auto' : /^\d+$/.test(text.trim()) ? `${text.trim()}/day` : text.trim());

function whatForm(draft, templates, now) {
    const names = [...new Set(templates.filter((f) => !notFirst.test(f.name)).map((f) => f.name))];
    return [
        field(t('campaign.name'), input({ name: 'name', value: draft.name ?? '', required: true, disabled: draft.saved, maxlength: 63, spellcheck: 'false' }), { hint: t('wizard.name_hint') }),
        shownField(t('campaign.template'), select({ name: 'template', current: draft.template ?? 'remind_first' }, names.map((n) => [n, word('template', n)])), { hint: t('wizard.template_hint') }, (name) => textView(templates, name)),
        shownField(t('campaign.deadline'), input({ name: 'deadline', type: 'date', value: draft.deadline ?? '', required: true }), { hint: t('wizard.deadline_hint') }, (text) => h('p.small', null, dayView(text, now))),
        h('details.more.mb-3', null, h('summary', null, t('wizard.more')), h('div.mt-3', null,
            field(t('campaign.steps'), input({ name: 'steps', value: draft.steps ?? '30,14,7,3,1' }), { hint: t('wizard.steps_hint') }),
            field(t('campaign.outage'), select({ name: 'outage', current: draft.outage ?? 'hold' }, outages.map((o) => [o, t(`outage.${o}`)]))),
            field(t('campaign.pace'), input({ name: 'pace', inputmode: 'numeric', value: paceShown(draft.pace) }), { hint: t('wizard.pace_hint') }),
            field(t('campaign.holdout'), input({ name: 'holdout', value: String(draft.holdout ?? 0), inputmode: 'numeric' }), { hint: t('wizard.holdout_hint') }),
            field(t('campaign.on_unknown'), select({ name: 'on_unknown', current: draft.on_unknown ?? 'keep' }, ['keep', 'resend'].map((o) => [o, t(`on_unknown.${o}`)])), { hint: t('wizard.on_unknown_hint') }),
            field(t('campaign.lang'), select({ name: 'lang', current: draft.lang ?? '' }, [['', t('wizard.lang_own')], ...Object.entries(languages)])))),
    ];
}

/** Kecamatan and desa of the lists, with how many live there. */
function placesOf(places) {
    const kecamatan = [...new Set(places.map((p) => p.kecamatan))].filter(Boolean).map((code) => {
        const of = places.filter((p) => p.kecamatan === code);
        return { code, name: of[0].kecamatan_name || code, residents: of.reduce((sum, p) => sum + p.residents, 0), desa: of.filter((p) => p.desa) };
    });
    return { kecamatan, desaOf: (code) => kecamatan.find((k) => k.code === code)?.desa ?? [] };
}

const withCount = (name, n) => `${name} (${num(n)})`;

/** The desa of the kecamatan that is chosen. */
function placeFields(where, { kecamatan, desaOf }) {
    const desaOptions = (code, current) => [['', t(code ? 'wizard.all_desa' : 'wizard.desa_first')], ...desaOf(code).map((p) => [p.desa, withCount(p.desa, p.residents)])]
        .map(([value, text]) => h('option', { value, selected: value === current }, text));
    const desa = h('select.form-select', { name: 'desa', disabled: !where.kecamatan }, desaOptions(where.kecamatan ?? '', where.desa ?? ''));
    const choose = (event) => {
        desa.replaceChildren(...desaOptions(event.target.value, ''));
        desa.disabled = event.target.value === '';
    };
    return [
        field(t('office.kecamatan'), select({ name: 'kecamatan', current: where.kecamatan ?? '', onchange: choose }, [['', t('wizard.all_kecamatan')], ...kecamatan.map((k) => [k.code, withCount(k.name, k.residents)])])),
        field(t('resident.desa'), desa)];
}

function whoForm(draft, offices, places) {
    const offers = { state: () => residentStates, office: () => offices.map((o) => o.code), phone: () => phones,
        kecamatan: () => places.kecamatan.map((k) => k.code), desa: (fields) => places.desaOf(fields.kecamatan).map((p) => p.desa) };
    const where = readWhere(draft.where ?? [], (name, fields) => offers[name](fields));
    return [
        h('p.lead-line.mb-3', null, t('wizard.who_text')),
        h('div.inline-fields', null,
            field(t('resident.state'), select({ name: 'state', current: where.state ?? '' }, [['', t('wizard.pending')], ...residentStates.map((s) => [s, word('resident', s)])])),
            field(t('resident.office'), select({ name: 'office', current: where.office ?? '' }, [['', t('wizard.all_offices')], ...offices.map((o) => [o.code, o.name])])),
            placeFields(where, places),
            field(t('resident.phone'), select({ name: 'phone', current: where.phone ?? '' }, [['', t('wizard.any_phone')], ...phones.map((p) => [p, t(`wizard.phone_${p}`)])])),
            field(t('wizard.age'), input({ name: 'age', inputmode: 'numeric', value: where.age ?? '' }))),
        h('details.more.mb-3', { open: where.rest !== '' }, h('summary', null, t('wizard.rest')),
            h('div.mt-3', null, field(t('wizard.rest_label'), h('textarea.form-control', { name: 'rest', rows: 3, spellcheck: 'false', value: where.rest }), { hint: t('wizard.rest_hint') }))),
    ];
}

/** Options that are at their default need not be sent. */
function whatBody(values) {
    const body = { template: values.template, deadline: values.deadline, steps: values.steps, outage: values.outage, pace: paceOf(values.pace), holdout: Number(values.holdout) || 0, on_unknown: values.on_unknown };
    return values.lang ? { ...body, lang: values.lang } : body;
}

/* --- the steps -------------------------------------------------------------------------- */

export default async function wizard(ctx, name) {
    let draft = {};
    let at = 0;
    const body = h('div');
    const [templates, offices, status, everywhere] = await Promise.all([get('/templates'), loadOffices(), get('/status'), get('/places')]);
    const places = placesOf(everywhere);
    if (name) {
        draft = { ...(await get(path`/campaigns/${name}`)), saved: true };
        if (draft.state !== 'draft') {
            ctx.go(`#/campaigns/${name}`);
            return;
        }
        at = 2;
    }

    const goTo = (next) => {
        at = next;
        render();
        scrollTo(0, 0);
        body.querySelector('.steps [aria-current]').focus(); /* the button that led here is gone */
    };

    function form(content, next, onNext) {
        const go = h('button.btn.btn-primary', { type: 'submit' }, next);
        const node = h('form', { novalidate: true, onsubmit: async (event) => {
            event.preventDefault();
            showError(node, null);
            try {
                await busy(go, () => onNext(Object.fromEntries(new FormData(node))));
            } catch (error) {
                showError(node, error);
            }
        } }, content, h('div.actions', null, go, at > 0 && button(t('ui.back'), () => goTo(at - 1)), h('a.btn.btn-link', { href: '#/campaigns' }, t('ui.cancel'))));
        return node;
    }

    const required = (values, fields) => {
        const missing = fields.find((f) => !values[f]);
        if (missing) {
            throw Object.assign(new Error(t('wizard.missing')), { field: missing, status: 422 });
        }
    };

    async function save() {
        const what = { ...whatBody(draft), where: draft.where };
        const made = draft.saved ? await patch(path`/campaigns/${draft.name}`, what) : await post('/campaigns', { name: draft.name, ...what });
        draft = { ...made, saved: true };
        history.replaceState(null, '', `#/campaigns/new/${encodeURIComponent(draft.name)}`);
    }

    function renderWhat() {
        return card(t('wizard.what'), form(whatForm(draft, templates, status.now), t('ui.next'), (values) => {
            required({ name: draft.name, ...values }, ['name', 'template', 'deadline']);
            draft = { ...draft, ...values };
            goTo(1);
        }));
    }

    function renderWho() {
        return card(t('wizard.who'), form(whoForm(draft, offices, places), t('wizard.to_preview'), async (values) => {
            draft.where = writeWhere(values);
            await save();
            goTo(2);
        }));
    }

    function renderLook() {
        const view = h('div', null, h('p.soft', { role: 'status' }, t('wizard.counting')), skeleton(8));
        const load = async () => {
            try {
                const preview = await get(path`/campaigns/${draft.name}/preview`);
                draft.preview = preview;
                morph(view, [previewCards(preview), preview.phones === 0 && notice('warn', t('wizard.nobody')),
                    h('div.actions', null, preview.phones > 0 && button(t('wizard.to_forecast'), () => goTo(3), { kind: 'primary' }), button(t('ui.back'), () => goTo(1)),
                        button(t('campaign.test'), () => dialog({ title: t('campaign.test_title'), confirm: t('campaign.test_do'),
                            body: [h('p', null, t('campaign.test_text')), field(t('campaign.test_to'), input({ name: 'to', inputmode: 'tel' }), { hint: '0812…' })],
                            run: async (values) => { await once(path`/campaigns/${draft.name}/test`, { to: values.to }); toast(t('campaign.test_sent', { n: 1 })); } })))]);
            } catch (error) {
                morph(view, [failure(error, load), button(t('ui.back'), () => goTo(1))]);
            }
        };
        load();
        return view;
    }

    /** When the first of them go, which may be weeks ahead. */
    const firstDay = (forecast) => {
        const at = forecast?.series.told.findIndex((n) => n > 0) ?? -1;
        return at < 0 ? null : at === 0 ? t('wizard.start_today') : t('wizard.start_first', { date: day(forecast.days[at]) });
    };

    const start = (preview, forecast) => confirmDo(t('wizard.start_title', { name: draft.name }), [
        t('wizard.start_text', { phones: preview.phones, people: preview.people, date: day(draft.deadline) }),
        preview.no_phone > 0 && t('wizard.start_without', { n: preview.no_phone }), firstDay(forecast),
        preview.approval?.needed ? t('wizard.approval') : t('wizard.start_later')].filter(Boolean),
    startLabel(preview), async () => {
        const begun = await post(path`/campaigns/${draft.name}/start`);
        toast(begun.state === 'scheduled' ? t('wizard.scheduled') : t('wizard.started', { n: preview.phones }));
        ctx.go(`#/campaigns/${draft.name}`);
    });

    const startLabel = (preview) => t(preview.approval?.needed ? 'wizard.ask' : 'wizard.send', { n: preview.phones });

    function renderGo() {
        const view = h('div', null, h('p.soft', { role: 'status' }, t('wizard.forecasting')), skeleton(8));
        const load = async () => {
            try {
                draft.preview ??= await get(path`/campaigns/${draft.name}/preview`);
                const forecast = await maybe(path`/campaigns/${draft.name}/forecast`);
                const preview = draft.preview;
                morph(view, [forecast ? forecastCards(forecast) : notice('info', t('forecast.absent')),
                    preview.approval?.needed && notice('warn', t('wizard.approval')),
                    h('div.actions', null, button(startLabel(preview), () => start(preview, forecast), { kind: 'primary', id: 'start' }), button(t('ui.back'), () => goTo(2)))]);
            } catch (error) {
                morph(view, [failure(error, load), button(t('ui.back'), () => goTo(2))]);
            }
        };
        load();
        return view;
    }

    const views = [renderWhat, renderWho, renderLook, renderGo];
    function render() {
        body.replaceChildren(stepList(at), views[at]());
    }
    ctx.draw(head(name ?? t('campaign.new'), { back: { href: '#/campaigns', text: t('nav.campaigns') } }), body);
    render();
}
