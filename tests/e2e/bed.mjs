// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway, simulated modems and a browser for the console's tests; all of it
// ends with the test and lives in a folder of its own.
import { createRequire } from 'node:module';
import { spawn, execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

const build = process.env.KABARI_BUILD;
const tools = createRequire(`${process.env.KABARI_NODE}/package.json`);
const { chromium } = tools('playwright-core');
const axe = fs.readFileSync(tools.resolve('axe-core/axe.min.js'), 'utf8');

export const shots = path.join(process.env.KABARI_E2E, 'shots');

export async function until(what, condition, limitMs = 60000) {
    const end = Date.now() + limitMs;
    for (;;) {
        const value = await condition();
        if (value) {
            return value;
        }
        if (Date.now() > end) {
            throw new Error(`after ${limitMs} ms: ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** One request over the control socket. */
export function asked(bed, method, target, body, type = 'application/json') {
    return new Promise((resolve, reject) => {
        const text = body === undefined ? '' : type === 'application/json' ? JSON.stringify(body) : body;
        const request = http.request({ socketPath: bed.socket, method, path: `/api/v1${target}`, headers: text ? { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) } : {} }, (answer) => {
            let all = '';
            answer.on('data', (part) => { all += part; });
            answer.on('end', () => (answer.statusCode < 300 ? resolve(all ? JSON.parse(all) : null) : reject(new Error(`${method} ${target}: ${answer.statusCode} ${all}`))));
        });
        request.on('error', reject);
        request.end(text);
    });
}

export function sim(bed, request) {
    execFileSync(`${build}/kabari-sim`, ['--ctl', bed.sim, JSON.stringify(request)]);
}

/** The events of a kind, as the simulator's own ledger has them. */
export const ledger = (bed, kind) => fs.readFileSync(`${bed.sim}/ledger.jsonl`, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
    .filter((event) => event.event === kind);

/** What the network took. */
export const accepted = (bed, part = '') => ledger(bed, 'accepted').filter((event) => event.text.includes(part));

const modem = (bed, name) => `{ name = "${name}"; device = "${bed.sim}/${bed.devices[name]}"; operator = "telkomsel"; daily_limit = 0; min_gap_ms = 0; pause_ms = 0; }`;

function configuration(bed) {
    return `rehearsal = true;
site = { name = "DUKCAPIL MABAR"; timezone = "Asia/Makassar"; language = "id"; };
database = { path = "${bed.folder}/kabari.db"; };
templates = "${bed.folder}/templates";
control = { socket = "${bed.socket}"; };
http = { listen = "127.0.0.1:${bed.port}"; };
${bed.more}sending = { days = "Mon-Sat"; from = "08:00"; to = "18:00"; };
modems = ( ${Object.keys(bed.devices).map((name) => modem(bed, name)).join(', ')} );
`;
}

function start(bed, name, args) {
    const log = fs.openSync(`${bed.folder}/${name}.log`, 'w');
    const child = spawn(`${build}/${name}`, args, { stdio: ['ignore', log, log] });
    bed.children.push(child);
    child.on('exit', (code) => { child.ended = code ?? -1; });
    return child;
}

const said = (bed, name, text) => fs.readFileSync(`${bed.folder}/${name}.log`, 'utf8').includes(text);

/** Starts the gateway on the bed's port; the first time on any, which stays. */
export async function startGateway(bed) {
    fs.writeFileSync(`${bed.folder}/kabari.conf`, configuration(bed));
    bed.gateway = start(bed, 'kabarid', ['-c', `${bed.folder}/kabari.conf`, '--clock', '2016-09-01 08:00']);
    await until('the gateway is ready', () => said(bed, 'kabarid', 'kabarid: ready'), 60000);
    bed.port = Number(/web: listens .* port=(\d+)/.exec(fs.readFileSync(`${bed.folder}/kabarid.log`, 'utf8'))[1]);
    bed.base = `http://127.0.0.1:${bed.port}`;
}

/** As kill -9 does; not held against it. */
export async function killGateway(bed) {
    const gone = bed.gateway;
    bed.children = bed.children.filter((child) => child !== gone);
    gone.kill('SIGKILL');
    await until('the gateway is gone', () => gone.ended !== undefined);
}

/** more: lines for the configuration. bed.devices: which device each modem has
 *  when the gateway starts. */
export async function bedUp({ more = '', modems = 2 } = {}) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kabari-e2e-'));
    const bed = { folder, sim: `${folder}/sim`, socket: `${folder}/kabari.sock`, devices: Object.fromEntries(Array.from({ length: modems }, (_, i) => [`m${i + 1}`, `m${i + 1}`])), children: [], port: 0, more };
    fs.mkdirSync(bed.sim);
    fs.cpSync('templates', `${folder}/templates`, { recursive: true });
    start(bed, 'kabari-sim', ['--dir', bed.sim, '--modems', String(modems), '--latency-ms', '60', '--command-ms', '2', '--report-ms', '80']);
    await until('the simulator is ready', () => said(bed, 'kabari-sim', 'ready'));
    await startGateway(bed);
    execFileSync(`${build}/kabari`, ['-c', `${folder}/kabari.conf`, 'sample', '--out', folder, '--residents', '400', '--seed', '7']);
    return bed;
}

async function bedDown(bed) {
    await bed.browser?.close();
    const bad = [];
    for (const child of bed.children.reverse()) {
        if (child.ended === undefined) {
            child.kill('SIGTERM');
            await until('a program ends', () => child.ended !== undefined, 15000).catch(() => child.kill('SIGKILL'));
        }
        if (child.spawnfile.endsWith('kabarid') && child.ended !== 0) {
            bad.push(`kabarid ended with ${child.ended}`);
        }
    }
    if (process.env.KABARI_E2E_KEEP) {
        console.log(`kept ${bed.folder}`);
    } else {
        fs.rmSync(bed.folder, { recursive: true, force: true });
    }
    return bad;
}

/* --- the browser --------------------------------------------------------------- */

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Runs the cases, says as cmocka does how they ended, and ends the program;
 *  page() is looked at where one fails. */
export async function runCases(cases, bed, page) {
    let failed = 0;
    for (const one of cases) {
        const began = Date.now();
        console.log(`[ RUN      ] ${one.name}`);
        try {
            assert.ok(bed, 'the gateway or the browser did not start');
            await one.run();
            console.log(`[       OK ] ${one.name} (${Date.now() - began} ms)`);
        } catch (error) {
            failed++;
            console.log(`${error.stack}\n[  FAILED  ] ${one.name}`);
            await page()?.screenshot({ path: `${process.env.KABARI_E2E}/failed-${failed}.png`, fullPage: true }).catch(() => {});
        }
    }
    for (const line of bed ? await bedDown(bed) : []) {
        console.log(line);
        failed++;
    }
    console.log(`[  PASSED  ] ${cases.length - failed} test(s).`);
    if (failed > 0) {
        console.log(`[  FAILED  ] ${failed} test(s).`);
    }
    process.exit(failed > 0 ? 1 : 0);
}

/** A browser with a page. */
export async function browse(bed) {
    bed.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags, headless: true });
    bed.context = await bed.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', acceptDownloads: false });
    bed.trouble = [];
    bed.foreign = [];
    return openPage(bed);
}

/** Another page, of which the bed keeps what its console and its requests said. */
export async function openPage(bed) {
    const page = await bed.context.newPage();
    page.setDefaultTimeout(60000);
    page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') {
            bed.trouble.push(`${message.text()} (${message.location().url})`);
        }
    });
    page.on('pageerror', (error) => bed.trouble.push(error.stack));
    page.on('request', (request) => {
        if (!request.url().startsWith(bed.base) && !request.url().startsWith('data:')) {
            bed.foreign.push(request.url());
        }
    });
    return page;
}

