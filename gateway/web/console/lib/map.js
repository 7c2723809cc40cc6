// SPDX-License-Identifier: GPL-2.0-or-later
// A schematic map: offices where they lie, without a map's tiles. North is up;
// distances are true along both axes (a degree of longitude shrinks with the
// cosine of the latitude).
import { h, s } from './dom.js';
import { t, word, num } from './i18n.js';
import { tone } from './ui.js';

const WIDE = { width: 500, height: 440 };
const NARROW = { width: 320, height: 340 };
const MARGIN = 40;

function project(offices, size) {
    const lat = offices.map((o) => o.lat);
    const lon = offices.map((o) => o.lon);
    const middle = (Math.min(...lat) + Math.max(...lat)) / 2;
    const squeeze = Math.cos((middle * Math.PI) / 180);
    const spanX = Math.max((Math.max(...lon) - Math.min(...lon)) * squeeze, .01);
    const spanY = Math.max(Math.max(...lat) - Math.min(...lat), .01);
    const scale = Math.min((size.width - 2 * MARGIN) / spanX, (size.height - 2 * MARGIN) / spanY);
    const left = (size.width - spanX * scale) / 2;
    const top = (size.height - spanY * scale) / 2;
    return offices.map((o) => ({ office: o,
        x: left + (o.lon - Math.min(...lon)) * squeeze * scale,
        y: top + (Math.max(...lat) - o.lat) * scale }));
}

function radius(office) {
    return 8 + Math.min(10, Math.sqrt(Math.max(office.capacity, 0)));
}

/** The map is of offices: the words that all of them start with say nothing. */
const shortName = (office) => office.name.replace(/^(Kantor |Office )?(Camat |Kecamatan )?/i, '') || office.name;

function overlap(a, b) {
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Puts each name where it hides least: right, left, below, above. */
function labels(places, size) {
    const taken = places.map((p) => ({ x: p.x - 10, y: p.y - 10, w: 20, h: 20 }));
    return places.map((p) => {
        const r = radius(p.office) + 4;
        const w = shortName(p.office).length * 7.2;
        const spots = [
            { x: p.x + r, y: p.y - 8, w, h: 16, anchor: 'start', tx: p.x + r, ty: p.y + 4 },
            { x: p.x - r - w, y: p.y - 8, w, h: 16, anchor: 'end', tx: p.x - r, ty: p.y + 4 },
            { x: p.x - w / 2, y: p.y + r, w, h: 16, anchor: 'middle', tx: p.x, ty: p.y + r + 12 },
            { x: p.x - w / 2, y: p.y - r - 16, w, h: 16, anchor: 'middle', tx: p.x, ty: p.y - r - 4 },
        ];
        const cost = (spot) => taken.filter((box) => overlap(spot, box)).length +
            (spot.x < 4 || spot.x + spot.w > size.width - 4 || spot.y < 2 || spot.y + 16 > size.height ? 3 : 0);
        const best = spots.reduce((a, b) => (cost(b) < cost(a) ? b : a));
        taken.push(best);
        return best;
    });
}

const signs = { up: '✓', degraded: '!', down: '×', closed: '–' };

export function officeMap(offices) {
    const placed = offices.filter((o) => o.lat !== null && o.lon !== null);
    if (placed.length === 0) {
        return null;
    }
    const size = matchMedia('(max-width: 40rem)').matches ? NARROW : WIDE;
    const places = project(placed, size);
    const names = labels(places, size);
    const at = new Map(places.map((p) => [p.office.code, p]));
    const links = places.filter((p) => p.office.state !== 'up').flatMap((p) => {
        const other = p.office.fallback.split(',').map((c) => at.get(c.trim())).find((q) => q && q.office.state === 'up');
        return other ? [s('path', { class: 'link', d: `M${p.x} ${p.y}L${other.x} ${other.y}` })] : [];
    });
    return h('div', null,
        s('svg', { class: 'map', viewBox: `0 0 ${size.width} ${size.height}`, role: 'group', 'aria-label': t('offices.map') },
            links,
            places.map((p, i) => s('a', { href: `#/offices/${p.office.code}`, 'data-tone': tone(p.office.state), 'data-key': p.office.code,
                'aria-label': `${p.office.name}: ${word('office', p.office.state)}` },
            s('title', null, `${p.office.name}: ${word('office', p.office.state)}${p.office.capacity > 0 ? `, ${t('office.capacity_n', { n: p.office.capacity })}` : ''}`),
            s('circle', { cx: p.x, cy: p.y, r: radius(p.office) }),
            s('text', { class: 'sign', x: p.x, y: p.y + 5, 'aria-hidden': 'true' }, signs[p.office.state] ?? ''),
            s('text', { x: names[i].tx, y: names[i].ty, 'text-anchor': names[i].anchor, 'aria-hidden': 'true' }, shortName(p.office))))),
        h('p.small.soft.mt-2', null, t('offices.map_hint', { n: num(placed.length) })));
}
