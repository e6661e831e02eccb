#!/bin/bash
# Whole machines for the tests of tag "machine": Debian with libvirt, QEMU and a JRE, without the agent.
#   machine.sh disk SUITE             makes $MACHINES/SUITE/{disk.qcow2,bare.qcow2,vmlinuz,initrd.img,key} if they aren't there;
#                                     bare.qcow2 has of libvirt, QEMU and the JRE only what apt installs them from
#   machine.sh boot SUITE[/xen] PORT [DISK [OPTION...]]   boots a disk over that one, with options for QEMU; without DISK for a
#                                     look, and all changes are forgotten: ssh -i $MACHINES/SUITE/key -p PORT root@127.0.0.1
#                                     SUITE/xen is the same as Domain-0 of Xen
# $MACHINES is /var/tmp/vm-event-agent-machines. A machine has a processor that QEMU emulates, with SVM, so KVM works in
# it; its network ends at this host's loopback. Once made, nothing is fetched any more. Needs root and Debian or Ubuntu.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
machines=${MACHINES:-/var/tmp/vm-event-agent-machines}
# shellcheck source=devstack/debian.sh
. "$project/devstack/debian.sh"

base=(linux-image-amd64 initramfs-tools systemd-sysv udev kmod dbus openssh-server apparmor busybox-static e2fsprogs xfsprogs
    dmsetup nfs-kernel-server)
packages=(polkitd libvirt-daemon-system libvirt-daemon-driver-lxc libvirt-daemon-driver-xen libvirt-clients qemu-system-x86
    qemu-utils xen-system-amd64 default-jre-headless python3-apt python3-libvirt sqlite3)

# What boots, and what apt installs the packages from.
fill_bare() {
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
        # commands by ssh open no session of a user: that takes longer than they
        echo "UsePAM no" >/etc/ssh/sshd_config.d/machine.conf
        systemctl disable nfs-server
        systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
            man-db.timer systemd-networkd-wait-online.service
        mkdir -p -m 700 /root/.ssh
        : >/etc/machine-id' fill "${base[@]}"
    inside "$root" apt-get install -y -q --no-install-recommends --download-only "${packages[@]}"
}

fill_root() {
    local root=$1
    inside "$root" sh -euc '
        apt-get install -y -q --no-install-recommends "$@"
        systemctl disable xendomains' fill "${packages[@]}"
}

# make_image ROOT IMAGE
make_image() {
    local policy=$1/usr/sbin/policy-rc.d
    mv "$policy" "$1.policy"
    mke2fs -q -t ext4 -d "$1" -L root "$2.raw" 8G
    mv "$1.policy" "$policy"
    qemu-img convert -f raw -O qcow2 "$2.raw" "$2"
    rm "$2.raw"
}

make_disk() {
    local suite=$1 made=$machines/$1 stage=$machines/$1.part
    [ ! -e "$made/disk.qcow2" ] || return 0
    command -v qemu-system-x86_64 mke2fs ssh ssh-keygen >/dev/null || fail "needs qemu-system-x86, e2fsprogs and openssh-client"
    rm -rf "$stage"
    mkdir -p "$stage"
    make_root "$suite" "$stage/root"
    fill_bare "$stage/root" >>"$stage/root.log" 2>&1 || fail "$suite can't be filled: see $stage/root.log"
    ssh-keygen -q -t ed25519 -N '' -C machine -f "$stage/key"
    install -m 600 "$stage/key.pub" "$stage/root/root/.ssh/authorized_keys"
    make_image "$stage/root" "$stage/bare.qcow2"
    fill_root "$stage/root" >>"$stage/root.log" 2>&1 || fail "$suite can't be filled: see $stage/root.log"
    cp -L "$stage/root/vmlinuz" "$stage/vmlinuz"
    cp -L "$stage/root/initrd.img" "$stage/initrd.img"
    gunzip -c "$stage"/root/boot/xen-*-amd64.gz >"$stage/xen"
    make_image "$stage/root" "$stage/disk.qcow2"
    rm -rf "$stage/root"
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

# boot SUITE[/xen] PORT DISK [OPTION...]
boot() {
    local made=$machines/${1%/xen} port=$2 disk=$3 kernel='root=/dev/vda rw mitigations=off quiet panic=-1' system
    case $1 in
    */xen) # Domain-0 dies of a page fault on an EPYC, and on an older Opteron libvirt finds no model for the processor
        system=(-cpu Nehalem-v1 -kernel "$made/xen" -initrd "$made/vmlinuz $kernel console=hvc0 nopti,$made/initrd.img"
            -append 'dom0_mem=2048M,max:2048M console=com1 com1=115200,8n1 xpti=false smap=0 smep=0 spec-ctrl=no pv-l1tf=false') ;;
    *)
        system=(-cpu 'EPYC,+svm,+npt,+nrip-save' -kernel "$made/vmlinuz" -initrd "$made/initrd.img" -append "$kernel console=ttyS0") ;;
    esac
    shift 3
    # with two processors QEMU 7.2 now and then runs code that the other one is just changing, and the kernel panics
    exec qemu-system-x86_64 -accel tcg -m 3072 -nographic -vga none -no-reboot "${system[@]}" \
        -drive "file=$disk,if=virtio,cache=writeback" -nic "user,model=virtio,hostfwd=tcp:127.0.0.1:$port-:22" "$@"
}

case ${1:-} in
disk)
    [ $# -eq 2 ] || fail "disk SUITE"
    need_root
    make_disk "$2"
    ;;
boot)
    [ $# -ge 3 ] || fail "boot SUITE[/xen] PORT [DISK [OPTION...]]"
    if [ $# -eq 3 ]; then set -- "$@" "$machines/${2%/xen}/disk.qcow2" -snapshot; fi
    boot "${@:2}"
    ;;
*)
    sed -n '2,10s/^# //p' "$0" >&2
    exit 2
    ;;
esac
