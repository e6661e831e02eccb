#!/bin/bash
# The maintainer scripts of the .deb where something is not as the package left it: files, user, mounts, systemd. None of
# that may leave the package half installed or the agent stopped. Run by test.sh inside the box, as root, beside
# first.deb, next.deb (the same, with version 99) and broken.deb (with a preinst that fails).
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=packaging/test/checks.sh
. ./checks.sh
conf=/etc/vm-event-agent.conf
lib=/var/lib/vm-event-agent
archive=/var/cache/vm-event-agent/classes.jsa

package() { dpkg --no-triggers --force-confold "$@" >dpkg.log 2>&1 || { cat dpkg.log; fail "dpkg $*"; }; }
installed() { is "$(dpkg-query -W -f '${db:Status-Status} ${Version}' $unit)" "installed $1"; }
# An upgrade that ends well: the agent is another process.
upgraded() {
    before=$(show MainPID)
    package -i next.deb
    installed 99-1
    await running
    [ "$(show MainPID)" != "$before" ] || fail "not restarted"
}
running() { [ "$(systemctl is-active $unit)" = active ]; }
stream() { logged '"event_type":"libvirt.agent.started"' | grep -o '"stream":"[^"]*"'; }
# A machine without a running systemd, as the inside of a container or of an image that is being built.
without_systemd() { unshare --mount sh -c 'mount -t tmpfs run /run && exec "$@"' sh "$@"; }

step "first installation, and an upgrade"
package -i first.deb
await running
upgraded

step "the configuration is deleted: its options are in a directory"
mkdir /etc/vm-event-agent.conf.d /etc/systemd/system/$unit.service.d
sed '/^#/d' $conf >/etc/vm-event-agent.conf.d/site.conf
printf '[Service]\nExecStart=\nExecStart=/usr/bin/vm-event-agent run --config-dir /etc/vm-event-agent.conf.d\n' \
    >/etc/systemd/system/$unit.service.d/override.conf
mv $conf saved.conf
upgraded
[ ! -e $conf ] || fail "the deleted configuration is back"

step "it is a link to a file that is not there"
ln -s /nonexistent $conf
upgraded
rm $conf

step "it is mounted read-only"
cp saved.conf $conf
chown root:vm-event-agent $conf
chmod 0640 $conf
mount --bind -o ro $conf $conf
upgraded
umount $conf

step "its owner and mode are the administrator's"
dpkg-statoverride --update --add $unit $unit 0400 $conf
upgraded
is "$(stat -c '%a %U:%G' $conf)" "400 $unit:$unit"
dpkg-statoverride --remove $conf
upgraded
is "$(stat -c '%a %U:%G' $conf)" '640 root:vm-event-agent'
rm -r /etc/systemd/system/$unit.service.d /etc/vm-event-agent.conf.d

step "user and group are gone, and somebody else has their numbers"
upgraded
was=$(stream)
systemctl stop $unit
ids=$(id -u $unit):$(id -g $unit)
userdel $unit
groupadd --system --gid "${ids#*:}" other
useradd --system --uid "${ids%:*}" --gid other other
upgraded
is "$(stat -c '%U:%G' $lib $lib/agent.db | sort -u)" "$unit:$unit"
is "$(stat -c '%U:%G' $conf)" root:vm-event-agent
is "$(stream)" "$was"
systemctl stop $unit
groupmod --new-name elsewhere $unit
upgraded
is "$(stat -c '%U:%G' $conf)" root:vm-event-agent

step "directories are file systems of their own, one of them read-only"
mount -t tmpfs cache /var/cache/vm-event-agent
upgraded
systemctl stop $unit
mount --bind -o ro $lib $lib
package -i next.deb
installed 99-1
umount $lib
upgraded
umount --lazy /var/cache/vm-event-agent

step "an upgrade that is broken off"
before=$(show MainPID)
dpkg --no-triggers -i broken.deb >dpkg.log 2>&1 && fail "broken.deb could be installed"
installed 99-1
await running
[ "$(show MainPID)" != "$before" ] || fail "not restarted"
[ -s $archive ] || fail "no archive of classes"
printf '#!/bin/sh\nexit 1\n' >/var/lib/dpkg/info/$unit.prerm
upgraded

step "the making of the archive is broken off"
/usr/share/vm-event-agent/bin/archive-classes $archive &
await pgrep --full 'agent\.jar run --config-file /var/cache/'
kill -TERM $!
wait $!
is "$(pgrep --full 'config-file /var/cache/' || true)" ''
is "$(ls -A /var/cache/vm-event-agent)" ''

step "back to the version before"
package -i first.deb
await running

step "no systemd is running"
systemctl stop $unit
without_systemd dpkg --no-triggers --force-confold -i "$PWD/next.deb" >dpkg.log 2>&1 || { cat dpkg.log; fail "upgrade without systemd"; }
installed 99-1
without_systemd dpkg --purge $unit >dpkg.log 2>&1 || { cat dpkg.log; fail "purge without systemd"; }
without_systemd dpkg --no-triggers -i "$PWD/first.deb" >dpkg.log 2>&1 || { cat dpkg.log; fail "installation without systemd"; }
is "$(stat -c '%a %U:%G' $lib)" '750 vm-event-agent:vm-event-agent'
is "$(stat -c '%a %U:%G' $conf)" '640 root:vm-event-agent'
upgraded

step "remove, then purge, with what is left gone or mounted"
mount -t tmpfs state $lib
systemctl restart $unit
package --remove $unit
rm $conf
package --purge $unit
is "$(ls -A $lib)" ''
umount $lib
rm -r $lib
package --purge $unit
dpkg-query -W $unit 2>/dev/null && fail "still known after the purge"
step "done"
