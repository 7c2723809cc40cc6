#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job, played for real: simulated modems on pseudo-terminals, kabarid
# with libGammu's AT driver, a made-up registry, a campaign on 1 September 2016,
# residents who text, an office that goes down and comes back.
#
#   demo.sh BUILD_FOLDER           stays up until Ctrl-C
#   ONCE=1 demo.sh BUILD_FOLDER    ends after the summary; 0 only if all held
set -euo pipefail

bin=$(cd "${1:?usage: demo.sh BUILD_FOLDER}" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/kabari-demo-XXXXXX")
residents=${RESIDENTS:-2400}
pids=()
failed=0

finish() {
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$dir"
    exit "$1"
}
trap 'finish 130' INT TERM
trap 'echo "demo: ended early; the gateway said:"; tail -5 "$dir/kabarid.log" 2>/dev/null; finish 1' EXIT

say()    { printf '\n== %s\n' "$*"; }
kabari() { "$bin/kabari" -c "$dir/kabari.conf" --yes "$@"; }
asked()  { kabari --json "$@"; }
sim()    { "$bin/kabari-sim" --ctl "$dir/sim" "$1" >/dev/null; }
ledger() { jq -s "$1" "$dir/sim/ledger.jsonl"; }
check() { # NAME CONDITION...
    local name=$1
    shift
    if "$@"; then
        printf '   ok      %s\n' "$name"
    else
        printf '   FAILED  %s\n' "$name"
        failed=1
    fi
}
# Waits until the command succeeds, at most so many seconds.
await() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}
texted() { # FROM TEXT: a resident writes to modem m1
    sim "$(jq -nc --arg f "$1" --arg t "$2" \
        '{cmd: "sms", modem: "m1", from: $f, text: $t}')"
}
answer_to() { # PHONE PATTERN: the network took such an answer
    jq -se --arg to "$1" --arg re "$2" \
        'any(.[]; .event == "accepted" and .to == $to and (.text | test($re)))' \
        "$dir/sim/ledger.jsonl" >/dev/null
}
count() { asked campaign report rekam-2016 | jq ".$1"; }

say "Two modems on pseudo-terminals, a network behind them ($dir/sim)"
mkdir -p "$dir/sim"
"$bin/kabari-sim" --dir "$dir/sim" --modems 2 --latency-ms 250 \
    --command-ms 5 --report-ms 400 >"$dir/sim.out" 2>&1 &
pids+=($!)
await 10 grep -qs ready "$dir/sim.out"

cat >"$dir/kabari.conf" <<CONF
rehearsal = true;
site = { name = "DUKCAPIL MABAR"; timezone = "Asia/Makassar"; language = "id"; };
database = { path = "$dir/kabari.db"; };
templates = "$top/templates";
control = { socket = "$dir/kabari.sock"; };
http = { listen = "127.0.0.1:${PORT:-0}"; };
sending = { days = "Mon-Sat"; from = "08:00"; to = "18:00"; };
modems = (
  { name = "m1"; device = "$dir/sim/m1"; connection = "dku2at";
    operator = "telkomsel"; daily_limit = 0; min_gap_ms = 0; pause_ms = 0; },
  { name = "m2"; device = "$dir/sim/m2"; connection = "dku2at";
    operator = "telkomsel"; daily_limit = 0; min_gap_ms = 0; pause_ms = 0; }
);
CONF

say "kabarid, a rehearsal that begins on Thursday 1 September 2016, 08:00"
"$bin/kabarid" -c "$dir/kabari.conf" --clock "2016-09-01 08:00" \
    >"$dir/kabarid.log" 2>&1 &
pids+=($!)
await 30 grep -qs "kabarid: ready" "$dir/kabarid.log"
ready_modems() { [ "$(asked modem list | jq '[.[] | select(.state == "ready")] | length')" = 2 ]; }
await 30 ready_modems
kabari modem list

say "A made-up registry of $residents residents in ten kecamatan"
kabari sample --out "$dir" --residents "$residents" --seed 2016
kabari office import "$dir/offices.csv"
kabari resident import "$dir/residents.csv"

say "A campaign: everybody not yet recorded, before 30 September"
kabari campaign create rekam-2016 --template remind_first --deadline 2016-09-30 \
    --pace 1000/day
