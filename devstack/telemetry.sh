#!/bin/bash
# Takes the agent's notifications through Ceilometer into Gnocchi and Aodh, by the commands of docs/ceilometer.md, and checks
# what comes of real guests there: one is defined, started, resized and killed, others panic.
#   telemetry.sh                  all of it, in some ten minutes
#   telemetry.sh look COMMAND     runs a command at the end, for a look
# Debian 13 with PostgreSQL, RabbitMQ, Keystone, Gnocchi, Aodh, Ceilometer and libvirt is made once with debootstrap and the
# mirror of this machine's apt, in $PLATFORMS/telemetry (/var/tmp/vm-event-agent-platforms); remove it to have it made anew.
# Each run boots a box over it (packaging/box.sh) without a network, whose changes are gone in the end. Run mvn package and
# mvn -f packaging package before. Needs root, Debian or Ubuntu, and systemd-container.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
root=${PLATFORMS:-/var/tmp/vm-event-agent-platforms}/telemetry
# shellcheck source=devstack/debian.sh
. "$project/devstack/debian.sh"

packages=(systemd-sysv dbus postgresql python3-psycopg2 rabbitmq-server keystone gnocchi-api gnocchi-metricd
    aodh-api aodh-evaluator aodh-listener aodh-notifier ceilometer-agent-notification python3-openstackclient
    curl python3-gnocchiclient python3-aodhclient libvirt-daemon-system libvirt-clients qemu-system-x86 default-jre-headless jq)

# No archive of packages is kept in it.
make() {
    rm -rf "$root.new"
    mkdir -p "${root%/*}"
    make_root trixie "$root.new"
    echo force-unsafe-io >"$root.new/etc/dpkg/dpkg.cfg.d/root" # it is made anew if anything fails
    inside "$root.new" sh -euc 'apt-get update -q; apt-get install -y -q --no-install-recommends "$@"; apt-get clean' \
        fill "${packages[@]}" >>"$root.new.log" 2>&1 || fail "the packages can't be installed: see $root.new.log"
    mv "$root.new" "$root"
}

need_root
look=()
case ${1:-} in
look) look=("${@:2}") ;;
?*) fail "see the head of this file" ;;
esac
deb=$(echo "$project"/target/packages/vm-event-agent_*_amd64.deb)
[ -f "$deb" ] || fail "no package in target/packages: mvn package, then mvn -f packaging package"
[ -d "$root" ] || make

work=$(mktemp -d /var/tmp/telemetry.XXXXXX)
trap end EXIT
end() {
    "$project/packaging/box.sh" down "$work/box" 2>/dev/null || true
    rm -rf "$work"
}
"$project/packaging/box.sh" up "$work/box" "$root"
box() { "$project/packaging/box.sh" in "$work/box" "$@"; }
cp "$deb" "$work/agent.deb"
box mkdir /root/test
tar -c -C "$work" agent.deb -C "$project/packaging/test" checks.sh -C "$project/docs" ceilometer.md \
    -C "$project/devstack" telemetry-box.sh | box tar -x -C /root/test
status=0
box /root/test/telemetry-box.sh || status=$?
[ ${#look[@]} -eq 0 ] || box "${look[@]}"
[ $status -eq 0 ]
