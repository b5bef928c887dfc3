#!/usr/bin/env bash
# Fetches the test images of libpng (with PngSuite), giflib, libjpeg-turbo and libwebp from Debian's source packages:
#
#     bash scripts/foreign/images.sh FOLDER
#
# Uses apt-get with a configuration of its own: neither root nor "deb-src" in the system's is needed.
set -euo pipefail

folder=$1
[ ! -e "$folder/complete" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1 || [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    echo "The image suites need apt-get and Debian's keys. Debian and Ubuntu: apt-get install debian-archive-keyring." >&2
    echo "Elsewhere: run CI in a container of Debian." >&2
    exit 1
fi
if ! command -v xz >/dev/null 2>&1; then
    echo "The image suites need xz. Debian and Ubuntu: apt-get install xz-utils." >&2
    exit 1
fi

rm -rf "$folder"
mkdir -p "$folder"
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial" "$state/files"

# The archive that this system uses, and its release.
release=bookworm
if grep -qx 'ID=debian' /etc/os-release; then
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
fi
configured=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
archive=$configured
if [ -z "$archive" ]; then
    echo "The image suites need a Debian archive; none is configured in /etc/apt/sources.list or sources.list.d." >&2
    exit 1
fi
cat >"$state/sources/debian.sources" <<END
Types: deb-src
URIs: ${archive%% *}
Suites: $release
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
options=(-qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$state/sources"
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o "APT::Sandbox::User=")
apt-get "${options[@]}" update
cd "$state/files"
for package in libpng1.6 giflib libjpeg-turbo libwebp; do
    apt-get "${options[@]}" source --download-only "$package"
    mkdir "$folder/$package"
    tar -xf "$(ls "$package"_*.orig.tar.?z)" --strip-components=1 -C "$folder/$package"
done
touch "$folder/complete"
