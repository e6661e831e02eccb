#!/bin/sh
# Installs what is missing and runs every test, against real daemons that the tests start for themselves: libvirtd with
# QEMU, RabbitMQ, oslo.messaging. Run it as root: a private libvirtd needs mount namespaces. Beside the integration tests it
# tests the packages; this needs Debian or Ubuntu.
set -eu
cd "$(dirname "$0")/.."
umask 022
devstack/prerequisites.sh test
shellcheck -x devstack/*.sh devstack/settings packaging/*.sh packaging/bin/* packaging/test/*.sh packaging/rpm/*.sh \
    packaging/deb/control/p* .ci/run
devstack/test-plugin.sh
mvn -B -ntp package "$@"
mvn -B -ntp -f packaging package
if ! command -v apt-get >/dev/null; then
    echo "The packages were made and not tested: that needs Debian or Ubuntu." >&2
    exec mvn -B -ntp failsafe:integration-test failsafe:verify "$@"
fi
# Beside each other: both wait for a fifth of their time.
packaging/test.sh >target/packages.log 2>&1 &
mvn -B -ntp failsafe:integration-test failsafe:verify "$@" && failed= || failed=" integration"
wait $! || failed="$failed packages"
cat target/packages.log
[ -z "$failed" ] || { echo "FAILED:$failed tests" >&2; exit 1; }
