#!/bin/bash
# The life of the .deb on a compute host: installed before libvirtd runs, connected, upgraded, removed. Run by test.sh
# inside the box, as root, beside first.deb, next.deb (the same, with version 99) and oslo_listener.py.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=packaging/test/checks.sh
. ./checks.sh

conf=/etc/vm-event-agent.conf
install() { apt-get install -y -q -o Dpkg::Options::=--force-confold "$@" >apt.log 2>&1 || { cat apt.log; fail "apt"; }; }
restarts() { [ "$(show NRestarts)" = "$1" ] && [ "$(systemctl is-active $unit)" = active ]; }
heard() { grep -F "\"instance_id\": \"$2\"" heard | grep -F "\"libvirt.domain.$1\""; }
files() { find /etc /usr /var -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/log -o -path /var/tmp -o -path /var/cache/man \
    -o -path /var/cache/apt -o -path /var/lib/rabbitmq -o -path /var/lib/libvirt -o -path /var/lib/systemd \
    -o -path /var/lib/PackageKit -o -path /var/cache/libvirt -o -path /etc/libvirt \) -prune -o -print | grep -vE '^/etc/(passwd|group|g?shadow|subgid|subuid)-?$' | sort; }

# A guest with Nova's metadata and nothing to boot; its life is told by the name of each step.
lives() {
    sed "s/NAME/$1/; s/UUID/$2/" >guest.xml <<'END'
<domain type='qemu'>
  <name>NAME</name>
  <uuid>UUID</uuid>
  <metadata>
    <nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>
      <nova:name>web-1</nova:name>
      <nova:owner>
        <nova:user uuid='9a8b7c6d5e4f30211203f4e5d6c7b8a9'>ann</nova:user>
        <nova:project uuid='77665544332211000011223344556677'>billing</nova:project>
      </nova:owner>
    </nova:instance>
  </metadata>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><controller type='usb' model='none'/><memballoon model='none'/></devices>
</domain>
END
    virsh -q define guest.xml
    virsh -q start "$1"
    virsh -q destroy "$1"
    virsh -q undefine "$1"
    for told in defined started stopped undefined; do await heard $told "$2"; done
    grep -F "$2" heard | grep -F libvirt.domain.started |
        grep -F '"project_id": "77665544332211000011223344556677"' >/dev/null || fail "started without its project"
}

# deleted again, nothing but the user and the group is left
files >before
systemctl start --no-block rabbitmq-server

step "install, without libvirtd"
install ./first.deb
is "$(systemctl is-enabled $unit)" enabled
is "$(systemctl is-active $unit)" active
await state '0 of 1 libvirt connections up, broker none'
await logged '"event_type":"libvirt.agent.started"'
is "$(stat -c '%a %U:%G' $conf)" '640 root:vm-event-agent'
is "$(stat -c '%a %U:%G' /var/lib/vm-event-agent)" '750 vm-event-agent:vm-event-agent'
is "$(id -Gn vm-event-agent)" vm-event-agent
pid=$(show MainPID)
is "$(stat -c %U "/proc/$pid")" vm-event-agent
is "$(awk '/^(CapEff|CapBnd|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' "/proc/$pid/status")" \
    '0000000000000000 0000000000000000 1 2 '
is "$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^VM_EVENT_AGENT_BOOT_ID=//p')" \
    "$(tr -d - </proc/sys/kernel/random/boot_id)"
grep -q /usr/lib/vm-event-agent/ "/proc/$pid/maps" || fail "native libraries come from elsewhere"
grep -q /var/cache/vm-event-agent/classes.jsa "/proc/$pid/maps" || fail "the archive of classes is not used"
is "$(find /tmp/systemd-private-*-$unit.service-*/tmp -type f | wc -l)" 0
vm-event-agent status >answer && fail "status is not degraded"
grep -q 'connection qemu:///system: away: ' answer || fail "status: $(cat answer)"
is "$(bash -c '. /usr/share/bash-completion/completions/vm-event-agent
    COMP_WORDS=(vm-event-agent i) COMP_CWORD=1
    _vm_event_agent && echo "${COMPREPLY[*]}"')" import-config
man --where 8 $unit >/dev/null || fail "no manual page in section 8"
man --where 5 $unit.conf >/dev/null || fail "no manual page in section 5"

