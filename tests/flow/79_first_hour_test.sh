#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: who has just installed Kabari gets through the first hour with kabari
# alone, before any kabarid runs: the first admin, lists, a campaign; what goes
# wrong ends with the exit code that scripts rely on, and a sentence.
set -eu
cd "$(dirname "$0")/../.."
. tests/support/script.sh
configure_site
cat >> "$KABARI_CONFIG" <<END
modems = ( );
END

the_first_admin_is_made_without_a_daemon() {
    echo 'empat kuda kuning' > "$here/password"
    ends 0 "$kabari" user add ani --role admin < "$here/password" && says 'user ani: admin' &&
        ends 0 "$kabari" --json user list && says '"name":"ani"' && says '"role":"admin"'
}
a_password_is_changed_for_oneself_without_a_name() {
    me=$(id -un)
    ends 0 "$kabari" user add "$me" --role operator < "$here/password" || return 1
    echo 'lima sapi biru tua' > "$here/password"
    unset SUDO_USER
    ends 0 "$kabari" user passwd < "$here/password" && says "user $me: new password" &&
        ends 0 "$kabari" user passwd ani < "$here/password" && says 'user ani: new password'
}
a_bad_password_is_refused_with_a_sentence() {
    echo 'kurang' > "$here/password"
    ends 4 "$kabari" user add budi --role staff < "$here/password" && says 'password'
}
lists_come_in_and_a_campaign_is_made() {
    ends 0 "$kabari" sample --out "$here/sample" --residents 300 --seed 5 &&
        ends 0 "$kabari" office import "$here/sample/offices.csv" && says '10 added' &&
        ends 0 "$kabari" resident import "$here/sample/residents.csv" --dry-run --yes &&
        ends 0 "$kabari" resident import "$here/sample/residents.csv" --yes && says '300 added' &&
        ends 0 "$kabari" campaign create rekam --template remind_first --deadline 2090-12-31 && says 'draft' &&
        ends 0 "$kabari" campaign preview rekam && says 'audience'
}
a_whole_list_goes_out_with_its_reason_in_the_audit() {
    ends 0 "$kabari" resident export --reason 'daftar untuk camat' && says 'nik,' &&
        ends 0 "$kabari" audit list && says 'daftar untuk camat' &&
        ends 4 "$kabari" resident export --reason x && says 'auditors read it'
}
exit_codes_are_those_that_scripts_rely_on() {
    ends 2 "$kabari" campaign starte rekam && says 'kabari: ' &&
        ends 3 "$kabari" office show NOWHERE && says 'kabari: there is no office NOWHERE' &&
        ends 4 "$kabari" office set LEMBOR --capacity many && says 'capacity' &&
        ends 1 "$kabari" modem list && says 'no kabarid runs'
}
with_json_there_is_one_document() {
    for command in 'office list' 'campaign list' 'user list' 'audit list' 'status' 'campaign report rekam' 'inbox test CEK'; do
        # shellcheck disable=SC2086
        ends 0 "$kabari" --json $command && [ "$(wc -l < "$here/out")" = 1 ] || return 1
    done
}
every_command_has_help_with_an_example() {
    "$kabari" --help | sed -n '/^Commands:/,/^More:/s/^  \([a-z][a-z-]*\) .*/\1/p' | sort -u > "$here/groups"
    [ "$("$kabari" --help | wc -L)" -le 80 ] || { echo 'the help is wider than 80 columns'; return 1; }
    [ "$(wc -l < "$here/groups")" -gt 10 ] || return 1
    while read -r group; do
        ends 0 "$kabari" "$group" --help && says 'kabari' || return 1
    done < "$here/groups"
    ends 0 "$kabari" user passwd --help && says 'kabari user passwd maria'
}

check the_first_admin_is_made_without_a_daemon
check a_password_is_changed_for_oneself_without_a_name
check a_bad_password_is_refused_with_a_sentence
check lists_come_in_and_a_campaign_is_made
check a_whole_list_goes_out_with_its_reason_in_the_audit
check exit_codes_are_those_that_scripts_rely_on
check with_json_there_is_one_document
check every_command_has_help_with_an_example
count_up
