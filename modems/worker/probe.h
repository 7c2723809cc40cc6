// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_PROBE_H
#define KABARI_WORKER_PROBE_H

/**
 * Tries a device step by step, for whoever sets one up: does it answer, what is
 * it, is there a SIM, a network; does libGammu get along with it. Nothing is
 * sent, no PIN is tried, nothing is deleted.
 *
 * Each step is a line on standard output as soon as it is done:
 *
 *     NAME <tab> ok|warn|no <tab> VALUE <tab> words for people
 *
 * A line "NAME <tab> try" comes before a step that may take long, so that
 * whoever waits knows what hangs.
 *
 * @return the exit status: 0 where it can be used, 1 where it cannot.
 */
int probe_run(const char *device, const char *connection);

#endif
