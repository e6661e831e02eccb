#!/bin/bash
# Ansible's role on a compute host: installs, changes nothing the second time, takes a change, and says why it can't. Run by
# test.sh inside the box, as root, beside first.deb, oslo_listener.py and the role.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=packaging/test/checks.sh
. ./checks.sh

play() {
    (cd ansible && ansible-playbook -i ../inventory install.yml -e vm_event_agent_deb=/root/test/first.deb "$@") >play.log 2>&1
}
# what the last line says: changed=0 and the like
recap() { tail -n 2 play.log | grep -oE "$1=[0-9]+" | cut -d= -f2; }
plays() {
    play "$@" || { cat play.log; fail "the role"; }
    is "$(recap failed)" 0
}

printf '[compute]\ncmp-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n' >inventory
systemctl start --no-block rabbitmq-server libvirtd.socket libvirtd-ro.socket
await rabbitmqctl await_startup --timeout 5
sleep infinity | /usr/bin/python3 oslo_listener.py --url rabbit://guest:guest@127.0.0.1:5672/ --exchange vm-event-agent \
    >heard 2>listener.log &
await grep -q READY heard

step "a host without Nova"
if play; then fail "it needs Nova's configuration"; fi
grep -q '/etc/nova/nova.conf' play.log || { cat play.log; fail "it doesn't say what is missing"; }

step "install"
mkdir -p /etc/nova
printf '[DEFAULT]\nhost = cmp-01\ntransport_url = rabbit://guest:guest@127.0.0.1:5672/\n' >/etc/nova/nova.conf
plays
[ "$(recap changed)" -gt 0 ] || fail "it changed nothing"
is "$(stat -c '%a %U:%G' /etc/vm-event-agent.conf)" '640 root:vm-event-agent'
await grep -qF libvirt.agent.test heard
if grep -q guest:guest play.log; then fail "it shows the password"; fi
await state '1 of 1 libvirt connections up, broker connected'

step "once more"
pid=$(show MainPID)
plays
is "$(recap changed)" 0
is "$(show MainPID)" "$pid"

step "another option"
plays -e '{"vm_event_agent_options": "[notifications]\nheartbeat_interval = 60"}'
grep -q '^heartbeat_interval = 60' /etc/vm-event-agent.conf || fail "the option is not there"
[ "$(show MainPID)" != "$pid" ] || fail "it was not restarted"

step "a value that is wrong"
pid=$(show MainPID)
if play -e '{"vm_event_agent_options": "[notifications]\nheartbeat_interval = soon"}'; then fail "it takes any value"; fi
grep -q 'heartbeat_interval' play.log || { cat play.log; fail "it doesn't say what is wrong"; }
grep -q '^heartbeat_interval = 60' /etc/vm-event-agent.conf || fail "the configuration of before is not kept"
is "$(show MainPID)" "$pid"
[ ! -e /etc/vm-event-agent.conf.new ] || fail "the new one is left"
