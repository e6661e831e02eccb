# Roots of other Debians beside this machine's, for platforms.sh and machine.sh. Sourced by them; needs root, and Debian or
# Ubuntu with debootstrap.
# shellcheck shell=bash

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" -eq 0 ] || fail "needs root"
    command -v debootstrap >/dev/null || apt-get install -y -q --no-install-recommends debootstrap >&2
}

# make_root SUITE ROOT: a small one, from the mirror of this machine's apt; what was said is in ROOT.log. Packages start nothing
# in it.
make_root() {
    local suite=$1 root=$2 mirror script=/usr/share/debootstrap/scripts/$1
    mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
        sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' | head -n 1) || true
    [ -n "$mirror" ] || fail "no mirror of Debian in /etc/apt"
    [ -e "$script" ] || ln -s sid "$script" # a debootstrap that is older than the suite doesn't know its name
    rm -rf "$root.part"
    debootstrap --variant=minbase --include=ca-certificates,procps,iproute2,git "$suite" "$root.part" "$mirror" >"$root.log" 2>&1 ||
        fail "$suite can't be fetched from $mirror: $(tail -n 1 "$root.log"), see $root.log"
    printf '#!/bin/sh\nexit 101\n' >"$root.part/usr/sbin/policy-rc.d"
    chmod 755 "$root.part/usr/sbin/policy-rc.d"
    echo 'Acquire::Check-Valid-Until "false";' >"$root.part/etc/apt/apt.conf.d/99root" # of a mirror that is a snapshot
    cp /usr/local/share/ca-certificates/* "$root.part/usr/local/share/ca-certificates/" 2>/dev/null || true
    echo '127.0.0.1 localhost platform' >"$root.part/etc/hosts"
    mv "$root.part" "$root"
    inside "$root" update-ca-certificates >>"$root.log" 2>&1
}

# inside ROOT COMMAND...: with mounts, processes and a host name of its own; in ROOT/checkout where there is one.
inside() {
    local root=$1
    shift
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    mkdir -p "$root/root/.m2" ~/.m2
    # shellcheck disable=SC2016
    unshare --mount --pid --ipc --uts --fork --kill-child bash -euc '
        root=$1 m2=$2
        shift 2
        mount --make-rprivate /
        mount --bind "$root" "$root"
        mount --bind "$m2" "$root/root/.m2"
        cd "$root"
        mount -t proc proc proc
        mount --rbind /sys sys
        mount --rbind /dev dev
        mount -t tmpfs -o mode=755 run run
        mkdir -p run/lock
        mount -t tmpfs -o mode=1777 tmp tmp
        mkdir -p .host
        pivot_root . .host
        cd /
        umount --lazy .host
        hostname platform
        [ ! -d /checkout ] || cd /checkout
        # no exec: the first process must take the orphans, or libvirtd waits for the death of QEMUs that are long dead
        status=0
        env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb CI=true DEBIAN_FRONTEND=noninteractive \
            "$@" || status=$?
        exit $status
    ' platform "$root" ~/.m2 "$@"
}
