#!/bin/sh
# Installs what is missing and runs every test, against real daemons that the tests start for themselves: libvirtd with
# QEMU, RabbitMQ, oslo.messaging. Run it as root: a private libvirtd needs mount namespaces.
set -eu
cd "$(dirname "$0")/.."
umask 022
devstack/prerequisites.sh test
shellcheck -x devstack/*.sh devstack/settings packaging/bin/* .ci/run
devstack/test-plugin.sh
exec mvn -B -ntp verify "$@"
