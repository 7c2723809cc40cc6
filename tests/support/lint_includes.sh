#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lint_includes.sh FILE…: a room of gateway/ includes only itself and the rooms
# to its left in $ROOMS; modems/ only modems/, base/ and link/.
exec awk -v rooms="$ROOMS" '
BEGIN { for (n = split(rooms, names, " "); n > 0; n--) place[names[n]] = n }
FNR == 1 { split(FILENAME, path, "/") }
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\""); split(quoted[2], target, "/")
    there = target[1]; bad = 0
    if (path[1] == "gateway" && path[3] != "")
        bad = !(there in place) || place[there] > place[path[2]]
    else if (path[1] == "modems")
        bad = there != "modems" && there != "base" && there != "link"
    if (bad) {
        printf "%s:%d: must not include \"%s\"\n", FILENAME, FNR, quoted[2]
        failed = 1
    }
}
END { exit failed }' "$@"
