// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: staff do a day's work in the console alone. They log in, bring lists
 * in, start a campaign whose forecast they have read, take an office down and
 * up, answer a resident, and see a modem vanish and come back, against a real
 * gateway with simulated modems; the simulator's ledger judges what was sent.
 * Each screen is photographed at 360 and 1440 pixels, light and dark, is not
 * wider than its window, has no serious accessibility finding in either, and says
 * nothing on the browser's console.
 */
import fs from 'node:fs';
import assert from 'node:assert/strict';
import { bedUp, browse, runCases, faultsOf, until, asked, accepted, sim } from './bed.mjs';
import { catalogueFaults } from './catalogue.mjs';
import { readWhere, writeWhere } from '../../gateway/web/console/lib/where.js';

const NAME = 'maria';
const PASSWORD = 'empat kuda kuning';
const NEW_PASSWORD = 'lima sapi biru tua';
const BAD_ROWS = '5315,Terlalu Pendek,1990-01-01,L,Komodo\n5315050199909001,Tanggal Salah,1990-13-99,L,Komodo\n53150501019090X2,Huruf Di NIK,1990-01-01,P,Komodo\n';

const cases = [];
const test = (name, run) => cases.push({ name, run });

/* --- words for what a person does ------------------------------------------------ */

let bed;
let page;

const button = (name) => page.getByRole('button', { name, exact: typeof name === 'string' });
const dialog = () => page.locator('dialog[open]');
const heading = (name) => page.getByRole('heading', { name, level: 1 });

async function open(screen, title) {
    await page.goto(`${bed.base}/#/${screen}`);
    await heading(title).waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

async function looksGood(name) {
    const found = await faultsOf(page, name);
    assert.deepEqual(found, []);
}

/* --- the day ------------------------------------------------------------------------- */

test('both catalogues have the same words', async () => {
    assert.deepEqual(await catalogueFaults(), []);
});

test('no condition of an audience gets lost in the fields of the wizard', () => {
    const lists = { state: ['unrecorded', 'failed'], office: ['LEMBOR'], kecamatan: ['53.15.03'], phone: ['own', 'shared'] };
    const offers = (name, fields) => (name === 'desa' ? (fields.kecamatan ? ['Tangge'] : []) : lists[name]);
    const kept = ['state=failed', 'office=LEMBOR', 'kecamatan=53.15.03', 'desa=Tangge', 'phone=own', 'age>=60'];
    assert.deepEqual(readWhere(kept, offers), { state: 'failed', office: 'LEMBOR', kecamatan: '53.15.03', desa: 'Tangge', phone: 'own', age: '60', rest: '' });
    for (const where of [kept, ['state=unrecorded,failed'], ['kecamatan=Komodo,Lembor', 'desa=Tangge'], ['phone=none', 'age<40', 'lang=en'],
        ['state=failed', 'state=unrecorded', 'age>=17', 'age>=60', 'office=NOWHERE']]) {
        assert.deepEqual(writeWhere(readWhere(where, offers)).sort(), [...where].sort());
    }
});

test('a wrong password is refused in place', async () => {
    await page.goto(bed.base);
    await heading('Masuk').waitFor();
    await looksGood('login');
    await page.getByLabel('Nama').fill(NAME);
    await page.getByLabel('Kata sandi').fill('salah sekali ini');
    await button('Masuk').click();
    await page.getByRole('alert').waitFor();
    bed.trouble = bed.trouble.filter((line) => !/401|403/.test(line)); /* the refusal itself */
});

test('a user logs in and is told where to begin', async () => {
    await page.getByLabel('Kata sandi').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await heading('Hari ini').waitFor();
    await page.getByRole('heading', { name: 'Mulai di sini' }).waitFor();
    await page.locator('aside.rehearsal').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'id');
    await looksGood('today-empty');
});

test('the language is switched at once', async () => {
    await page.getByRole('button', { name: /^Bahasa/ }).click();
    await heading('Today').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
});

