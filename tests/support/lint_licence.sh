#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lint_licence.sh: every source, script and configuration file names its licence
# in its first three lines.
set -eu

find Makefile .ci gateway modems tests -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.awk' -o -name '*.sql' \
    -o -name '*.py' -o -name '*.js' -o -name '*.css' -o -name Makefile \
    -o -name run -o -name '*.example' -o -name '*.service' -o -name '*.rules' \
    -o -name '*.sysusers' -o -name '*.tmpfiles' -o -name '*.quirk' \) |
    sort | {
    failed=0
    while read -r file; do
        if ! head -n 3 "$file" |
            grep -q 'SPDX-License-Identifier: GPL-2.0-or-later'; then
            echo "$file:1: lacks SPDX-License-Identifier: GPL-2.0-or-later"
            failed=1
        fi
    done
    exit $failed
}
