// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: each role is offered what it may do and nothing else; a large campaign
 * waits for a second person, who reads what the yes sets off; a message that
 * went nowhere says why and can be sent again; a gateway that is killed while
 * the page is open is told of, and the page goes on by itself.
 */
import assert from 'node:assert/strict';
import { bedUp, browse, openPage, runCases, faultsOf, startGateway, killGateway, until, asked, accepted, ledger, sim } from './bed.mjs';
import fs from 'node:fs';

const PASSWORD = 'empat kuda kuning';
const people = { ani: { role: 'admin' }, maria: { role: 'staff' }, rosa: { role: 'staff', kecamatan: ['Lembor'] }, oskar: { role: 'operator' }, aurel: { role: 'auditor' } };
const LETTER = 'Surat Anda sudah siap';
const LETTERS = 3;
const cases = [];
const test = (name, run) => cases.push({ name, run });

let bed;
let page;
let phones = 0;

const main = () => page.locator('main');
const dialog = () => page.locator('dialog[open]');
const buttons = async () => (await main().getByRole('button').allInnerTexts()).map((text) => text.trim()).filter(Boolean);

const sessions = {};

/** On a page of their own, and in English; who was in before comes back to it. */
async function as(name) {
    await page.close(); /* with it, whatever it would still ask for */
    await bed.context.clearCookies();
    await bed.context.addCookies(sessions[name] ?? []);
    page = await openPage(bed);
    await page.addInitScript((known) => {
        localStorage.setItem('kabari.lang', 'en');
        localStorage.setItem('kabari.in', known);
    }, name in sessions ? '1' : '');
    await page.goto(`${bed.base}/`);
    if (!(name in sessions)) {
        await page.getByLabel('Name').fill(name);
        await page.getByLabel('Password').fill(PASSWORD);
        await page.keyboard.press('Enter');
    }
    await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    sessions[name] = await bed.context.cookies();
    await settled();
}

const settled = () => main().locator('.skeleton').first().waitFor({ state: 'detached' });

async function open(screen) {
    await page.goto(`${bed.base}/#/${screen}`);
    await page.locator(`.side a[aria-current=page][href="#/${screen.split(/[/?]/)[0]}"]`).waitFor({ state: 'attached' });
    await settled();
}

test('everybody sees the screens of their role', async () => {
    const all = ['Today', 'Offices', 'Campaigns', 'Messages', 'Templates', 'Modems'];
    const more = { maria: ['Residents', 'Inbox'], rosa: ['Residents', 'Inbox'], oskar: ['Other systems', 'Settings'], aurel: ['Audit', 'Settings'], ani: ['Residents', 'Inbox', 'Other systems', 'Audit', 'Users', 'Settings'] };
    for (const name of Object.keys(people)) {
        await as(name);
        const shown = await page.locator('.side nav li a').evaluateAll((links) => links.map((a) => a.lastChild.nodeType === 3 ? a.lastChild.data : a.childNodes[1].data));
        assert.deepEqual([...shown].sort(), [...all, ...more[name]].sort(), name);
    }
});

/* Screens that look otherwise for whom they are than for an admin. */
const own = { maria: ['today', 'inbox'], rosa: ['offices', 'offices/LEMBOR', 'residents'], oskar: ['webhooks', 'modems/m1', 'messages?state=queued'], aurel: ['offices/LEMBOR', 'templates/id/remind_first', 'audit'] };

/** As somebody, over their own screens: wide and light, on a phone and dark. */
async function looksGood(name) {
    for (const screen of own[name]) {
        await open(screen);
        assert.deepEqual(await faultsOf(page, `${name}-${screen.replace(/\W/g, '-')}`), []);
    }
}

test('an auditor reads everything and is offered nothing to do', async () => {
    await as('aurel');
    for (const screen of ['today', 'offices', 'offices/LEMBOR', 'campaigns', 'campaigns/rekam-2016', 'templates/id/remind_first', 'messages?state=held', 'modems', 'modems/m1']) {
        await open(screen);
        assert.deepEqual(await buttons(), [], screen);
        assert.equal(await main().locator('input, textarea, a[href*="/new"]').count(), 0, screen);
    }
    await looksGood('aurel');
});

