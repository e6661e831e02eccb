#!/bin/bash
# Runs every test on other Debians beside this one, and writes what came of it into docs/platforms.md.
#   platforms.sh                          bookworm trixie trixie/25 forky
#   platforms.sh SUITE[/JDK]...           the suites of Debian, each with its default JDK or with that one
#   platforms.sh --short SUITE[/JDK]...   only the tests of what differs by platform, and the packages; writes nothing
#   platforms.sh in SUITE[/JDK] COMMAND   runs a command there, in the checkout, for a look
# The roots are made with debootstrap and the mirror of this machine's apt, in $PLATFORMS (/var/tmp/vm-event-agent-platforms),
# and kept: remove one to have it made anew. Each has mounts, processes and a host name of its own; the network and Maven's
# repository are this machine's. Needs root and Debian or Ubuntu.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
platforms=${PLATFORMS:-/var/tmp/vm-event-agent-platforms}
page=$project/docs/platforms.md
# libvirt's and QEMU's events, delivery, RabbitMQ, oslo.messaging, Ceilometer, metrics, some rounds of chaos
short=GuestNotificationsIT,QemuEventsIT,MigrationIT,AgentDeliveryIT,TopologyIT,OtherUsersIT,CeilometerIT,TelemetryIT,ChaosIT

. "$project/devstack/debian.sh"

# The root of a platform, with this checkout and its JDK.
prepare() {
    local suite=${1%/*} jdk="" root
    [ "$suite" = "$1" ] || jdk=${1#*/}
    root=$platforms/${1//\//-jdk}
    mkdir -p "$platforms"
    [ -d "$root" ] || make_root "$suite" "$root" >&2
    rm -rf "$root/checkout"
    mkdir "$root/checkout"
    git -C "$project" ls-files -co --exclude-standard -z | tar -C "$project" -c --null -T - | tar -C "$root/checkout" -x
    if [ -n "$jdk" ]; then
        inside "$root" sh -c "apt-get update -q && apt-get install -y -q --no-install-recommends openjdk-$jdk-jdk-headless" \
            >>"$root.log" 2>&1 || fail "$suite has no JDK $jdk: $(tail -n 1 "$root.log"), see $root.log"
    fi
    # packages that ask git which files there are; the history is not needed
    inside "$root" sh -c 'git init -q . && git add -A' >&2
    echo "$root"
}

# One row: what is installed there, and what the reports of the tests say.
row() {
    # shellcheck disable=SC2016
    inside "$1" sh -c '
        version() { dpkg-query -W -f "\${source:Upstream-Version}" "$1" 2>/dev/null | sed "s/[+~].*//"; }
        sum() { cat target/*-reports/TEST-*.xml | sed -n "s/^<testsuite .* $1=\"\([0-9]*\)\".*/\1/p" | awk "{ n += \$1 } END { print n + 0 }"; }
        cat target/*-reports/TEST-*.xml >/dev/null 2>&1 || { echo "no reports of tests" >&2; exit 1; }
        failed=$(($(sum failures) + $(sum errors)))
        set -- "$(sed -n "s/^PRETTY_NAME=\"\(.*\)\"/\1/p" /etc/os-release)" "$(javac -version 2>&1 | sed "s/javac //")" \
            "$(version libvirt0)" "$(version qemu-system-x86)" "$(version rabbitmq-server)" "$(version python3-oslo.messaging)" \
            "$(version ceilometer-agent-notification)" "$(version systemd)" \
            "$(sum tests)" "$failed" "$(sum skipped)" "$2" "$(date +%F)"
        printf "|"
        printf " %s |" "$@"
    ' row "" "$2"
    echo
}

# The newest row of each platform is kept, by its system and the first number of its JDK.
write_page() {
    [ -e "$page" ] || cat >"$page" <<'PAGE'
# Platforms

`devstack/platforms.sh` runs `.ci/run` on each of these systems, and writes this table.

<!-- rows -->
| system | JDK | libvirt | QEMU | RabbitMQ | oslo.messaging | Ceilometer | systemd | tests | failed | skipped | `.ci/run` | date |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
<!-- end -->
PAGE
    python3 - "$page" "$1" <<'PYTHON'
import re, sys
page, new = sys.argv[1], sys.argv[2]
def key(row):
    cells = row.split(" | ")
    return cells[0], cells[1].split(".")[0]
lines = open(page, encoding="utf-8").read().split("\n")
first = lines.index("<!-- rows -->") + 3
last = lines.index("<!-- end -->")
rows = [row for row in lines[first:last] if key(row) != key(new)] + [new]
lines[first:last] = sorted(rows, key=lambda row: [int(n) for n in re.findall(r"\d+", row.split(" | ")[2])])
open(page, "w", encoding="utf-8").write("\n".join(lines))
PYTHON
}

need_root
if [ "${1:-}" = in ]; then
    [ $# -ge 3 ] || fail "in SUITE[/JDK] COMMAND..."
    root=$(prepare "$2")
    shift 2
    inside "$root" "$@"
    exit
fi
run=(.ci/run)
if [ "${1:-}" = --short ]; then
    run=(devstack/test.sh "-Dit.test=$short")
    shift
    [ $# -gt 0 ] || fail "--short SUITE[/JDK]..."
fi
[ $# -gt 0 ] || set -- bookworm trixie trixie/25 forky
failed=
for each; do
    root=$(prepare "$each")
    echo "platforms.sh: $each, log in $root.log"
    result=green
    inside "$root" "${run[@]}" >"$root.log" 2>&1 || result=failed
    new=$(row "$root" $result)
    echo "$new"
    [ "${run[0]}" != .ci/run ] || write_page "$new"
    [ $result = green ] || failed="$failed $each"
done
[ -z "$failed" ] || fail "not green:$failed"
