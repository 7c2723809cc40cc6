// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: who reads Indonesian reads nothing else on a screen. Every sentence of
 * the gateway that may reach one has its translation, which keeps its values;
 * the sentences in which others stand are put together again.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { keyOf, sentenceFaults, sentencesOfSource } from './sentences.mjs';

const root = path.resolve('gateway/web/console');
const load = (name) => import(pathToFileURL(`${root}/${name}`));
const { setLanguage, withLanguage } = await load('lib/i18n.js');
const { say, sayOwn, unknown, loadSentences } = await load('lib/sentences.js');

const cases = [];
const test = (name, run) => cases.push({ name, run });

test('no sentence lacks its translation, and none is left over', async () => {
    const catalogue = { ...(await load('lang/sentences.id.js')).default, ...(await load('lang/settings.id.js')).default };
    assert.deepEqual(sentenceFaults(catalogue), []);
});

test('a new sentence in the source would be missed', () => {
    assert.ok(sentencesOfSource().length > 500);
    assert.deepEqual(sentenceFaults({}).length > 500, true);
    assert.equal(keyOf('%s is %lld of %-8.3s%%, \\"%zu\\"'), '{0} is {1} of {2}%, "{3}"');
});

test('sentences with values, in sentences, after names and one after another are said in Indonesian', () => {
    const pairs = [
        ['name or password is wrong', 'nama atau kata sandi salah'],
        ['deadline is missing', 'tenggat belum diisi'],
        ['the campaign is running: only a draft can be started; a paused campaign is resumed', 'kampanye berjalan: hanya rancangan yang dapat dimulai; kampanye yang dijeda dilanjutkan'],
        ['rekam-2016: not told: office Kantor Camat Lembor is down (server: rusak): released when the office is up', 'rekam-2016: tidak dikabari: kantor Kantor Camat Lembor rusak (server: rusak): dikirim setelah kantor buka'],
        ['rekam-2016: message 12 held: outside sending hours: it goes from 2 Sep 08:00 on; ktp: not told: no phone; kabari resident set NIK --phone adds one', 'rekam-2016: pesan 12 ditahan: di luar jam kirim: dikirim mulai 2 Sep 08:00; ktp: tidak dikabari: tanpa nomor HP; tambahkan di layar ini'],
        ['rekam-2016: message 118 delivered 2016-09-03 14:27', 'rekam-2016: pesan 118 sampai 2016-09-03 14:27'],
        ['modem m1 is not there: the device is not there; replug it; Kabari finds it again by itself', 'modem m1 tidak ada: perangkatnya tidak ada; cabut dan pasang lagi; Kabari menemukannya sendiri'],
        ['modem m2 is parked: wrong PIN; it was tried once: mend it, then modem reset; mend it, then: kabari modem reset m2', 'modem m2 diparkir: PIN salah; dicoba satu kali: betulkan, lalu tekan Mulai ulang; perbaiki, lalu tekan Mulai ulang'],
        ['Kantor Camat Komodo and 3 more: a mobile team of 50 people a day would tell 1200 more in time', 'Kantor Camat Komodo dan 3 lainnya: tim keliling 50 orang sehari akan mengabari 1.200 orang lagi tepat waktu'],
        ['{nama} is no placeholder; did you mean {name}?', '{nama} bukan isian; maksud Anda {name}?'],
        ['its time was over before it could be sent (held back)', 'waktunya habis sebelum dapat dikirim (ditahan)'],
        ['waits for a place at Lembor (40 invitations for each of its days), most urgent first; more of them release it sooner', 'menunggu tempat di Lembor (40 undangan tiap hari bukanya), yang paling mendesak dulu; lebih banyak tempat mempercepatnya'],
    ];
    for (const [english, indonesian] of pairs) {
        assert.equal(say(english), indonesian);
    }
    assert.deepEqual([...unknown], []);
});

test('what nobody has translated stands in English and is noticed; people\'s own words stay', () => {
    assert.equal(say('the moon is made of cheese'), 'the moon is made of cheese');
    assert.ok(unknown.has('the moon is made of cheese'));
    assert.equal(sayOwn('genset rusak sejak pagi'), 'genset rusak sejak pagi');
    assert.equal(sayOwn('genset rusak, by SMS of Maria'), 'genset rusak, lewat SMS dari Maria');
    assert.equal(say(null), '');
});

/** Words of the command line; what is done on the machine itself has no button. */
const typed = /\bkabari (?!check)[a-z]+ |\bkabari check\b| --[a-z]|\bmodem reset\b/;
const onTheMachine = /^only who has logged in|^training: allows --clock/;

test('in English too no sentence tells to type where there is a button', async () => {
    await setLanguage('en');
    const all = Object.keys({ ...(await load('lang/sentences.id.js')).default, ...(await load('lang/settings.id.js')).default });
    const english = (await load('lang/sentences.en.js')).default;
    assert.deepEqual(all.filter((key) => typed.test(key) && !onTheMachine.test(key) && !(key in english)), []);
    assert.deepEqual(Object.keys(english).filter((key) => !all.includes(key)), [], 'nobody says that any more');
    for (const [key, text] of Object.entries(english)) {
        assert.doesNotMatch(text, typed);
        const values = (s) => s.match(/\{\d/g) ?? [];
        assert.deepEqual(values(text).filter((v) => !values(key).includes(v)), [], text);
    }
});

test('English is left as it is but for command lines, wherever they stand', () => {
    const pairs = [
        ['name or password is wrong', 'name or password is wrong'],
        ['some residents of Lembor and 9 more have no phone: print the list for village heads: kabari campaign no-phone', 'some residents of Lembor and 9 more have no phone: print the list for village heads'],
        ['modem m2 is parked: wrong PIN; it was tried once: mend it, then modem reset; mend it, then: kabari modem reset m2', 'modem m2 is parked: wrong PIN; it was tried once: mend it, then press Restart; mend it, then press Restart'],
        ['rekam-2016: not told: no phone; kabari resident set NIK --phone adds one; ktp: not told: underage', 'rekam-2016: not told: no phone; add one here, with “Phone …”; ktp: not told: underage'],
        ['20 are held for an office that is down (kabari office up releases them)', '20 are held for an office that is down (they go when it is open again)'],
    ];
    for (const [said, shown] of pairs) {
        assert.equal(say(said), shown);
    }
});

let failed = 0;
globalThis.document = { documentElement: {} };
withLanguage(() => loadSentences({ settings: true }));
await setLanguage('id');
for (const one of cases) {
    console.log(`[ RUN      ] ${one.name}`);
    try {
        await one.run();
        console.log(`[       OK ] ${one.name}`);
    } catch (error) {
        failed++;
        console.log(`${error.stack}\n[  FAILED  ] ${one.name}`);
    }
}
console.log(`[  PASSED  ] ${cases.length - failed} test(s).`);
process.exit(failed > 0 ? 1 : 0);
