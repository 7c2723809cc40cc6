#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run_tests.sh LOGDIR TEST…: runs test programs side by side (JOBS at once, unit
# tests first, those called …_alone last and one by one), keeps what each wrote
# in LOGDIR, and counts cmocka's test cases; a program that prints no count is
# one case. A crash, a time-out or a sanitizer's report fails its program.
# The last line is "N passed, N failed".
set -uo pipefail

# How many cases a log says passed ("PASSED") or failed ("FAILED").
cases() {
    sed -n "s/^\[  $1  \] \([0-9][0-9]*\) test(s).*/\1/p" "$2" |
        awk '{ n += $1 } END { print n + 0 }'
}

run_one() {
    local logs=$1 test=$2 name limit started code=0 passed failed note=
    name=${test#*/test/}
    name=${name#tests/}
    name=${name//\//.}
    case $test in
    */flow/*) limit=${FLOW_TIMEOUT:-900} ;;
    *) limit=${UNIT_TIMEOUT:-300} ;;
    esac
    export ASAN_OPTIONS="log_path=$logs/$name.sanitizer:${ASAN_OPTIONS:-}"
    export UBSAN_OPTIONS="print_stacktrace=1:log_path=$logs/$name.sanitizer:${UBSAN_OPTIONS:-}"
    started=$SECONDS
    timeout --kill-after=10 "$limit" "$test" </dev/null >"$logs/$name.log" 2>&1 || code=$?
    passed=$(cases PASSED "$logs/$name.log")
    failed=$(cases FAILED "$logs/$name.log")
    case $code in
    0) [ $((passed + failed)) -gt 0 ] || passed=1 ;;
    124 | 137) note=" (over $limit s)" ;;
    *) note=" (exit $code)" ;;
    esac
    if compgen -G "$logs/$name.sanitizer*" >/dev/null; then
        note="$note (sanitizer)"
    fi
    if [ -n "$note" ] && [ "$failed" -eq 0 ]; then
        failed=1
    fi
    echo "$passed $failed" >"$logs/$name.count"
    printf '%-6s %-44s %3d passed, %d failed, %d s%s\n' \
        "$([ "$failed" -eq 0 ] && echo ok || echo FAILED)" "$name" \
        "$passed" "$failed" $((SECONDS - started)) "$note"
}

if [ "$1" = --one ]; then
    run_one "$2" "$3"
    exit 0
fi

logs=$(mkdir -p "$1" && cd "$1" && pwd)
shift
find "$logs" -type f -delete
first=() flows=() alone=()
for test in "$@"; do
    case $test in
    *_alone | *_alone.sh) alone+=("$test") ;;
    */flow/*) flows+=("$test") ;;
    *) first+=("$test") ;;
    esac
done

# jobs, tests…
batch() {
    local jobs=$1
    shift
    [ $# -eq 0 ] || printf '%s\0' "$@" |
        xargs -0 -n 1 -P "$jobs" bash "$0" --one "$logs"
}
batch "${JOBS:-1}" ${first[@]+"${first[@]}"}
batch "${JOBS:-1}" ${flows[@]+"${flows[@]}"}
batch 1 ${alone[@]+"${alone[@]}"}

passed=0 failed=0
for count in "$logs"/*.count; do
    [ -e "$count" ] || continue
    read -r p f <"$count"
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$f" -gt 0 ]; then
        name=${count%.count}
        echo "--- ${name##*/}"
        grep -v -e '^\[ RUN' -e '^\[       OK' "$name.log" | tail -n 100
        cat "$name".sanitizer* 2>/dev/null | head -n 100
    fi
done
# A runner that died without a count must not pass for success.
counts=$(find "$logs" -name '*.count' | wc -l)
if [ "$counts" -ne $# ]; then
    echo "run_tests: $# test programs, but only $counts told their result"
    failed=$((failed + $# - counts))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
