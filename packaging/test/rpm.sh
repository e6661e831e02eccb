#!/bin/bash
# The life of the .rpm, in a copy of this machine's root that goes with the mount namespace this is run in.
#   rpm.sh PACKAGE NEXT DIRECTORY
set -euo pipefail
layers=$3/rpm
mkdir "$layers"
mount -t tmpfs layers "$layers"
mkdir "$layers/upper" "$layers/work" "$layers/root"
mount -t overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" root "$layers/root"
mount --rbind /proc "$layers/root/proc"
mount --rbind /dev "$layers/root/dev"
mount -t tmpfs run "$layers/root/run"
cp "$1" "$layers/root/root/first.rpm"
cp "$2" "$layers/root/root/next.rpm"
cat >"$layers/root/usr/lib/systemd/systemd-update-helper" <<'STUB'
#!/bin/sh
echo "$@" >>/run/told
STUB
chmod +x "$layers/root/usr/lib/systemd/systemd-update-helper"
exec chroot "$layers/root" /bin/bash -euo pipefail <<'INSIDE'
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
is() { [ "$1" = "$2" ] || fail "$1 instead of $2"; }
export HOME=/root
conf=/etc/vm-event-agent.conf
told=/run/told

rpm -i --nodeps /root/first.rpm 2>/dev/null
is "$(stat -c '%a %U:%G' $conf)" '640 root:vm-event-agent'
is "$(stat -c '%a %U:%G' /var/lib/vm-event-agent)" '750 vm-event-agent:vm-event-agent'
is "$(id -Gn vm-event-agent)" vm-event-agent
is "$(cat $told)" 'install-system-units vm-event-agent.service'
rpm -V vm-event-agent --nodeps || fail "rpm -V finds differences"
[ -s /var/cache/vm-event-agent/classes.jsa ] || fail "no archive of classes"
vm-event-agent list --connection test:///default | grep '^running  *test ' >/dev/null || fail "the program doesn't list"

echo '# edited' >>$conf
rm /var/cache/vm-event-agent/classes.jsa
rpm -U --nodeps /root/next.rpm 2>/dev/null
grep -q '# edited' $conf || fail "an edited configuration is lost"
[ -s /var/cache/vm-event-agent/classes.jsa ] || fail "no archive of classes after the upgrade"
is "$(tail -n 1 $told)" 'mark-restart-system-units vm-event-agent.service'

# what is not as the package left it stops neither an upgrade nor the agent
lib=/var/lib/vm-event-agent
again() { rpm -U --nodeps --force /root/next.rpm 2>/dev/null || fail "an upgrade ends with $?"; }
touch $lib/agent.db
chown vm-event-agent:vm-event-agent $lib/agent.db
ids=$(id -u vm-event-agent):$(id -g vm-event-agent)
userdel vm-event-agent
groupadd --system --gid "${ids#*:}" other
useradd --system --uid "${ids%:*}" --gid other other
chgrp 59999 $conf
again
is "$(stat -c '%a %U:%G' $conf)" '640 root:vm-event-agent'
[ "$(id -u vm-event-agent)" != "${ids%:*}" ] || fail "the number was not taken"
# the unit gives all of it to the user, if the directory isn't yet
is "$(stat -c %u:%g $lib $lib/agent.db | sort -u)" "$ids"
mount -t tmpfs cache /var/cache/vm-event-agent
again
umount /var/cache/vm-event-agent
cp $conf /root/saved.conf
rm -r $conf $lib /usr/lib/systemd/systemd-update-helper
again
is "$(stat -c '%a %U:%G' $lib)" '750 vm-event-agent:vm-event-agent'
mv /root/saved.conf $conf
printf '#!/bin/sh\necho "$@" >>%s\n' $told >/usr/lib/systemd/systemd-update-helper
chmod +x /usr/lib/systemd/systemd-update-helper

rpm -e --nodeps vm-event-agent 2>/dev/null
is "$(tail -n 1 $told)" 'remove-system-units vm-event-agent.service'
grep -q '# edited' $conf.rpmsave || fail "an edited configuration is not saved"
for left in /usr/share/vm-event-agent /usr/lib/vm-event-agent /var/cache/vm-event-agent /usr/bin/vm-event-agent; do
    [ ! -e $left ] || fail "$left is left"
done
INSIDE
