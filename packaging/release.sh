#!/bin/sh
# Puts what is published into target/release, with checksums, when the build has made it. Run by mvn -Ppackages,release.
#   release.sh VERSION TIMESTAMP
set -eu
version=$1
timestamp=$2
name=vm-event-agent-$version
cd "$(dirname "$0")/../target"
rm -rf release
mkdir release

awk -v heading="## $version" '
    /^## / { inside = index($0, heading) == 1 && substr($0, length(heading) + 1) ~ /^($| )/; next }
    inside' ../CHANGELOG.md >"release/$name-notes.md"
if ! grep -q . "release/$name-notes.md"; then
    echo "release.sh: CHANGELOG.md has nothing below a heading '## $version'" >&2
    exit 1
fi
cp packages/*.deb packages/*.rpm release/
cp bom.json "release/$name-bom.json"
tar --create --sort=name --owner=root:0 --group=root:0 --mtime="$timestamp" --transform="s,^vm-event-agent,$name," \
    vm-event-agent | gzip -9n >"release/$name.tar.gz"
cd release
sha256sum -- * >SHA256SUMS
