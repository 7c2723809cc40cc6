// SPDX-License-Identifier: GPL-2.0-or-later
/* The shapes of all answers; see shape.h for how they are written. */
#include "api/shape.h"

#include <string.h>

/* clang-format off */
static const struct api_shape shapes[] = {
    {"message", "{id:i phone:s state:s priority:s modem:s~ text:s reason:s "
     "ref:s~ campaign:i~ step:i~ inbound:i~ created:t due:t~ expires:t~ "
     "settled:t~ attempts:i parts:i}"},
    {"message_whole", "{id:i phone:s state:s priority:s modem:s~ text:s "
     "reason:s ref:s~ campaign:i~ step:i~ inbound:i~ created:t due:t~ "
     "expires:t~ settled:t~ attempts:i parts:[@part]}"},
    {"part", "{part:i state:s modem:s~ tp_mr:i~ tp_st:i~ attempt:i "
     "submitted:t~ sent:t~ reported:t~}"},
    {"office", "{code:s name:s kecamatan:s kecamatan_name:s lat:n~ lon:n~ "
     "capacity:i hours:s days:s blanks:i fallback:s state:s reason:s since:t~ "
     "back:d~ suspected?:{phones:i since:t~}~ caused?:s "
     "effect?:{invited:i waiting:i text:s}}"},
    {"staff_phone", "{phone:s name:s office:s~}"},
    {"change", "{change:s told:i expected:i late:i missed:b label?:s}"},
    {"constraint", "{kind:s text:s}"},
    {"series", "{told:[i] expected:[i] capacity:[i] messages?:[i]}"},
    {"people", "{audience:i no_phone:i told:i delivered:i answered:i came:i "
     "came_percent:n~ code?:s name?:s}"},
    {"resident", "{ref:s nik:s name:s birth_date:d~ sex:s~ kecamatan:s desa:s "
     "office:s~ state:s flag:s~ lang:s~ phone:s~ phone_shared:b "
     "last_contact:t~ pending:b}"},
    {"resident_whole", "{ref:s nik:s name:s birth_date:d~ sex:s~ kecamatan:s desa:s "
     "office:s~ state:s flag:s~ lang:s~ phone:s~ phone_shared:b "
     "last_contact:t~ pending:b phone_stopped:b why:s messages:[@message] "
     "inbox:[@entry] code?:s}"},
    {"entry", "{id:i phone:s state:s text:s intent:s modem:s~ at:t answer:i~ "
     "reply:i~ note:s~ assigned:s~ snoozed_until:t~}"},
    {"entry_whole", "{id:i phone:s state:s text:s intent:s modem:s~ at:t "
     "answer:i~ reply:i~ note:s~ assigned:s~ snoozed_until:t~ "
     "residents:[{nik:s name:s office:s~ state:s flag:s~}] "
     "thread:[{from:s id:i at:t text:s}]}"},
    {"campaign", "{id:i name:s state:s template:s deadline:d where:[s] steps:s "
     "start:t~ outage:s pace:s holdout:i lang:s~ on_unknown:s created:t "
     "started:t~ asked_by:s~ note:s why?:s}"},
    {"modem", "{name:s state:s since:t~ signal:i~ credit:i~ queued:i "
     "sent_today:i last_error:s limited_by:s device:s operator:s network:s "
     "signal_dbm:i~ sent:i failed:i unknown:i inbound:i credit_until:d~ "
     "credit_at:t~ imei:s imsi:s iccid:s smsc:s model:s manufacturer:s quirks:s "
     "poison?:i use:s advice:s credit_out_at:t~ sent_hour:i sent_minute:i "
     "creg:i~ report_percent:i~ memory_full:s loop_at:t~ last_error_at:t~ "
     "other_sim:{now:s before:s owner:s}~}"},
    {"finding", "{lang:s name:s source:s coding:s units:i parts:i limit:i "
     "missing:b fallback:s warnings:[s]}"},
    {"template", "{lang:s name:s source:s text:s placeholders:[s] coding:s "
     "units:i parts:i limit:i missing:b warnings:[s]}"},
    {"reject", "{row:x column:s value:s why:s}"},
    {"import", "{id:i rows:i added:i updated:i unchanged:i resolved:i "
     "pending:i rejected:i warned:i seconds:n dry_run:b rejects:[@reject] "
     "ignored_columns:s notes:s}"},
    {"queue", "{held:i queued:i submitting:i sent:i delivered:i undelivered:i "
     "failed:i expired:i cancelled:i unknown:i}"},
    {"alarm", "{id:i key:s severity:s state:s text:s times:i raised_at:t~ "
     "last_at:t~ told_at:t~ cleared_at:t~ acked_at:t~ acked_by:s~}"},
    {"session", "{name:s role:s kecamatan:[s]~ lang:s csrf:s~ expires:t~}"},
    {"user", "{name:s role:s kecamatan:[s]~ lang:s~ disabled:b created:t "
     "seen:t~}"},
    {"token", "{name:s scopes:[s] created:t created_by:s expires:t~ used:t~ "
     "revoked:t~ token?:s}"},
    {"error", "{error:{code:s message:s field?:s rows?:[{row:i field:s "
     "message:s}]}}"},
    {NULL, NULL},
};

