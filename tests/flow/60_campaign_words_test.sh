#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: what kabari says of a campaign before its start is enough to decide on:
# what it costs, who waits for a second person, where the red line is and what a
# date behind it means; a pace is taken in every form that help names.
set -eu
cd "$(dirname "$0")/../.."
here=$(mktemp -d "${TMPDIR:-/tmp}/kabari-words-XXXXXX")
trap 'rm -rf "$here"' EXIT
kabari="$KABARI_BUILD/kabari"
KABARI_CONFIG=$here/kabari.conf
export KABARI_CONFIG
cat > "$KABARI_CONFIG" <<END
site = { name = "DUKCAPIL MABAR"; timezone = "Asia/Makassar"; language = "id"; };
database = { path = "$here/kabari.db"; };
templates = "$PWD/templates";
control = { socket = "$here/kabari.sock"; group = ""; };
http = { listen = ""; };
modems = ( { name = "m1"; device = "/dev/null"; connection = "at"; } );
approval = { above = 100; };
END
deadline=$(date -d '+20 days' +%F)
passed=0
failed=0

# What it should end with, then the command; output is left in $here/out.
ends() {
    want=$1
    shift
    code=0
    "$@" > "$here/out" 2> "$here/err" || code=$?
    [ "$code" = "$want" ] || { echo "$*: exit $code, not $want"; cat "$here/out" "$here/err"; return 1; }
}
says() { grep -qE -- "$1" "$here/out" "$here/err" || { echo "not said: $1"; cat "$here/out" "$here/err"; return 1; }; }
check() {
    echo "[ RUN      ] $1"
    if $1; then passed=$((passed + 1)); echo "[       OK ] $1"; else failed=$((failed + 1)); echo "[  FAILED  ] $1"; fi
}

# One office that serves two a day, 300 people with phones of their own.
a_campaign_is_made() {
    echo 'code,name,kecamatan,capacity,days
LEMBOR,Kantor Camat Lembor,53.15.03,2,Mon-Sat' > "$here/offices.csv"
    echo 'nik,nama,kantor,hp,status' > "$here/residents.csv"
    for i in $(seq 9001 9300); do
        echo "531503020180$i,Maria,LEMBOR,08120000$i,belum_rekam"
    done >> "$here/residents.csv"
    ends 0 "$kabari" office import "$here/offices.csv" &&
        ends 0 "$kabari" resident import "$here/residents.csv" --yes && says '300 added' &&
        ends 0 "$kabari" campaign create rekam --template remind_first --deadline "$deadline"
}
every_pace_that_help_names_is_taken() {
    for pace in auto 200/day 5 auto; do
        ends 0 "$kabari" campaign set rekam --pace $pace || return 1
    done
    says '^pace +auto$' && ends 0 "$kabari" campaign set rekam --pace 5 && says '^pace +5/day$' &&
        ends 0 "$kabari" campaign set rekam --pace auto &&
        ends 4 "$kabari" campaign set rekam --pace quick && says 'a pace is auto, or'
}
the_preview_says_what_it_costs_and_who_must_agree() {
    ends 0 "$kabari" campaign preview rekam && says '^cost +IDR 105000, at 350 an SMS$' &&
        says '^approval +more than 100 wait for a second person; here: yes$' &&
        ends 0 "$kabari" --json campaign preview rekam && says '"total":105000'
}
the_last_steps_sample_counts_its_own_days() {
    ends 0 "$kabari" --json campaign preview rekam && says '"case":"last"[^}]*: 1 hari lagi'
}
a_forecast_with_a_red_line_says_what_its_finish_is() {
    ends 0 "$kabari" campaign forecast rekam && says '^RED LINE: [0-9]+ of 300' &&
        says '^finish +about 20[0-9-]+, if the deadline were moved and it went on as' &&
        ends 0 "$kabari" campaign forecast rekam --csv &&
        [ "$(head -1 "$here/out")" = 'day,office,told,told_so_far,expected,capacity,messages' ]
}
a_closed_office_without_a_day_is_never_told() {
    ends 0 "$kabari" office down LEMBOR --reason rusak &&
        ends 0 "$kabari" campaign forecast rekam && says '^finish +never, as things stand$' &&
        says 'bring it back, or send people elsewhere' &&
        ends 0 "$kabari" --json campaign forecast rekam && says '"finish":null'
}
a_large_start_waits_for_a_second_person() {
    ends 0 "$kabari" --yes campaign start rekam && says 'waits for a second person, being for more than 100: somebody other than'
}

check a_campaign_is_made
check every_pace_that_help_names_is_taken
check the_preview_says_what_it_costs_and_who_must_agree
check the_last_steps_sample_counts_its_own_days
check a_forecast_with_a_red_line_says_what_its_finish_is
check a_closed_office_without_a_day_is_never_told
check a_large_start_waits_for_a_second_person
echo "[  PASSED  ] $passed test(s)."
[ "$failed" = 0 ] || { echo "[  FAILED  ] $failed test(s)."; exit 1; }
