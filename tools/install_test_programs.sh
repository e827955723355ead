#!/bin/sh
# Install the programs that the tests need besides Python: Chromium, strace, nginx and Caddy.
# Missing ones come from Debian's packages; if Debian's Chromium cannot be installed, use Playwright's.
# Usage: install_test_programs.sh FOLDER_OF_THE_VIRTUAL_ENVIRONMENTS_PROGRAMS
set -u
bin=$1

chromium() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}
found() {
  PATH="$PATH:/usr/sbin:/sbin" command -v "$1"
}

missing=""
chromium >/dev/null || missing="chromium fonts-dejavu-core"
for program in strace unshare:util-linux ip:iproute2 nginx:nginx-light caddy; do
  found "${program%%:*}" >/dev/null || missing="$missing ${program##*:}"
done
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
  # shellcheck disable=SC2086
  $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing && exit 0
  echo "Debian's packages could not be installed:$missing" >&2
fi
chromium >/dev/null || exec "$bin/playwright" install chromium