/* The style sheets, which axe fetches anew for one of its rules, are the same on
 * all screens: they are judged with the first. */
let sheetsJudged = false;

/** Serious and critical findings; injected past the page's policy, through the
 *  debugger, as the policy itself is not to be loosened for a test. */
async function findings(page) {
    const debug = await page.context().newCDPSession(page);
    const ask = (expression) => debug.send('Runtime.evaluate', { awaitPromise: true, returnByValue: true, expression });
    if ((await ask('typeof axe')).result.value !== 'object') {
        await ask(axe);
    }
    const { result } = await ask(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], preload: !sheetsJudged })}).then((r) => r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')))`);
    sheetsJudged = true;
    await debug.detach();
    return result.value;
}

const TALLEST = 2000; /* of a picture; a long list goes on alike */
const sizes = [[1440, 900], [360, 740]];
const schemes = ['light', 'dark'];

/* A picture takes as long as what is asserted, and so does the judge: one of
 * each size and one of each scheme, unless all four are wanted to be looked at
 * (KABARI_SHOTS=all). */
const lookedAt = (width, scheme) => process.env.KABARI_SHOTS === 'all' || (width === 1440) === (scheme === 'light');

async function picture(page, name, width, scheme) {
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.screenshot({ path: `${shots}/${name}-${width}-${scheme}.jpg`, type: 'jpeg', quality: 85, fullPage: true,
        clip: { x: 0, y: 0, width, height: Math.min(tall, TALLEST) } });
}

/** What is wrong with the screen as it stands: findings on a wide one in light
 *  and on a phone in dark; where it is too wide. Takes its pictures. */
export async function faultsOf(page, name) {
    fs.mkdirSync(shots, { recursive: true });
    const faults = [];
    for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height });
        for (const scheme of schemes) {
            await page.emulateMedia({ colorScheme: scheme });
            if (lookedAt(width, scheme)) {
                await picture(page, name, width, scheme);
                faults.push(...(await findings(page)).map((f) => `${name}, ${width} pixels, ${scheme}: ${f}`));
            }
        }
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) {
            faults.push(`${name} is wider than ${width} pixels`);
        }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    return faults;
}
