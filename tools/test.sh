#!/usr/bin/env bash
# All tests, as CI runs them: "./reprise test [MAVEN-OPTION...]". Installs and fetches by package name what they need.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
tools/guest/prerequisites.sh guest cross oracle >&2
guest=${REPRISE_TEST_GUESTS:-$root/itests/target/guests}
mkdir -p "$guest"
tools/guest/debian-riscv64.sh "$guest/debian-riscv64" >&2
distribution/guests/build.sh --check
exec mvn -B -ntp verify -Dreprise.guests="$guest" "$@"
