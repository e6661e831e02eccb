#!/bin/bash
# Runs the DevStack plugin through all its phases, as stack.sh, unstack.sh and clean.sh source it, and checks the files
# and calls that result. DevStack's functions are stand-ins, written for this: those that do something outside only note
# their arguments. Nothing outside a temporary directory is touched. Takes a second.
set -euo pipefail
cd "$(dirname "$0")/.."
PLUGIN=$PWD/devstack
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CALLS=$work/calls

# ---- what DevStack has set
# shellcheck disable=SC2034
{
    DEST=$work/dest
    DATA_DIR=$work/data
    STACK_USER=$(id -un)
    ENABLE_DEBUG_LOG_LEVEL=True
    REGION_NAME=RegionOne
    NOVA_CPU_CONF=$work/nova-cpu.conf
    CEILOMETER_CONF_DIR=$work/ceilometer
    VM_EVENT_AGENT_CONF_DIR=$work/etc
    JAVA_HOME=$work/jdk
    ENABLED_SERVICES=
}
# awkward where a shell or sed might take it for something
URL='rabbit://stackrabbit:p&s|s\w/0@192.0.2.10:5672/'

# ---- stand-ins for DevStack's functions
function define_plugin { note define_plugin "$@"; }
function enable_service { ENABLED_SERVICES+=,$1; }
function is_service_enabled { [[ ,$ENABLED_SERVICES, == *,$1,* ]]; }
function echo_summary { :; }
function run_process { note run_process "$@"; }
function stop_process { note stop_process "$@"; }
function get_notification_url { echo "$URL"; }
function die { echo "line $1: $2" >&2; exit 1; }
function sudo { "$@"; }
function mvn { note mvn "$PWD" "$JAVA_HOME" "$@"; }
function iniget { sed -n "/^\[$2]/,/^\[/ s/^$3 *= *//p" "$1"; }
function iniset {
    [[ $# -eq 4 && -n $2 && -n $3 ]] || die "${BASH_LINENO[0]}" "iniset $*"
    FILE=$1 SECTION="[$2]" OPTION=$3 VALUE=$4 awk '
        $0 == ENVIRON["SECTION"] { inside = found = 1; print; print ENVIRON["OPTION"] " = " ENVIRON["VALUE"]; next }
        /^\[/ { inside = 0 }
        inside && $1 == ENVIRON["OPTION"] { next }
        { print }
        END { if (!found) print ENVIRON["SECTION"] "\n" ENVIRON["OPTION"] " = " ENVIRON["VALUE"] }' "$1" > "$1.new"
    cat "$1.new" > "$1" # keeps owner and mode, as sed -i does
    rm "$1.new"
}
function note { (IFS='|'; echo "$*" >> "$CALLS"); }

# ---- the checks
function phase {
    # shellcheck source=devstack/plugin.sh
    source "$PLUGIN/plugin.sh" "$@"
}
function fail { echo "test-plugin.sh: $*" >&2; exit 1; }
function same { [[ $2 == "$3" ]] || fail "$1"$'\n'"expected: $2"$'\n'"but was:  $3"; }
function option { same "[$1] $2" "$3" "$(iniget "$VM_EVENT_AGENT_CONF" "$1" "$2")"; }
function packaged { printf -- '- event_type: "*"\n  traits: {}\n' > "$CEILOMETER_CONF_DIR/event_definitions.yaml"; }
function begin { # the services that are enabled
    : > "$CALLS"
    ENABLED_SERVICES=$1
    # shellcheck source=devstack/settings
    source "$PLUGIN/settings"
}

mkdir -p "$DEST" "$DATA_DIR" "$CEILOMETER_CONF_DIR" "$JAVA_HOME/bin"
ln -s "${PLUGIN%/devstack}" "$DEST/vm-event-agent"
printf '#!/bin/sh\necho javac 17.0.1\n' > "$JAVA_HOME/bin/javac"
chmod +x "$JAVA_HOME/bin/javac"

# ---- a whole stack with Ceilometer, whose plugin was enabled before ours
begin rabbit,n-cpu,ceilometer-anotification
is_service_enabled vm-event-agent || fail "the settings don't enable the service"
same "calls of settings" "define_plugin|vm-event-agent" "$(cat "$CALLS")"

: > "$CALLS"
phase stack pre-install
same "calls of pre-install" "" "$(cat "$CALLS")"
phase stack install
same "calls of install" "mvn|$DEST/vm-event-agent|$JAVA_HOME|-B|-q|-DskipTests|-Dcyclonedx.skip=true|package" \
    "$(cat "$CALLS")"

packaged
before=$(cat "$CEILOMETER_CONF_DIR/event_definitions.yaml")
phase stack post-config
option DEFAULT debug True
option DEFAULT region RegionOne
option DEFAULT control_socket "$DATA_DIR/vm-event-agent/control.sock"
option libvirt connection_uri qemu:///system
option outbox path "$DATA_DIR/vm-event-agent/agent.db"
option oslo_messaging_notifications driver messagingv2
option oslo_messaging_notifications transport_url "$URL"
option notifications reconnect_splay 0
option DEFAULT host ""
same "mode of the configuration" "640 $STACK_USER" "$(stat -c '%a %U' "$VM_EVENT_AGENT_CONF")"
same "mode of its directory" 750 "$(stat -c %a "$VM_EVENT_AGENT_CONF_DIR")"
same "mode of the state directory" "750 $STACK_USER" "$(stat -c '%a %U' "$VM_EVENT_AGENT_STATE_DIR")"
# every option is one of the sample file (not grep -q: it may end before sed has written all, and sed fails then)
section=
while read -r line; do
    case $line in
    \[*) section=$line ;;
    *=*) sed -n "/^\\$section/,/^\[/p" etc/vm-event-agent.conf | grep "^#\?${line%% *} = " > /dev/null \
        || fail "$section ${line%% *} is no option of etc/vm-event-agent.conf" ;;
    esac
done < "$VM_EVENT_AGENT_CONF"

: > "$CALLS"
printf '[DEFAULT]\nhost = node-7\n[libvirt]\nhost = wrong\n' > "$NOVA_CPU_CONF"
phase stack extra
option DEFAULT host node-7
same "calls of extra" "run_process|vm-event-agent|$DEST/vm-event-agent/target/vm-event-agent/bin/vm-event-agent run\
 --config-file $VM_EVENT_AGENT_CONF|||\"JAVA_HOME=$JAVA_HOME\" \"VM_EVENT_AGENT_JAVA_OPTS=\"" "$(cat "$CALLS")"
same "Ceilometer's definitions" "$before
# vm-event-agent begins here
$(cat etc/ceilometer/vm-event-agent-events.yaml)
# vm-event-agent ends here" "$(cat "$CEILOMETER_CONF_DIR/event_definitions.yaml")"
cmp etc/ceilometer/vm-event-agent-meters.yaml "$CEILOMETER_CONF_DIR/meters.d/vm-event-agent.yaml"

: > "$CALLS"
phase stack test-config
same "calls of test-config" "" "$(cat "$CALLS")"
phase unstack
same "calls of unstack" "stop_process|vm-event-agent" "$(cat "$CALLS")"
same "Ceilometer's definitions after unstack" "$before" "$(cat "$CEILOMETER_CONF_DIR/event_definitions.yaml")"
[[ ! -e $CEILOMETER_CONF_DIR/meters.d ]] || fail "the meters are left"
phase clean
[[ ! -e $VM_EVENT_AGENT_CONF_DIR && ! -e $VM_EVENT_AGENT_STATE_DIR ]] || fail "clean leaves something"

# ---- Ceilometer's plugin enabled after ours: its post-config writes over ours, its agent starts after our extra
begin rabbit,n-cpu,ceilometer-anotification
rm "$CEILOMETER_CONF_DIR/event_definitions.yaml"
phase stack post-config
packaged
phase stack extra
same "ours in Ceilometer's definitions" 1 "$(grep -c '^# vm-event-agent begins here' \
    "$CEILOMETER_CONF_DIR/event_definitions.yaml")"
echo '---' > "$CEILOMETER_CONF_DIR/meters.d/other.yaml"
phase unstack
[[ -e $CEILOMETER_CONF_DIR/meters.d/other.yaml ]] || fail "another's meters are gone"
rm -r "$CEILOMETER_CONF_DIR/meters.d"
phase clean

# ---- no Ceilometer, and a Nova without a host of its own
begin rabbit,n-cpu
packaged
printf '[DEFAULT]\n' > "$NOVA_CPU_CONF"
phase stack post-config
phase stack extra
option DEFAULT host ""
same "Ceilometer's definitions" "$before" "$(cat "$CEILOMETER_CONF_DIR/event_definitions.yaml")"
phase unstack
phase clean

# ---- a controller without compute service: nothing to build or run, but Ceilometer is told
begin rabbit,ceilometer-anotification
: > "$CALLS"
for each in pre-install install post-config extra test-config; do phase stack $each; done
same "calls on a controller" "" "$(cat "$CALLS")"
[[ ! -e $VM_EVENT_AGENT_CONF_DIR ]] || fail "a configuration without an agent"
[[ -e $CEILOMETER_CONF_DIR/meters.d/vm-event-agent.yaml ]] || fail "no meters on a controller"
phase unstack
phase clean

# ---- disabled in local.conf
begin rabbit,n-cpu,ceilometer-anotification
ENABLED_SERVICES=rabbit,n-cpu,ceilometer-anotification
: > "$CALLS"
for each in pre-install install post-config extra test-config; do phase stack $each; done
phase unstack
phase clean
same "calls when disabled" "" "$(cat "$CALLS")"
[[ ! -e $VM_EVENT_AGENT_CONF_DIR && ! -e $CEILOMETER_CONF_DIR/meters.d ]] || fail "something was done"

# ---- an old JDK is refused
printf '#!/bin/sh\necho javac 11.0.2\n' > "$JAVA_HOME/bin/javac"
same "an old JDK is not taken" 0 "$( (_vm_event_agent_java_home 2>&1 || true) | grep -cx "$JAVA_HOME" || true)"

echo "test-plugin.sh: the plugin does in every phase what it should"
