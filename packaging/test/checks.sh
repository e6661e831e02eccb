# shellcheck shell=bash
# For the scripts that run inside a box: each check ends the test, and shows what the journal has.

unit=vm-event-agent

fail() {
    echo "FAILED: $*" >&2
    journalctl --no-pager --lines 40 >&2
    exit 1
}
is() { [ "$1" = "$2" ] || fail "'$1' instead of '$2'"; }
# Waits up to a minute for a command to succeed.
await() {
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.2
    done
    fail "a minute without: $*"
}
show() { systemctl show --property "$1" --value $unit; }
state() { [[ $(show StatusText) == *"$1"* ]]; }
# by the present run
logged() { journalctl --output cat "_SYSTEMD_INVOCATION_ID=$(show InvocationID)" | grep -F "$1"; }
step() { echo "$(basename "$0" .sh): $SECONDS s: $*"; }
