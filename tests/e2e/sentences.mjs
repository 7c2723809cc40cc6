// SPDX-License-Identifier: GPL-2.0-or-later
// Every sentence that the gateway may say on a screen, read from its source.
// A literal of two words and more counts as one unless it is known to go
// elsewhere: what is forgotten here fails a test, what is new too.
import fs from 'node:fs';

/** Rooms and files whose words never reach a screen. */
const elsewhere = [
    [/^gateway\/(cli|store|base\/(?!csv)|ussd)|^gateway\/main\.c/, 'for whoever works on the machine: standard error and the log'],
    [/^gateway\/config\/(?!options)/, 'faults of the configuration file: kabari check'],
    [/^gateway\/api\/(metrics_api|openapi|answers|shape|sendsms_api|ussd_api|replay|callback\w*|webhook_api|upkeep_api|app|reader)\.c/, 'for programs'],
    [/^gateway\/registry\/(sample\w*|region|export)\.c/, 'made-up people; names of places'],
    [/^gateway\/web\/(?!auth|events)/, 'HTTP itself: no browser meets it'],
    [/^gateway\/access\/session\.c|^gateway\/inbound\/parts\.c/, 'seals'],
    [/^gateway\/inbound\/(rules|menu_file|script)\.c|^gateway\/(link\/quirk\w*|dispatch\/balance)\.c/, 'faults of files of rules: kabari check'],
    [/^gateway\/link\/(power|at_mask|channel)\.c/, 'the log of a modem'],
    [/^modems\/worker\/(probe\w*|main|raw_at|pdu|prompt|tee)\.c/, 'kabari modem probe; the quarantine, in hex; the AT log'],
    [/^gateway\/text\/fields\.c/, 'sample values'],
    [/_(store|sql)\.c$/, 'SQL'],
];

/** Calls whose literals are no sentences for a screen. */
const calls = /^(log_\w+|worker_log|link_note|modem_note|json_pack|json_unpack\w*|json_string|strcmp|strcasecmp|strstr|strncmp|str_starts|strspn|strcspn|words_have|fputs|printf|puts|mem_printf|store_(?!bind_text)\w+|sqlite3_\w+|civil_\w+|note_login|_Static_assert)$/;

const SQL = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|FROM|WHERE|AND|LEFT JOIN|ORDER BY|PRAGMA|COLLATE|CREATE|EXISTS|BETWEEN)\b|\b(IS NULL|IN \(|BETWEEN|COLLATE)\b|:(limit|after)\b|, coalesce\(/;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

function* tokens(source) {
    const parts = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\]|\\.)*'|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*|[A-Za-z_]\w*|\s+|./gm;
    for (const [text] of source.matchAll(parts)) {
        if (!/^(\s|\/\*|\/\/)/.test(text)) {
            yield text;
        }
    }
}

/** The literals of a source file, each with the call and the braces it is in. */
function* literals(source) {
    const all = [...tokens(source)];
    const open = [];
    for (let i = 0; i < all.length; i++) {
        const token = all[i];
        if (token === '(' || token === '{') {
            open.push({ call: token === '(' && /^[A-Za-z_]/.test(all[i - 1] ?? '') ? all[i - 1] : '', first: null });
        } else if (token === ')' || token === '}') {
            open.pop();
        } else if (token[0] === '"') {
            let text = '';
            for (; i < all.length && (all[i][0] === '"' || /^PRI/.test(all[i])); i++) {
                text += all[i][0] === '"' ? all[i].slice(1, -1) : 'd';
            }
            i--;
            const inside = open.at(-1) ?? {};
            inside.first ??= text;
            yield { text, first: inside.first, call: open.map((o) => o.call).filter(Boolean).at(-1) ?? '' };
        }
    }
}

/** "%s is %lld" as a key of the catalogue: "{0} is {1}". */
export function keyOf(format) {
    let n = 0;
    return format.replace(/\\"/g, '"').replace(/\\\\/g, '\\').replace(/\\n$/, '')
        .replace(/%%|%[-+0 #]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]/g, (spec) => (spec === '%%' ? '%' : `{${n++}}`));
}

function sourceFiles(folder) {
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        (entry.isDirectory() ? sourceFiles(`${folder}/${entry.name}`) : entry.name.endsWith('.c') ? [`${folder}/${entry.name}`] : []));
}

const isSentence = (text) => /[A-Za-z]{2,}.* .*[A-Za-z]{2,}/.test(text) && !SQL.test(text);

/** [{file, key}] */
export function sentencesOfSource() {
    const found = [];
    for (const file of ['gateway', 'modems/worker'].flatMap(sourceFiles).sort()) {
        if (elsewhere.some(([where]) => where.test(file))) {
            continue;
        }
        for (const { text, first, call } of literals(fs.readFileSync(file, 'utf8'))) {
            if (isSentence(text) && !calls.test(call) && !METHODS.includes(first)) {
                found.push({ file, key: keyOf(text) });
            }
        }
    }
    return found;
}

/** What the lint of operators' filters says: its rules are a file. */
export function sentencesOfLint() {
    return fs.readFileSync('templates/lint.rules', 'utf8').split('\n')
        .map((line) => /^(?:avoid|require)\s+(\S).*\1\s+(.+)$/.exec(line)?.[2]).filter(Boolean)
        .map((key) => ({ file: 'templates/lint.rules', key: key.replace('{site}', '{0}') }));
}

/** Literals of two words that no screen shows. */
const silent = new Set(['{0} requests answered, by kind of status', 'text/csv; charset=utf-8', 'Maria Contoh', 'DUKCAPIL MABAR', 'SQLite format 3',
    'Unprocessable Content', 'Service Unavailable', '\'unrecorded\', \'failed\'']);
const isSilent = (key) => silent.has(key) || /^# HELP |^id: |_TYPE|^\{0\}\{status=|^\(?r\.|^coalesce\(|^[a-z_]+(, [a-z_]+)+$/.test(key);

const parts = (key) => key.split(/\{\d\}/);
const letters = (text) => text.replace(/[^A-Za-z]/g, '');

/** What is wrong with the catalogue: sentences that it lacks, words for what
 *  nobody says any more, values that got lost on the way. */
export function sentenceFaults(catalogue) {
    const spoken = [...sentencesOfSource(), ...sentencesOfLint()].filter(({ key }) => !isSilent(key));
    const keys = Object.keys(catalogue);
    const faults = [];
    for (const { file, key } of spoken) {
        // A piece of a longer sentence stands inside a key of the whole.
        if (!(key in catalogue) && !keys.some((whole) => parts(key).every((part) => whole.includes(part)))) {
            faults.push(`${file}: "${key}" has no translation in lang/sentences.id.js (or settings.id.js)`);
        }
    }
    const said = spoken.map(({ key }) => letters(key)).join('|') + ['gateway', 'modems/worker'].flatMap(sourceFiles)
        .map((file) => [...literals(fs.readFileSync(file, 'utf8'))].map(({ text }) => letters(text)).join('|')).join('|');
    for (const key of keys) {
        const longest = parts(key).flatMap((part) => part.split(' (')).map(letters).sort((a, b) => b.length - a.length)[0];
        if (!said.includes(longest)) {
            faults.push(`"${key}" is said nowhere any more`);
        }
        for (const [, n] of catalogue[key].matchAll(/\{(\d)/g)) {
            if (!key.includes(`{${n}}`)) {
                faults.push(`"${key}": its translation has a value {${n}} more`);
            }
        }
    }
    return faults;
}
