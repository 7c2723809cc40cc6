// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_STORE_MIGRATIONS_H
#define KABARI_STORE_MIGRATIONS_H

/** One numbered file of store/schema/, embedded by make. */
struct store_migration {
    int number; /* 1, 2, … without gaps: PRAGMA user_version after it */
    const char *name;
    const char *sql;
};

extern const struct store_migration store_migrations[];
extern const unsigned store_migration_count;

#endif
