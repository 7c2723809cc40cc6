// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/registry_internal.h"

/* The import's SQL. Its binds stand in import_stage.c, import_apply.c,
   import_undo.c and import_forget.c; hot ones are bound by position, which is
   the order in which the names first appear here. */
const char *const registry_import_sql[IMPORT_SQL_COUNT] = {
    [IMPORT_START] = "INSERT INTO import (state, sync, source, at_ms)"
                     " VALUES ('staging', :sync, :source, :now)",
    [IMPORT_GET] = "SELECT id, state, sync, source, at_ms, took_ms,"
                   " position, rows, added, updated, unchanged, resolved,"
                   " rejected, warned, forgotten FROM import WHERE id = :id",
    [IMPORT_UNFINISHED] = "SELECT id FROM import WHERE state IN"
                          " ('staging', 'applying', 'undoing') LIMIT 1",
    [IMPORT_OLDEST_KEPT] =
        "SELECT coalesce(min(id), 0) FROM (SELECT id FROM import"
        " WHERE state IN ('done', 'undone') AND added + updated + resolved > 0"
        " ORDER BY id DESC LIMIT :many)",
    [IMPORT_LATER] = "SELECT id FROM import WHERE id > :id"
                     " AND state = 'done' AND added + updated + resolved > 0"
                     " ORDER BY id DESC LIMIT 1",
    [IMPORT_SAVE] =
        "UPDATE import SET state = :state,"
        " position = :position, rows = :rows, added = :added,"
        " updated = :updated, unchanged = :unchanged, resolved = :resolved,"
        " rejected = :rejected, warned = :warned, took_ms = :took_ms"
        " WHERE id = :id",
    [IMPORT_STAGE] =
        "INSERT INTO import_row (line, nik, listed_only, birth_day, name,"
        " sex, kecamatan, desa, office, state, flag, lang, phone)"
        " VALUES (:line, :nik, :listed_only, :birth_day, :name, :sex,"
        " :kecamatan, :desa, :office, :state, :flag, :lang, :phone)",
    [IMPORT_UNSTAGE] = "DELETE FROM import_row"
                       " WHERE id < (SELECT min(id) FROM import_row) + :many",
    [IMPORT_STAGED] = "SELECT birth_day, name, sex, kecamatan, desa, office,"
                      " state, flag, lang, phone, line FROM import_row"
                      " WHERE id = :id",
    [IMPORT_SCAN] = "SELECT id, nik, listed_only, kecamatan FROM import_row"
                    " WHERE id > :after ORDER BY id LIMIT :many",
    [IMPORT_REJECT] =
        "INSERT INTO import_reject (import_id, line, field, value, why,"
        " warning) VALUES (:import, :line, :field, :value, :why, :warning)",
    [IMPORT_REJECTS] = "SELECT id, line, field, value, why, warning"
                       " FROM import_reject"
                       " WHERE import_id = :import AND id > :after"
                       " ORDER BY id LIMIT :many",
    [IMPORT_FORGET_REJECTS] =
        "DELETE FROM import_reject WHERE id IN (SELECT id FROM import_reject"
        " WHERE import_id < :before LIMIT :many)",
    [IMPORT_FORGET_CHANGES] =
        "DELETE FROM import_change WHERE (import_id, resident_id) IN"
        " (SELECT import_id, resident_id FROM import_change"
        " WHERE import_id < :before LIMIT :many)",
    [IMPORT_AGED] = "SELECT coalesce(max(id), 0) FROM import"
                    " WHERE at_ms < :before"
                    " AND state IN ('done', 'undone', 'discarded')",
    [IMPORT_SET_FORGOTTEN] = "UPDATE import SET forgotten = 1"
                             " WHERE id <= :id AND forgotten = 0",
    [IMPORT_ADD] =
        "INSERT INTO resident (birth_day, name, sex, kecamatan, desa, office,"
        " state, flag, lang, phone, updated_at_ms, import_id, nik)"
        " VALUES (:birth_day, :name, :sex, :kecamatan, :desa, :office,"
        " :state, :flag, :lang, :phone, :now, :import, :nik)",
    [IMPORT_KEEP] =
        "INSERT INTO import_change (import_id, resident_id, name, birth_day,"
        " sex, kecamatan, desa, office, state, flag, lang, phone,"
        " updated_at_ms, before_import_id)"
        " SELECT :import, id, name, birth_day, sex, kecamatan, desa, office,"
        " state, flag, lang, phone, updated_at_ms, import_id"
        " FROM resident WHERE id = :id ON CONFLICT DO NOTHING",
    [IMPORT_CHANGE] =
        "UPDATE resident SET birth_day = :birth_day, name = :name, sex = :sex,"
        " kecamatan = :kecamatan, desa = :desa, office = :office,"
        " state = :state, flag = :flag, lang = :lang, phone = :phone,"
        " updated_at_ms = :now, import_id = :import WHERE id = :id",
    [IMPORT_PENDING] = "SELECT id, nik FROM resident"
                       " WHERE kecamatan = :kecamatan AND state = :state"
                       " AND id > :after AND flag = ''"
                       " ORDER BY id LIMIT :many",
    [IMPORT_RESOLVE] = "UPDATE resident SET state = 'processing',"
                       " updated_at_ms = :now, import_id = :import"
                       " WHERE id = :id",
    [IMPORT_WRITTEN] =
        "SELECT r.id, r.nik, coalesce(r.phone, ''), c.resident_id IS NOT NULL,"
        " coalesce(c.phone, '') FROM resident AS r"
        " LEFT JOIN import_change AS c"
        " ON c.import_id = :import AND c.resident_id = r.id"
        " WHERE r.id > :after AND r.id <= :upto AND r.import_id = :import"
        " ORDER BY r.id",
    [IMPORT_LAST_RESIDENT] = "SELECT coalesce(max(id), 0) FROM resident",
    [IMPORT_UNDO_CHANGE] =
        "UPDATE resident SET name = c.name, birth_day = c.birth_day,"
        " sex = c.sex, kecamatan = c.kecamatan, desa = c.desa,"
        " office = c.office, state = c.state, flag = c.flag, lang = c.lang,"
        " phone = :phone, updated_at_ms = :now,"
        " import_id = c.before_import_id FROM import_change AS c"
        " WHERE c.import_id = :import AND c.resident_id = :id"
        " AND resident.id = :id",
    [IMPORT_UNDO_ADD] = "DELETE FROM resident WHERE id = :id",
};
