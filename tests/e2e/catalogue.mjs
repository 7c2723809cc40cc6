// SPDX-License-Identifier: GPL-2.0-or-later
// The two catalogues against each other and against the code.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve('gateway/web/console');
const load = async (lang) => (await import(pathToFileURL(`${root}/lang/${lang}.js`))).default;
const names = (text) => [...new Set([...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort().join();

function files(folder) {
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        (entry.isDirectory() ? files(`${folder}/${entry.name}`) : entry.name.endsWith('.js') ? [`${folder}/${entry.name}`] : []));
}

/** Keys that are written out in the code: t('…') and the like. */
function used() {
    const code = files(root).filter((file) => !file.includes('/lang/')).map((file) => fs.readFileSync(file, 'utf8')).join('\n');
    return [...new Set([...code.matchAll(/\b(?:t|tt)\('([^']+)'/g), ...code.matchAll(/\? '([a-z]+\.[a-z_]+)'/g), ...code.matchAll(/: '([a-z]+\.[a-z_]+)'/g)].map((m) => m[1]))]
        .filter((key) => key.includes('.') && !key.endsWith('.csv'));
}

/** What goes into the audit has words: changes, and reads of people's data. */
function audited() {
    return [...fs.readFileSync('gateway/api/may.c', 'utf8').replace(/V1 "/g, '"/api/v1').matchAll(/\{"(GET|POST|PUT|PATCH|DELETE)",\s*"([^"]+)"([^{}]*)\}/g)]
        .filter(([, method, , rest]) => method !== 'GET' || rest.includes('API_SEEN')).map(([, method, route]) => `action.${method} ${route}`);
}

export async function catalogueFaults() {
    const [id, en] = [await load('id'), await load('en')];
    const faults = [];
    for (const key of new Set([...Object.keys(id), ...Object.keys(en)])) {
        if (!(key in id) || !(key in en)) {
            faults.push(`${key} is in one language only`);
        } else if (names(id[key]) !== names(en[key])) {
            faults.push(`${key}: {${names(id[key])}} and {${names(en[key])}}`);
        }
    }
    for (const key of [...used(), ...audited()]) {
        if (!(key in en)) {
            faults.push(`${key} has no words`);
        }
    }
    return faults;
}
