#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make_manual.sh BUILD TEMPLATE: prints a man page or the completion, its @WORDS@
# filled in from what the programs themselves know.
set -eu
build=$1
template=$2

fill() { # line of the template -> its text
    case $1 in
    @COMMANDS@) "$build/kabari" --manual commands ;;
    @OPTIONS@) "$build/kabari" --manual options ;;
    @WORDS@) "$build/kabari" --manual words ;;
    @SIM@) "$build/kabari-sim" --help | sed 's/\\/\\e/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/' ;;
    *) printf '%s\n' "$1" | sed "s/@VERSION@/$version/" ;;
    esac
}

version=$("$build/kabari" --manual version)
while IFS= read -r line; do
    fill "$line"
done < "$template"
