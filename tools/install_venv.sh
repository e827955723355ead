#!/bin/sh
# Debian's Python has no venv module: install it if we may, else print what is missing.
set -u
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
if command -v apt-get >/dev/null 2>&1 && $as_root apt-get update -qq && $as_root apt-get install -y -qq python3-venv; then
  exit 0
fi
echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
exit 1
