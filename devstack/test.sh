#!/bin/sh
# Installs what is missing and runs every test, against real daemons that the tests start for themselves: libvirtd with
# QEMU, RabbitMQ, oslo.messaging. Run it as root: a private libvirtd needs mount namespaces. The packages are tested beside
# them; this needs Debian or Ubuntu.
set -eu
cd "$(dirname "$0")/.."
umask 022
devstack/prerequisites.sh test
shellcheck -x devstack/*.sh devstack/settings packaging/*.sh packaging/bin/* packaging/test/*.sh packaging/rpm/*.sh \
    packaging/deb/control/p* .ci/run
devstack/test-plugin.sh
mvn -B -ntp -Dmaven.test.skip -Dspotless.check.skip package
packages() {
    mvn -B -ntp -f packaging package
    if command -v apt-get >/dev/null; then
        packaging/test.sh
    else
        echo "The packages were made and are not tested: that needs Debian or Ubuntu."
    fi
}
# Beside the tests: both wait for a part of their time.
(packages) >target/packages.log 2>&1 &
failed=
mvn -B -ntp test failsafe:integration-test failsafe:verify "$@" || failed=" the project's"
wait $! || failed="$failed the packages'"
cat target/packages.log
[ -z "$failed" ] || {
    echo "FAILED:$failed" >&2
    exit 1
}
