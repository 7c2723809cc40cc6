// SPDX-License-Identifier: GPL-2.0-or-later
// Words, numbers and dates in the reader's language. A catalogue is a flat
// object; {name} is filled in, numbers with the language's separators; an
// object {one, other} chooses by {n}.

export const languages = { id: 'Bahasa Indonesia', en: 'English' };
const locales = { id: 'id-ID', en: 'en-GB' };

let words = {};
let current = 'id';
let plural = null;
const listeners = new Set();
let ready = async () => {};

export const lang = () => current;
export const locale = () => locales[current];

export async function setLanguage(next) {
    const wanted = next in languages ? next : 'id';
    words = (await import(`../lang/${wanted}.js`)).default;
    current = wanted;
    plural = new Intl.PluralRules(locale());
    document.documentElement.lang = wanted;
    await ready();
    for (const fn of listeners) {
        fn();
    }
}

/** What else belongs to a language and is waited for before anybody draws. */
export function withLanguage(fn) {
    ready = fn;
}

export function onLanguage(fn) {
    listeners.add(fn);
}

/** Whether there are words for it. */
export const has = (key) => key in words;

export function t(key, values = {}) {
    let text = words[key] ?? key;
    if (typeof text === 'object') {
        text = text[plural.select(Number(values.n ?? 0))] ?? text.other;
    }
    return text.replace(/\{(\w+)\}/g, (_, name) => {
        const value = values[name];
        return typeof value === 'number' ? num(value) : String(value ?? '');
    });
}

/** The word for a state or such; what is not known stands as it is. */
export const word = (group, value) => (has(`${group}.${value}`) ? t(`${group}.${value}`) : String(value ?? ''));

export function num(value, digits = 0) {
    return value === null || value === undefined ? '–'
        : new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export const money = (value) => (value === null || value === undefined ? '–' : `Rp ${num(value)}`);
export const percent = (value) => (value === null || value === undefined ? '–' : `${num(value, 1)} %`);

/** The site's clock and zone: an instant is shown as it was written. */
const wall = (rfc3339) => new Date(`${rfc3339.slice(0, 19)}Z`);
const format = (value, options) => new Intl.DateTimeFormat(locale(), { ...options, timeZone: 'UTC' }).format(value);

export function day(text, options = { day: 'numeric', month: 'short', year: 'numeric' }) {
    return text ? format(new Date(`${text.slice(0, 10)}T00:00:00Z`), options) : '–';
}
export const shortDay = (text) => day(text, { day: 'numeric', month: 'short' });

export function time(text) {
    return text ? format(wall(text), { hour: '2-digit', minute: '2-digit' }) : '–';
}
export function moment(text) {
    return text ? format(wall(text), { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }) : '–';
}

export function bytes(value) {
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${num(value, value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}
