// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/letters.h"

#include <stdio.h>
#include <string.h>

void letter_comes(
    struct bed *bed, const char *modem, const char *from, const char *text)
{
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"%s\",\"from\":\"%s\",\"text\":\"%s\"}",
        modem, from, text));
}

int letter_heard(struct bed *bed, const char *phone, const char *part)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(rows, i, row)
    {
        const char *to = json_string_value(json_object_get(row, "to"));
        const char *text = json_string_value(json_object_get(row, "text"));

        count += (phone == NULL || strcmp(to, phone) == 0) &&
                         (part == NULL || strstr(text, part) != NULL)
                     ? 1
                     : 0;
    }
    json_decref(rows);
    return count;
}

int64_t letter_entries(struct bed *bed)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    int64_t count = (int64_t)json_array_size(list);

    json_decref(list);
    return count;
}

int letter_notes(struct bed *bed, const char *part)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    json_t *entry = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(list, i, entry)
    {
        const char *note = json_string_value(json_object_get(entry, "note"));

        count += note != NULL && strstr(note, part) != NULL ? 1 : 0;
    }
    json_decref(list);
    return count;
}

bool letter_answer_is_unknown(struct bed *bed, const char *phone)
{
    char target[96];
    json_t *rows = NULL;
    const char *state = NULL;
    bool unknown = false;

    (void)snprintf(
        target, sizeof target, "/api/v1/messages?phone=%%2B%s", phone + 1);
    rows = bed_ask(bed, "GET", target, NULL, NULL);
    state =
        json_string_value(json_object_get(json_array_get(rows, 0), "state"));
    unknown = json_array_size(rows) == 1 && strcmp(state, "unknown") == 0;
    json_decref(rows);
    return unknown;
}
