#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install_edited.sh PREFIX FROM TO: installs a text file whose paths follow
# PREFIX.
set -eu

mkdir -p "$(dirname "$3")"
sed -e "s|@PREFIX@|$1|g" -e "s|/usr/share/kabari|$1/share/kabari|g" "$2" >"$3"
chmod 644 "$3"
