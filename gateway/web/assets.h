// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_ASSETS_H
#define KABARI_WEB_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The console's files, compiled in: web/console/ and what Debian's packages
 * bring for it (Bootstrap's style sheet, Chart.js, their notices).
 *
 *   /                       the page; asks each time (ETag)
 *   /console/VERSION/FILE   the version that is compiled in: kept for good
 *   /console/FILE           asks each time (ETag)
 *
 * They hold no data, so that nobody need log in to read them.
 */

struct web_asset {
    const char *path; /* "index.html", "vendor/chart.js" */
    const char *type; /* Content-Type */
    const char *etag; /* with its quotes (RFC 9110 §8.8.3) */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip; /* the same, packed */
    size_t gzip_size;
};

extern const struct web_asset web_assets[];
extern const size_t web_asset_count;
/** A hash over all of them: the VERSION in their paths. */
extern const char web_assets_version[];

/**
 * The asset that a path names.
 *
 * @param path    decoded, such as "/console/app.js".
 * @param stable  set to whether the path names the version, so that what it
 *                gives never changes.
 * @return NULL where there is none.
 */
const struct web_asset *web_asset_find(const char *path, bool *stable);

/** Whether an Accept-Encoding header takes gzip (RFC 9110 §12.5.3: named, or
 *  by a star, and not with a weight of 0). NULL: no. */
bool web_takes_gzip(const char *accept_encoding);

/** Whether an If-None-Match header names the tag (RFC 9110 §13.1.2: weakly
 *  compared, in a list, or a star). NULL: no. */
bool web_etag_matches(const char *if_none_match, const char *etag);

struct evhttp_request;

/**
 * Answers GET and HEAD of a path that names an asset, or lies where only assets
 * are (404), and 405 of other methods there. Sends the security headers.
 *
 * @return false where the path is not the console's: nothing was answered.
 */
bool web_assets_serve(struct evhttp_request *request, const char *path);

#endif
