#!/usr/bin/env bash
# Downloads the test images of libpng (with PngSuite), giflib, libjpeg-turbo and libwebp from Debian's source packages:
#
#     bash scripts/foreign/images.sh FOLDER
#
# Uses apt-get with a separate configuration: it needs neither root nor a deb-src entry of the system. The archives are
# those of Debian 12, whose checksums are in images.sha256.
set -euo pipefail

sums=$(realpath "$(dirname "$0")/images.sha256")
folder=$1
! cmp -s "$sums" "$folder/complete" || exit 0

rm -rf "$folder"
mkdir -p "$folder"
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial" "$state/files"

# The mirror of Debian that this system uses, or else the public one.
archive=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
archive=${archive%% *}
cat >"$state/sources/debian.sources" <<END
Types: deb-src
URIs: ${archive:-https://deb.debian.org/debian}
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
options=(-qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$state/sources"
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o "APT::Sandbox::User=")
apt-get "${options[@]}" update
cd "$state/files"
packages=(libpng1.6 giflib libjpeg-turbo libwebp)
for package in "${packages[@]}"; do
    apt-get "${options[@]}" source --download-only "$package"
done
sha256sum --quiet --check "$sums"
for package in "${packages[@]}"; do
    mkdir "$folder/$package"
    tar -xf "$(ls "$package"_*.orig.tar.?z)" --strip-components=1 -C "$folder/$package"
done
cp "$sums" "$folder/complete"
