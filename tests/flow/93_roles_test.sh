#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: the console offers each role what it may do: see tests/e2e/roles_test.mjs.
set -eu
cd "$(dirname "$0")/../.."
KABARI_E2E=$KABARI_BUILD/../e2e/roles
mkdir -p "$KABARI_E2E"
export KABARI_E2E
exec node tests/e2e/roles_test.mjs