test('offices come in by file and lie on the map', async () => {
    await open('offices', 'Offices');
    await page.locator('input[type=file]').setInputFiles(`${bed.folder}/offices.csv`);
    await dialog().getByText('10 rows: 10 added').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: '10 offices' }).waitFor();
    assert.equal(await page.locator('svg.map a').count(), 10);
    await looksGood('offices');
});

test('a list dropped on the page is checked first, its bad rows shown in place', async () => {
    const text = fs.readFileSync(`${bed.folder}/residents.csv`, 'utf8');
    const columns = text.split(/\r?\n/)[0].split(',');
    const bad = BAD_ROWS.trim().split('\n').map((line) => {
        const [nik, name, born, sex, place] = line.split(',');
        const of = { nik, nama: name, name, tgl_lahir: born, birth_date: born, jk: sex, sex, kecamatan: place };
        return columns.map((column) => of[column] ?? '').join(',');
    });
    await open('residents', 'Residents');
    const data = await page.evaluateHandle((body) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([body], 'residents.csv', { type: 'text/csv' }));
        return transfer;
    }, `${text.trimEnd()}\n${bad.join('\n')}\n`);
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: data });
    await page.locator('main').getByText('residents.csv was checked').waitFor({ timeout: 90000 });
    assert.equal((await asked(bed, 'GET', '/residents?find=a')).length, 0, 'a check changes nothing');
    await page.getByRole('cell', { name: /digits|angka|16/ }).first().waitFor();
    await looksGood('import-checked');
});

test('the good rows are imported, and the numbers are said', async () => {
    await page.getByRole('button', { name: /^Import [\d,]+ rows, leave \d+ out$/ }).click();
    await page.locator('main').getByText(/rows imported in/).waitFor({ timeout: 90000 });
    await looksGood('import-done');
});

test('a resident is found, shown masked, and unmasked for a reason', async () => {
    await page.getByRole('searchbox').fill('Maria');
    await button('Find').click();
    const row = page.getByRole('rowheader').locator('a').first();
    await row.waitFor();
    assert.doesNotMatch(await page.locator('td code').first().textContent(), /^\d{16}$/);
    await looksGood('residents-found');
    await row.click();
    await page.getByRole('heading', { name: 'What passed' }).waitFor();
    await button(/Show NIK/).click();
    await dialog().getByLabel('Reason').fill('asked at the counter');
    await dialog().getByRole('button', { name: 'Show' }).click();
    await until('the NIK is shown', async () => /^\d{16}$/.test(await page.locator('dl.facts code').first().textContent()));
    await looksGood('resident');
});

