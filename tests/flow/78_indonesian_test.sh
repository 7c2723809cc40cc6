#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Goal: who reads Indonesian reads nothing else on a screen: see tests/e2e/sentences_test.mjs.
set -eu
cd "$(dirname "$0")/../.."
exec node tests/e2e/sentences_test.mjs
