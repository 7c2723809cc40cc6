// SPDX-License-Identifier: GPL-2.0-or-later
// Residents: bringing lists in, finding one, and what passed with them.
import { h, morph } from '../lib/dom.js';
import { get, maybe, post, patch, del, upload, path } from '../lib/api.js';
import { t, num, day, moment, word, bytes, languages } from '../lib/i18n.js';
import { head, card, empty, region, table, pill, button, dialog, confirmDo, field, input, select, check, toast, announce, notice, figures, figure, failure, skeleton, sentence, residentStates } from '../lib/ui.js';
import { dropZone } from '../lib/drop.js';
import { loadOffices, officeName } from '../lib/places.js';
import { exportList } from '../lib/export.js';
import { say } from '../lib/sentences.js';

const flags = ['none', 'inactive', 'deceased', 'moved', 'underage'];
const ref = (resident) => resident.ref ?? resident.nik;

/* --- the import ------------------------------------------------------------------ */

const rejectColumns = () => [
    { title: t('import.row'), cell: (r) => r.row, num: true }, { title: t('import.column'), cell: (r) => r.column },
    { title: t('import.value'), cell: (r) => h('code', null, r.value) }, { title: t('import.why'), cell: (r) => say(r.why), wide: true }];

const NOTE = 'warning: ';

/** What was left out first; then what was taken though something is odd. */
function rejects(answer) {
    const listed = answer.rejects ?? [];
    const bad = listed.filter((r) => !r.why.startsWith(NOTE));
    const odd = listed.filter((r) => r.why.startsWith(NOTE)).map((r) => ({ ...r, why: r.why.slice(NOTE.length) }));
    return [
        answer.rejected > 0 && h('div.mt-3', null, h('h3', null, t('import.rejects_title', { n: answer.rejected })),
            h('p.hint', null, t('import.rejects_hint')), table(t('import.rejects'), rejectColumns(), bad),
            bad.length < answer.rejected && h('p.soft.small', null, t('import.rejects_first', { n: bad.length }))),
        answer.warned > 0 && h('details.more', null, h('summary', null, t('import.odd', { n: answer.warned })),
            h('p.hint.mt-2', null, t('import.odd_hint')), table(t('import.odd', { n: answer.warned }), rejectColumns(), odd)),
        answer.id > 0 && (answer.rejected > 0 || answer.warned > 0) &&
            h('p.mt-2', null, h('a', { href: `/api/v1/residents/imports/${answer.id}/rejects`, download: 'rejects.csv' }, t('import.rejects_csv')))];
}

function counts(answer) {
    return figures(figure(t('import.rows'), answer.rows), figure(t('import.added'), answer.added), figure(t('import.updated'), answer.updated),
        figure(t('import.unchanged'), answer.unchanged), figure(t('import.resolved'), answer.resolved),
        figure(t('import.rejected'), answer.rejected, { tone: answer.rejected > 0 ? 'bad' : undefined }));
}

/** Sends the file and shows how far it is, from the upload to the last row. */
async function send(file, query, view) {
    const line = (text, value, total) => morph(view, [h('div', null, h('p', null, text),
        h('progress', total > 0 ? { max: total, value, 'aria-label': t('import.progress') } : { 'aria-label': t('import.progress') }))]);
    let sent = false;
    line(t('import.sending', { name: file.name }), 0, file.size);
    const timer = setInterval(async () => {
        const [running] = sent ? (await maybe('/residents/imports').catch(() => null)) ?? [] : [];
        if (running && sent) {
            line(t('import.working', { state: word('import.state', running.state), rows: running.rows, bad: running.rejected }), running.done, running.total);
        }
    }, 500);
    try {
        return await upload(`/residents/import?${new URLSearchParams({ source: file.name, ...query })}`, file, (done, total) => {
            sent = done >= total;
            line(sent ? t('import.received') : t('import.sending_n', { done: bytes(done), total: bytes(total) }), done, total);
        });
    } finally {
        sent = false;
        clearInterval(timer);
    }
}

function imported(view, answer, restart) {
    announce(t('import.done', { n: answer.rows - answer.rejected, s: num(answer.seconds, 1) }));
    morph(view, [h('div', null, notice('good', t('import.done', { n: answer.rows - answer.rejected, s: num(answer.seconds, 1) })),
        counts(answer), rejects(answer),
        h('div.actions.mt-3', null, button(t('import.another'), restart),
            button(t('import.undo'), () => confirmDo(t('import.undo'), t('import.undo_text', { added: answer.added, updated: answer.updated, resolved: answer.resolved }), t('import.undo_do'), async () => {
                const undone = await post(path`/residents/imports/${answer.id}/undo`);
                morph(view, [notice('good', t('import.undone', { removed: undone.added, restored: undone.updated })), button(t('import.another'), restart)]);
            }), { kind: 'outline-danger' })))]);
}

async function reallyImport(file, query, view, restart) {
    try {
        imported(view, await send(file, query, view), restart);
    } catch (error) {
        if (error.status === 409 && !query.yes) {
            morph(view, [notice('warn', h('p', null, sentence(error))),
                h('div.actions', null, button(t('import.yes'), () => reallyImport(file, { ...query, yes: 1 }, view, restart), { kind: 'danger' }), button(t('ui.cancel'), restart))]);
            return;
        }
        morph(view, [failure(error), button(t('import.another'), restart)]);
    }
}

