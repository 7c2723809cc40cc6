#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# embed_assets.sh OUT PAGES: makes OUT/assets.c (the table of web/assets.h) and
# OUT/assets_data.s (the bytes) from the console's pages and from what Debian's
# packages bring for them. Everything is also packed with gzip, once, here.
#
# index.html names its files under /console/@VERSION@/: a hash over all files,
# so that a browser may keep them for good and still sees a change at once.
set -eu

out=$1
pages=$2
bootstrap=/usr/share/javascript/bootstrap5/css/bootstrap.min.css
chart=/usr/share/javascript/chart.js/chart.min.js
stage=$out/console

rm -rf "$stage" "$stage.gz"
mkdir -p "$stage/vendor"
cp -R "$pages/." "$stage"
rm -f "$stage/README.md"
# Without the mark of a source map, which is not served.
sed '/^\/\*# sourceMappingURL/d' "$bootstrap" >"$stage/vendor/bootstrap.css"
sed '/^\/\/# sourceMappingURL/d' "$chart" >"$stage/vendor/chart.js"
{
    echo "Kabari is free software under the GNU General Public License, version"
    echo "2 or later. Its console brings two libraries along, unchanged, as"
    echo "Debian packages them; these are their notices."
    for package in libjs-bootstrap5 libjs-chart.js; do
        printf '\n\n==== %s ====\n\n' "$package"
        cat "/usr/share/doc/$package/copyright"
    done
} >"$stage/notices.txt"

files=$(cd "$stage" && find . -type f | sed 's|^\./||' | LC_ALL=C sort)
version=$(cd "$stage" && for file in $files; do sha256sum "$file"; done |
    sha256sum | cut -c1-16)
sed "s/@VERSION@/$version/g" "$stage/index.html" >"$stage/index.new"
mv "$stage/index.new" "$stage/index.html"
cp -R "$stage" "$stage.gz"

type_of() {
    case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.svg) echo 'image/svg+xml' ;;
    *.txt) echo 'text/plain; charset=utf-8' ;;
    *) echo "embed_assets: no type for $1" >&2 && return 1 ;;
    esac
}

table=$out/assets.c
data=$out/assets_data.s
printf '/* Written by embed_assets.sh. */\n#include "web/assets.h"\n' >"$table"
printf '    .section .rodata\n' >"$data"
rows=
n=0
for file in $files; do
    gzip -9nf "$stage.gz/$file"
    etag=$(sha256sum <"$stage/$file" | cut -c1-16)
    type=$(type_of "$file")
    printf '    .global web_asset_%d\nweb_asset_%d: # %s\n    .incbin "%s"\n' \
        "$n" "$n" "$etag" "$stage/$file" >>"$data"
    printf '    .global web_asset_%d_gz\nweb_asset_%d_gz:\n    .incbin "%s"\n' \
        "$n" "$n" "$stage.gz/$file.gz" >>"$data"
    printf 'extern const unsigned char web_asset_%d[], web_asset_%d_gz[];\n' \
        "$n" "$n" >>"$table"
    rows="$rows    {\"$file\", \"$type\", \"\\\"$etag\\\"\", web_asset_$n, $(
        wc -c <"$stage/$file"), web_asset_${n}_gz, $(
        wc -c <"$stage.gz/$file.gz")},
"
    n=$((n + 1))
done
printf '    .section .note.GNU-stack,"",%%progbits\n' >>"$data"
printf 'const char web_assets_version[] = "%s";\n' "$version" >>"$table"
printf 'const size_t web_asset_count = %d;\n' "$n" >>"$table"
printf 'const struct web_asset web_assets[] = {\n%s};\n' "$rows" >>"$table"
