#!/bin/bash
# Tests the packages in target/packages, which mvn -f packaging package has made: that they can be made again byte by byte,
# lint, and their whole life on a machine of its own (see box.sh), with libvirtd, QEMU, RabbitMQ and oslo.messaging.
# The machine that this runs on is not changed. Needs root.
#   test.sh              everything
#   test.sh PART...      some of: same lint rpm scripts box ansible
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d /var/tmp/vmea-XXXXXX)
trap end EXIT
end() {
    for box in "$work"/*/box; do
        packaging/box.sh down "$box" 2>/dev/null || true
    done
    rm -rf "$work"
}
deb=$(echo target/packages/vm-event-agent_*_amd64.deb)
rpm=$(echo target/packages/vm-event-agent-*.x86_64.rpm)

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Another place, another time zone and another language must not show.
same() {
    mkdir "$work/again"
    git ls-files -co --exclude-standard -z | tar -c --null -T - | tar -xm -C "$work/again"
    (
        cd "$work/again"
        umask 022
        export TZ=Asia/Tokyo LC_ALL=C
        mvn -B -q -Dmaven.test.skip=true -Dspotless.check.skip package
        mvn -B -q -f packaging package
    )
    for file in target/packages/*.deb target/packages/*.rpm; do
        cmp "$file" "$work/again/$file" || fail "$file is not the same when it is made again"
    done
}

lint() {
    lintian --fail-on error,warning --info target/packages/*.deb
    # it complains about its being root on standard error
    rpmlint --config packaging/rpm/rpmlint.toml target/packages/*.rpm >"$work/rpmlint" 2>&1 ||
        { cat "$work/rpmlint"; fail "rpmlint"; }
    for page in packaging/man/*; do
        [ -z "$(man --warnings -l "$page" 2>&1 >/dev/null)" ] || fail "$page has warnings of man"
    done
    systemd-analyze security --offline=yes --threshold=14 packaging/systemd/vm-event-agent.service >/dev/null ||
        fail "the unit is more exposed than 1.4"
    apparmor_parser --skip-kernel-load --skip-cache --quiet packaging/apparmor/*
    mkdir "$work/selinux"
    cp packaging/selinux/* "$work/selinux"
    touch "$work/selinux/vm_event_agent.if"
    make -s -C "$work/selinux" -f /usr/share/selinux/devel/Makefile vm_event_agent.pp >"$work/selinux.log" 2>&1 ||
        { cat "$work/selinux.log"; fail "the SELinux module doesn't compile"; }
    cp -r packaging/ansible "$work/role"
    (cd "$work/role" && ansible-lint --offline --strict --nocolor install.yml roles) >"$work/ansible.log" 2>&1 ||
        { cat "$work/ansible.log"; fail "ansible-lint"; }
}

# In a copy of this machine's root: install, run, edit, upgrade, erase. A stub notes what systemd is told.
rpm() {
    mvn -B -o -q -f packaging -Dpackage.version=99 de.dentrassi.maven:rpm:1.13.0:rpm@x86_64
    mv target/packages/vm-event-agent-99-1.x86_64.rpm "$work/next.rpm"
    unshare --mount packaging/test/rpm.sh "$rpm" "$work/next.rpm" "$work"
}

# Boots a box, with the package, the same with a higher version and another configuration file, and one whose preinst fails;
# and runs one of the scripts in it.
boxed() {
    local place=$work/$1
    mkdir "$place"
    packaging/box.sh up "$place/box"
    inside() { packaging/box.sh in "$place/box" "$@"; }
    dpkg-deb -R "$deb" "$place/next"
    sed -i 's/^Version: .*/Version: 99-1/' "$place/next/DEBIAN/control"
    echo '# new in 99' >>"$place/next/etc/vm-event-agent.conf"
    dpkg-deb -Zgzip -z1 --root-owner-group -b "$place/next" "$place/next.deb" >/dev/null
    install -m 755 /dev/stdin "$place/next/DEBIAN/preinst" <<<'#!/bin/false'
    dpkg-deb -Zgzip -z1 --root-owner-group -b "$place/next" "$place/broken.deb" >/dev/null
    inside mkdir /root/test
    cp "$deb" "$place/first.deb"
    tar -c -C "$place" first.deb next.deb broken.deb -C "$PWD/packaging/test" . \
        -C "$PWD/src/test/python" oslo_listener.py -C "$PWD/packaging" ansible | inside tar -x -C /root/test
    inside "/root/test/$1.sh"
    packaging/box.sh down "$place/box"
}
scripts() { boxed scripts; }
box() { boxed box; }
ansible() { boxed ansible; }

[ $# -gt 0 ] || set -- same lint rpm scripts box ansible
for part; do
    began=$SECONDS
    $part
    echo "packages: $part ok, $((SECONDS - began)) s"
done
