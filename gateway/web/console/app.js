// SPDX-License-Identifier: GPL-2.0-or-later
// The frame: who is logged in, which screen is shown, what stands around it.
import { h, icon, morph } from './lib/dom.js';
import { get, del, session, onSessionLost, onReach, ApiError } from './lib/api.js';
import { t, lang, languages, setLanguage, onLanguage, withLanguage, word } from './lib/i18n.js';
import { loadSentences } from './lib/sentences.js';
import { startLive, stopLive, watch, liveState, onLiveState } from './lib/live.js';
import { failure, skeleton, complain, head } from './lib/ui.js';
import { account } from './lib/account.js';
import login from './screens/login.js';

const everybody = ['staff', 'operator', 'auditor', 'admin'];
const screens = [
    { name: 'today', roles: everybody },
    { name: 'offices', roles: everybody },
    { name: 'residents', roles: ['staff', 'admin'] },
    { name: 'campaigns', roles: everybody },
    { name: 'inbox', roles: ['staff', 'admin'], count: 'inbox_open' },
    { name: 'messages', roles: everybody },
    { name: 'templates', roles: everybody },
    { name: 'modems', roles: everybody, rule: true },
    { name: 'webhooks', roles: ['operator', 'admin'] },
    { name: 'audit', roles: ['auditor', 'admin'] },
    { name: 'users', roles: ['admin'] },
    { name: 'settings', roles: ['operator', 'auditor', 'admin'] },
];

const app = document.getElementById('app');
const frame = { status: null, menu: false, leave: [], current: '', offline: false };

const mine = () => screens.filter((s) => s.roles.includes(session.user?.role ?? 'admin'));

/* --- what stands around a screen --------------------------------------------- */

const themes = ['auto', 'light', 'dark'];
function stored(name) {
    try {
        return localStorage.getItem(name);
    } catch {
        return null;
    }
}
function store(name, value) {
    try {
        localStorage.setItem(name, value);
    } catch { /* it lasts as long as the page, then */ }
}

function nextTheme() {
    const now = document.documentElement.dataset.theme ?? 'auto';
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    if (next === 'auto') {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = next;
    }
    store('kabari.theme', next);
    document.dispatchEvent(new Event('kabari:theme'));
    drawFrame();
}

async function nextLanguage() {
    const next = nextLang();
    store('kabari.lang', next);
    await setLanguage(next);
}

async function logOut() {
    try {
        await del('/session');
    } catch (error) {
        complain(error);
    }
    session.user = null;
    store('kabari.in', '');
    stopLive();
    showLogin();
}

const nextLang = () => Object.keys(languages).find((code) => code !== lang());

function topbar() {
    const user = session.user;
    const live = frame.offline ? 'off' : liveState();
    const theme = document.documentElement.dataset.theme ?? 'auto';
    return h('header.topbar', null,
        h('button.plain.menu-button', { type: 'button', 'aria-label': t('frame.menu'), 'aria-expanded': String(frame.menu),
            'aria-controls': 'side', onclick: () => { frame.menu = !frame.menu; drawFrame(); } }, icon(frame.menu ? 'close' : 'menu')),
        h('a.brand', { href: '#/today' }, h('img', { src: new URL('icon.svg', import.meta.url).pathname, alt: '' }), 'Kabari',
            h('span.site', null, frame.status?.site ?? '')),
        h('div.grow'),
        h('span.live', { 'data-state': live, title: t(`frame.live.${live}`) }, h('span', null, t(`frame.live.${live}`))),
        h('button.plain', { type: 'button', onclick: nextLanguage, 'aria-label': t('frame.language') },
            h('span.lang-name', { lang: nextLang() }, languages[nextLang()]), h('span.lang-code', null, nextLang().toUpperCase())),
        h('button.plain', { type: 'button', onclick: nextTheme, 'aria-label': t('frame.theme', { theme: t(`frame.theme.${theme}`) }),
            title: t('frame.theme', { theme: t(`frame.theme.${theme}`) }) }, icon('sun')),
        h('button.plain', { type: 'button', onclick: account, 'aria-label': t('frame.account', { name: user?.name ?? '' }), title: t('frame.account', { name: user?.name ?? '' }) },
            icon('users'), h('span.user-name', null, user ? `${user.name} · ${word('role', user.role)}` : '')),
        h('button.plain', { type: 'button', onclick: logOut, 'aria-label': t('frame.logout', { name: user?.name ?? '' }), title: t('frame.logout', { name: user?.name ?? '' }) }, icon('out')));
}

function side() {
    return h('div.side', { id: 'side', 'data-open': frame.menu }, h('nav', { 'aria-label': t('frame.nav') }, h('ul', null,
        mine().map((screen) => {
            const count = screen.count && frame.status?.[screen.count];
            return [screen.rule && h('li', { 'aria-hidden': 'true', 'data-key': 'rule' }, h('hr')),
                h('li', { 'data-key': screen.name }, h('a', { href: `#/${screen.name}`, 'aria-current': frame.current === screen.name ? 'page' : undefined },
                    icon(screen.name), t(`nav.${screen.name}`),
                    count > 0 && h('span.count', { 'aria-label': t('frame.waiting', { n: count }) }, String(count))))];
        }))));
}

