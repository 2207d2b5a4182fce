#!/bin/sh
# What some tests need beside Python: system packages, with apt, as root or through sudo without a password; and
# Microsoft's validator of workbooks, from npm, into tools/validator. Elsewhere it says what is missing and lets the
# tests skip.
set -eu
packages="unixodbc odbc-postgresql odbc-mariadb mariadb-server libreoffice-calc-nogui python3-uno chromium nodejs fonts-noto-cjk poppler-utils gnumeric"
command -v npm >/dev/null 2>&1 || packages="$packages npm"

# What the lock file pins, checked by its hashes. `npm ci` would also ask for what other systems than this one need.
validator() {
    cd "$(dirname "$0")/validator"
    [ node_modules/.package-lock.json -nt package-lock.json ] && return
    command -v npm >/dev/null 2>&1 &&
        npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error ||
        echo "npm could not install Microsoft's validator: tests that need it are skipped." >&2
}

command -v dpkg-query >/dev/null 2>&1 || {
    echo "No apt here: install $packages by your system's means, or the tests that need them are skipped." >&2
    validator
    exit 0
}
missing=
for package in $packages; do
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
        missing="$missing $package"
done
[ -n "$missing" ] || {
    validator
    exit 0
}

if [ "$(id -u)" = 0 ]; then
    root=
elif command -v sudo >/dev/null 2>&1 && sudo --non-interactive true 2>/dev/null; then
    root=sudo
else
    echo "Not root: tests that need$missing are skipped." >&2
    validator
    exit 0
fi
echo "Installing$missing ..."
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# The database servers that packages would start are not wanted: tests start their own, on private ports.
if $root apt-get update >"$log" 2>&1 &&
    $root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install --yes --no-install-recommends $missing >>"$log" 2>&1; then
    rm -f "$log"
else
    cat "$log" >&2
    echo "apt could not install$missing; see above." >&2
    exit 1
fi
validator
