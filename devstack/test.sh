#!/bin/sh
# Installs what is missing and runs every test, against real daemons that the tests start for themselves: libvirtd with
# QEMU, RabbitMQ, oslo.messaging. Run it as root: a private libvirtd needs mount namespaces. Then it makes the packages
# and tests those; this needs Debian or Ubuntu.
set -eu
cd "$(dirname "$0")/.."
umask 022
devstack/prerequisites.sh test
shellcheck -x devstack/*.sh devstack/settings packaging/*.sh packaging/bin/* packaging/test/*.sh packaging/rpm/*.sh \
    packaging/deb/control/p* .ci/run
devstack/test-plugin.sh
mvn -B -ntp verify "$@"
mvn -B -ntp -f packaging package
if command -v apt-get >/dev/null; then
    exec packaging/test.sh
fi
echo "The packages were made and not tested: that needs Debian or Ubuntu." >&2
