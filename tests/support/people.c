// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/people.h"

#include "base/buf.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum people_phone person_phone_kind(int i)
{
    int place = i % 20;

    if (place < 14) {
        return PEOPLE_OWN;
    }
    return place < 19 ? PEOPLE_SHARED : PEOPLE_NONE;
}

void person_nik(int i, char *out)
{
    (void)snprintf(out, 17, "531503%02u0190%04u", (1 + (unsigned)i / 1000) % 29,
        9000 + (unsigned)i % 1000);
}

void person_phone(int i, char *out)
{
    switch (person_phone_kind(i)) {
    case PEOPLE_OWN:
        (void)snprintf(out, 24, "+6281200%06d", 10000 + i);
        return;
    case PEOPLE_SHARED:
        (void)snprintf(out, 24, "+6281200%06d", 900000 + i / 20);
        return;
    case PEOPLE_NONE:
        out[0] = '\0';
        return;
    }
}

int people_phones(int count)
{
    int phones = 0;

    for (int i = 0; i < count; i++) {
        enum people_phone kind = person_phone_kind(i);

        phones += kind == PEOPLE_OWN || (kind == PEOPLE_SHARED && i % 20 == 14)
                      ? 1
                      : 0;
    }
    return phones;
}

void people_import(struct bed *bed, int count)
{
    struct buf csv = {0};
    json_t *answer = NULL;

    bed_do(bed, "POST", "/api/v1/offices/import",
        "code,name,kecamatan,lat,lon,capacity,hours,days,blanks,fallback\n"
        "LEMBOR,Camat Lembor,53.15.03,-8.69,120.2,0,08:00-14:00,Mon-Fri,500,"
        "\n");
    buf_add_text(&csv, "nik,nama,tgl_lahir,jk,kecamatan,desa,hp,status\n");
    for (int i = 0; i < count; i++) {
        char nik[17];
        char phone[24];

        person_nik(i, nik);
        person_phone(i, phone);
        buf_printf(&csv,
            "%s,Warga Contoh%d,1990-01-%02d,L,53.15.03,Tangge,%s,"
            "belum_rekam\n",
            nik, i, 1 + i / 1000, phone);
    }
    answer = bed_ask(bed, "POST", "/api/v1/residents/import?source=test",
        buf_text(&csv), NULL);
    assert_int_equal(
        json_integer_value(json_object_get(answer, "added")), count);
    json_decref(answer);
    buf_clear(&csv);
}

void people_campaign(struct bed *bed, const char *name, int days_ahead)
{
    struct clock now = clock_system();
    struct civil_text deadline;
    char body[256];
    char target[128];

    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    deadline = civil_date(civil_day_of(clock_now_ms(&now)) + days_ahead);
    (void)snprintf(body, sizeof body,
        "{\"name\":\"%s\",\"template\":\"remind_first\",\"deadline\":\"%s\"}",
        name, deadline.text);
    bed_do(bed, "POST", "/api/v1/campaigns", body);
    (void)snprintf(target, sizeof target, "/api/v1/campaigns/%s/start", name);
    bed_do(bed, "POST", target, NULL);
}
