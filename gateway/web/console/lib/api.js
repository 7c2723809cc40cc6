// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway's API. Everything goes to where the page came from.

export const session = { user: null };
let onLost = () => {};
let reach = () => {};

/** Called with whether the gateway answered, at each request. */
export function onReach(fn) {
    reach = fn;
}

/** Called when the session has ended. */
export function onSessionLost(fn) {
    onLost = fn;
}

export class ApiError extends Error {
    constructor(status, error = {}) {
        super(error.message || `HTTP ${status}`);
        this.status = status;
        this.code = error.code ?? '';
        this.field = error.field ?? '';
        this.rows = error.rows ?? [];
    }

    /** The route is not there, in this build or for this role. */
    get absent() {
        return this.status === 404 || this.status === 405 || this.status === 403;
    }
}

export const path = (strings, ...values) =>
    strings.reduce((all, part, i) => all + encodeURIComponent(values[i - 1]) + part);

function headersOf(method, type) {
    const headers = { Accept: 'application/json' };
    if (type) {
        headers['Content-Type'] = type;
    }
    if (method !== 'GET' && session.user?.csrf) {
        headers['X-Kabari-CSRF'] = session.user.csrf;
    }
    return headers;
}

async function read(response) {
    const text = await response.text();
    let body = text;
    if ((response.headers.get('Content-Type') ?? '').includes('json')) {
        try {
            body = JSON.parse(text);
        } catch {
            throw new ApiError(response.status, { message: 'The answer cannot be read.' });
        }
    }
    if (response.ok) {
        return body;
    }
    const error = new ApiError(response.status, body?.error ?? { message: String(text).slice(0, 300) });
    if (response.status === 401 && session.user) {
        session.user = null;
        onLost();
    }
    throw error;
}

export async function ask(method, target, body, options = {}) {
    const type = options.type ?? (body === undefined ? null : 'application/json');
    let response;
    try {
        response = await fetch(`/api/v1${target}`, {
            method,
            headers: { ...headersOf(method, type), ...options.headers },
            body: body === undefined || options.type ? body : JSON.stringify(body),
            credentials: 'same-origin',
            cache: 'no-store',
        });
    } catch {
        reach(false);
        throw new ApiError(0, { code: 'offline', message: '' });
    }
    reach(true);
    return read(response);
}

export const get = (target) => ask('GET', target);
export const post = (target, body = {}) => ask('POST', target, body);
export const patch = (target, body) => ask('PATCH', target, body);
export const put = (target, body) => ask('PUT', target, body);
export const del = (target) => ask('DELETE', target);

/** As get, but null where the route is absent. */
export async function maybe(target) {
    try {
        return await get(target);
    } catch (error) {
        if (error instanceof ApiError && error.absent) {
            return null;
        }
        throw error;
    }
}

/** A change that must not happen twice, however often it is asked for. */
export const once = (target, body = {}) => ask('POST', target, body,
    { headers: { 'Idempotency-Key': Array.from(crypto.getRandomValues(new Uint8Array(12)),
        (b) => b.toString(16).padStart(2, '0')).join('') } });

/** Sends a file and tells how far it is: onProgress(done, total). */
export function upload(target, file, onProgress) {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open('POST', `/api/v1${target}`);
        for (const [name, value] of Object.entries(headersOf('POST', 'text/csv'))) {
            request.setRequestHeader(name, value);
        }
        request.upload.onprogress = (event) => onProgress(event.loaded, event.lengthComputable ? event.total : file.size);
        request.onerror = () => reject(new ApiError(0, { code: 'offline', message: '' }));
        request.onload = () => {
            let body = {};
            try {
                body = JSON.parse(request.responseText);
            } catch { /* the status says enough */ }
            if (request.status < 300) {
                resolve(body);
            } else {
                reject(new ApiError(request.status, body.error ?? { message: request.responseText.slice(0, 300) }));
            }
        };
        request.send(file);
    });
}
