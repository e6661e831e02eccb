#!/bin/sh
# Installs what is missing, by apt or dnf: "build" is what demo.sh needs, "test" is everything the tests run against.
# Does nothing when all of it is there. Needs root, or sudo, only to install.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 build|test" >&2; exit 2; }

apt_build='libvirt0 maven'
apt_test='libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils rabbitmq-server
    openssl python3-libvirt python3-oslo.messaging python3-oslo.config ceilometer-agent-notification procps util-linux
    shellcheck systemd systemd-container dbus adduser default-jre-headless man-db lintian rpm rpmlint prometheus
    apparmor selinux-policy-dev golang-go golang-github-vmware-govmomi-dev prometheus-alertmanager python3-masakari
    ansible-core ansible-lint python3-apt'
dnf_build='libvirt-libs maven'
dnf_test='libvirt-daemon libvirt-daemon-driver-qemu libvirt-client qemu-kvm qemu-img rabbitmq-server
    openssl python3-libvirt python3-oslo-messaging python3-oslo-config openstack-ceilometer-notification procps-ng
    util-linux ShellCheck golang-github-prometheus golang golang-github-vmware-govmomi-devel
    golang-github-prometheus-alertmanager openstack-masakari-api ansible-core'

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# A JDK of 17 or newer, by what javac says of itself.
have_jdk() {
    version=$("${JAVA_HOME:+$JAVA_HOME/bin/}javac" -version 2>/dev/null | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ]
}

install_apt() {
    missing=
    for package in $1; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    have_jdk || missing="$missing default-jdk-headless"
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    # The tests start private daemons of their own; the packaged services shall not start because of us.
    policy=/usr/sbin/policy-rc.d
    own=
    if [ ! -e $policy ]; then
        own=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        trap 'as_root rm -f $policy' EXIT
        trap 'exit 1' HUP INT TERM
    fi
    status=0
    as_root apt-get update -q || echo "the package lists could not be refreshed" >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing || status=$?
    if [ -n "$own" ]; then
        as_root rm -f $policy
        trap - EXIT HUP INT TERM
    fi
    have_jdk || { echo "no JDK of version 17 or newer could be installed" >&2; exit 1; }
    return $status
}

install_dnf() {
    missing=
    for package in $1; do
        rpm -q --quiet --whatprovides "$package" || missing="$missing $package"
    done
    # RHEL 9 has Java 17, RHEL 10 only 21
    have_jdk || if dnf -q list --available java-17-openjdk-devel >/dev/null 2>&1; then
        missing="$missing java-17-openjdk-devel"
    else
        missing="$missing java-21-openjdk-devel"
    fi
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    # shellcheck disable=SC2086
    as_root dnf install -y -q $missing
}

case $1 in
build) apt=$apt_build dnf=$dnf_build ;;
test) apt="$apt_build $apt_test" dnf="$dnf_build $dnf_test" ;;
*) echo "usage: $0 build|test" >&2; exit 2 ;;
esac
if command -v apt-get >/dev/null; then
    install_apt "$apt"
elif command -v dnf >/dev/null; then
    install_dnf "$dnf"
else
    echo "neither apt-get nor dnf here: install a JDK 17 or newer and the likes of $apt yourself" >&2
    exit 1
fi
