#!/bin/bash
# What telemetry.sh runs inside the box, as root, beside agent.deb, checks.sh and ceilometer.md: sets up what an operator of
# Gnocchi and Aodh has before the agent comes, then does what the page says, and checks after each of its sections.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=packaging/test/checks.sh
. ./checks.sh
export PGHOST=127.0.0.1

# Runs the commands of one section of the page: all of its blocks that are marked as sh.
page() {
    local commands
    commands=$(awk -v heading="## $1" '
        /^```/ { block = !block && on && $0 == "```sh"; text = !text; next }
        /^## / && !text { on = $0 == heading }
        block' ceilometer.md)
    [ -n "$commands" ] || fail "the page has no commands under $1"
    set -x
    eval "$commands"
    { set +x; } 2>/dev/null
}

# Waits up to five minutes, on a machine with other work.
soon() {
    local end=$((SECONDS + 300))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "five minutes without: $*"
        sleep 1
    done
}

# as PROJECT USER COMMAND...
as() {
    OS_AUTH_URL=http://127.0.0.1:5000/v3 OS_IDENTITY_API_VERSION=3 OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default \
        OS_PROJECT_NAME=$1 OS_USERNAME=$2 OS_PASSWORD=secret "${@:3}"
}
admin() { as admin admin "$@"; }

# The last value of an option counts.
settings() { cat >>"/etc/$1/$1.conf"; }
# [keystone_authtoken] or [service_credentials] of a service
login() {
    printf '[%s]\n' "$2"
    printf '%s\n' auth_type=password region_name=RegionOne auth_url=http://127.0.0.1:5000/v3 www_authenticate_uri=http://127.0.0.1:5000/v3 \
        username="$1" password=secret user_domain_name=Default project_name=service project_domain_name=Default
}
bus() { printf '[DEFAULT]\n%s\n' transport_url=rabbit://guest:guest@127.0.0.1:5672/; }

services() {
    # one machine has them all
    sed -i 's/^processes = .*/processes = 1/; s/^threads = .*/threads = 4/' /etc/{keystone,gnocchi,aodh}/*uwsgi*.ini
    step "PostgreSQL and RabbitMQ"
    systemctl start --no-block rabbitmq-server
    systemctl start postgresql
    for each in keystone gnocchi aodh; do
        runuser -u postgres -- psql -q -h /var/run/postgresql -c "CREATE ROLE $each LOGIN PASSWORD '$each'" \
            -c "CREATE DATABASE $each OWNER $each"
    done

    step "Keystone"
    settings keystone <<<$'[database]\nconnection = postgresql://keystone:keystone@127.0.0.1/keystone'
    runuser -u keystone -- keystone-manage db_sync
    keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone
    keystone-manage credential_setup --keystone-user keystone --keystone-group keystone
    runuser -u keystone -- keystone-manage bootstrap --bootstrap-password secret --bootstrap-region-id RegionOne \
        --bootstrap-public-url http://127.0.0.1:5000/v3 --bootstrap-internal-url http://127.0.0.1:5000/v3
    systemctl start keystone
    soon curl -sf http://127.0.0.1:5000/v3
    # what it returns after a list of commands says nothing
    admin openstack >keystone.log <<'END' || true
project create service
user create --password secret --project service gnocchi
user create --password secret --project service aodh
user create --password secret --project service ceilometer
role add --user gnocchi --project service admin
role add --user aodh --project service admin
role add --user ceilometer --project service admin
service create --name gnocchi metric
service create --name aodh alarming
endpoint create --region RegionOne metric public http://127.0.0.1:8041
endpoint create --region RegionOne alarming public http://127.0.0.1:8042
project create billing
user create --password secret --project billing ann
role add --user ann --project billing member
project show -f value -c id billing
user show -f value -c id ann
END
    mapfile -t ids < <(grep -xE '[0-9a-f]{32}' keystone.log)
    [ ${#ids[@]} -eq 2 ] || fail "no project or user in Keystone: $(cat keystone.log)"
    project=${ids[0]} user=${ids[1]}

    step "Gnocchi"
    { printf '%s\n' '[DEFAULT]' 'coordination_url = file:///var/lib/gnocchi/locks' '[api]' 'auth_mode = keystone' \
          '[indexer]' 'url = postgresql://gnocchi:gnocchi@127.0.0.1/gnocchi'
      login gnocchi keystone_authtoken; } | settings gnocchi
    runuser -u gnocchi -- gnocchi-upgrade >gnocchi.log 2>&1
    systemctl start gnocchi-api gnocchi-metricd

    step "Aodh"
    { bus; printf '%s\n' '[database]' 'connection = postgresql://aodh:aodh@127.0.0.1/aodh'
      login aodh keystone_authtoken; login aodh service_credentials; } | settings aodh
    runuser -u aodh -- aodh-dbsync >aodh.log 2>&1
    soon rabbitmqctl await_startup --timeout 5
    systemctl start aodh-api aodh-evaluator aodh-listener aodh-notifier
    soon curl -s http://127.0.0.1:8041
    soon curl -s http://127.0.0.1:8042

    step "Ceilometer"
    { bus; login ceilometer service_credentials; } | settings ceilometer
    runuser -u ceilometer -- timeout 180 ceilometer-upgrade >ceilometer.log 2>&1
    systemctl start ceilometer-agent-notification
}

# Of real guests of QEMU, that are a boot sector: hlt, or mov dx, 505h (pvpanic); mov al, 1; out dx, al.
halts='\xf4\xeb\xfd'
panics='\xba\x05\x05\xb0\x01\xee'$halts
# guest NAME UUID FLAVOR CODE [XML]: defines one as Nova does
guest() {
    local disk=/var/lib/libvirt/images/$1
    [ -e "$disk" ] || { printf '%b' "$4" >"$disk" && truncate -s 510 "$disk" && printf '\x55\xaa' >>"$disk" && truncate -s 1M "$disk"; }
    cat >guest.xml <<END
<domain type='qemu'>
  <name>$1</name>
  <uuid>$2</uuid>
  <metadata>
    <nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>
      <nova:name>${1/instance/web}</nova:name>
      <nova:flavor name='$3' id='$3-id'><nova:memory>16</nova:memory><nova:disk>0</nova:disk><nova:swap>0</nova:swap><nova:ephemeral>0</nova:ephemeral><nova:vcpus>1</nova:vcpus></nova:flavor>
      <nova:owner><nova:user uuid='$user'>ann</nova:user><nova:project uuid='$project'>billing</nova:project></nova:owner>
    </nova:instance>
  </metadata>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  ${5:-}
  <devices>
    <disk type='file' device='disk'><source file='$disk'/><target dev='hda' bus='ide'/></disk>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    <panic model='isa'/>
  </devices>
</domain>
END
    virsh -q define guest.xml
}

services
export OS_AUTH_URL=http://127.0.0.1:5000/v3 OS_IDENTITY_API_VERSION=3 OS_USER_DOMAIN_NAME=Default \
    OS_PROJECT_DOMAIN_NAME=Default OS_PROJECT_NAME=billing OS_USERNAME=ann OS_PASSWORD=secret

step "the agent"
systemctl start libvirtd.socket libvirtd-ro.socket
apt-get install -y -q ./agent.deb >apt.log 2>&1 || { cat apt.log; fail "apt"; }
{ bus; printf '%s\n' host=cmp-01 '[notifications]' heartbeat_interval=10 reconnect_splay=0; } >/etc/vm-event-agent.conf
systemctl restart $unit
await state '1 of 1 libvirt connections up, broker connected'

page "2. Events"
page "3. Meters"
log=/var/log/ceilometer/ceilometer-agent-notification.log
guest instance-0 6f5b7a1e-0c1d-4f6e-9d0a-000000000000 m1.small "$halts"
soon grep -q 'metric libvirt.domain.event is not handled by Gnocchi' $log
page "4. Gnocchi"
page "5. Alarms of events"
OS_PROJECT_NAME=admin OS_USERNAME=admin page "6. Alarms of meters"

get() { curl -sf -H "X-Auth-Token: ${2:-$token}" "http://127.0.0.1:$1"; }
# FILTER: of the resources of hosts
host() { get 8041/v1/resource/nova_compute "$admin_token" | jq -e "any($1)"; }
# instance UUID FILTER, revisions UUID FILTER: of its resource in Gnocchi, by a filter of jq
instance() { get "8041/v1/resource/instance/$1" | jq -e "$2"; }
revisions() { get "8041/v1/resource/instance/$1/history?sort=revision_start:asc" | jq -e "$2"; }
total() { get "8041/v1/resource/instance/$1/metric/$2/measures?aggregation=sum&refresh=true" | jq -e "([.[][2]] | add) == $3"; }
alarm() { get "8042/v2/alarms" | jq -e "any(.alarm_id == \"$1\" and .state == \"$2\")"; }
named() { get 8042/v2/alarms | jq -er ".[] | select(.name == \"$1\").alarm_id"; }
# The body that Aodh posted, if its event is of that instance.
posted() { jq -ec "select(type == \"object\" and .alarm_name == \"$1\")
    | select(any(.reason_data.event.traits[]; .[0] == \"instance_id\" and .[2] == \"$2\"))" sink.log; }
counted() { jq -ec "select(type == \"object\" and .alarm_name == \"$1\")" sink.log; }
event() { jq -ec "select(type == \"array\") | .[] | select(.event_type == \"libvirt.domain.$1\")
    | select(any(.traits[]; .[0] == \"instance_id\" and .[2] == \"$2\"))" sink.log; }
show_alarm() { openstack alarm show "$1" -f yaml -c name -c state -c state_reason -c project_id; }

web1=6f5b7a1e-0c1d-4f6e-9d0a-000000000001
web2=6f5b7a1e-0c1d-4f6e-9d0a-000000000002
web3=6f5b7a1e-0c1d-4f6e-9d0a-000000000003
token=$(openstack token issue -f value -c id)
admin_token=$(admin openstack token issue -f value -c id)
died=$(named qemu-process-died)
panicked=$(named guest-panicked)
alarm "$died" 'insufficient data' >/dev/null || fail "qemu-process-died has a state before anything happened"
alarm "$panicked" 'insufficient data' >/dev/null || fail "guest-panicked has a state before anything happened"

step "an instance is defined and started: Gnocchi has its resource"
guest instance-1 $web1 m1.small "$halts"
virsh -q start instance-1
soon event started $web1
soon instance $web1 '.host == "cmp-01" and .display_name == "web-1" and .flavor_name == "m1.small"'
soon total $web1 libvirt.domain.start 1

step "it is resized: the resource has a history"
virsh -q destroy instance-1
guest instance-1 $web1 m1.large "$halts"
virsh -q start instance-1
soon revisions $web1 'map(.flavor_name) | first == "m1.small" and last == "m1.large"'
openstack metric resource show --type instance $web1
openstack metric resource history --type instance $web1 -c flavor_name -c host -c revision_start -c revision_end

step "its QEMU is killed: the alarm fires"
kill -KILL "$(cat /run/libvirt/qemu/instance-1.pid)"
soon alarm "$died" alarm
soon posted qemu-process-died $web1
show_alarm "$died"
posted qemu-process-died $web1
openstack alarm-history show "$died" -f value -c timestamp -c type

step "guests panic, with both policies"
guest instance-2 $web2 m1.small "$panics"
virsh -q start instance-2
soon posted guest-panicked $web2
guest instance-3 $web3 m1.small "$panics" '<on_crash>preserve</on_crash>'
virsh -q start instance-3
soon event crashed $web3
soon posted guest-panicked $web3
alarm "$panicked" alarm >/dev/null || fail "guest-panicked posted, and is not in alarm"
soon total $web3 libvirt.domain.fault 1
for each in $web2 $web3; do
    is "$(posted guest-panicked "$each" | wc -l)" 1
    posted guest-panicked "$each" | jq -c '[.alarm_name, .previous, .current, .reason]'
done

step "an instance ends while no agent runs: the alarm of a meter"
systemctl stop $unit
virsh -q destroy instance-3
systemctl start $unit
soon host '.host_name == "cmp-01" and .metrics["libvirt.agent.domains"]'
soon counted missed-transitions
counted missed-transitions
openstack metric measures show --refresh --aggregation sum --resource-id $web1 libvirt.domain.event

step "Ceilometer has nothing to complain of but what the page says"
! grep -E 'WARNING|ERROR|Traceback' $log | grep -vE 'is not handled by Gnocchi|Error creating resource' || fail "Ceilometer complains"

step "a guest that isn't Nova's: Gnocchi takes no instance without a flavor"
virsh dumpxml instance-3 | sed '/<metadata>/,/<\/metadata>/d; s/instance-3/plain/; /<uuid>/d' >plain.xml
virsh -q define plain.xml
soon grep -q "Error creating resource .*required key not provided @ data\['flavor_" $log
echo "telemetry-box: $SECONDS s: all is as the page says"
