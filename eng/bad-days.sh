#!/usr/bin/env bash
# The tests of bad days at length, on the build that is there (dotnet build -c Release). Each prints its seed; MICHI_BAD_DAYS_SEED repeats one.
#   eng/bad-days.sh kill 100          kills the server under load so many times
#   eng/bad-days.sh power-cut 2000    starts the store on so many disks as a power cut leaves them (needs cc)
#   eng/bad-days.sh fuzz 60           feeds every parser and the API bad input for so many minutes
set -euo pipefail
cd "$(dirname "$0")/.."
run() { dotnet "artifacts/bin/Michi.$1/release/Michi.$1.dll" -noColor -showLiveOutput "${@:2}"; }
case "${1:-}" in
  kill) MICHI_BAD_DAYS_KILLS=${2:-100} run IntegrationTests -method Michi.IntegrationTests.CityOs.NgsiLdSurvivesKillTests.Kill_UnderLoad_LosesNothingAcknowledged ;;
  power-cut) MICHI_BAD_DAYS_POWER_CUTS=${2:-2000} run IntegrationTests -class Michi.IntegrationTests.CityOs.BadDays.PowerCutTests ;;
  fuzz) MICHI_BAD_DAYS_FUZZ_SECONDS=$((60 * ${2:-60})) run UnitTests -class Michi.UnitTests.CityOs.BadDays.FuzzTests ;;
  *) sed -n '2,6s/^# //p' "$0"; exit 2 ;;
esac
