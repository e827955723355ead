#!/bin/sh
# Provides the Chromium of the browser tests: an installed one, else Debian's package, else Playwright's own.
# Usage: install_chromium.sh FOLDER_OF_THE_VIRTUAL_ENVIRONMENTS_PROGRAMS
set -u
bin=$1

for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
  $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core && exit 0
  echo "Debian's chromium could not be installed; trying Playwright's own" >&2
fi
exec "$bin/playwright" install chromium
