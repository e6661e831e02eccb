#!/bin/sh
# Makes a release: refuses a version that ends with SNAPSHOT, runs every test, and puts what is published into
# target/release, with checksums. Needs what the tests need. Arguments are Maven's. See docs/install.md.
set -eu
cd "$(dirname "$0")/.."
property() {
    sed -n "s,^ *<$1>\(.*\)</$1>\$,\1,p" pom.xml | head -n 1
}
version=$(property version)
timestamp=$(property project.build.outputTimestamp)
name=vm-event-agent-$version

mvn -B -q enforcer:enforce -Denforcer.rules=requireReleaseVersion,requireReleaseDeps
notes=$(awk -v heading="## $version" '
    /^## / { inside = index($0, heading) == 1 && substr($0, length(heading) + 1) ~ /^($| )/; next }
    inside' CHANGELOG.md)
if [ -z "$notes" ]; then
    echo "release.sh: CHANGELOG.md has nothing below a heading '## $version'" >&2
    exit 1
fi
mvn -B clean verify "$@"
mvn -B -f packaging package

cd target
rm -rf release
mkdir release
echo "$notes" >"release/$name-notes.md"
cp packages/*.deb packages/*.rpm release/
cp bom.json "release/$name-bom.json"
tar --create --sort=name --owner=root:0 --group=root:0 --mtime="$timestamp" --transform="s,^vm-event-agent,$name," \
    vm-event-agent | gzip -9n >"release/$name.tar.gz"
cd release
sha256sum -- * >SHA256SUMS