test('a campaign is made step by step and its forecast read', async () => {
    await open('campaigns', 'Campaigns');
    await looksGood('campaigns-empty');
    await page.getByRole('link', { name: 'New campaign' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('rekam-2016');
    await page.getByLabel('Deadline', { exact: true }).fill('2016-09-30');
    await looksGood('wizard-what');
    await button('Next').click();
    await until('the focus is at the step', () => page.evaluate(() => document.activeElement.getAttribute('aria-current') === 'step'));
    await page.getByLabel('From age', { exact: true }).waitFor();
    await page.getByLabel('Kecamatan').selectOption('53.15.03');
    await page.getByLabel('Village').selectOption({ index: 1 });
    await looksGood('wizard-who');
    await page.getByLabel('Kecamatan').selectOption('');
    assert.ok(await page.getByLabel('Village').isDisabled());
    await button('Save and preview').click();
    await page.getByRole('heading', { name: 'What they read' }).waitFor({ timeout: 90000 });
    await looksGood('wizard-preview');
    await button('To the forecast').click();
    await page.locator('#start').waitFor({ timeout: 90000 });
    await page.locator('.verdict').first().waitFor();
    await page.locator('.chart canvas').first().waitFor();
    await looksGood('wizard-forecast');
});

test('it starts with the number on the button, and goes live', async () => {
    const { phones } = await asked(bed, 'GET', '/campaigns/rekam-2016/preview');
    const label = `Send ${phones} messages`;
    await button(label).click();
    await dialog().getByText(`${phones} messages for`).waitFor();
    await dialog().getByRole('button', { name: label }).click();
    await heading('rekam-2016').waitFor();
    await until('messages go out', () => accepted(bed, 'belum rekam').length > 3);
    await page.getByText('Delivered').first().waitFor();
    await page.locator('.chart canvas').first().waitFor();
    await looksGood('campaign');
});

test('what passed with a person is seen; their phone rests, and they are erased', async () => {
    const [told] = await until('somebody has been told', () => asked(bed, 'GET', '/messages?state=delivered&limit=1'));
    await open('residents', 'Residents');
    await page.getByRole('searchbox').fill(told.phone.replace('+62', '0'));
    await button('Find').click();
    await page.getByRole('rowheader').locator('a').first().click();
    await page.locator('#timeline .pill[data-tone=good]').first().waitFor();
    const ref = page.url().split('/').pop();
    const change = page.locator('main').getByRole('button', { name: 'Language …' });
    await change.click();
    await dialog().getByLabel('Language').selectOption('en');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.locator('dl.facts').getByText('English').waitFor();
    await until('the focus is back', () => change.evaluate((node) => node === document.activeElement));
    await button('Stop reminders').click();
    await dialog().getByRole('button', { name: 'Stop reminders' }).click();
    await page.locator('dl.facts').getByText('(opted out)').waitFor();
    await looksGood('resident-stopped');
    await page.locator('.toast-line').last().getByRole('button', { name: 'Undo' }).click();
    await button('Stop reminders').waitFor();
    await button('Erase …').click();
    await dialog().getByText('leaves the registry').waitFor();
    await dialog().getByRole('button', { name: 'Erase' }).click();
    await heading('Residents').waitFor();
    await assert.rejects(asked(bed, 'GET', `/residents/${ref}`), /404/);
});

test('an office goes down with its effect shown before, and comes up again', async () => {
    await open('offices', 'Offices');
    const code = (await page.locator('a[href*="offices/LEMBOR"]').first().getAttribute('href')).split('/').pop();
    await page.locator(`tr[data-key="${code}"]`).getByRole('button', { name: /Switch down/ }).click();
    await dialog().getByText('What will happen').waitFor();
    await looksGood('office-down-dialog');
    await dialog().getByRole('button', { name: 'Switch it down' }).click();
    await dialog().getByRole('alert').first().waitFor(); /* a reason is missing */
    await dialog().getByLabel('Why').fill('recording server broken');
    await dialog().getByRole('button', { name: 'Switch it down' }).click();
    await page.locator(`tr[data-key="${code}"] .pill[data-tone=bad]`).waitFor();
    assert.equal((await asked(bed, 'GET', `/offices/${code}`)).state, 'down');
    await looksGood('offices-down');
    await page.locator(`tr[data-key="${code}"]`).getByRole('button', { name: /Switch up/ }).click();
    await dialog().getByRole('button', { name: 'Switch it up' }).click();
    await page.locator(`tr[data-key="${code}"] .pill[data-tone=good]`).waitFor();
    assert.equal((await asked(bed, 'GET', `/offices/${code}`)).state, 'up');

    bed.trouble = bed.trouble.filter((line) => !/422.*state/.test(line)); /* the missing reason */
});

test('a resident who writes appears by itself and gets an answer', async () => {
    await open('inbox', 'Inbox');
    await page.getByText('Nobody waits').waitFor();
    sim(bed, { cmd: 'sms', modem: 'm1', from: '+6281200099123', text: 'mau bicara dengan petugas pak, ada masalah dengan data saya di kartu keluarga' });
    await page.locator('.mail-list a').first().waitFor();
    await page.locator('.mail-list a').first().click();
    await page.getByRole('textbox', { name: 'Answer' }).waitFor();
    await page.getByRole('textbox', { name: 'Answer' }).fill('Silakan datang besok pagi dengan KK asli.');
    await page.locator('main').getByText('1 SMS, 119 characters left').waitFor();
    await page.getByRole('status').getByText('1 SMS, 119 characters left').waitFor({ state: 'attached' }); /* said once the typing rests */
    await looksGood('inbox');
    await button('Send the answer').click();
    await until('the answer is sent', () => accepted(bed, 'Silakan datang besok pagi').length === 1);
    await page.locator('.talk li[data-from=gateway]', { hasText: 'Silakan datang besok' }).waitFor();
});

test('a modem that vanishes is seen, and its return', async () => {
    await open('modems', 'Modems');
    const state = (name, tone) => page.locator(`#modem-${name} .pill[data-tone=${tone}]`);
    await state('m2', 'good').waitFor();
    sim(bed, { cmd: 'unplug', modem: 'm2' });
    await state('m2', 'bad').waitFor({ timeout: 90000 });
    await looksGood('modems-absent');
    sim(bed, { cmd: 'replug', modem: 'm2' });
    await state('m2', 'good').waitFor({ timeout: 90000 });
    await page.locator('#modem-m2 h2 a').click();
    await page.getByRole('log').getByText(/ready/).first().waitFor();
    await looksGood('modem');
});

test('a text is edited with its cost shown; a broken one is refused', async () => {
    await open('templates', 'Templates');
    await looksGood('templates');
    await open('templates/id/remind_first', 'First reminder');
    const area = page.getByRole('textbox', { name: 'Text' });
    const before = await area.inputValue();
    await area.fill('Halo {nama}');
    await button('Save the text').click();
    await page.locator('.form-error, .field-error').first().waitFor();
    assert.ok(fs.readFileSync(`${bed.folder}/templates/id/remind_first.txt`, 'utf8').includes(before.slice(0, 20)));
    await area.fill(`${before} Hub. kantor.`);
    await page.getByText(/of 160 characters/).waitFor();
    await looksGood('template');
    await button('Save the text').click();
    await page.getByText('Saved; it is used').waitFor();
    assert.ok(fs.readFileSync(`${bed.folder}/templates/id/remind_first.txt`, 'utf8').includes('Hub. kantor.'));
    await page.locator('.toast-line').last().getByRole('button', { name: 'Undo' }).click();
    await until('the text is as before', () => !fs.readFileSync(`${bed.folder}/templates/id/remind_first.txt`, 'utf8').includes('Hub.'));
    bed.trouble = bed.trouble.filter((line) => !/422.*templates/.test(line)); /* the broken text */
});

test('what was done stands in the audit, without a NIK', async () => {
    await open('audit', 'Audit');
    await page.getByRole('cell', { name: NAME }).first().waitFor();
    assert.doesNotMatch(await page.locator('main').innerText(), /\d{16}/);
    await looksGood('audit');
});

test('users, settings and today are there', async () => {
    await open('users', 'Users');
    await page.getByRole('rowheader', { name: new RegExp(NAME) }).waitFor();
    await looksGood('users');
    await open('settings', 'Settings');
    await page.getByText(/kabari\.conf:\d+/).first().waitFor();
    await looksGood('settings');
    await open('today', 'Today');
    await page.getByRole('link', { name: 'rekam-2016' }).waitFor();
    await looksGood('today');
});

test('all of it can be done with keys', async () => {
    await open('today', 'Today');
    await page.locator('.brand').focus();
    for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.getAttribute('href') === '#/offices')); i++) {
        await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await heading('Offices').waitFor();
    await until('the heading has the focus', () => page.evaluate(() => document.activeElement.tagName === 'H1'));
    await button(/Switch down/).first().focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await until('the focus is back', () => page.evaluate(() => /Switch down/.test(document.activeElement.textContent)));
});

