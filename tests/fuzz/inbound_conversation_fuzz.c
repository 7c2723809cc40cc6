// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a conversation: the first chooses the phone and the front, each
   0xff ends a turn. The whole engine answers, with a store, residents, offices
   and dialogues: never a crash, a leak, an SMS over three segments, a screen
   over 182 septets, or a number of a family card that stays. */
#include "base/mem.h"
#include "base/str.h"
#include "inbound/inbound.h"

#include <sqlite3.h>

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MOST     2000
#define TURNS_MOST    4
#define SEGMENTS_MOST 3
#define SCREEN_MOST   182
#define NOON_MS       ((int64_t)1472702400000)

static const char people[] =
    "INSERT INTO office (code, name, kecamatan, fallback) VALUES"
    " ('KOMODO', 'Kantor Camat Komodo', '53.15.05', 'LEMBOR'),"
    " ('LEMBOR', 'Kantor Camat Lembor', '53.15.03', 'KOMODO'),"
    " ('SELATAN', 'Kantor Camat Lembor Selatan', '53.15.09', 'LEMBOR');"
    "UPDATE office SET state = 'down' WHERE code = 'SELATAN';"
    "INSERT INTO kecamatan (code, name, office) VALUES"
    " ('53.15.03', 'Lembor', 'LEMBOR'), ('53.15.05', 'Komodo', 'KOMODO'),"
    " ('53.15.09', 'Lembor Selatan', 'SELATAN');"
    "INSERT INTO resident (nik, name, office, state, phone, lang) VALUES"
    " ('5315036706909001', 'Maria Weng', 'LEMBOR', 'unrecorded',"
    "  '+6281200009001', 'id'),"
    " ('5315036706909002', 'Yosef Made', 'SELATAN', 'processing',"
    "  '+6281200009002', 'en'),"
    " ('5315036706909003', 'Agnes Made', 'SELATAN', 'unrecorded',"
    "  '+6281200009002', 'id'),"
    " ('5315036706909004', 'Petrus Weng', 'KOMODO', 'printed',"
    "  '+6281200009003', 'xx');";

static const char *const phones[] = {"+6281200009001", "+6281200009002",
    "+6281200009003", "+6281200009009", "4444", "Telkomsel", "+4915100000000",
    ""};

/* libFuzzer gives the names, and calls the first before all others.
   NOLINTBEGIN(readability-identifier-naming, readability-non-const-parameter,
   cppcoreguidelines-avoid-non-const-global-variables) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct clock clock_of_fuzz;
static struct config config = {.site_name = (char[]){"DUKCAPIL MABAR"},
    .queries_per_phone_day = 3,
    .queries_per_nik_day = 5,
    .inbox_alarm_h = 24,
    .retention_inbound_days = 90};
static struct store *store;
static struct outbox *outbox;
static struct inbound *inbound;

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* --- SQLite's memory ------------------------------------------------------- */

/* Most of an input's time went into SQLite's blocks, each of which the
   sanitizer guards. They come from here instead, a free list for each power of
   two: what is looked at is how the gateway uses memory, not how SQLite does. */
#define ARENA_BYTES ((size_t)64 << 20)
#define CLASS_FIRST 5 /* 32 bytes: no less than a block's head */
#define CLASS_COUNT 21

/* Before each block: its class. */
union block {
    max_align_t align;
    int class;
    union block *next; /* while it is free */
};

static union block arena[ARENA_BYTES / sizeof(union block)];
static size_t arena_used;
static union block *free_blocks[CLASS_COUNT];

static int class_of(int bytes)
{
    int class = 0;

    while (((int64_t)1 << (class + CLASS_FIRST)) < bytes) {
        class ++;
    }
    return class;
}

static int arena_round(int bytes)
{
    return bytes > (1 << 24) ? bytes : 1 << (class_of(bytes) + CLASS_FIRST);
}

static void *arena_take(int bytes)
{
    int class = class_of(bytes);
    union block *block = class < CLASS_COUNT ? free_blocks[class] : NULL;
    size_t blocks = 1;

    if (class >= CLASS_COUNT) {
        return NULL;
    }
    if (block != NULL) {
        free_blocks[class] = block->next;
    } else {
        blocks += ((size_t)arena_round(bytes)) / sizeof *block;
        static_assert(sizeof *block <= 1 << CLASS_FIRST, "whole heads");
        must(arena_used + blocks <= sizeof arena / sizeof *arena);
        block = &arena[arena_used];
        arena_used += blocks;
    }
    block->class = class;
    return block + 1;
}

static void arena_give(void *data)
{
    union block *block = (union block *)data - 1;
    int class = block->class;

    block->next = free_blocks[class];
    free_blocks[class] = block;
}

static int arena_size(void *data)
{
    return data == NULL ? 0
                        : 1 << (((union block *)data - 1)->class + CLASS_FIRST);
}

