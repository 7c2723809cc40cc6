// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_VERSION_H
#define KABARI_BASE_VERSION_H

/** What --version and the status say. */
#define KABARI_VERSION "0.1.0"

#endif
