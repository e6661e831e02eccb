#!/bin/sh
# Builds vm-event-agent and shows what it reports of three example instances on libvirt's embedded test hypervisor.
# Needs no daemon and no broker; root only where a package is missing.
set -eu
cd "$(dirname "$0")/.."
umask 022
devstack/prerequisites.sh build
mvn -B -q -DskipTests -Dcyclonedx.skip=true package
exec target/vm-event-agent/bin/vm-event-agent demo