function drawFrame() {
    if (!session.user) {
        return;
    }
    morph(app, [
        h('a.skip', { href: '#main', onclick: (event) => { event.preventDefault(); document.getElementById('main').focus(); } }, t('frame.skip')),
        topbar(),
        frame.offline && h('aside.offline', { role: 'status' }, icon('warn'), t('frame.offline')),
        frame.status?.rehearsal && h('aside.rehearsal', { 'aria-label': t('frame.rehearsal_label') }, t('frame.rehearsal', { now: frame.status.now.slice(0, 16).replace('T', ' ') })),
        h('div.frame', null, side(), h('main', { id: 'main', tabindex: '-1', 'data-keep': 'main' })),
    ]);
}

async function refreshStatus() {
    try {
        frame.status = await get('/status');
        drawFrame();
    } catch { /* the screen says what is wrong */ }
}

/* --- screens -------------------------------------------------------------------- */

/** What a screen gets: where to draw, and what ends with it. */
function context(main, args, query) {
    const seen = frame.leave;
    const may = (...roles) => roles.includes(session.user?.role);
    const gone = () => frame.leave !== seen;
    const bounded = () => session.user.kecamatan?.length > 0;
    return {
        main, args, query, user: session.user, may,
        /* Whoever is bounded to some kecamatan may not do what is about all. */
        mayAll: (...roles) => may(...roles) && !bounded(),
        mayAt: (office, ...roles) => may(...roles) && (!bounded() || session.user.kecamatan.includes(office.kecamatan)),
        /* A screen that waited for an answer may have been left meanwhile. */
        draw: (...nodes) => gone() || main.replaceChildren(...nodes.flat().filter(Boolean)),
        live: (topics, fn) => gone() || seen.push(watch(topics, fn)),
        every: (ms, fn) => { const timer = setInterval(() => document.hidden || fn(), ms); seen.push(() => clearInterval(timer)); },
        onLeave: (fn) => { seen.push(fn); },
        go: (hash) => { location.hash = hash; },
        get gone() { return gone(); },
    };
}

function whereTo() {
    const [route, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    const [name, ...args] = route.split('/').map(decodeURIComponent);
    const known = mine().some((s) => s.name === name);
    return { name: known ? name : 'today', args: known ? args.filter(Boolean) : [], query: new URLSearchParams(query) };
}

/** A screen's file; one that does not come is a gateway that does not answer.
 *  Some browsers remember that it did not: then the page is loaded anew. */
let missed = false;
async function screenOf(name) {
    try {
        const { default: screen } = await import(`./screens/${name}.js`);
        missed = false;
        return screen;
    } catch (error) {
        if (!(error instanceof TypeError)) {
            throw error;
        }
        await get('/session'); /* says "offline" where that is it */
        if (missed) {
            location.reload();
        }
        missed = true;
        throw new ApiError(0, { code: 'offline' });
    }
}

async function show() {
    if (!session.user) {
        return;
    }
    for (const fn of frame.leave) {
        fn();
    }
    frame.leave = [];
    frame.menu = false;
    const { name, args, query } = whereTo();
    const moved = frame.current !== '';
    frame.current = name;
    drawFrame();
    const main = document.getElementById('main');
    main.replaceChildren(skeleton(6));
    const ctx = context(main, args, query);
    try {
        const screen = await screenOf(name);
        if (ctx.gone) {
            return;
        }
        await screen(ctx);
    } catch (error) {
        if (!ctx.gone) {
            main.replaceChildren(head(t(`nav.${name}`), args.length > 0 ? { back: { href: `#/${name}`, text: t(`nav.${name}`) } } : {}), failure(error, show));
        }
        if (error.status === undefined) {
            console.error(error);
        }
    }
    if (!ctx.gone) {
        const title = main.querySelector('h1');
        document.title = `${title?.textContent ?? t(`nav.${name}`)} – Kabari`;
        if (moved) {
            title?.focus({ preventScroll: true });
            scrollTo(0, 0);
        }
    }
}

function showLogin() {
    for (const fn of frame.leave) {
        fn();
    }
    frame.leave = [];
    frame.current = '';
    login(app, { onIn: enter, onLanguage: nextLanguage });
}

async function enter() {
    const user = session.user;
    store('kabari.in', '1');
    await setLanguage(stored('kabari.lang') ?? user.lang ?? 'id');
    app.replaceChildren();
    drawFrame();
    startLive();
    await Promise.all([refreshStatus(), show()]);
}

onReach((answers) => {
    if (frame.offline !== !answers) {
        frame.offline = !answers;
        drawFrame();
    }
});
onSessionLost(() => { store('kabari.in', ''); stopLive(); showLogin(); });
onLanguage(() => { if (session.user && frame.current) { show(); } else if (!session.user && frame.started) { showLogin(); } });
onLiveState(drawFrame);
watch(['status', 'inbox'], refreshStatus);
addEventListener('hashchange', show);
addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && frame.menu) {
        frame.menu = false;
        drawFrame();
        document.querySelector('.menu-button').focus();
    }
});

/* English where they do not come; who has not logged in need not wait for them. */
withLanguage(() => (session.user ? loadSentences().catch(() => {}) : undefined));
await setLanguage(stored('kabari.lang') ?? 'id');
frame.started = true;
// The cookie cannot be seen from here; who has never logged in need not ask.
if (stored('kabari.in')) {
    try {
        session.user = await get('/session');
    } catch (error) {
        if (error.status !== 401) {
            console.warn(error.message);
        }
    }
}
if (session.user) {
    await enter();
} else {
    showLogin();
}