kabari campaign preview rekam-2016
kabari office down LEMBOR --reason "recording server broken" --back 2016-09-15
kabari campaign start rekam-2016

say "While it runs: residents text"
kabari resident export --where state=unrecorded --where phone=own \
    --where kecamatan=Lembor >"$dir/lembor.csv"
kabari resident export --where state=unrecorded --where phone=own \
    --where kecamatan=Komodo >"$dir/komodo.csv"
field() { # FILE COLUMN ROW
    awk -F, -v column="$2" -v row="$3" \
        'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
         NR == row + 1 { sub(/^\047/, "", $at); print $at }' "$1"
}
nik_komodo=$(field "$dir/komodo.csv" nik 1)
hp_komodo=$(field "$dir/komodo.csv" hp 1)
nik_lembor=$(field "$dir/lembor.csv" nik 1)
hp_lembor=$(field "$dir/lembor.csv" hp 1)
hp_stop=$(field "$dir/komodo.csv" hp 2)
hp_other=+6281200099999
await 60 eval '[ "$(count sent)" -gt 0 ] || [ "$(count delivered)" -gt 0 ]'
texted "$hp_komodo" "CEK $nik_komodo"
texted "$hp_lembor" "cek $nik_lembor"
texted "$hp_other" "CEK#$nik_komodo"
texted "$hp_stop" "STOP"
check "CEK from the resident's own phone: the state" \
    await 20 answer_to "$hp_komodo" "BELUM REKAM"
check "CEK where the office is down: another office is named" \
    await 20 answer_to "$hp_lembor" "(rusak|belum bisa)"
check "CEK from a stranger's phone: nothing but where to go" \
    await 20 answer_to "$hp_other" "nomor HP|HP terdaftar|terdaftar"
check "STOP is confirmed" await 20 answer_to "$hp_stop" "tidak akan kami ingatkan"

say "The campaign goes on (Lembor's messages are held)"
shown=0 # of those delivered
settled() {
    local report delivered
    report=$(asked campaign report rekam-2016)
    delivered=$(jq .delivered <<<"$report")
    if ((delivered >= shown + 20)); then
        shown=$delivered
        jq -r '"   delivered \(.delivered)  sent \(.sent)  queued \(.queued)  held \(.held)"' <<<"$report"
    fi
    [ "$(jq '.queued + .submitting + .sent' <<<"$report")" = 0 ]
}
await 300 eval 'settled && sleep 1 && settled'
held=$(count held)
lembor_told() {
    ledger '[.[] | select(.event == "accepted" and (.text | test("Lembor")) and (.text | test("Datang ke")))] | length'
}
check "messages for Lembor are held while it is down ($held)" [ "$held" -gt 0 ]

say "Lembor's server is back"
kabari office up LEMBOR
released() { [ "$(count held)" = 0 ] && [ "$(asked campaign report rekam-2016 | jq '.queued + .submitting + .sent')" = 0 ]; }
check "the held messages went out" await 300 released

say "Summary"
kabari campaign report rekam-2016
kabari status
reminders='[.[] | select(.event == "accepted" and (.text | test("belum rekam e-KTP")))]'
told=$(ledger "$reminders | length")
phones=$(ledger "$reminders | map(.to) | unique | length")
check "each phone was told once ($told reminders, $phones phones)" \
    [ "$told" = "$phones" ]
check "the gateway's count of delivered is the network's ($(count delivered))" \
    [ "$(count delivered)" = "$told" ]
check "nothing failed, nothing is unknown" \
    [ "$(count failed)$(count unknown)" = 00 ]

say "Somebody who may log in at the console"
password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
login() { kabari user add demo --role admin <<<"$password"; }
check "user demo was added" login

port=$(sed -n 's/.*web: listens .* port=\([0-9]*\).*/\1/p' "$dir/kabarid.log")
if [ "$failed" = 0 ]; then
    say "All that the story promised happened."
else
    say "Something did not happen; see FAILED above."
fi
if [ -n "${ONCE:-}" ]; then
    finish "$failed"
fi
say "The console: http://127.0.0.1:$port/   (Ctrl-C ends the demo)"
echo "   log in as demo with the password $password"
echo "   try: $bin/kabari -c $dir/kabari.conf status --watch"
while :; do sleep 3600 & wait $!; done
