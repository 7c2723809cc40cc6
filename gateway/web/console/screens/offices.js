// SPDX-License-Identifier: GPL-2.0-or-later
// Offices: where they are, how they are, and switching them with its effect
// shown before.
import { h, morph } from '../lib/dom.js';
import { get, maybe, post, patch, upload, path } from '../lib/api.js';
import { t, num, day, moment, word } from '../lib/i18n.js';
import { head, card, empty, region, table, pill, button, dialog, field, input, select, toast, notice, figures, figure, failure } from '../lib/ui.js';
import { officeMap } from '../lib/map.js';
import { dropZone } from '../lib/drop.js';
import { loadOffices, officeName, daysOf } from '../lib/places.js';
import { say, sayOwn } from '../lib/sentences.js';

const worse = ['down', 'degraded', 'closed'];

/* --- switching ------------------------------------------------------------------ */

function effectText(effect) {
    const lines = [];
    if (effect.waiting > 0) {
        lines.push(t('office.effect_waiting', { n: effect.waiting }));
    }
    if (effect.invited > 0) {
        lines.push(t('office.effect_invited', { n: effect.invited }));
    }
    if (effect.held > 0) {
        lines.push(t('office.effect_held', { n: effect.held }));
    }
    return lines.length > 0 ? h('ul.mb-0', null, lines.map((line) => h('li', null, line))) : h('p', null, t('office.effect_none'));
}

const effectOf = (code, state) => maybe(path`/offices/${code}/effect?state=${state}`);

async function takeDown(office, done) {
    const effect = await effectOf(office.code, 'down');
    return dialog({
        title: t('office.down_title', { name: office.name }), kind: 'danger', confirm: t('office.down_do'),
        body: [
            effect && notice('info', h('p', null, h('b', null, t('office.effect'))), effectText(effect)),
            field(t('office.state'), select({ name: 'state' }, worse.map((state) => [state, `${word('office', state)} – ${t(`office.${state}_hint`)}`]))),
            field(t('office.reason'), input({ name: 'reason', maxlength: 159, required: true }), { hint: t('office.reason_hint') }),
            field(t('office.back'), input({ name: 'back', type: 'date' }), { hint: t('office.back_hint') }),
        ],
        run: async (values) => {
            const was = { state: office.state, reason: office.reason, back: office.back };
            await post(path`/offices/${office.code}/state`, { state: values.state, reason: values.reason, ...(values.back ? { back: values.back } : {}) });
            toast(t('office.down_done', { name: office.name, state: word('office', values.state) }),
                { action: was.state === 'up' ? { text: t('ui.undo'), run: async () => { await post(path`/offices/${office.code}/state`, { state: 'up' }); await done(); } } : undefined });
            await done();
        },
    });
}

async function bringUp(office, done) {
    const effect = await effectOf(office.code, 'up');
    return dialog({
        title: t('office.up_title', { name: office.name }), confirm: t('office.up_do'),
        body: [effect ? effectText(effect) : null, h('p', null, t('office.up_text'))],
        run: async () => {
            await post(path`/offices/${office.code}/state`, { state: 'up' });
            toast(t('office.up_done', { name: office.name }));
            await done();
        },
    });
}

function switchButtons(office, done, size) {
    const change = button(t('office.switch_down'), () => takeDown(office, done), { size, kind: size ? 'outline-secondary' : 'outline-danger' });
    return office.state === 'up' ? [change]
        : [button(t('office.switch_up'), () => bringUp(office, done), { size, kind: 'primary' })];
}

/* --- all -------------------------------------------------------------------------- */

async function importFile(file, done) {
    const result = h('div', null, h('p', null, t('import.sending', { name: file.name })), h('progress', { 'aria-label': t('import.progress') }));
    const shown = dialog({ title: t('offices.import'), body: result, cancel: t('ui.close'), wide: true });
    try {
        const answer = await upload('/offices/import', file, () => {});
        morph(result, [
            notice(answer.rejected > 0 ? 'warn' : 'good', t('offices.import_done', answer)),
            answer.rejects.length > 0 && table(t('import.rejects'), [
                { title: t('import.row'), cell: (r) => r.row, num: true }, { title: t('import.column'), cell: (r) => r.column },
                { title: t('import.value'), cell: (r) => r.value }, { title: t('import.why'), cell: (r) => say(r.why), wide: true }], answer.rejects)]);
        await done();
    } catch (error) {
        morph(result, [failure(error)]);
    }
    return shown;
}