test('staff of one kecamatan are offered their own office alone', async () => {
    await as('rosa');
    await open('offices');
    assert.deepEqual(await buttons(), ['Switch down …']);
    assert.equal(await page.locator('tr[data-key=LEMBOR] button').count(), 1);
    await open('offices/LEMBOR');
    assert.deepEqual(await buttons(), ['Switch down …', 'Change']);
    await open('offices/KOMODO');
    assert.deepEqual(await buttons(), []);
    await open('residents');
    assert.equal(await page.locator('#import').count(), 0, 'a list is of all');
    await open('campaigns');
    assert.equal(await main().locator('a.btn').count(), 0, 'a campaign is for all');
    await looksGood('rosa');
});

test('a large campaign waits for a second person, who reads what the yes sets off', async () => {
    await as('maria');
    await open('campaigns/new/rekam-2016');
    await page.getByRole('button', { name: 'To the forecast' }).click();
    ({ phones } = await asked(bed, 'GET', '/campaigns/rekam-2016/preview'));
    await page.getByRole('button', { name: `Ask approval for ${phones} messages` }).click();
    await dialog().getByText('A second person must agree').waitFor();
    await dialog().getByRole('button', { name: `Ask approval for ${phones} messages` }).click();
    await page.locator('#stands').getByText('somebody other than maria').waitFor();
    assert.ok(!(await buttons()).some((text) => text.startsWith('Approve')), 'not by whoever asked');
    await looksGood('maria');
    await as('oskar');
    await open('campaigns/rekam-2016');
    await page.getByRole('button', { name: 'Approve …' }).click();
    await dialog().getByText(`maria wants to send ${phones} messages`).waitFor();
    await dialog().getByRole('button', { name: `Approve ${phones} messages` }).click();
    await until('messages go out', () => accepted(bed, 'belum rekam').length > 3);
});

test('no screen tells to type what has a button', async () => {
    await open('campaigns/rekam-2016');
    await page.locator('#forecast canvas').waitFor();
    assert.doesNotMatch(await main().innerText(), /\bkabari [a-z]+ /);
});

test('a message that failed says why and is sent again', async () => {
    await until('a message was refused', async () => (await asked(bed, 'GET', '/messages?state=failed')).length > 0);
    await open('messages?state=failed');
    await main().getByText('the number does not exist').first().waitFor();
    const before = (await asked(bed, 'GET', '/messages?state=failed')).length;
    await page.getByRole('button', { name: 'Send again …' }).first().click();
    await dialog().getByRole('button', { name: 'Send 1 message again' }).click();
    await until('it is no longer failed', async () => (await asked(bed, 'GET', '/messages?state=failed')).length === before - 1);
});

test('what was posted to other systems is seen, with its answer, and a test is posted', async () => {
    await open('webhooks');
    await main().getByText('To be tried again').first().waitFor();
    await main().locator('#posts code').getByText('connect').first().waitFor();
    await page.getByRole('button', { name: 'Post a test …' }).click();
    await dialog().getByRole('button', { name: 'Post it' }).click();
    await page.getByText('1 system is told').waitFor();
    await main().locator('#posts').getByText('test', { exact: true }).first().waitFor();
    await looksGood('oskar');
});

test('what has not gone yet is cancelled, and stays so', async () => {
    const { id } = await asked(bed, 'POST', '/messages', { phone: '+6281200099772', text: 'Sampai jumpa besok', at: '2016-09-20 09:00' });
    await open('messages?state=queued');
    const row = main().locator(`tr[data-key="${id}"]`);
    await row.getByRole('button', { name: 'Cancel …' }).click();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    assert.equal((await asked(bed, 'GET', `/messages/${id}`)).state, 'queued', 'only asked');
    await row.getByRole('button', { name: 'Cancel …' }).click();
    await dialog().getByRole('button', { name: 'Cancel the message' }).click();
    await row.waitFor({ state: 'detached' });
    assert.equal((await asked(bed, 'GET', `/messages/${id}`)).state, 'cancelled');
});

/** One on its way in each modem, which has it and does not answer. */
async function lettersUnderWay() {
    await asked(bed, 'POST', '/pause', {}); /* the campaign waits, answers do not */
    await until('the modems are free', async () => (await asked(bed, 'GET', '/messages?state=submitting')).length === 0);
    sim(bed, { cmd: 'fault', fault: 'hang:submit', lost: true, count: 1 });
    for (let n = 1; n <= LETTERS; n++) {
        await asked(bed, 'POST', '/messages', { phone: '+6281200099771', text: `${LETTER}, nomor ${n}`, priority: 'reply' });
    }
    await until('all are under way', () => ledger(bed, 'struck').filter((event) => event.fault === 'hang').length === LETTERS);
}

