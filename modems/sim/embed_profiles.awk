# SPDX-License-Identifier: GPL-2.0-or-later
# Writes modems/sim/profiles/*.profile as C initialisers of struct sim_profile:
# a key is a member, so that a wrong one does not compile. A text that comes
# several times gets a line break between its values.
function close_profile(  key) {
    if (!open) return
    for (key in value) printf "        .%s = %s,\n", key, text[key] ? "\"" value[key] "\"" : value[key]
    print "    },"
    delete value; delete text
}
BEGIN {
    print "// Made from modems/sim/profiles/*.profile; do not edit."
    print "#include \"modems/sim/sim.h\""
    print "const struct sim_profile sim_profiles[] = {"
}
FNR == 1 {
    close_profile()
    name = FILENAME; sub(/.*\//, "", name); sub(/\.profile$/, "", name)
    print "    {"
    value["name"] = name; text["name"] = 1
    open = 1
}
/^[ \t]*(#|$)/ { next }
{
    at = index($0, "=")
    if (at == 0) { print "#error " FILENAME ":" FNR ": write key = value"; next }
    key = substr($0, 1, at - 1); gsub(/[ \t]/, "", key)
    said = substr($0, at + 1); sub(/^[ \t]+/, "", said); sub(/[ \t]+$/, "", said)
    if (said ~ /^(true|false|[0-9]+)$/ && key !~ /^(model|revision|manufacturer)$/) { value[key] = said; next }
    gsub(/\\/, "\\\\", said); gsub(/"/, "\\\"", said)
    if (key in value) said = value[key] "\\n" said
    value[key] = said
    text[key] = 1
}
END {
    close_profile()
    print "};"
    print "const size_t sim_profile_count = sizeof sim_profiles / sizeof sim_profiles[0];"
}
