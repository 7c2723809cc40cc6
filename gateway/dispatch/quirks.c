// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"
#include "link/quirk.h"

void dispatch_read_quirks(struct dispatch *dispatch)
{
    const char *folder = dispatch->rooms.config->quirks_path;
    struct quirks *quirks = NULL;
    struct modem *modem = NULL;
    struct why why = {0};
    char text[1024];

    if (folder == NULL || quirks_load(folder, &quirks, &why) != KB_OK) {
        why_format(&why, text, sizeof text);
        log_warn(
            "modem: quirk files were not read why=%s", log_quote(text).text);
        return;
    }
    quirks_unref(dispatch->quirks);
    dispatch->quirks = quirks;
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        link_use_quirks(modem->link, quirks);
    }
}