test('a gateway that is killed under an open page is told of, and the page goes on', async () => {
    await open('campaigns/rekam-2016');
    await page.locator('.live[data-state=live]').waitFor();
    await lettersUnderWay();
    await killGateway(bed);
    Object.assign(bed.devices, { m1: 'm2', m2: 'm1' }); /* for the test that follows */
    await page.locator('aside.offline').waitFor();
    await page.locator('.live[data-state=off]').waitFor();
    await startGateway(bed);
    await asked(bed, 'POST', '/resume', {});
    await page.locator('aside.offline').waitFor({ state: 'detached' });
    await page.locator('.live[data-state=live]').waitFor();
    bed.trouble = bed.trouble.filter((line) => !/ERR_(CONNECTION_REFUSED|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED|CONNECTION_RESET|EMPTY_RESPONSE)/.test(line));
});

test('a SIM in another modem than before is shown, and taken by whoever means it so', async () => {
    await open('modems/m1');
    await until('the swap is seen', async () => (await asked(bed, 'GET', '/modems/m1')).other_sim?.owner === 'm2');
    const accept = () => page.getByRole('button', { name: 'Accept this SIM …' });
    await accept().click();
    assert.deepEqual(await dialog().locator('dd').allInnerTexts(), ['510109000000001', '510109000000002', 'm2']);
    await dialog().getByRole('button', { name: 'Accept this SIM' }).click();
    await dialog().waitFor({ state: 'detached' });
    await accept().waitFor({ state: 'detached' });
    await main().locator('header .pill[data-tone=good]').waitFor();
});

test('what may have gone out is settled by an operator, each in its way', async () => {
    const unknown = await until('all are unknown', async () => {
        const list = await asked(bed, 'GET', '/messages?state=unknown');
        return list.length === LETTERS && list.sort((a, b) => a.id - b.id);
    });
    await open('messages?state=unknown');
    const answers = [['It went …', 'Count it as sent', 'sent'], ['It did not …', 'Count it as failed', 'failed'], ['Send again …', 'Send 1 message again', 'delivered']];
    for (const [i, [ask, yes, state]] of answers.entries()) {
        const row = main().locator(`tr[data-key="${unknown[i].id}"]`);
        await row.getByRole('button', { name: ask }).click();
        await dialog().getByText(`nomor ${i + 1}`).waitFor();
        await dialog().getByRole('button', { name: yes }).click();
        await row.waitFor({ state: 'detached' });
        await until(`it is ${state}`, async () => (await asked(bed, 'GET', `/messages/${unknown[i].id}`)).state === state);
    }
    assert.deepEqual(accepted(bed, LETTER).map((event) => event.text.at(-1)), ['3'], 'one left again');
});

test('nothing was asked for that is refused, and nothing complained of', () => {
    assert.deepEqual(bed.trouble, []);
});

try {
    bed = await bedUp({ modems: LETTERS, more: `approval = { above = 20; };
webhooks = ( { url = "http://127.0.0.1:9/nobody"; secret = "0123456789abcdef0123456789abcdef"; events = [ "delivery" ]; } );
` });
    for (const [name, what] of Object.entries(people)) {
        await asked(bed, 'POST', '/users', { name, password: PASSWORD, lang: 'en', ...what });
    }
    await asked(bed, 'POST', '/offices/import', fs.readFileSync(`${bed.folder}/offices.csv`, 'utf8'), 'text/csv');
    await asked(bed, 'POST', '/residents/import', fs.readFileSync(`${bed.folder}/residents.csv`, 'utf8'), 'text/csv');
    await asked(bed, 'POST', '/campaigns', { name: 'rekam-2016', template: 'remind_first', deadline: '2016-09-30' });
    sim(bed, { cmd: 'fault', fault: 'cms:1', count: 1 }); /* on each modem */
    page = await browse(bed);
} catch (error) {
    console.log(error.stack);
    bed = undefined;
}
await runCases(cases, bed, () => page);
