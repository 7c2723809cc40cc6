// SPDX-License-Identifier: GPL-2.0-or-later
// Charts by Chart.js, fetched only where one is shown. The figures stand in a
// table beside each, for whoever does not see it.
import { h } from './dom.js';
import { t, num, shortDay } from './i18n.js';
import { table } from './ui.js';

let loading = null;
function library() {
    loading ??= new Promise((resolve, reject) => {
        const script = h('script', { src: new URL('../vendor/chart.js', import.meta.url).pathname });
        script.onload = () => resolve(globalThis.Chart);
        script.onerror = () => { loading = null; script.remove(); reject(new Error('chart.js')); };
        document.head.append(script);
    });
    return loading;
}

const face = () => getComputedStyle(document.body).fontFamily;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function scales(small, max) {
    if (small) {
        return { x: { display: false }, y: { display: false, beginAtZero: true } };
    }
    const grid = { color: colour('line'), drawBorder: false };
    const ticks = { color: colour('soft'), font: { family: face(), size: 12 } };
    return {
        x: { grid: { display: false, drawBorder: false }, ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 14 } },
        y: { beginAtZero: true, max, grid, ticks: { ...ticks, precision: 0, maxTicksLimit: 6, callback: (v) => num(v) } },
    };
}

/** Lines are told apart without their colours too. */
const dashes = { dashed: [6, 5], info: [2, 3], warn: [10, 4] };

function dataset(item) {
    const line = colour(item.tone);
    return {
        type: item.kind ?? 'line', label: item.label, data: item.values,
        borderColor: line, backgroundColor: item.kind === 'bar' ? line : item.fill ? `${line}22` : line,
        borderWidth: item.kind === 'bar' ? 0 : 2, borderDash: dashes[item.dashed ? 'dashed' : item.tone], borderRadius: 3, maxBarThickness: 44,
        pointRadius: item.values.length < 8 ? 3 : 0, pointHitRadius: 12, cubicInterpolationMode: 'monotone', fill: item.fill ? 'origin' : false, stack: item.stack, order: item.kind === 'bar' ? 2 : 1,
    };
}

/** A red line across at `value`: the limit that must be reached. */
function limitLine(limit) {
    return {
        id: 'limit',
        afterDatasetsDraw({ ctx, chartArea, scales: { y } }) {
            const at = y.getPixelForValue(limit.value);
            ctx.save();
            ctx.strokeStyle = colour('bad');
            ctx.fillStyle = colour('bad');
            ctx.lineWidth = 2;
            ctx.beginPath();
            ctx.moveTo(chartArea.left, at);
            ctx.lineTo(chartArea.right, at);
            ctx.stroke();
            ctx.font = `600 12px ${face()}`;
            ctx.textBaseline = 'bottom';
            ctx.fillText(limit.label, chartArea.left + 4, at - 4);
            ctx.restore();
        },
    };
}

function config(Chart, { labels, items, limit, small, max: most }) {
    // What runs far above the red line, as capacity may, leaves the picture.
    const tallest = Math.max(1, ...items.filter((i) => !i.dashed).flatMap((i) => i.values), limit?.value ?? 0);
    const max = limit ? Math.ceil(tallest * 1.15) : most;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    return {
        data: { labels, datasets: items.map(dataset) },
        plugins: limit ? [limitLine(limit)] : [],
        options: {
            animation: still ? false : { duration: 250 }, maintainAspectRatio: false, responsive: true,
            interaction: { mode: 'index', intersect: false }, scales: scales(small, max),
            plugins: {
                legend: { display: !small, position: 'bottom', labels: { color: colour('ink'), boxWidth: 14, boxHeight: 3, padding: 14, font: { family: face(), size: 13 } } },
                tooltip: { enabled: !small, callbacks: { label: (c) => ` ${c.dataset.label}: ${num(c.parsed.y)}` } },
            },
        },
    };
}

/**
 * chart({title, days | labels, items: [{label, values, tone, kind, fill}],
 * limit: {value, label}, max, small, key}). Keeps itself through renewals: the same
 * key with other figures redraws.
 */
export function chart(spec) {
    const labels = spec.labels ?? spec.days.map(shortDay);
    const host = h('div.chart', { class: spec.small ? 'small-chart' : undefined, 'data-keep': `${spec.key ?? spec.title}:${JSON.stringify([labels.length, spec.items.map((i) => i.values), spec.limit])}` },
        h('canvas', { role: 'img', 'aria-label': spec.title }));
    let drawn = null;
    const draw = async () => {
        const Chart = await library();
        if (!host.isConnected) {
            return;
        }
        drawn?.destroy();
        drawn = new Chart(host.firstChild, config(Chart, { ...spec, labels }));
    };
    const redraw = () => (host.isConnected ? draw() : document.removeEventListener('kabari:theme', redraw));
    document.addEventListener('kabari:theme', redraw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    requestAnimationFrame(() => draw().catch(() => host.replaceChildren(h('p.soft', null, t('chart.failed')))));
    if (spec.small) {
        return host;
    }
    const rows = labels.map((label, i) => ({ label, values: spec.items.map((item) => item.values[i]) }));
    return [host, h('details.more', null, h('summary', null, t('chart.table')),
        table(spec.title, [{ title: '', cell: (row) => row.label },
            ...spec.items.map((item, i) => ({ title: item.label, num: true, cell: (row) => num(row.values[i]) }))], rows))];
}

export const cumulate = (values) => values.map((sum = 0, i, all) => all.slice(0, i + 1).reduce((a, b) => a + (b ?? 0), 0));
