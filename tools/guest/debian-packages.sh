#!/bin/sh
# Fetches Debian packages of any architecture into a folder, with an apt state of its own: the system's is not touched.
# Mirror and signing keys are those of the machine's own apt configuration; apt verifies all that comes.
#
# Usage: debian-packages.sh FOLDER SUITE ARCHITECTURE PACKAGE...
#   A PACKAGE of the form NAME: stands for the first package that NAME, a metapackage, depends on.
#   FOLDER gets the .deb files, SHA256SUMS and packages.list (name and version, one per line). A complete FOLDER is
#   left as it is; remove it to fetch newer versions.
# Environment: REPRISE_DEBIAN_MIRROR overrides the mirror found in the machine's configuration.
set -eu
LC_ALL=C
export LC_ALL

fail() {
    echo "debian-packages: $*" >&2
    exit 1
}

[ $# -ge 4 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1 suite=$2 architecture=$3
shift 3

request="$suite $architecture $*"
if [ -f "$folder/request" ] && [ "$(cat "$folder/request")" = "$request" ] \
    && (cd "$folder" && sha256sum --status -c SHA256SUMS 2>/dev/null); then
    exit 0
fi
command -v apt-get >/dev/null || fail "no apt-get here: the packages come from Debian's archive through apt"

# One line "score URI keyring" for every place that serves binary packages of component main, in either format of apt's sources.
machine_mirrors() {
    eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
    for file in "$list" "$parts"/*.list "$parts"/*.sources; do
        [ -f "$file" ] || continue
        case $file in
            *.sources) format=stanza ;;
            *) format=line ;;
        esac
        awk -v format="$format" '
            function entry(types, uris, suites, components, keyring, enabled,    u, n, i, score) {
                if (enabled ~ /^(no|false|0)$/ || (" " types " ") !~ / deb / || (" " components " ") !~ / main /) return
                if (suites ~ /^[^ ]*(-|\/)(security|updates|backports)[^ ]*$/) return
                n = split(uris, u, " ")
                for (i = 1; i <= n; i++) {
                    if (u[i] ~ /security/) continue
                    score = 1
                    if (keyring ~ /debian-archive/) score += 4
                    if (u[i] ~ /\/debian\/?$/ || u[i] ~ /\/\/[^\/]*debian\.org\//) score += 2
                    if (suites ~ /bullseye|bookworm|trixie|forky|sid|stable|testing/) score += 1
                    print score, u[i], (keyring == "" ? "-" : keyring)
                }
            }
            function flush() {
                entry(f["types"], f["uris"], f["suites"], f["components"], f["signed-by"], f["enabled"])
                split("", f)
            }
            format == "line" && $1 == "deb" {
                keyring = ""
                line = $0
                if (match(line, /\[[^]]*\]/)) {
                    options = substr(line, RSTART + 1, RLENGTH - 2)
                    line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
                    if (match(options, /signed-by=[^ ]*/)) keyring = substr(options, RSTART + 10, RLENGTH - 10)
                }
                n = split(line, word, " ")
                components = ""
                for (i = 4; i <= n; i++) components = components " " word[i]
                entry("deb", word[2], word[3], components, keyring, "yes")
            }
            format == "stanza" && /^#/ { next }
            format == "stanza" && /^[ \t]*$/ { flush(); next }
            format == "stanza" && /^[ \t]/ { f[field] = f[field] " " $0; next }
            format == "stanza" {
                field = tolower(substr($0, 1, index($0, ":") - 1))
                value = substr($0, index($0, ":") + 1)
                sub(/^[ \t]+/, "", value)
                sub(/[ \t]+$/, "", value)
                f[field] = value
            }
            END { if (format == "stanza") flush() }' "$file"
    done
}

best=$(machine_mirrors | sort -s -k1,1nr | awk '$1 >= 3 { print; exit }')
mirror=${REPRISE_DEBIAN_MIRROR:-$(echo "$best" | cut -d' ' -f2)}
keyring=$(echo "$best" | cut -d' ' -f3)
[ -n "$mirror" ] || fail "no Debian mirror in this machine's apt configuration; name one in REPRISE_DEBIAN_MIRROR"
if [ ! -f "$keyring" ]; then
    # No keyring file named (or the key is inline): Debian's own, where its package puts it.
    for keyring in /usr/share/keyrings/debian-archive-keyring.pgp /usr/share/keyrings/debian-archive-keyring.gpg ""; do
        [ -z "$keyring" ] || [ ! -f "$keyring" ] || break
    done
fi
[ -n "$keyring" ] || fail "no Debian signing keys here; install the package debian-archive-keyring"

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/packages"
: >"$work/state/status"
: >"$work/apt.conf"
echo "deb [signed-by=$keyring arch=$architecture] $mirror $suite main" >"$work/sources.list"

apt_tool() {
    tool=$1
    shift
    "$tool" -q -o Dir::State="$work/state" -o Dir::State::Lists="$work/state/lists" -o Dir::State::status="$work/state/status" \
        -o Dir::Cache="$work/cache" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/none" \
        -o Dir::Etc::Preferences="$work/none" -o Dir::Etc::PreferencesParts="$work/none" \
        -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o Acquire::Languages=none \
        -o APT::Update::Post-Invoke-Success= -o APT::Sandbox::User="$(id -un)" "$@"
}

# Both go through a log that is shown when they fail: apt's progress is noise otherwise.
if ! apt_tool apt-get -o APT::Update::Error-Mode=any update >"$work/log" 2>&1; then
    tail -n 10 "$work/log" >&2
    fail "cannot read Debian's list of $architecture packages in $suite from $mirror (REPRISE_DEBIAN_MIRROR names another)"
fi
names=
for package in "$@"; do
    case $package in
        *:)
            real=$(apt_tool apt-cache show --no-all-versions "${package%:}" 2>/dev/null \
                | sed -n 's/^Depends: *\([^ ,(|]*\).*/\1/p' | head -n 1)
            [ -n "$real" ] || fail "no package ${package%:} for $architecture in $suite at $mirror"
            names="$names $real"
            ;;
        *) names="$names $package" ;;
    esac
done
echo "debian-packages: fetching$names ($suite, $architecture) from $mirror" >&2
if ! (cd "$work/packages" && apt_tool apt-get download $names) >"$work/log" 2>&1; then
    tail -n 10 "$work/log" >&2
    fail "cannot download$names from $mirror"
fi
cd "$work/packages"
for file in *.deb; do
    dpkg-deb -W --showformat '${Package} ${Version}\n' "$file"
done | sort >packages.list
sha256sum -- *.deb >SHA256SUMS
echo "$request" >request
cd - >/dev/null
rm -rf "$folder"
mv "$work/packages" "$folder"
