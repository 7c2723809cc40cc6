// SPDX-License-Identifier: GPL-2.0-or-later
// What changes while one looks: one event stream for the page; where it does
// not come through (an old proxy), the screens are asked again every few
// seconds. EventSource comes back by itself and resumes.

const POLL_MS = 4000;
const REOPEN_MS = 30000; /* where a stream was refused, by a proxy or a full gateway */
const GATHER_MS = 150;
const LEAST_MS = 1500; /* between two looks: a campaign changes all the time */
const topics = ['message', 'campaign', 'office', 'modem', 'inbox', 'import', 'alarm', 'status', 'reset'];

const watchers = new Set();
const stateWatchers = new Set();
let source = null;
let timer = null;
let reopening = null;
let state = 'off';

function setState(next) {
    if (state !== next) {
        state = next;
        for (const fn of stateWatchers) {
            fn(next);
        }
    }
}

export const liveState = () => state;
export function onLiveState(fn) {
    stateWatchers.add(fn);
    return () => stateWatchers.delete(fn);
}

function tell(topic, data) {
    for (const watcher of watchers) {
        if (topic === 'reset' || topic === 'poll' || watcher.topics.includes(topic)) {
            watcher.take(topic, data);
        }
    }
}

/** Each failed attempt to come back says so again: the beat goes on as it is. */
function poll(on) {
    if (on === (timer !== null)) {
        return;
    }
    clearInterval(timer);
    timer = on ? setInterval(() => document.hidden || tell('poll', {}), POLL_MS) : null;
}

/** The stream broke: one look at once says whether the gateway answers. */
function broken() {
    if (state === 'live') {
        tell('poll', {});
    }
    poll(true);
    setState('polling');
    if (source?.readyState === EventSource.CLOSED) {
        clearTimeout(reopening);
        reopening = setTimeout(open, REOPEN_MS);
    }
}

function open() {
    source = new EventSource('/api/v1/events');
    source.onopen = () => {
        poll(false);
        setState('live');
        tell('reset', {});
    };
    source.onerror = broken;
    for (const topic of topics) {
        source.addEventListener(topic, (event) => {
            let data = {};
            try {
                data = JSON.parse(event.data);
            } catch { /* the event alone says: look again */ }
            tell(topic, data);
        });
    }
}

export function startLive() {
    stopLive();
    poll(true);
    setState('polling');
    open();
}

export function stopLive() {
    clearTimeout(reopening);
    source?.close();
    source = null;
    poll(false);
    setState('off');
}

/** Calls fn once per burst of events of these topics, and not more often than
 *  every LEAST_MS; returns how to end it. */
export function watch(wanted, fn) {
    let waiting = null;
    let running = false;
    let again = false;
    let last = 0;
    const soon = () => {
        waiting ??= setTimeout(run, Math.max(GATHER_MS, last + LEAST_MS - Date.now()));
    };
    const run = async () => {
        waiting = null;
        if (running) {
            again = true;
            return;
        }
        running = true;
        try {
            await fn();
        } finally {
            running = false;
            last = Date.now();
        }
        if (again) {
            again = false;
            soon();
        }
    };
    const watcher = { topics: wanted, take: soon };
    watchers.add(watcher);
    return () => {
        clearTimeout(waiting);
        watchers.delete(watcher);
    };
}
