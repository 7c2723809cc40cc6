#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: staff do a day's work in the console alone: see tests/e2e/console_test.mjs.
# The pictures that it takes are left in build/e2e/shots/.
set -eu
cd "$(dirname "$0")/../.."
KABARI_E2E=$KABARI_BUILD/../e2e
mkdir -p "$KABARI_E2E"
export KABARI_E2E
exec node tests/e2e/console_test.mjs
