# SPDX-License-Identifier: GPL-2.0-or-later
# For flow tests that are shell scripts, sourced by them: a folder of their own
# in $here, the programs, and cases that are counted as cmocka counts them.
here=$(mktemp -d "${TMPDIR:-/tmp}/kabari-script-XXXXXX")
kabari="$KABARI_BUILD/kabari"
KABARI_CONFIG=$here/kabari.conf
export KABARI_CONFIG
passed=0
failed=0
trap 'rm -rf "$here"' EXIT
trap 'exit 1' HUP INT TERM

# What every kabari.conf here begins with.
configure_site() {
    cat > "$KABARI_CONFIG" <<END
site = { name = "DUKCAPIL MABAR"; timezone = "Asia/Makassar"; language = "id"; };
database = { path = "$here/kabari.db"; };
templates = "$PWD/templates";
control = { socket = "$here/kabari.sock"; group = ""; };
http = { listen = ""; };
END
}

# What it should end with, then the command; output is left in $here/out.
ends() {
    want=$1
    shift
    code=0
    "$@" > "$here/out" 2> "$here/err" || code=$?
    [ "$code" = "$want" ] || { echo "$*: exit $code, not $want"; cat "$here/out" "$here/err"; return 1; }
}
says() { grep -qF -- "$1" "$here/out" "$here/err" || { echo "not said: $1"; cat "$here/out" "$here/err"; return 1; }; }
matches() { grep -qE -- "$1" "$here/out" "$here/err" || { echo "not said: $1"; cat "$here/out" "$here/err"; return 1; }; }

# Runs a case, a function whose name is what it shows.
check() {
    echo "[ RUN      ] $1"
    if $1; then passed=$((passed + 1)); echo "[       OK ] $1"; else failed=$((failed + 1)); echo "[  FAILED  ] $1"; fi
}
count_up() {
    echo "[  PASSED  ] $passed test(s)."
    [ "$failed" = 0 ] || { echo "[  FAILED  ] $failed test(s)."; exit 1; }
}