struct answer {
    const char *method;
    const char *path;
    const char *shape;
};

#define API "/api/v1"

static const struct answer answers[] = {
    {"GET", API "/status", "{ready:b daemon:b version:s site:s now:t "
     "rehearsal:b paused:b hold_reason:s clock_behind:b modems:[@modem] "
     "queue:@queue rates:{sent_minute:i inbound_minute:i} "
     "offices_down:[{code:s name:s state:s reason:s back:d~}] inbox_open:i "
     "inbox_overdue:i campaigns:[{name:s state:s deadline:d note:s}] "
     "database:{path:s bytes:i~ has_room:b}}"},
    {"POST", API "/pause", "{paused:b}"},
    {"POST", API "/resume", "{paused:b}"},

    {"GET", API "/offices", "[@office]"},
    {"GET", API "/offices/{code}", "@office"},
    {"POST", API "/offices/import", "{rows:i added:i updated:i unchanged:i "
     "rejected:i rejects:[@reject]}"},
    {"POST", API "/offices/{code}/state", "@office"},
    {"GET", API "/offices/{code}/effect", "{state:s waiting:i invited:i "
     "held:i}"},
    {"PATCH", API "/offices/{code}", "@office"},
    {"POST", API "/offices/{code}/suspicion", "@office"},
    {"GET", API "/places",
     "[{kecamatan:s kecamatan_name:s desa:s residents:i}]"},
    {"GET", API "/staff-phones", "[@staff_phone]"},
    {"POST", API "/staff-phones", "@staff_phone"},
    {"DELETE", API "/staff-phones/{phone}", "{removed:b}"},

    {"GET", API "/residents", "[@resident]"},
    {"GET", API "/residents/{nik}", "@resident_whole"},
    {"PATCH", API "/residents/{nik}", "@resident_whole"},
    {"DELETE", API "/residents/{nik}", "{erased:b}"},
    {"GET", API "/residents/export", "csv"},
    {"POST", API "/residents/import", "@import"},
    {"GET", API "/residents/imports", "[{id:i state:s done:i total:i rows:i "
     "rejected:i}]"},
    {"GET", API "/residents/imports/{id}/rejects", "csv"},
    {"POST", API "/residents/imports/{id}/undo", "@import"},

    {"GET", API "/templates", "[@finding]"},
    {"GET", API "/templates/check", "{ok:b faults:[{file:s line:i message:s}] "
     "findings:[@finding]}"},
    {"GET", API "/templates/{name}", "[@finding]"},
    {"GET", API "/templates/{name}/text", "@template"},
    {"PUT", API "/templates/{name}/text", "@template"},
    {"POST", API "/templates/{name}/try", "{lang:s name:s source:s coding:s "
     "units:i parts:i limit:i warnings:[s] sample:{text:s coding:s units:i "
     "parts:i}~}"},
    {"GET", API "/settings", "{file:s changed:b settings:[{name:s value:s~ source:s "
     "type:s unit:s help:s}]}"},
    {"POST", API "/templates/{name}/render", "{text:s coding:s units:i "
     "parts:i}"},

    {"GET", API "/campaigns", "[@campaign]"},
    {"POST", API "/campaigns", "@campaign"},
    {"GET", API "/campaigns/{name}", "@campaign"},
    {"PATCH", API "/campaigns/{name}", "@campaign"},
    {"GET", API "/campaigns/{name}/preview", "{audience:i phones:i people:i "
     "shared:i largest:i no_phone:i stopped:i held_out:i segments:i step:i "
     "cost:{currency:s segment:i total:i}~ households:[{people:i phones:i}] "
     "samples:[{office:s~ state:s case:s phone:s text:s coding:s units:i "
     "parts:i}] lint:[{lang:s template:s warnings:[s]}] "
     "corrections:{phones:i deadline:d}~ approval:{needed:b above:i}~}"},
    {"GET", API "/campaigns/{name}/report", "{name:s state:s audience:i "
     "phones:i held:i queued:i submitting:i sent:i delivered:i undelivered:i "
     "failed:i expired:i unknown:i cancelled:i people:@people "
     "holdout:{audience:i came:i came_percent:n~} effect_points:n~ "
     "steps:[{step:i told:i delivered:i answered:i came:i}] "
     "offices:[@people] opt_outs:i failures:[{reason:s messages:i}]}"},
    {"GET", API "/campaigns/{name}/forecast", "{name:s state:s today:d "
     "deadline:d needed:i reachable:i no_phone:i held_out:i told:i expected:i "
     "messages:i late:i missed:b finish:d~ constraint:@constraint days:[d] "
     "series:@series what_if:[@change] offices:[{code:s name:s state:s "
     "back:d~ capacity:i~ show_percent:i needed:i reachable:i no_phone:i "
     "told:i expected:i late:i missed:b finish:d~ constraint:@constraint "
     "print_queue:i blanks:i what_if:[@change] series:@series}]}"},
    {"GET", API "/campaigns/{name}/progress", "[{day:d told:i reminded:i "
     "delivered:i came:i}]"},
    {"GET", API "/campaigns/{name}/no_phone", "[{kecamatan:s "
     "kecamatan_name:s desa:s office:s count:i people?:[{name:s sex:s~ "
     "born:i~ nik4:s}]}]"},
    {"POST", API "/campaigns/{name}/start", "@campaign"},
    {"POST", API "/campaigns/{name}/approve", "@campaign"},
    {"POST", API "/campaigns/{name}/pause", "@campaign"},
    {"POST", API "/campaigns/{name}/resume", "@campaign"},
    {"POST", API "/campaigns/{name}/cancel", "@campaign"},
    {"POST", API "/campaigns/{name}/test", "{id:i phone:s text:s parts:i}"},

    /* One message, or as many as were sent. */
    {"POST", API "/messages", "{id?:i phone?:s state?:s parts?:i count?:i "
     "ids?:[i]}"},
    {"GET", API "/messages", "[@message]"},
    {"GET", API "/messages/{id}", "@message_whole"},
    {"GET", API "/messages/{id}/why", "{id:i state:s why:s}"},
    {"POST", API "/messages/unknown/settle", "{settled:i as:s}"},
    {"POST", API "/messages/{id}/settle", "@message_whole"},
    {"POST", API "/messages/{id}/retry", "@message_whole"},
    {"POST", API "/messages/{id}/cancel", "@message_whole"},

    {"GET", API "/inbox", "[@entry]"},
    {"GET", API "/inbox/{id}", "@entry_whole"},
    {"POST", API "/inbox/{id}/reply", "{id:i message:i}"},
    {"GET", API "/inbox/poison", "[{id:i at:t modem:s sim:s memory:s place:i "
     "why:s pdu:s}]"},
    {"GET", API "/inbox/canned", "[{name:s lang:s text:s}]"},
    {"POST", API "/inbox/{id}/assign", "@entry"},
    {"POST", API "/inbox/{id}/snooze", "@entry"},
    {"POST", API "/inbox/{id}/close", "@entry"},
    {"POST", API "/inbox/test", "{intent:s nik:s~ office:s~ reason:s}"},

    {"POST", "/ussd/at", "text"},
    {"POST", "/ussd/json", "{session:s event:s text:s}"},

    {"GET", API "/modems", "[@modem]"},
    {"GET", API "/modems/{name}", "@modem"},
    {"GET", API "/modems/{name}/log", "[{n:i at:t line:s}]"},
    {"GET", API "/modems/{name}/at", "[{at:t line:s}]"},
    {"POST", API "/modems/{name}/pause", "@modem"},
    {"POST", API "/modems/{name}/resume", "@modem"},
    {"POST", API "/modems/{name}/reset", "@modem"},
    {"POST", API "/modems/{name}/accept", "@modem"},
    {"GET", API "/modems/{name}/history", "[{at:t state:s signal:i~ creg:i~ "
     "network:s~ credit:i~ sent:i failed:i}]"},
    {"POST", API "/modems/{name}/ussd", "{text:s status:i open:b "
     "dialogue:i note:s}"},
    {"DELETE", API "/modems/{name}/ussd", "{ended:b}"},

    {"GET", API "/alarms", "[@alarm]"},
    {"POST", API "/alarms/{id}/ack", "@alarm"},

    {"POST", API "/residents/{nik}/unmask", "@resident_whole"},
    {"POST", API "/session", "@session"},
    {"GET", API "/session", "@session"},
    {"DELETE", API "/session", "text"},
    {"POST", API "/session/password", "@session"},
    {"GET", API "/users", "[@user]"},
    {"POST", API "/users", "@user"},
    {"PATCH", API "/users/{name}", "@user"},
    {"GET", API "/tokens", "[@token]"},
    {"POST", API "/tokens", "@token"},
    {"DELETE", API "/tokens/{name}", "{revoked:b}"},
    {"GET", API "/audit", "[{id:i at:t who:s action:s subject:s detail:s "
     "address:s~}]"},

    {"GET", API "/webhooks", "[{url:s events:[s] waiting:i dead:i}]"},
    {"GET", API "/webhooks/posts", "[{id:i at:t url:s event:s subject:s "
     "delivery:i attempt:i state:s status:i~ answer:s took_ms:i next_at:t~}]"},
    {"POST", API "/webhooks/test", "{told:i}"},
    {"GET", "/cgi-bin/sendsms", "text"},
    {"POST", "/cgi-bin/sendsms", "text"},
    {"POST", API "/backup", "{file:s bytes:i}"},
    {"POST", API "/purge", "{purged:i}"},
    {"GET", "/metrics", "text"},
    {"GET", API "/openapi.json", "{openapi:s info:x paths:x components:x}"},
};

/* clang-format on */

const struct api_shape *api_shape_at(size_t i)
{
    size_t count = sizeof(shapes) / sizeof(shapes[0]) - 1;
    return i < count ? &shapes[i] : NULL;
}

const char *api_answer_of(const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strcmp(answers[i].method, method) == 0 &&
            strcmp(answers[i].path, path) == 0) {
            return answers[i].shape;
        }
    }
    return NULL;
}