test('a list is downloaded, whole only for a reason that stands in the audit', async () => {
    await open('residents', 'Residents');
    await button(/^Download the list/).click();
    await dialog().getByLabel('NIKs and phones whole').check();
    await dialog().getByRole('button', { name: 'Download the CSV' }).click();
    await dialog().getByRole('alert').waitFor(); /* the reason is missing */
    await looksGood('export');
    await dialog().getByLabel('What for').fill('daftar untuk camat');
    const downloaded = page.waitForEvent('download');
    await dialog().getByRole('button', { name: 'Download the CSV' }).click();
    assert.match((await downloaded).suggestedFilename(), /unrecorded\.csv$/);
    const [latest] = (await asked(bed, 'GET', `/audit?who=${NAME}&limit=20`)).filter((deed) => deed.action.endsWith('/residents/export'));
    assert.equal(latest.detail, 'daftar untuk camat');
});

test('users change their own password and stay logged in here', async () => {
    await button(/^Your account/).click();
    await dialog().getByLabel('Present password').fill('salah sekali ini');
    await dialog().getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await dialog().getByLabel('New password, once more').fill(NEW_PASSWORD);
    await dialog().getByRole('button', { name: 'Change the password' }).click();
    await dialog().getByText('that is not your password').waitFor();
    await looksGood('account');
    await dialog().getByLabel('Present password').fill(PASSWORD);
    await dialog().getByRole('button', { name: 'Change the password' }).click();
    await dialog().waitFor({ state: 'detached' });
    bed.trouble = bed.trouble.filter((line) => !/422.*password/.test(line)); /* the wrong one */
    const answers = await page.evaluate(async ([name, old]) => [(await fetch('/api/v1/status')).status,
        (await fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name, password: old }) })).status], [NAME, PASSWORD]);
    assert.deepEqual(answers, [200, 401]);
    bed.trouble = bed.trouble.filter((line) => !/401/.test(line));
});

