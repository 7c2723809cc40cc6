#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make_deb.sh BUILD: packs BUILD/deb/root, which make install has filled.
set -eu
build=$1
root=$build/deb/root
version=$("$build/kabari" --manual version)
architecture=$(dpkg --print-architecture)

mkdir -p "$root/DEBIAN"
# What the programs are linked with, as Debian names it.
libraries=$(for program in kabarid kabari kabari-modem kabari-sim; do
    ldd "$build/$program"; done | awk '/=> \// { print $3 }' | sort -u |
    xargs -r -n1 readlink -f | xargs -r dpkg-query -S 2>/dev/null |
    cut -d: -f1 | sort -u | paste -sd, | sed 's/,/, /g')
cat > "$root/DEBIAN/control" <<CONTROL
Package: kabari
Version: $version
Architecture: $architecture
Maintainer: Kabari <root@localhost>
Section: comm
Priority: optional
Depends: $libraries, tzdata
Recommends: udev, systemd
Description: SMS and USSD gateway of a civil-registration office
 Reads lists of pending residents, sends reminders through GSM modems at the
 pace the offices can serve, answers residents by SMS and USSD, and shows staff
 and operators what happens.
CONTROL
(cd "$root" && find etc -type f | sed 's,^,/,') > "$root/DEBIAN/conffiles"
cat > "$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
    if command -v systemd-sysusers >/dev/null; then systemd-sysusers kabari.conf || true; fi
    if command -v systemd-tmpfiles >/dev/null; then systemd-tmpfiles --create kabari.conf || true; fi
    if [ -d /run/systemd/system ]; then
        udevadm control --reload || true
        systemctl daemon-reload || true
        systemctl try-restart kabarid || true
    fi
fi
POSTINST
cat > "$root/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now kabarid || true
fi
PRERM
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm"
dpkg-deb --root-owner-group --build "$root" \
    "$build/kabari_${version}_$architecture.deb"
