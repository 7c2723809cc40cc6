// SPDX-License-Identifier: GPL-2.0-or-later
// Who a campaign is for: the API's expressions ("state=unrecorded", "age>=60")
// as fields to choose from, and as words. Nothing of them gets lost on the way:
// what no field can show stays as it is written.
import { t, word, languages } from './i18n.js';
import { officeName, kecamatanName } from './places.js';

/** Fields that are chosen from a list; a desa is one of the kecamatan's. */
export const listed = ['state', 'office', 'kecamatan', 'desa', 'phone'];
const AGE = /^age>=(\d+)$/;

/**
 * Expressions as fields, and what is left as lines of text.
 *
 * @param offers  (name, fields so far) => the values that its list has.
 */
export function readWhere(where, offers) {
    const fields = {};
    const rest = [];
    for (const name of listed) {
        const found = where.map((expr) => expr.split('=')).find(([left, right, more]) => left === name && right && more === undefined);
        if (found && offers(name, fields).includes(found[1])) {
            fields[name] = found[1];
        }
    }
    for (const expr of where) {
        const age = AGE.exec(expr)?.[1];
        if (age && fields.age === undefined) {
            fields.age = age;
        } else if (!listed.some((name) => fields[name] !== undefined && expr === `${name}=${fields[name]}`)) {
            rest.push(expr);
        }
    }
    return { ...fields, rest: rest.join('\n') };
}

/** The fields of a form as expressions. */
export const writeWhere = (values) => [
    ...listed.filter((name) => values[name]).map((name) => `${name}=${values[name]}`),
    ...(values.age ? [`age>=${values.age}`] : []),
    ...(values.rest ?? '').split('\n').map((line) => line.trim()).filter(Boolean),
];

const said = {
    state: (value) => `${t('resident.state')}: ${word('resident', value)}`,
    office: (value) => `${t('resident.office')}: ${officeName(value)}`,
    kecamatan: (value) => `${t('office.kecamatan')}: ${kecamatanName(value)}`,
    desa: (value) => `${t('resident.desa')}: ${value}`,
    phone: (value) => `${t('resident.phone')}: ${t(`wizard.phone_${value}`)}`,
    lang: (value) => `${t('resident.lang')}: ${languages[value] ?? value}`,
};

/** One expression in words; null where it has none. */
export function whereWords(expr) {
    const age = AGE.exec(expr)?.[1];
    if (age) {
        return t('wizard.age_from', { n: age });
    }
    const [name, value] = expr.split(/=(.*)/s);
    return value && Object.hasOwn(said, name) ? value.split(',').map(said[name]).map((one, i) => (i === 0 ? one : one.replace(/^.*?: /, ''))).join(', ') : null;
}
