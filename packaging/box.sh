#!/bin/sh
# A machine to install packages on: a real systemd as PID 1, in namespaces of its own, over a copy of this machine's root
# whose changes stay in memory. No network, and nothing can be executed in /tmp. Needs root, and systemd-container.
#   box.sh up DIRECTORY [ROOT]     boots it, in a second or two, over ROOT instead of /; DIRECTORY has its state and its console
#   box.sh in DIRECTORY COMMAND    runs a command inside, as root
#   box.sh down DIRECTORY          ends it; all that happened inside is gone
set -eu
usage() {
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
}
[ $# -ge 2 ] || usage
action=$1
box=$2
shift 2
lower=${1:-/}

# The control groups of the box are below this one, of version 2 also where the machine still has both.
tree=/sys/fs/cgroup
[ ! -d $tree/unified ] || tree=$tree/unified
group=$(sed -n 's/^0:://p' /proc/self/cgroup)/box$(echo "$box" | tr / -)

# In namespaces of its own: what is mounted here is seen by the box only, and goes with it.
boot() {
    mkdir "$tree$group"
    echo $$ >"$tree$group/cgroup.procs"
    [ $tree = /sys/fs/cgroup ] || mount --bind $tree /sys/fs/cgroup # from 258 on systemd looks for version 2 only, and there
    mount -t tmpfs -o mode=755 run /run
    mount -t tmpfs layers "$box/layers"
    mkdir "$box/layers/upper" "$box/layers/work" "$box/layers/root"
    mount -t overlay -o "lowerdir=$lower,upperdir=$box/layers/upper,workdir=$box/layers/work" root "$box/layers/root"
    root=$box/layers/root
    # a host of its own, where packages may start what they install, and nothing is started that was there before
    rm -rf "$root/usr/sbin/policy-rc.d" "$root"/etc/systemd/system/*.wants "$root/var/log/journal"
    rm -f "$root/etc/machine-id" "$root/etc/hostname"
    touch "$root/etc/machine-id"
    echo cmp-01 >"$root/etc/hostname"
    echo '127.0.0.1 localhost cmp-01' >"$root/etc/hosts"
    for unit in systemd-networkd.service systemd-networkd.socket systemd-timesyncd.service systemd-udevd.service \
        systemd-logind.service getty.target apt-daily.timer apt-daily-upgrade.timer; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    exec env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --link-journal=no \
        --private-network --resolv-conf=off --timezone=off --tmpfs=/tmp:mode=1777,noexec,nosuid \
        --machine=cmp-01 --console=pipe systemd.unit=basic.target
}

inside() {
    leader=$(cat "$box/leader")
    nsenter --target "$leader" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

up() {
    mkdir -p "$box/layers"
    setsid unshare --mount "$0" boot "$box" "$lower" </dev/null >"$box/console" 2>&1 &
    nspawn=$!
    for _ in $(seq 300); do
        kill -0 $nspawn 2>/dev/null || break
        if pgrep --parent $nspawn >"$box/leader" && inside systemctl is-system-running 2>/dev/null |
            grep -qE 'running|degraded'; then
            return 0
        fi
        sleep 0.1
    done
    cat "$box/console" >&2
    echo "box.sh: systemd did not come up" >&2
    exit 1
}

case $action in
boot) boot ;;
up) up ;;
in) inside "$@" ;;
down)
    kill -9 "$(cat "$box/leader")"
    for _ in $(seq 50); do
        find "$tree$group" "/sys/fs/cgroup/systemd$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [ -d "$tree$group" ] || break
        sleep 0.1
    done
    rm -rf "$box"
    ;;
*) usage ;;
esac
