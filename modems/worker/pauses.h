// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_PAUSES_H
#define KABARI_WORKER_PAUSES_H

#include "link/stage.h"

#include <stdbool.h>

/*
 * libGammu's fixed pauses. GSM_SendSMS sleeps 100, 500 and 100 ms: after the
 * prompt, after the PDU and after Ctrl-Z. Modems of today need little of that,
 * and a gateway that waits it out works its modem at 83 % of what it can do.
 * The pauses are calls of usleep() through the PLT, and an executable's own
 * usleep() takes precedence over libc's for its shared libraries; so this one
 * cuts every pause of 50 ms and more to a cap. Shorter ones stay: they keep
 * libGammu's read loops from spinning once a device is gone.
 *
 * The same calls tell how far a submit has come, cut or not: see link/stage.h.
 *
 * The object must be linked directly into the executable, not from an archive.
 */

/** Caps the long pauses; -1 leaves them alone. page: where stages are marked. */
void pauses_set(int cap_ms, struct stage_page *page);

/** Called at every short pause, that is while libGammu waits for the modem: the
 *  one place where its loops can be looked into. NULL: nobody. */
typedef void pauses_idle_fn(void *arg);
void pauses_on_idle(pauses_idle_fn *fn, void *arg);

/** From here to pauses_submit_end() the long pauses are a submit's. */
void pauses_submit_begin(void);
void pauses_submit_end(void);

/** True where the shared libraries' usleep is the one here. */
bool pauses_effective(void);

/** Long pauses of the present or last submit that came through here. */
int pauses_counted(void);

#endif
