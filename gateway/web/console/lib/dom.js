// SPDX-License-Identifier: GPL-2.0-or-later
// Elements without a framework: h() makes them, morph() brings what is on the
// screen to what should be there, touching only what differs, so that focus,
// selection and scrolling stay while figures change.

const SVG = 'http://www.w3.org/2000/svg';

function listen(element, type, fn) {
    element.$on ??= {};
    if (!(type in element.$on)) {
        element.addEventListener(type, (event) => element.$on[type]?.(event));
    }
    element.$on[type] = fn;
}

function setProp(element, name, value) {
    if (name.startsWith('on')) {
        listen(element, name.slice(2), value);
    } else if (name === 'style') {
        // Through the object model: a style attribute is what the policy bars.
        for (const [property, v] of Object.entries(value)) {
            element.style.setProperty(property, v);
        }
        element.$style = value;
    } else if (name === 'value') {
        element.value = value;
        element.$value = value;
    } else if (name === 'checked' || name === 'selected') {
        element[name] = value;
    } else if (value === true) {
        element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
        element.setAttribute(name, value);
    }
}

function append(element, children) {
    for (const child of children.flat(Infinity)) {
        if (child !== null && child !== undefined && child !== false) {
            element.append(child);
        }
    }
}

function make(element, props, children) {
    append(element, children);
    for (const [name, value] of Object.entries(props ?? {})) {
        if (value !== undefined) {
            setProp(element, name, value);
        }
    }
    return element;
}

/** h('a.btn.btn-primary', {href: '#/', onclick: fn}, 'text', …) */
export function h(spec, props, ...children) {
    const [tag, ...classes] = spec.split('.');
    const element = document.createElement(tag || 'div');
    if (classes.length > 0) {
        element.className = classes.join(' ');
    }
    if (props?.class) {
        element.className += ` ${props.class}`;
        props = { ...props, class: undefined };
    }
    return make(element, props, children);
}

/** The same for SVG. */
export function s(tag, props, ...children) {
    return make(document.createElementNS(SVG, tag), props, children);
}

const strokes = {
    today: 'M3 10.5 12 3l9 7.5M5 9v11h5v-6h4v6h5V9',
    offices: 'M4 21V5l8-3 8 3v16M2 21h20M9 9h.01M15 9h.01M9 13h.01M15 13h.01M10 21v-4h4v4',
    residents: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M16 3.5a4 4 0 0 1 0 7.5M18 14.5c2.5 1 4 3.300 4 6.500',
    campaigns: 'M3 10v4h4l9 5V5L7 10zM19 9a4 4 0 0 1 0 6M7 14l1 6h3',
    inbox: 'M3 13h5l2 3h4l2-3h5M3 13l3-9h12l3 9v7H3z',
    messages: 'M22 2 11 13M22 2l-7 20-4-9-9-4z',
    templates: 'M5 3h10l4 4v14H5zM14 3v5h5M8 12h8M8 16h6',
    modems: 'M6 9h12v12H6zM9 9V3h6v6M12 13v4M2 6c1-2 2-3 3-4M22 6c-1-2-2-3-3-4',
    webhooks: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
    audit: 'M12 3 4 6v6c0 5 3.500 8 8 9 4.500-1 8-4 8-9V6zM9 12l2 2 4-4',
    users: 'M12 12a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM4 21c0-4 3.500-6.500 8-6.500s8 2.500 8 6.500',
    settings: 'M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4M14 4v4M8 10v4M14 16v4',
    menu: 'M4 6h16M4 12h16M4 18h16',
    close: 'M6 6l12 12M18 6 6 18',
    check: 'M4 12.500 9.500 18 20 6',
    warn: 'M12 3 2 20h20zM12 10v4M12 17h.01',
    info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01',
    up: 'M12 19V5M6 11l6-6 6 6',
    search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
    upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
    pause: 'M8 5v14M16 5v14',
    play: 'M7 4v16l13-8z',
    out: 'M14 4h6v16h-6M4 12h11M8 8l-4 4 4 4',
    sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.500 1.500M17.500 17.500 19 19M19 5l-1.500 1.500M6.500 17.500 5 19',
    back: 'M19 12H5M11 6l-6 6 6 6',
    plus: 'M12 5v14M5 12h14',
    eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
};

/** A line icon that says nothing to a screen reader: text stands beside it. */
export function icon(name) {
    return s('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
        s('path', { d: strokes[name] ?? strokes.info }));
}

function sameKind(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName &&
        (a.nodeType !== 1 || ((a.id || '') === (b.id || '') && a.dataset.key === b.dataset.key &&
            (a.dataset.keep === undefined) === (b.dataset.keep === undefined)));
}

function syncAttributes(from, to) {
    for (const { name } of [...from.attributes]) {
        // An open <details> or <dialog> stays as the user left it; style comes by object.
        if (!to.hasAttribute(name) && name !== 'open' && name !== 'style') {
            from.removeAttribute(name);
        }
    }
    for (const { name, value } of to.attributes) {
        if (from.getAttribute(name) !== value && name !== 'open' && name !== 'style') {
            from.setAttribute(name, value);
        }
    }
    if (to.$style) {
        for (const [property, v] of Object.entries(to.$style)) {
            from.style.setProperty(property, v);
        }
    }
    for (const type of Object.keys(from.$on ?? {})) {
        from.$on[type] = to.$on?.[type];
    }
    for (const [type, fn] of Object.entries(to.$on ?? {})) {
        listen(from, type, fn);
    }
}

function syncField(from, to) {
    // What somebody has typed or chosen is theirs.
    if (from !== document.activeElement && '$value' in to && from.value === (from.$value ?? '')) {
        from.value = to.$value;
        from.$value = to.$value;
    }
}

function morphOne(from, to) {
    if (from.nodeType !== 1) {
        if (from.data !== to.data) {
            from.data = to.data;
        }
        return;
    }
    if (from.dataset.keep !== undefined) {
        // A chart, or an editor: it keeps itself, or goes as a whole.
        if (from.dataset.keep !== to.dataset.keep) {
            from.replaceWith(to);
        }
        return;
    }
    syncAttributes(from, to);
    if ('value' in from && from.tagName !== 'BUTTON' && from.tagName !== 'LI') {
        syncField(from, to);
    }
    if (from.tagName !== 'TEXTAREA') {
        morph(from, [...to.childNodes]);
    }
}

/** Makes the children of `root` what `children` are, keeping what is alike. */
export function morph(root, children) {
    const wanted = [children].flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false)
        .map((c) => (c instanceof Node ? c : document.createTextNode(String(c))));
    let at = root.firstChild;
    for (const next of wanted) {
        let match = at;
        while (match && !sameKind(match, next)) {
            match = match.nextSibling;
        }
        if (!match) {
            root.insertBefore(next, at);
            continue;
        }
        while (at !== match) {
            const gone = at;
            at = at.nextSibling;
            gone.remove();
        }
        at = match.nextSibling;
        morphOne(match, next);
    }
    while (at) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
    }
}