async function dryRun(file, query, view, restart) {
    let answer;
    try {
        answer = await send(file, { ...query, dry_run: 1, yes: 1 }, view);
    } catch (error) {
        morph(view, [failure(error), button(t('import.another'), restart)]);
        return;
    }
    const good = answer.rows - answer.rejected;
    announce(t('import.checked', { name: file.name }));
    morph(view, [h('div', null,
        h('h3', null, t('import.checked', { name: file.name })), h('p.hint', null, t('import.checked_hint')), counts(answer),
        query.sync && answer.resolved > 0 && notice('warn', t('import.sync_warn', { n: answer.resolved })),
        answer.notes && notice('warn', answer.notes.split(/(?<=\.) (?=[A-Z])/).map((note) => h('p', null, say(note)))),
        answer.ignored_columns && h('p.soft', null, t('import.ignored', { names: answer.ignored_columns })),
        rejects(answer),
        h('div.actions.mt-3', null,
            good > 0 && button(answer.rejected > 0 ? t('import.go_without', { n: good, bad: answer.rejected }) : t('import.go', { n: good }),
                () => reallyImport(file, query, view, restart), { kind: 'primary' }),
            button(t('ui.cancel'), restart)))]);
}

function importCard() {
    const view = h('div');
    const sync = check(t('import.sync'), { name: 'sync' });
    const restart = () => morph(view, [dropZone(t('import.drop'), (file) => {
        const query = sync.querySelector('input').checked ? { sync: 1 } : {};
        return dryRun(file, query, view, restart);
    }), h('p.hint.mt-2', null, t('import.hint')), sync]);
    restart();
    return card(t('import.title'), view, { id: 'import', sub: t('import.sub') });
}

/* --- finding ---------------------------------------------------------------------- */

function found(list, text) {
    if (list.length === 0) {
        return empty(t('resident.none_found', { text }), t('resident.none_hint'));
    }
    return h('div', null, h('p.soft', null, t('resident.found', { n: list.length })), table(t('nav.residents'), [
        { title: t('resident.name'), cell: (r) => h('a', { href: `#/residents/${encodeURIComponent(ref(r))}` }, r.name || '–') },
        { title: 'NIK', cell: (r) => h('code', null, r.nik) },
        { title: t('resident.state'), cell: (r) => pill('resident', r.flag ?? r.state) },
        { title: t('resident.desa'), cell: (r) => r.desa },
        { title: t('resident.office'), cell: (r) => (r.office ? officeName(r.office) : '–') },
        { title: t('resident.phone'), cell: (r) => r.phone ?? '–' },
    ], list, { key: ref }));
}

/* What was sought last, for the way back; a NIK does not belong into the
 * browser's history. */
let sought = '';

async function all(ctx) {
    const results = h('div');
    const box = input({ name: 'find', type: 'search', value: sought, 'aria-label': t('resident.find_label'), placeholder: t('resident.find_hint') });
    const look = async () => {
        if (!sought) {
            return;
        }
        morph(results, [h('div.mt-3', null, skeleton(3))]);
        try {
            const list = await get(`/residents?find=${encodeURIComponent(sought)}`);
            morph(results, [h('div.mt-3', null, found(list, sought))]);
            announce(list.length > 0 ? t('resident.found', { n: list.length }) : t('resident.none_found', { text: sought }));
        } catch (error) {
            morph(results, [h('div.mt-3', null, failure(error))]);
        }
    };
    const form = h('form.search', { role: 'search', onsubmit: (event) => { event.preventDefault(); sought = box.value.trim(); return look(); } },
        box, h('button.btn.btn-primary', { type: 'submit' }, t('resident.find')));
    ctx.draw(head(t('nav.residents'), { lead: t('resident.lead'), actions: ctx.may('staff', 'admin') ? [button(`${t('export.title')} …`, exportList)] : [] }),
        card(t('resident.find_title'), [form, results], { id: 'find' }), ctx.mayAll('staff', 'admin') && importCard());
    await look();
}

/* --- one ---------------------------------------------------------------------------- */

function timeline(resident) {
    const events = [
        ...resident.messages.map((m) => ({ at: m.created, side: 'out', text: m.text, state: m.state, key: `m${m.id}`, what: m.campaign ? t('resident.by_campaign') : t('resident.by_gateway'), why: m.reason })),
        ...resident.inbox.map((e) => ({ at: e.at, side: 'in', text: e.text, key: `i${e.id}`, what: t('resident.wrote'), link: `#/inbox/${e.id}` })),
    ].sort((a, b) => (a.at < b.at ? 1 : -1));
    if (events.length === 0) {
        return empty(t('resident.no_traffic'), resident.phone ? t('resident.no_traffic_hint') : t('resident.no_phone'));
    }
    return h('ol.timeline', null, events.map((e) => h('li', { 'data-side': e.side, 'data-key': e.key },
        h('div.when', null, h('span', null, moment(e.at)), h('span', null, e.link ? h('a', { href: e.link }, e.what) : e.what), e.state && pill('message', e.state)),
        h('p.mb-0', null, e.text), e.why && h('small.soft.d-block.sentence', null, say(e.why)))));
}

