#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lint_globals.sh OBJECT…: no writable global or static state, but what is
# allowed here: what the worker's own usleep, read and write need, and the flags that
# signal handlers set. (.data.rel.ro holds constants that the loader relocates.)
allowed='^modems/worker/.*(pause|stage|usleep|tee)|_signal(led)?$|^gateway/main\.o got_'

failed=0
for object in "$@"; do
    source=${object#*/release/}
    found=$(objdump -t "$object" | awk '
        $4 ~ /^\.(data|bss|tdata|tbss)/ || $3 ~ /^\.(data|bss|tdata|tbss)/ {
            section = $3 ~ /^\./ ? $3 : $4
            if (section ~ /^\.data\.rel\.ro/ || $NF == section) next
            print $NF
        }
        $2 == "*COM*" || $3 == "*COM*" || $4 == "*COM*" { print $NF }')
    for symbol in $found; do
        case $symbol in
        .*) continue ;;
        esac
        if ! echo "$source $symbol" | grep -Eq "$allowed"; then
            echo "$source: writable global \"$symbol\""
            failed=1
        fi
    done
done
exit $failed
