#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: on a terminal of 80 columns nothing that kabari prints is wider, and
# nothing is cut but on the screen that refreshes itself, which shows alarms,
# what is down and the modems that need somebody, and leaves the terminal as
# it was. A narrow terminal and one that knows nothing get all of it too.
set -eu
cd "$(dirname "$0")/../.."
. tests/support/script.sh
LANG=C.UTF-8
export LANG
gateway= network=

finish() {
    [ -z "$gateway" ] || kill "$gateway" 2> /dev/null || :
    [ -z "$network" ] || kill "$network" 2> /dev/null || :
    wait
    rm -rf "$here"
}
trap finish EXIT

# Until the file has the text, or the command prints it; a minute at most.
until_says() {
    n=0
    until grep -qF -- "$2" "$1" 2> /dev/null; do
        n=$((n + 1))
        [ "$n" -lt 600 ] || { echo "$1 never said: $2"; return 1; }
        sleep 0.1
    done
}
until_lists() {
    n=0
    # shellcheck disable=SC2086
    until "$kabari" $1 2> /dev/null | grep -qF -- "$2"; do
        n=$((n + 1))
        [ "$n" -lt 300 ] || { echo "kabari $1 never listed: $2"; return 1; }
        sleep 0.2
    done
}
modem() { printf '{ name = "%s"; device = "%s"; operator = "telkomsel"; daily_limit = 0; min_gap_ms = 0; pause_ms = 0; }' "$1" "$here/sim/$1"; }

set_up() {
    mkdir "$here/sim"
    configure_site
    cat >> "$KABARI_CONFIG" <<END
rehearsal = true;
modems = ( $(modem m1), $(modem m2), { name = "gone"; device = "$here/sim/none"; } );
END
    "$KABARI_BUILD/kabari-sim" --dir "$here/sim" --modems 2 --latency-ms 50 --report-ms 50 > "$here/sim.log" 2>&1 &
    network=$!
    until_says "$here/sim.log" ready
    "$KABARI_BUILD/kabarid" -c "$KABARI_CONFIG" --clock '2016-09-01 08:00' > "$here/d.log" 2>&1 &
    gateway=$!
    until_says "$here/d.log" 'kabarid: ready'
    "$kabari" sample --out "$here" --residents 300 --seed 5
    "$kabari" office import "$here/offices.csv"
    "$kabari" resident import "$here/residents.csv" --yes
    "$kabari" campaign create rekam-2016 --template remind_first --deadline 2016-09-30 --where 'age>=17' --where state=unrecorded
    "$kabari" campaign start rekam-2016
    "$kabari" office down LEMBOR --reason 'server perekaman rusak sejak pagi, teknisi datang dari Ruteng' --back 2016-09-15
    "$kabari" modem pause m2
    "$KABARI_BUILD/kabari-sim" --ctl "$here/sim" '{"cmd":"sms","modem":"m1","from":"+6281200099123","text":"mau bicara dengan petugas pak, ada masalah dengan data saya di kartu keluarga, sudah tiga kali"}'
    until_lists 'inbox list --open' 'mau bicara'
    until_lists 'alarm list' 'modem gone'
} > "$here/set_up" 2>&1

# What a command prints on a terminal so wide, without the returns.
on_terminal() {
    columns=$1
    shift
    script -qec "stty cols $columns rows 40; $*" /dev/null < /dev/null 2>&1 | tr -d '\r' > "$here/out"
}

no_list_is_wider_than_80_columns_or_cut() {
    while read -r command; do
        on_terminal 80 "$kabari $command"
        [ "$(wc -L < "$here/out")" -le 80 ] && ! grep -q '…' "$here/out" && [ -s "$here/out" ] ||
            { echo "kabari $command"; cat "$here/out"; return 1; }
    done <<END
status
modem list
modem show m1
office list
campaign list
campaign show rekam-2016
campaign report rekam-2016
campaign forecast rekam-2016
campaign preview rekam-2016
message list --limit 20
message show 1
inbox list
inbox show 1
alarm list
audit list
template list
resident find a
END
}
a_pipe_gets_every_column() {
    "$kabari" modem list > "$here/out"
    grep -q 'NAME .*SINCE .*NETWORK .*LAST ERROR' "$here/out"
}
# kabari status --watch on a terminal of so many columns and rows until it has
# said a text so often, then Ctrl-C. What came is in out; what is seen, in plain.
watched() {
    # script(1) has it on a terminal of its own; the pid is that of kabari.
    script -qefc "stty cols $1 rows $2; echo \$\$ > $here/pid; exec $kabari status --watch" /dev/null < /dev/null > "$here/typed" 2>&1 &
    terminal=$!
    n=0
    until [ "$(grep -aoF -- "$3" "$here/typed" 2> /dev/null | wc -l)" -ge "$4" ]; do
        n=$((n + 1))
        [ "$n" -lt 600 ] || { echo "status --watch never said: $3"; cat "$here/typed"; break; }
        sleep 0.1
    done
    kill -INT "$(cat "$here/pid")"
    wait "$terminal"
    ended=$?
    tr -d '\r' < "$here/typed" > "$here/out"
    rm "$here/typed"
    esc=$(printf '\033')
    sed "s/$esc\[H/\n/g; s/$esc\[[?0-9;]*[a-zA-Z]//g" "$here/out" > "$here/plain"
}

the_screen_that_refreshes_shows_what_needs_somebody_and_cleans_up() {
    watched 80 40 'Ctrl-C ends' 1
    [ "$ended" = 0 ] && grep -q 'ALARM ' "$here/out" && grep -q 'modem gone' "$here/out" && grep -q 'LEMBOR' "$here/out" &&
        grep -q '3: .* paused' "$here/out" && grep -q 'Ctrl-C ends' "$here/out" || { cat "$here/out"; return 1; }
    # The alternate screen is left, and the cursor is back, once each.
    [ "$(grep -o "$(printf '\033')\\[?1049[hl]" "$here/out" | tr -d '\033' | tr '\n' ' ')" = '[?1049h [?1049l ' ] &&
        grep -q "$(printf '\033')\\[?25h" "$here/out"
}
on_a_small_screen_the_alarms_come_first() {
    watched 40 20 'Ctrl-C ends' 1
    grep -q 'more than fits; Ctrl-C ends' "$here/plain" && grep -q '^warning *modem gone' "$here/plain" || { cat "$here/plain"; return 1; }
}
a_terminal_that_cannot_refresh_gets_plain_lines() {
    TERM=dumb watched 80 40 'received in the last minute' 2
    ! grep -q "$(printf '\033')" "$here/out" && [ "$(grep -c '^queue ' "$here/out")" -ge 2 ] || { cat "$here/out"; return 1; }
}
on_40_columns_and_without_utf_8_the_figures_go_on_below() {
    LC_ALL=C watched 40 40 'Ctrl-C ends' 1
    [ "$(wc -L < "$here/plain")" -le 40 ] && ! grep -q '…' "$here/plain" && grep -q '~' "$here/plain" &&
        tr -s ' \n' ' ' < "$here/plain" | grep -q 'received in the last minute' && grep -q '^ALARM *WHAT' "$here/plain" || { cat "$here/plain"; return 1; }
}

set_up || { cat "$here/set_up" "$here/d.log"; exit 1; }
check no_list_is_wider_than_80_columns_or_cut
check a_pipe_gets_every_column
check the_screen_that_refreshes_shows_what_needs_somebody_and_cleans_up
check on_a_small_screen_the_alarms_come_first
check a_terminal_that_cannot_refresh_gets_plain_lines
check on_40_columns_and_without_utf_8_the_figures_go_on_below
count_up
