# shellcheck shell=bash
# The vm-event-agent plugin of DevStack: builds the agent, configures it from this stack, runs it, and undoes that.
# DevStack sources it for each phase: plugin.sh stack pre-install|install|post-config|extra|test-config, plugin.sh
# unstack, plugin.sh clean. test-plugin.sh runs all of them.
#
# Where the service n-cpu runs, the agent runs. Where ceilometer-anotification runs, Ceilometer learns our notifications.
# shellcheck disable=SC2154 # what is not set here is DevStack's, or stands in settings

_XTRACE_VM_EVENT_AGENT=$(set +o | grep xtrace)
set +o xtrace

VM_EVENT_AGENT_DIR=$DEST/vm-event-agent
VM_EVENT_AGENT_APPLICATION=$VM_EVENT_AGENT_DIR/target/vm-event-agent
# In Ceilometer's definitions ours stand between these lines.
VM_EVENT_AGENT_BEGIN='# vm-event-agent begins here'
VM_EVENT_AGENT_END='# vm-event-agent ends here'

# The home of a JDK of 17 or newer: JAVA_HOME, or one that the distribution brought.
function _vm_event_agent_java_home {
    local home version
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [[ -n $home && -x $home/bin/javac ]] || continue
        version=$("$home/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
        if [[ ${version:-0} -ge 17 ]]; then
            echo "$home"
            return
        fi
    done
    die $LINENO "vm-event-agent needs a JDK of version 17 or newer"
}

function install_vm_event_agent {
    local java_home
    java_home=$(_vm_event_agent_java_home)
    # shellcheck disable=SC2086 # several arguments
    (cd "$VM_EVENT_AGENT_DIR" \
        && JAVA_HOME=$java_home mvn -B -q -DskipTests -Dcyclonedx.skip=true $VM_EVENT_AGENT_MAVEN_ARGS package)
}

function configure_vm_event_agent {
    sudo install -d -m 0750 -o "$STACK_USER" "$VM_EVENT_AGENT_CONF_DIR" "$VM_EVENT_AGENT_STATE_DIR"
    # it holds RabbitMQ's password
    sudo install -m 0640 -o "$STACK_USER" /dev/null "$VM_EVENT_AGENT_CONF"
    iniset "$VM_EVENT_AGENT_CONF" DEFAULT debug "$ENABLE_DEBUG_LOG_LEVEL"
    iniset "$VM_EVENT_AGENT_CONF" DEFAULT region "$REGION_NAME"
    iniset "$VM_EVENT_AGENT_CONF" DEFAULT control_socket "$VM_EVENT_AGENT_STATE_DIR/control.sock"
    iniset "$VM_EVENT_AGENT_CONF" libvirt connection_uri "$VM_EVENT_AGENT_CONNECTION_URI"
    iniset "$VM_EVENT_AGENT_CONF" outbox path "$VM_EVENT_AGENT_STATE_DIR/agent.db"
    iniset "$VM_EVENT_AGENT_CONF" oslo_messaging_notifications driver messagingv2
    iniset "$VM_EVENT_AGENT_CONF" oslo_messaging_notifications transport_url "$(get_notification_url)"
    # one host reconnects, not a thousand
    iniset "$VM_EVENT_AGENT_CONF" notifications reconnect_splay 0
}

# Nova's name of this host. local.conf may set it after post-config; nova-cpu.conf is whole in extra. Without one both
# take the host name of the system.
function _vm_event_agent_take_host {
    local host
    host=$(iniget "$NOVA_CPU_CONF" DEFAULT host)
    if [[ -n $host ]]; then
        iniset "$VM_EVENT_AGENT_CONF" DEFAULT host "$host"
    fi
}

function start_vm_event_agent {
    local java_home
    java_home=$(_vm_event_agent_java_home)
    run_process vm-event-agent "$VM_EVENT_AGENT_APPLICATION/bin/vm-event-agent run --config-file $VM_EVENT_AGENT_CONF" \
        "" "" "\"JAVA_HOME=$java_home\" \"VM_EVENT_AGENT_JAVA_OPTS=$VM_EVENT_AGENT_JAVA_OPTS\""
}

# Ceilometer's plugin copies the packaged definitions in post-config and starts its agent in extra, before or after this
# one. So this is done in both phases.
function teach_ceilometer_vm_event_agent {
    forget_ceilometer_vm_event_agent
    if [[ -f $CEILOMETER_CONF_DIR/event_definitions.yaml ]]; then
        {
            echo "$VM_EVENT_AGENT_BEGIN"
            cat "$VM_EVENT_AGENT_DIR/etc/ceilometer/vm-event-agent-events.yaml"
            echo "$VM_EVENT_AGENT_END"
        } | sudo tee -a "$CEILOMETER_CONF_DIR/event_definitions.yaml" > /dev/null
        sudo install -D -m 0644 "$VM_EVENT_AGENT_DIR/etc/ceilometer/vm-event-agent-meters.yaml" \
            "$CEILOMETER_CONF_DIR/meters.d/vm-event-agent.yaml"
    fi
}

function forget_ceilometer_vm_event_agent {
    if [[ -f $CEILOMETER_CONF_DIR/event_definitions.yaml ]]; then
        sudo sed -i "/^$VM_EVENT_AGENT_BEGIN\$/,/^$VM_EVENT_AGENT_END\$/d" "$CEILOMETER_CONF_DIR/event_definitions.yaml"
    fi
    if [[ -d $CEILOMETER_CONF_DIR/meters.d ]]; then
        sudo rm -f "$CEILOMETER_CONF_DIR/meters.d/vm-event-agent.yaml"
        sudo rmdir --ignore-fail-on-non-empty "$CEILOMETER_CONF_DIR/meters.d"
    fi
}

function cleanup_vm_event_agent {
    sudo rm -rf "$VM_EVENT_AGENT_CONF_DIR" "$VM_EVENT_AGENT_STATE_DIR"
}

if is_service_enabled vm-event-agent && is_service_enabled n-cpu; then
    if [[ "$1" == "stack" && "$2" == "install" ]]; then
        echo_summary "Building vm-event-agent"
        install_vm_event_agent
    elif [[ "$1" == "stack" && "$2" == "post-config" ]]; then
        echo_summary "Configuring vm-event-agent"
        configure_vm_event_agent
    elif [[ "$1" == "stack" && "$2" == "extra" ]]; then
        echo_summary "Starting vm-event-agent"
        _vm_event_agent_take_host
        start_vm_event_agent
    elif [[ "$1" == "unstack" ]]; then
        stop_process vm-event-agent
    elif [[ "$1" == "clean" ]]; then
        cleanup_vm_event_agent
    fi
fi

if is_service_enabled vm-event-agent && is_service_enabled ceilometer-anotification; then
    if [[ "$1" == "stack" && ( "$2" == "post-config" || "$2" == "extra" ) ]]; then
        echo_summary "Telling Ceilometer about vm-event-agent"
        teach_ceilometer_vm_event_agent
    elif [[ "$1" == "unstack" || "$1" == "clean" ]]; then
        forget_ceilometer_vm_event_agent
    fi
fi

$_XTRACE_VM_EVENT_AGENT