function changes(resident, ctx, refresh) {
    const at = path`/residents/${ref(resident)}`;
    const set = (title, control, name, hint, read = (v) => v) => dialog({ title, confirm: t('ui.save'),
        body: field(title, control, { hint }),
        run: async (values) => {
            await patch(at, { [name]: read(values[name]) });
            toast(t('ui.saved'));
            await refresh();
        } });
    const stop = resident.phone_stopped;
    const one = (text, run, kind) => button(text, run, { size: 'sm', kind });
    return h('div.actions', null,
        one(t('resident.set_phone'), () => set(t('resident.phone'), input({ name: 'phone', inputmode: 'tel' }), 'phone', t('resident.phone_hint'))),
        one(t('resident.set_lang'), () => set(t('resident.lang'), select({ name: 'lang', current: resident.lang ?? 'id' }, Object.entries(languages)), 'lang')),
        one(t('resident.set_state'), () => set(t('resident.state'), select({ name: 'state', current: resident.state }, residentStates.map((s) => [s, word('resident', s)])), 'state', t('resident.state_hint'))),
        one(t('resident.set_flag'), () => set(t('resident.flag'), select({ name: 'flag', current: resident.flag ?? 'none' }, flags.map((f) => [f, word('resident', f)])), 'flag', t('resident.flag_hint'))),
        resident.phone && one(stop ? t('resident.opt_in') : t('resident.opt_out'), () => confirmDo(stop ? t('resident.opt_in') : t('resident.opt_out'),
            stop ? t('resident.opt_in_text') : t('resident.opt_out_text'), stop ? t('resident.opt_in') : t('resident.opt_out'), async () => {
                await patch(at, { reminders: stop ? 'on' : 'off' });
                toast(t('ui.saved'), { action: { text: t('ui.undo'), run: async () => { await patch(at, { reminders: stop ? 'off' : 'on' }); await refresh(); } } });
                await refresh();
            })),
        ctx.may('staff', 'admin') && one(t('resident.erase'), () => confirmDo(t('resident.erase_title', { name: resident.name }),
            [t('resident.erase_text', { n: resident.messages.length + resident.inbox.length }), t('ui.no_undo')], t('resident.erase_do'), async () => {
                await del(at);
                toast(t('resident.erased'));
                ctx.go('#/residents');
            }, { kind: 'danger' }), 'outline-danger'));
}

function unmask(resident, refresh) {
    if (/^\d{16}$/.test(resident.nik)) {
        return null;
    }
    return button(t('resident.unmask'), () => dialog({ title: t('resident.unmask'), confirm: t('resident.unmask_do'),
        body: [h('p', null, t('resident.unmask_text')), field(t('resident.unmask_reason'), input({ name: 'reason', maxlength: 200, required: true }))],
        run: async (values) => {
            await post(path`/residents/${ref(resident)}/unmask`, { reason: values.reason });
            await refresh();
        } }), { size: 'sm', iconName: 'eye' });
}

function show(person, ctx, refresh) {
    return h('div.split', null,
        card(t('resident.timeline'), timeline(person), { id: 'timeline' }),
        h('div', null,
            card(t('resident.who'), h('div.stack-y', null, h('p', null, pill('resident', person.state), ' ', person.flag && pill('resident', person.flag)),
                h('dl.facts', null, [
                    ['NIK', h('code', null, person.nik)], [t('resident.born'), person.birth_date ? day(person.birth_date) : '–'],
                    [t('resident.sex'), person.sex ? word('sex', person.sex) : '–'], [t('resident.desa'), person.desa || '–'],
                    [t('resident.office'), person.office ? h('a', { href: `#/offices/${person.office}` }, officeName(person.office)) : '–'],
                    [t('resident.phone'), [person.phone ?? '–', person.phone_shared && ` ${t('resident.shared')}`, person.phone_stopped && ` ${t('resident.stopped')}`]],
                    [t('resident.lang'), person.lang ? languages[person.lang] ?? person.lang : '–'],
                    [t('resident.last_contact'), moment(person.last_contact)],
                ].flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)])),
                unmask(person, refresh))),
            person.why && card(t('resident.why'), h('p.sentence', null, say(person.why))),
            ctx.may('staff', 'admin') && card(t('resident.change'), changes(person, ctx, refresh))));
}

async function one(ctx, id) {
    const part = region(8, () => get(path`/residents/${id}`), (resident) => {
        ctx.main.querySelector('h1').textContent = resident.name || t('resident.one');
        return show(resident, ctx, part.refresh);
    });
    ctx.draw(head(t('resident.one'), { back: { href: '#/residents', text: t('nav.residents') } }), part.root);
    await part.refresh();
    ctx.live(['inbox'], part.refresh);
}

export default async (ctx) => {
    await loadOffices();
    await (ctx.args[0] ? one(ctx, ctx.args[0]) : all(ctx));
};
