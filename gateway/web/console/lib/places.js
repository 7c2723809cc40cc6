// SPDX-License-Identifier: GPL-2.0-or-later
// Names of offices and kecamatan, where an answer has their codes alone, and the
// days of a week.
import { maybe } from './api.js';
import { day } from './i18n.js';

const offices = new Map();
const kecamatan = new Map();

/** Asks anew and gives the list; where no answer comes, what is known stays. */
export async function loadOffices() {
    const list = (await maybe('/offices').catch(() => null)) ?? [];
    for (const office of list) {
        offices.set(office.code, office.name);
        kecamatan.set(office.kecamatan, office.kecamatan_name);
    }
    return list;
}

export const officeName = (code) => offices.get(code) ?? code;
export const kecamatanName = (code) => kecamatan.get(code) || code;

const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONDAY = 1; /* of August 2016 */

/** "Mon-Fri" in the reader's language. */
export const daysOf = (text) => text.replace(new RegExp(week.join('|'), 'g'), (name) =>
    day(`2016-08-0${MONDAY + week.indexOf(name)}`, { weekday: 'short' }));
