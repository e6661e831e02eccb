#!/bin/bash
# Whole machines for the tests of tag "machine": Debian with libvirt, QEMU and a JRE, without the agent.
#   machine.sh disk SUITE             makes $MACHINES/SUITE/{disk.qcow2,vmlinuz,initrd.img,key} if they aren't there
#   machine.sh boot SUITE PORT [DISK [OPTION...]]   boots a disk over that one, with options for QEMU; without DISK for a look,
#                                     and all changes are forgotten: ssh -i $MACHINES/SUITE/key -p PORT root@127.0.0.1
# $MACHINES is /var/tmp/vm-event-agent-machines. A machine has two processors that QEMU emulates, with SVM, so KVM works in
# it; its network ends at this host's loopback. Once made, nothing is fetched any more. Needs root and Debian or Ubuntu.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
machines=${MACHINES:-/var/tmp/vm-event-agent-machines}
# shellcheck source=devstack/debian.sh
. "$project/devstack/debian.sh"

packages=(linux-image-amd64 initramfs-tools systemd-sysv udev kmod dbus openssh-server apparmor polkitd
    libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils default-jre-headless python3-libvirt sqlite3)

fill_root() {
    local root=$1
    inside "$root" sh -euc '
        apt-get update -q
        mkdir -p /etc/initramfs-tools/conf.d
        # only what the machine has: its start takes half the time
        printf "MODULES=list\nCOMPRESS=zstd\n" >/etc/initramfs-tools/conf.d/machine
        apt-get install -y -q --no-install-recommends "$@"
        printf "virtio_pci\nvirtio_blk\next4\n" >>/etc/initramfs-tools/modules
        update-initramfs -u
        echo "/dev/vda / ext4 defaults 0 1" >/etc/fstab
        echo machine >/etc/hostname
        printf "[Match]\nName=e*\n[Network]\nDHCP=yes\n" >/etc/systemd/network/machine.network
        systemctl enable systemd-networkd ssh
        systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
            man-db.timer systemd-networkd-wait-online.service
        mkdir -p -m 700 /root/.ssh
        : >/etc/machine-id
        apt-get clean' fill "${packages[@]}"
    rm "$root/usr/sbin/policy-rc.d"
}

make_disk() {
    local suite=$1 made=$machines/$1 stage=$machines/$1.part
    [ ! -e "$made/disk.qcow2" ] || return 0
    command -v qemu-system-x86_64 mke2fs ssh ssh-keygen >/dev/null || fail "needs qemu-system-x86, e2fsprogs and openssh-client"
    rm -rf "$stage"
    mkdir -p "$stage"
    make_root "$suite" "$stage/root"
    fill_root "$stage/root" >>"$stage/root.log" 2>&1 || fail "$suite can't be filled: see $stage/root.log"
    ssh-keygen -q -t ed25519 -N '' -C machine -f "$stage/key"
    install -m 600 "$stage/key.pub" "$stage/root/root/.ssh/authorized_keys"
    cp -L "$stage/root/vmlinuz" "$stage/vmlinuz"
    cp -L "$stage/root/initrd.img" "$stage/initrd.img"
    mke2fs -q -t ext4 -d "$stage/root" -L root "$stage/disk.raw" 8G
    qemu-img convert -f raw -O qcow2 "$stage/disk.raw" "$stage/disk.qcow2"
    rm -rf "$stage/root" "$stage/disk.raw"
    boot_first "$stage" >>"$stage/root.log" 2>&1 || fail "$suite doesn't boot: see $stage/root.log"
    mv "$stage" "$made"
}

# What a machine finds out once, at its first boot: AppArmor's compiled profiles, what its QEMU can.
boot_first() {
    local stage=$1 port=22022 pid
    boot "${stage##*/}" $port "$stage/disk.qcow2" </dev/null &
    pid=$!
    for _ in $(seq 300); do
        kill -0 $pid 2>/dev/null || return 1
        if ssh -q -i "$stage/key" -p $port -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=10 \
            root@127.0.0.1 'systemctl is-system-running --wait; virsh -q capabilities >/dev/null && systemctl poweroff'; then
            wait $pid
            return
        fi
        sleep 1
    done
    kill $pid
    return 1
}

# boot SUITE PORT DISK [OPTION...]
boot() {
    local made=$machines/$1 port=$2 disk=$3
    shift 3
    exec qemu-system-x86_64 -accel tcg,thread=multi -cpu EPYC,+svm,+npt,+nrip-save -smp 2 -m 3072 -nographic -no-reboot \
        -kernel "$made/vmlinuz" -initrd "$made/initrd.img" -append 'root=/dev/vda rw console=ttyS0 mitigations=off quiet panic=-1' \
        -drive "file=$disk,if=virtio,cache=writeback" -nic "user,model=virtio,hostfwd=tcp:127.0.0.1:$port-:22" "$@"
}

case ${1:-} in
disk)
    [ $# -eq 2 ] || fail "disk SUITE"
    need_root
    make_disk "$2"
    ;;
boot)
    [ $# -ge 3 ] || fail "boot SUITE PORT [DISK [OPTION...]]"
    if [ $# -eq 3 ]; then set -- "$@" "$machines/$2/disk.qcow2" -snapshot; fi
    boot "${@:2}"
    ;;
*)
    sed -n '2,8s/^# //p' "$0" >&2
    exit 2
    ;;
esac
