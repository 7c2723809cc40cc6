// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/csv.h"
#include "base/mem.h"
#include "registry/registry_internal.h"

#include <stdlib.h>

static enum kb_err hand_out(struct registry *registry, sqlite3_stmt *statement,
    registry_row_fn *fn, void *arg)
{
    struct resident resident;
    enum kb_err step = KB_OK;

    while ((step = store_step(registry->store, statement)) == KB_OK) {
        enum kb_err err = KB_OK;

        registry_resident_read(statement, &resident);
        err = fn(arg, &resident);
        if (err != KB_OK) {
            return err;
        }
    }
    return registry_or_none(step);
}

enum kb_err registry_export(struct registry *registry,
    const struct registry_export *what, registry_row_fn *fn, void *arg)
{
    bool all = what->where == NULL || *what->where == '\0';
    char *sql = mem_printf(
        "SELECT " REGISTRY_RESIDENT_COLUMNS " FROM resident AS r"
        " WHERE r.id > :after AND (%s)"
        " AND " REGISTRY_IN_REACH("r.kecamatan") " ORDER BY r.id LIMIT :most",
        all ? "1" : what->where);
    sqlite3_stmt *statement = NULL;
    enum kb_err err = store_prepare(registry->store, sql, &statement);

    free(sql);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":after", what->after);
    store_bind_text_or_null(statement, ":reach", what->reach);
    store_bind_int(statement, ":most", what->most == 0 ? -1 : what->most);
    err = hand_out(registry, statement, fn, arg);
    (void)sqlite3_finalize(statement);
    return err;
}

void registry_csv_header(struct buf *out)
{
    buf_add_text(
        out, "nik,nama,tgl_lahir,jk,kecamatan,desa,kantor,hp,status,bahasa\n");
}

void registry_csv_row(struct buf *out, const struct resident *resident)
{
    bool has_birth = resident->birth_day != INT32_MIN;
    struct civil_text birth = {""};
    const char *sex = "";

    if (has_birth) {
        birth = civil_date(resident->birth_day);
    }
    if (resident->sex[0] != '\0') {
        sex = resident->sex[0] == 'f' ? "P" : "L";
    }
    csv_line(out,
        (const char *[]){resident->nik, resident->name, birth.text, sex,
            resident->kecamatan, resident->desa, resident->office,
            resident->phone,
            resident->flag[0] == '\0' ? resident->state : resident->flag,
            resident->lang},
        10);
}
