#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: what kabari says of a campaign before its start is enough to decide on:
# what it costs, who waits for a second person, where the red line is and what a
# date behind it means; a pace is taken in every form that help names.
set -eu
cd "$(dirname "$0")/../.."
. tests/support/script.sh
configure_site
cat >> "$KABARI_CONFIG" <<END
modems = ( { name = "m1"; device = "/dev/null"; connection = "at"; } );
approval = { above = 100; };
END
deadline=$(date -d '+20 days' +%F)

# One office that serves two a day, 300 people with phones of their own.
a_campaign_is_made() {
    echo 'code,name,kecamatan,capacity,days
LEMBOR,Kantor Camat Lembor,53.15.03,2,Mon-Sat' > "$here/offices.csv"
    echo 'nik,nama,kantor,hp,status' > "$here/residents.csv"
    for i in $(seq 9001 9300); do
        echo "531503020180$i,Maria,LEMBOR,08120000$i,belum_rekam"
    done >> "$here/residents.csv"
    ends 0 "$kabari" office import "$here/offices.csv" &&
        ends 0 "$kabari" resident import "$here/residents.csv" --yes && matches '300 added' &&
        ends 0 "$kabari" campaign create rekam --template remind_first --deadline "$deadline"
}
every_pace_that_help_names_is_taken() {
    for pace in auto 200/day 5 auto; do
        ends 0 "$kabari" campaign set rekam --pace $pace || return 1
    done
    matches '^pace +auto$' && ends 0 "$kabari" campaign set rekam --pace 5 && matches '^pace +5/day$' &&
        ends 0 "$kabari" campaign set rekam --pace auto &&
        ends 4 "$kabari" campaign set rekam --pace quick && matches 'a pace is auto, or'
}
the_preview_says_what_it_costs_and_who_must_agree() {
    ends 0 "$kabari" campaign preview rekam && matches '^cost +IDR 105000, at 350 an SMS$' &&
        matches '^approval +more than 100 wait for a second person; here: yes$' &&
        ends 0 "$kabari" --json campaign preview rekam && matches '"total":105000'
}
the_last_steps_sample_counts_its_own_days() {
    ends 0 "$kabari" --json campaign preview rekam && matches '"case":"last"[^}]*: 1 hari lagi'
}
a_forecast_with_a_red_line_says_what_its_finish_is() {
    ends 0 "$kabari" campaign forecast rekam && matches '^RED LINE: [0-9]+ of 300' &&
        matches '^finish +about 20[0-9-]+, if the deadline were moved and it went on as' &&
        ends 0 "$kabari" campaign forecast rekam --csv &&
        [ "$(head -1 "$here/out")" = 'day,office,told,told_so_far,expected,capacity,messages' ]
}
a_closed_office_without_a_day_is_never_told() {
    ends 0 "$kabari" office down LEMBOR --reason rusak &&
        ends 0 "$kabari" campaign forecast rekam && matches '^finish +never, as things stand$' &&
        matches 'bring it back, or send people elsewhere' &&
        ends 0 "$kabari" --json campaign forecast rekam && matches '"finish":null'
}
a_large_start_waits_for_a_second_person() {
    ends 0 "$kabari" --yes campaign start rekam && matches 'waits for a second person, being for more than 100: somebody other than'
}

check a_campaign_is_made
check every_pace_that_help_names_is_taken
check the_preview_says_what_it_costs_and_who_must_agree
check the_last_steps_sample_counts_its_own_days
check a_forecast_with_a_red_line_says_what_its_finish_is
check a_closed_office_without_a_day_is_never_told
check a_large_start_waits_for_a_second_person
count_up
