#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install_missing.sh PACKAGE…: installs those Debian packages that are not there.
# Says nothing and asks the network nothing where all are.
set -eu

missing=
for package in "$@"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "kabari: missing packages; as root: apt-get install$missing" >&2
        exit 1
    fi
    sudo="sudo"
fi
echo "kabari: installing with ${sudo:+sudo }apt-get:$missing"
# A foreign source that does not answer need not stop us; Debian's may still.
$sudo apt-get -qq -o Acquire::Retries=3 update ||
    echo "kabari: apt-get update failed; trying with the lists that are there" >&2
# shellcheck disable=SC2086 # the list is meant to be split
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install --no-install-recommends $missing
