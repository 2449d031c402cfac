#!/usr/bin/env bash
# Runs every test of Michi, on the embedded database and on PostgreSQL, and in a real browser.
# On Debian and Ubuntu it installs what is missing: Chromium, fonts with Japanese, PostgreSQL, poppler-utils, mosquitto, nginx, gcc.
# The last line tells the result: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"

fail() { echo "$1" >&2; echo "0 passed, 1 failed"; exit 1; }
command -v dotnet >/dev/null || fail "Michi needs the .NET SDK 10: https://dotnet.microsoft.com/download"
command -v npm >/dev/null || fail "Michi needs Node.js 20 or later with npm: https://nodejs.org"

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
wanted=()
command -v chromium >/dev/null || wanted+=(chromium)
command -v curl >/dev/null || wanted+=(curl)
command -v cc >/dev/null || wanted+=(gcc libc6-dev)
command -v pdftotext >/dev/null || wanted+=(poppler-utils)
{ command -v mosquitto || [ -x /usr/sbin/mosquitto ]; } >/dev/null || wanted+=(mosquitto)
{ command -v nginx || [ -x /usr/sbin/nginx ]; } >/dev/null || wanted+=(nginx-light)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || wanted+=(fonts-noto-cjk)
[ -n "$(postgres_bin)" ] || wanted+=(postgresql)
if [ ${#wanted[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "Please install: ${wanted[*]}"
  as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
  echo "Installing ${wanted[*]}"
  $as_root apt-get update -qq >/dev/null
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null || fail "Could not install ${wanted[*]}"
fi

dotnet build -c Release --nologo -v quiet -clp:ErrorsOnly || fail "The build failed."
dotnet format whitespace --verify-no-changes --no-restore || fail "The code is not formatted: run dotnet format."

# A PostgreSQL of our own, gone when the tests end. It refuses to run as root, so root lends it to the user postgres.
database=$(mktemp -d)
as_postgres=()
if [ "$(id -u)" -eq 0 ]; then chown postgres "$database"; as_postgres=(runuser -u postgres --); fi
port=$((20000 + RANDOM % 20000))
"${as_postgres[@]}" "$(postgres_bin)/initdb" -D "$database/data" -U michi --auth=trust -E UTF8 --locale=C.UTF-8 >/dev/null || fail "PostgreSQL could not be set up."
"${as_postgres[@]}" "$(postgres_bin)/pg_ctl" -D "$database/data" -l "$database/log" -w \
  -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$database -c fsync=off -c max_connections=300" start >/dev/null || fail "PostgreSQL did not start."
trap '"${as_postgres[@]}" "$(postgres_bin)/pg_ctl" -D "$database/data" -m immediate stop >/dev/null; rm -rf "$database"' EXIT

passed=0 failed=0 skipped=0 faults=""
run() {
  local log title=$1; log=$(mktemp)
  echo "== $title"
  shift
  "$@" -noColor 2>&1 | tee "$log"
  local summary; summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+' "$log" | tail -n 1)
  # Each failed test with the lines that follow it further in, told once more at the end, where a long log is looked at first.
  faults+=$(awk '/^    [^ ].* \[FAIL\]/ { on = 1; lines = 0 } /^ ? ? ? ?[^ ]/ && !/\[FAIL\]/ { on = 0 } on && lines++ < 40' "$log")$'\n'
  rm -f "$log"
  [ -n "$summary" ] || { failed=$((failed + 1)); faults+="$title: ended without a summary"$'\n'; return; }
  local total errors bad skip
  total=$(sed -E 's/.*Total: ([0-9]+).*/\1/' <<<"$summary"); errors=$(sed -E 's/.*Errors: ([0-9]+).*/\1/' <<<"$summary")
  bad=$(sed -E 's/.*Failed: ([0-9]+).*/\1/' <<<"$summary"); skip=$(sed -E 's/.*Skipped: ([0-9]+).*/\1/' <<<"$summary")
  passed=$((passed + total - bad - skip)); failed=$((failed + bad + errors)); skipped=$((skipped + skip))
}
postgres="MICHI_TEST_POSTGRES=Host=127.0.0.1;Port=$port;Username=michi;Database=postgres"
run "Unit tests" env "$postgres" dotnet artifacts/bin/Michi.UnitTests/release/Michi.UnitTests.dll
# Several nodes share a PostgreSQL, and the City OS moves between both databases: these are tested where both are.
run "Integration tests on SQLite" dotnet artifacts/bin/Michi.IntegrationTests/release/Michi.IntegrationTests.dll -class- Michi.IntegrationTests.CityOs.NgsiLdNodesTests -class- Michi.IntegrationTests.CityOs.CityOsBackupTests -class- Michi.IntegrationTests.CityOs.BusyCityOsBackupTests -class- Michi.IntegrationTests.CityOs.BadDays.PostgresDiskFaultTests
run "Integration tests on PostgreSQL" env "$postgres" dotnet artifacts/bin/Michi.IntegrationTests/release/Michi.IntegrationTests.dll
run "End-to-end tests in Chromium" dotnet artifacts/bin/Michi.EndToEndTests/release/Michi.EndToEndTests.dll

[ "$failed" -eq 0 ] || printf '== Failed\n%s\n' "$(grep -v '^$' <<<"$faults")"
[ "$skipped" -eq 0 ] && echo "$passed passed, $failed failed" || echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
