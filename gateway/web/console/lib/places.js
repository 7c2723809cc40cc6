// SPDX-License-Identifier: GPL-2.0-or-later
// Names of offices and kecamatan, where an answer has their codes alone.
import { maybe } from './api.js';
import { t } from './i18n.js';

const offices = new Map();
const kecamatan = new Map();

/** Asks once; what is already known stands meanwhile. */
export async function loadOffices() {
    for (const office of (await maybe('/offices').catch(() => null)) ?? []) {
        offices.set(office.code, office.name);
        kecamatan.set(office.kecamatan, office.kecamatan_name);
    }
}

export const officeName = (code) => offices.get(code) ?? code;
export const kecamatanName = (code) => kecamatan.get(code) || code;

/** "Mon-Fri" in the reader's language. */
export const daysOf = (text) => text.replace(/[A-Z][a-z]{2}/g, (name) => t(`day.${name}`));