step "every Java here, with the archive of another, a stale one, and none"
run_all() {
    for home in /usr/lib/jvm/*/; do
        [ -x "$home/bin/java" ] || continue
        is "$(JAVA_HOME=$home vm-event-agent list --connection test:///default 2>&1 | grep -vc '^STATE\|^running')" 0
    done
}
run_all
touch /usr/share/vm-event-agent/lib/vm-event-agent.jar
is "$(vm-event-agent --version 2>&1 | wc -l)" 1
rm /var/cache/vm-event-agent/classes.jsa
is "$(vm-event-agent --version 2>&1 | wc -l)" 1

step "no Java that will do"
mount -t tmpfs jvm /usr/lib/jvm
systemctl restart $unit 2>/dev/null && fail "started without Java"
is "$(show ExecMainStatus) $(show NRestarts) $(systemctl is-active $unit || true)" '78 0 failed'
await logged 'Java 17 or newer is needed; in the PATH and /usr/lib/jvm: none; '
umount /usr/lib/jvm
systemctl start $unit

step "the largest notification is one line of the journal"
line() { printf "%$1s\n" | tr ' ' x | systemd-cat --identifier "line-$1"; }
lengths() { journalctl --output cat --identifier "line-$1" | awk '{ print length }' | sort -n | paste -s; }
line 49151 # NotificationWriter.MAX_BYTES
line 49160
arrived() { lengths 49160 | grep .; }
await arrived
is "$(lengths 49151)" 49151
[ "$(lengths 49160)" != 49160 ] || fail "the journal takes longer lines than the agent writes"

step "libvirtd comes"
systemctl start libvirtd.socket libvirtd-ro.socket
await state '1 of 1 libvirt connections up'

step "the broker, as Nova has it"
await rabbitmqctl await_startup --timeout 5
sleep infinity | /usr/bin/python3 oslo_listener.py --url rabbit://guest:guest@127.0.0.1:5672/ --exchange vm-event-agent \
    >heard 2>listener.log &
await grep -q READY heard
printf '[DEFAULT]\nhost = cmp-01\ntransport_url = rabbit://guest:guest@127.0.0.1:5672/\n' >nova.conf
vm-event-agent import-config nova.conf >$conf
printf '[notifications]\nreconnect_splay = 0\n' >>$conf
systemctl restart $unit
await state '1 of 1 libvirt connections up, broker connected'
lives first 6f5b7a1e-0c1d-4f6e-9d0a-000000000001
systemctl restart libvirtd
await logged 'lost: '
lives again 6f5b7a1e-0c1d-4f6e-9d0a-000000000002

step "metrics, as docs/metrics.md says"
cp -p $conf before.conf
collector=/srv/node-exporter
mkdir $collector /etc/systemd/system/$unit.service.d
chgrp vm-event-agent $collector
chmod g+w $collector
printf '[Service]\nReadWritePaths=%s\n' $collector >/etc/systemd/system/$unit.service.d/metrics.conf
printf '[telemetry]\ntextfile = %s/vm-event-agent.prom\nlisten = 127.0.0.1:9917\n' $collector >>$conf
systemctl daemon-reload
systemctl restart $unit
await grep -q '^vmevent_broker_up 1' $collector/vm-event-agent.prom
is "$(stat -c '%a %U' $collector/vm-event-agent.prom)" '644 vm-event-agent'
ready() {
    exec 3<>/dev/tcp/127.0.0.1/9917
    printf 'GET /-/ready HTTP/1.0\r\n\r\n' >&3
    grep -q '"ready": true' <&3
}
await ready
vm-event-agent metrics | grep -q '^vmevent_libvirt_up{connection="qemu:///system"} 1' || fail "no metrics"
systemctl stop $unit
[ ! -e $collector/vm-event-agent.prom ] || fail "the metrics file stays"
rm -r /etc/systemd/system/$unit.service.d
cp -p before.conf $conf
systemctl daemon-reload
systemctl start $unit
await state 'broker connected'

step "reload"
systemctl reload $unit
await logged 'Configuration re-read'
echo 'reconnect_splay = soon' >>$conf
systemctl reload $unit
await logged 'Configuration not changed'
is "$(systemctl is-active $unit)" active
systemctl restart $unit 2>/dev/null && fail "started with a wrong configuration"
is "$(show ExecMainStatus) $(show NRestarts) $(systemctl is-active $unit || true)" '78 0 failed'
sed -i '$d' $conf

step "the watchdog, and the transport_url as a credential"
mkdir /etc/systemd/system/$unit.service.d
printf '[Service]\nWatchdogSec=4\nLoadCredential=transport_url:/etc/vm-event-agent.url\n' \
    >/etc/systemd/system/$unit.service.d/override.conf
(umask 077 && echo rabbit://guest:guest@127.0.0.1:5672/ >/etc/vm-event-agent.url)
# shellcheck disable=SC2016 # the agent expands it
sed -i 's,^transport_url = .*,transport_url_file = $CREDENTIALS_DIRECTORY/transport_url,' $conf
systemctl daemon-reload
systemctl start $unit
await state 'broker connected'
is "$(show NRestarts)" 0
kill -STOP "$(show MainPID)"
await restarts 1
journalctl --unit $unit --output cat | grep -F 'Watchdog timeout' >/dev/null || fail "not killed by the watchdog"
kill -KILL "$(show MainPID)"
await restarts 2
rm -r /etc/systemd/system/$unit.service.d
sed -i 's,^transport_url_file = .*,transport_url = rabbit://guest:guest@127.0.0.1:5672/,' $conf
systemctl daemon-reload
systemctl restart $unit
await state 'broker connected'

step "upgrade"
pid=$(show MainPID)
sum=$(sha256sum $conf)
[ "$(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status")" -lt 200000 ] || fail "more memory than 200 MB"
install ./next.deb
is "$(sha256sum $conf)" "$sum"
[[ $(tail -n 1 $conf.dpkg-dist) == *'# new in 99'* ]] || fail "the new configuration is not beside the old one"
is "$(stat -c '%a %U:%G' $conf)" '640 root:vm-event-agent'
[ "$(show MainPID)" != "$pid" ] || fail "not restarted by the upgrade"
[ -s /var/cache/vm-event-agent/classes.jsa ] || fail "no archive of classes after the upgrade"
await state '1 of 1 libvirt connections up, broker connected'
lives third 6f5b7a1e-0c1d-4f6e-9d0a-000000000003
is "$(grep -o '"stream": "[^"]*"' heard | sort -u | wc -l)" 1

step "remove and purge"
apt-get remove -y -q $unit >/dev/null
ls $conf /var/lib/vm-event-agent/agent.db >/dev/null || fail "remove takes configuration or state"
is "$(systemctl is-active $unit || true)" inactive
apt-get purge -y -q $unit >/dev/null
rm -f /etc/vm-event-agent.url
files >after
diff before after || fail "purge leaves something"
getent passwd vm-event-agent >/dev/null || fail "the user is gone"
step "done"
