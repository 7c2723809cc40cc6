# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the migrations as a C array: {number, name, SQL} in order.
BEGIN {
    print "// Made from gateway/store/schema/*.sql; do not edit."
    print "#include \"store/migrations.h\""
    # A migration is one string, longer than the 4,095 bytes that C11 promises.
    print "#pragma GCC diagnostic ignored \"-Woverlength-strings\""
    print "const struct store_migration store_migrations[] = {"
}
FNR == 1 {
    if (open) print "    },"
    name = FILENAME; sub(/.*\//, "", name)
    printf "    {%d, \"%s\",\n", substr(name, 1, 4) + 0, name
    open = 1
}
{
    line = $0
    gsub(/\\/, "\\\\", line); gsub(/"/, "\\\"", line)
    printf "        \"%s\\n\"\n", line
}
END {
    if (open) print "    },"
    print "};"
    print "const unsigned store_migration_count ="
    print "    sizeof store_migrations / sizeof store_migrations[0];"
}
