// SPDX-License-Identifier: GPL-2.0-or-later
// What several screens show of a campaign.
import { h } from './dom.js';
import { t, num, percent, shortDay, day } from './i18n.js';
import { bar, legend, notice } from './ui.js';
import { chart, cumulate } from './chart.js';
import { say } from './sentences.js';

const states = ['delivered', 'sent', 'queued', 'held', 'unknown', 'undelivered', 'failed', 'expired', 'cancelled'];
const tones = { delivered: 'good', sent: 'accent', queued: 'info', held: 'warn', unknown: 'warn', undelivered: 'bad', failed: 'bad' };

/** A campaign's own words: what waits for what, a line each. */
export const linesOf = (text) => (text ?? '').split(/; (?=\d)/).filter(Boolean);

/** From the site's day (RFC 3339, or the day alone) to its deadline; under 0 behind it. */
export const daysLeft = (now, deadline) => Math.round((Date.parse(deadline) - Date.parse(now.slice(0, 10))) / 86400000);

/** Its messages by state, as a bar with its legend. */
export function messageBar(report) {
    const parts = states.map((state) => ({ label: t(`message.${state}`), value: (report[state] ?? 0) + (state === 'queued' ? report.submitting ?? 0 : 0), tone: tones[state] ?? 'idle' }))
        .filter((part) => part.value > 0);
    if (parts.length === 0) {
        return h('p.soft', null, t('campaign.no_messages'));
    }
    return [bar(parts, report.phones ?? 0, t('campaign.messages')), legend(parts)];
}

/** The road: on the list, told, delivered, answered, came. */
export function road(report) {
    const people = report.people ?? { audience: report.audience, told: report.phones - (report.queued + report.held), delivered: report.delivered };
    const steps = ['audience', 'told', 'delivered', 'answered', 'came'].filter((name) => people[name] !== undefined);
    const whole = Math.max(people.audience, 1);
    return h('ol.funnel', null, steps.map((name) => h('li', { 'data-key': name },
        h('span', null, t(`road.${name}`)),
        h('span.track', { 'aria-hidden': 'true' }, h('span', { style: { width: `${Math.min(100, (100 * people[name]) / whole)}%` } })),
        h('b', null, num(people[name]), name !== 'audience' && h('small.soft', null, ` ${percent((100 * people[name]) / whole)}`)))));
}

/** In one line whether the deadline holds. */
export function verdict(forecast) {
    const date = day(forecast.deadline);
    const text = forecast.missed ? t('forecast.missed', { n: forecast.late, date })
        : t('forecast.fine', { n: forecast.reachable, date });
    return notice(forecast.missed ? 'bad' : 'good', h('p.verdict', null, text),
        forecast.constraint?.text && h('p.sentence', null, say(forecast.constraint.text)),
        forecast.missed && forecast.finish && h('p', null, t('forecast.finish', { date: day(forecast.finish) })));
}

/** People told, day by day, against the red line of those who should be: who
 *  was told before the first day is under all of them. What the offices can
 *  serve is of use only where it comes near the line. */
export function forecastChart(forecast) {
    const days = cumulate(forecast.series.told);
    const before = Math.max(0, forecast.told - (days.at(-1) ?? 0));
    const capacity = cumulate(forecast.series.capacity);
    const near = capacity.some((v) => v > 0 && v <= forecast.reachable);
    return chart({
        key: 'forecast', title: t('forecast.chart'), days: forecast.days,
        limit: { value: forecast.reachable, label: t('forecast.line', { n: forecast.reachable, date: shortDay(forecast.deadline) }) },
        items: [
            { label: t('forecast.told'), values: days.map((v) => v + before), tone: 'accent', fill: true },
            { label: t('forecast.expected'), values: cumulate(forecast.series.expected), tone: 'info' },
            { label: t('forecast.capacity'), values: near ? capacity : [], tone: 'soft', dashed: true },
        ].filter((item) => item.values.some((v) => v > 0)),
    });
}
