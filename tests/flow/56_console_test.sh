#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: staff do a day's work in the console alone: see tests/e2e/console_test.mjs.
# The pictures that it takes are left in build/e2e/shots/.
set -eu
cd "$(dirname "$0")/../.."
KABARI_E2E=$(cd "$KABARI_BUILD/../e2e" && pwd)
export KABARI_E2E
exec node tests/e2e/console_test.mjs