test('in Indonesian no screen says anything in English', async () => {
    await open('today', 'Today');
    await page.getByRole('button', { name: /^Language/ }).click();
    await heading('Hari ini').waitFor();
    const told = (await asked(bed, 'GET', '/residents?find=a&limit=200')).find((resident) => resident.last_contact);
    for (const screen of ['today', 'offices', 'offices/LEMBOR', `residents/${told.ref ?? told.nik}`, 'messages?state=failed', 'campaigns', 'campaigns/rekam-2016', 'inbox', 'templates', 'modems', 'modems/m2', 'audit', 'users', 'settings']) {
        await page.goto(`${bed.base}/#/${screen}`);
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        await page.locator('main section, main .card').first().waitFor();
    }
    assert.deepEqual(await page.evaluate(async () => [...(await import('/console/lib/sentences.js')).unknown]), []);
    await page.getByRole('button', { name: /^Bahasa/ }).click();
    await heading('Settings').waitFor();
});

test('a gateway that does not answer is told of, and its return', async () => {
    await open('offices', 'Offices');
    await page.context().setOffline(true);
    await page.goto(`${bed.base}/#/settings`);
    await page.locator('aside.offline').waitFor();
    await page.getByText('The gateway does not answer. Check the network').waitFor();
    await looksGood('offline');
    await page.context().setOffline(false);
    await button('Try again').click();
    await page.getByText(/kabari\.conf:\d+/).first().waitFor();
    await page.locator('aside.offline').waitFor({ state: 'detached' });
    bed.trouble = bed.trouble.filter((line) => !/ERR_INTERNET_DISCONNECTED/.test(line));
});

test('on a phone the menu opens and closes', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await button('Menu').click();
    await looksGood('menu');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.keyboard.press('Escape');
    await page.getByRole('navigation').waitFor({ state: 'hidden' });
    await page.setViewportSize({ width: 1440, height: 900 });
});

test('whoever logs out is out', async () => {
    await page.getByRole('button', { name: /^Log out/ }).click();
    await heading('Log in').waitFor();
    const status = await page.evaluate(async () => (await fetch('/api/v1/status')).status);
    assert.equal(status, 401);
    bed.trouble = bed.trouble.filter((line) => !/401/.test(line));
});

test('nothing came from elsewhere, nothing was complained of', async () => {
    assert.deepEqual(bed.foreign, []);
    const document = JSON.stringify(await asked(bed, 'GET', '/openapi.json'));
    assert.deepEqual(bed.trouble.filter((line) => document.includes('/history') || !line.includes('/history')), []);
});

/* --- running ------------------------------------------------------------------------------- */

try {
    bed = await bedUp();
    await asked(bed, 'POST', '/users', { name: NAME, password: PASSWORD, role: 'admin', lang: 'id' });
    page = await browse(bed);
} catch (error) {
    console.log(error.stack);
    bed = undefined;
}
await runCases(cases, bed, () => page);
