// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway says, in the reader's language. It speaks English, also in
// what it has stored; the catalogue has the same sentence beside it. Where there
// is none, the English one stands: better than nothing. The English catalogue has
// only what names a command line, which nobody types here.
import { lang, word, has, num } from './i18n.js';

const catalogues = { id: () => import('../lang/sentences.id.js'), en: () => import('../lang/sentences.en.js') };
const spoken = 'en'; /* by the gateway itself */
const more = { id: () => import('../lang/settings.id.js') };
const SAID_MOST = 2000;

/** Sentences that nothing was found for; tests look at it. */
export const unknown = new Set();

let of = ''; /* the language that the rest belongs to */
let exact = new Map();
let patterns = [];
let said = new Map();
let settingsTaken = false;

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** 'the SIM …{0} is {1}' as something that matches it, and the order of its values. */
function patternOf(key, value) {
    const parts = key.split(/\{(\d)\}/);
    const fixed = parts.filter((_, i) => i % 2 === 0);
    return { regexp: new RegExp(`^${parts.map((part, i) => (i % 2 === 0 ? quoted(part) : '(.+?)')).join('')}$`, 's'),
        order: parts.filter((_, i) => i % 2 === 1), weight: fixed.join('').length, value };
}

function take(words) {
    for (const [key, value] of Object.entries(words)) {
        if (/\{\d\}/.test(key)) {
            patterns.push(patternOf(key, value));
        } else {
            exact.set(key, value);
        }
    }
    patterns.sort((a, b) => b.weight - a.weight);
    said = new Map();
}

/** Once for a language, however many asked for it at a time. */
function start(now, words) {
    if (of === now) {
        return;
    }
    of = now;
    exact = new Map();
    patterns = [];
    settingsTaken = false;
    take(words);
}

/** Makes the sentences of the language that is set now ready. */
export async function loadSentences({ settings = false } = {}) {
    const now = lang();
    if (of !== now) {
        const words = (await catalogues[now]()).default;
        if (lang() !== now) {
            return; /* another was chosen meanwhile */
        }
        start(now, words);
    }
    if (settings && more[now] && !settingsTaken) {
        const words = (await more[now]()).default;
        if (lang() !== now || of !== now || settingsTaken) {
            return;
        }
        settingsTaken = true;
        take(words);
    }
}

function fill(value, values) {
    return value.replace(/\{(\d)(?::(\w+))?\}/g, (_, n, group) =>
        (group === 'n' ? num(Number(values[n])) : group ? word(group, values[n]).toLowerCase() : (of === spoken ? reworded : whole)(values[n]) ?? values[n]));
}

/** Whether each value that should be a state is one (a field may be any). */
const holds = (value, values) => [...value.matchAll(/\{(\d):(\w+)\}/g)]
    .every(([, n, group]) => group === 'field' || (group === 'n' ? /^\d+$/.test(values[n]) : has(`${group}.${values[n]}`)));

function matched(text) {
    for (const pattern of patterns) {
        const found = pattern.regexp.exec(text);
        const values = Object.fromEntries(pattern.order.map((n, i) => [n, found?.[i + 1]]));
        if (found && holds(pattern.value, values)) {
            return fill(pattern.value, values);
        }
    }
    return null;
}

/** Two sentences in one, such as "modem m1 is parked: no SIM; put the SIM in". */
function joined(text) {
    for (const { 0: between, index } of text.matchAll(/; |: /g)) {
        const left = whole(text.slice(0, index));
        const right = left === null ? null : whole(text.slice(index + between.length));
        if (right !== null) {
            return left + between + right;
        }
    }
    return null;
}

/** The sentence in the reader's language, or null. */
function whole(text) {
    if (!said.has(text)) {
        if (said.size > SAID_MOST) {
            said.clear();
        }
        said.set(text, exact.get(text) ?? matched(text) ?? joined(text));
    }
    return said.get(text);
}

/** As whole, but a part that is a name or a person's own words stays. */
function parts(text, between) {
    const pieces = text.split(between);
    const done = pieces.map(whole);
    return pieces.length > 1 && done.some((piece) => piece !== null)
        ? pieces.map((piece, i) => done[i] ?? piece).join(between) : null;
}

/** As whole, where most of it may stand as it is. */
function reworded(text) {
    const found = whole(text);
    if (found !== null) {
        return found;
    }
    for (const { 0: between, index } of text.matchAll(/; |: /g)) {
        const [before, after] = [text.slice(0, index), text.slice(index + between.length)];
        const [left, right] = [whole(before), reworded(after)];
        if (left !== null || right !== null) {
            return (left ?? before) + between + (right ?? after);
        }
    }
    return null;
}

/** What the gateway said, in the reader's language. */
export function say(text) {
    if (!text || lang() !== of) {
        return text ?? '';
    }
    if (of === spoken) {
        return reworded(text) ?? text;
    }
    const found = whole(text) ?? afterName(text) ?? parts(text, '; ') ?? parts(text, ': ');
    if (found === null && /[a-z] [a-z]/.test(text)) {
        unknown.add(text);
    }
    return found ?? text;
}

/** "rekam-2016: not told: …; other: …", a name before each sentence. */
function afterName(text) {
    const pieces = text.split(/; (?=[\w.-]+: )/).map((piece) => {
        const name = /^[\w.-]+: /.exec(piece)?.[0];
        const rest = name && whole(piece.slice(name.length));
        return rest ? name + rest : null;
    });
    return pieces.every(Boolean) ? pieces.join('; ') : null;
}

/** As say(), for what may as well be somebody's own words. */
export const sayOwn = (text) => (text && lang() === of && whole(text)) || text;