static void *arena_resize(void *data, int bytes)
{
    void *moved = NULL;

    if (bytes <= arena_size(data)) {
        return data;
    }
    moved = arena_take(bytes);
    if (moved != NULL && data != NULL) {
        memcpy(moved, data, (size_t)arena_size(data));
        arena_give(data);
    }
    return moved;
}

static int arena_start(void *arg)
{
    (void)arg;
    return SQLITE_OK;
}

static void arena_end(void *arg)
{
    (void)arg;
}

static void use_arena(void)
{
    static const struct sqlite3_mem_methods methods = {arena_take, arena_give,
        arena_resize, arena_size, arena_round, arena_start, arena_end, NULL};

    must(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
         sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
}

/* --- the rooms -------------------------------------------------------------- */

static void open_rooms(const char *path)
{
    struct store_options options = {.path = path, .holder = "kabari"};
    struct inbound_rooms rooms = {.clock = &clock_of_fuzz, .config = &config};
    struct why why = {0};
    struct texts *texts = NULL;
    struct script *script = NULL;

    must(texts_load("templates", "id", &texts, &why) == KB_OK &&
         script_load("templates", texts, &script, &why) == KB_OK &&
         store_open(&options, &store, &why) == KB_OK &&
         registry_open(store, &clock_of_fuzz, &rooms.registry) == KB_OK &&
         outbox_open(store, &clock_of_fuzz, &outbox) == KB_OK);
    rooms.texts = texts;
    rooms.script = script;
    rooms.store = store;
    rooms.outbox = outbox;
    must(inbound_open(&rooms, &inbound) == KB_OK);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char folder[] = "/tmp/kabari-fuzz-XXXXXX";
    char path[64];

    (void)argc;
    (void)argv;
    use_arena();
    (void)setenv("KABARI_LOG", "error", 1);
    must(clock_zone_set("Asia/Makassar") == KB_OK && mkdtemp(folder) != NULL);
    clock_of_fuzz = clock_fixed(NOON_MS);
    (void)snprintf(path, sizeof path, "%s/k.db", folder);
    open_rooms(path);
    must(store_exec(store, people) == KB_OK && store_commit(store) == KB_OK);
    /* Nothing is ever committed: each input starts from here. */
    must(store_op_begin(store) == KB_OK &&
         store_exec(store, "SAVEPOINT input") == KB_OK);
    return 0;
}

static void check_message(int64_t id)
{
    struct outbox_message message = {0};

    must(outbox_get(outbox, id, &message) == KB_OK);
    must(str_utf8_valid(message.text, strlen(message.text)));
    must(text_measure(message.text).parts <= SEGMENTS_MOST);
    outbox_message_clear(&message);
}

static void send_sms(const char *phone, const char *text)
{
    struct inbound_sms sms = {.modem = "m1",
        .sim = "510100000000001",
        .from = phone,
        .text = text,
        .raw = *text == '\0' ? "00ff" : "",
        .smsc_at_ms = clock_now_ms(&clock_of_fuzz),
        .udh_ref = -1};
    int64_t answered = 0;

    must(inbound_receive(inbound, &sms, &answered) == KB_OK);
    if (answered != 0) {
        check_message(answered);
    }
}

static void dial(const char *phone, const char *input, bool first)
{
    struct inbound_menu menu = {.key = "ussd:fuzz",
        .phone = phone,
        .input = first ? NULL : input,
        .heard = ""};
    struct inbound_screen screen = {.more = false};
    struct text_size size = {0};

    must(inbound_menu(inbound, &menu, &screen) == KB_OK);
    size = text_measure(screen.text);
    must(size.coding == TEXT_GSM7 && size.units <= SCREEN_MOST);
}

static size_t turn_bytes(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0xff, size);

    return end == NULL ? size : (size_t)(end - data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MOST + 1];
    const char *phone = phones[size == 0 ? 0 : data[0] & 7];
    bool ussd = size > 0 && (data[0] & 8) != 0 && phone == phones[data[0] & 3];
    size_t at = size == 0 ? 0 : 1;

    clock_set(&clock_of_fuzz, NOON_MS);
    for (int turn = 0; turn < TURNS_MOST && at <= size; turn++) {
        size_t bytes = turn_bytes(data + at, size - at);
        size_t used = bytes < TEXT_MOST ? bytes : TEXT_MOST;

        memcpy(text, data + at, used);
        text[used] = '\0';
        if (ussd) {
            dial(phone, text, turn == 0);
        } else {
            send_sms(phone, text);
        }
        clock_set(&clock_of_fuzz, clock_now_ms(&clock_of_fuzz) + 1000);
        at += bytes + 1;
    }
    must(store_exec(store, "ROLLBACK TO input") == KB_OK);
    return 0;
}

/* NOLINTEND(readability-identifier-naming, readability-non-const-parameter,
   cppcoreguidelines-avoid-non-const-global-variables) */