function list(offices, ctx, refresh) {
    const loader = ctx.mayAll('staff', 'operator', 'admin') ? dropZone(t('offices.drop'), (file) => importFile(file, refresh)) : null;
    if (offices.length === 0) {
        return card(null, empty(t('offices.none'), t('offices.none_hint'), loader));
    }
    return h('div', null, h('div.split', null,
        card(t('offices.all', { n: offices.length }), h('div.names-whole', null, table(t('nav.offices'), [
            { title: t('office.name'), cell: (o) => h('a', { href: `#/offices/${o.code}` }, o.name) },
            { title: t('office.state'), cell: (o) => h('span', null, pill('office', o.state), o.reason && h('small.d-block.soft', null, sayOwn(o.reason)), o.back && h('small.d-block.soft', null, t('office.back_on', { date: day(o.back) }))) },
            { title: t('office.capacity_day'), cell: (o) => (o.capacity > 0 ? num(o.capacity) : '–'), num: true },
            { title: t('office.blanks'), cell: (o) => num(o.blanks), num: true },
            { title: '', cell: (o) => ctx.mayAt(o, 'staff', 'operator', 'admin') && h('span.actions', null, switchButtons(o, refresh, 'sm')) },
        ], offices, { key: (o) => o.code }))),
        h('div', null, card(t('offices.map'), officeMap(offices) ?? empty(t('offices.no_places'), t('offices.no_places_hint'))))),
    loader && h('details.more', null, h('summary', null, t('offices.import')), loader));
}

async function all(ctx) {
    const part = region(8, () => get('/offices'), (offices) => list(offices, ctx, part.refresh));
    ctx.draw(head(t('nav.offices'), { lead: t('offices.lead') }), part.root);
    await part.refresh();
    ctx.live(['office'], part.refresh);
}

/* --- one ---------------------------------------------------------------------------- */

function edit(office, refresh) {
    return dialog({
        title: t('office.edit_title', { name: office.name }), confirm: t('ui.save'),
        body: h('div.inline-fields', null,
            field(t('office.capacity'), input({ name: 'capacity', inputmode: 'numeric', value: String(office.capacity) }), { hint: t('office.capacity_hint') }),
            field(t('office.blanks'), input({ name: 'blanks', inputmode: 'numeric', value: String(office.blanks) }), { hint: t('office.blanks_hint') }),
            field(t('office.hours'), input({ name: 'hours', value: office.hours }), { hint: '08:00-14:00' }),
            field(t('office.days'), input({ name: 'days', value: office.days }), { hint: 'Mon-Fri' }),
            field(t('office.fallback'), input({ name: 'fallback', value: office.fallback }), { hint: t('office.fallback_hint') })),
        run: async (values) => {
            await patch(path`/offices/${office.code}`, values);
            toast(t('ui.saved'), { action: { text: t('ui.undo'), run: async () => {
                await patch(path`/offices/${office.code}`, { capacity: office.capacity, blanks: office.blanks, hours: office.hours, days: office.days, fallback: office.fallback });
                await refresh();
            } } });
            await refresh();
        },
    });
}

function suspicion(office, may, refresh) {
    const found = office.suspected;
    return found && notice('warn', h('p', null, t('office.suspected', { n: found.phones, time: moment(found.since) })),
        may && h('div.actions', null, button(t('office.suspected_yes'), () => takeDown(office, refresh), { size: 'sm', kind: 'danger' }),
            button(t('office.suspected_no'), async () => {
                await post(path`/offices/${office.code}/suspicion`, { dismiss: true });
                await refresh();
            }, { size: 'sm' })));
}

function show(office, ctx, refresh) {
    const may = ctx.mayAt(office, 'staff', 'operator', 'admin');
    return h('div', null, suspicion(office, may, refresh), h('div.grid.two', null,
        card(t('office.now'), h('div.stack-y', null,
            h('p', null, pill('office', office.state), ' ', h('span.soft', null, office.since ? t('office.since', { time: moment(office.since) }) : '')),
            office.reason && h('p', null, sayOwn(office.reason)),
            office.back && h('p.soft', null, t('office.back_on', { date: day(office.back) })),
            may && h('div.actions', null, switchButtons(office, refresh)))),
        card(t('office.serves'), h('div.stack-y', null, figures(
            figure(t('office.capacity'), office.capacity > 0 ? office.capacity : '–', { sub: office.capacity > 0 ? t('office.per_day') : t('office.capacity_unknown') }),
            figure(t('office.blanks'), office.blanks, { tone: office.blanks === 0 ? 'warn' : undefined })),
        h('dl.facts', null, h('dt', null, t('office.hours')), h('dd', null, `${office.hours}, ${daysOf(office.days)}`),
            h('dt', null, t('office.fallback')), h('dd', null, office.fallback ? office.fallback.split(',').map((code, i) => [i > 0 && ', ', h('a', { href: `#/offices/${code.trim()}` }, officeName(code.trim()))]) : '–'),
            h('dt', null, t('office.kecamatan')), h('dd', null, office.kecamatan_name || office.kecamatan)),
        may && h('div.actions', null, button(t('ui.change'), () => edit(office, refresh)))))));
}

async function one(ctx, code) {
    await loadOffices();
    const part = region(6, () => get(path`/offices/${code}`), (office) => {
        const title = ctx.main.querySelector('h1');
        title.textContent = office.name;
        return show(office, ctx, part.refresh);
    });
    ctx.draw(head(code, { back: { href: '#/offices', text: t('nav.offices') } }), part.root);
    await part.refresh();
    ctx.live(['office'], part.refresh);
}

export default (ctx) => (ctx.args[0] ? one(ctx, ctx.args[0]) : all(ctx));
