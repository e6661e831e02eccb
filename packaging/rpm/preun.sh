#!/bin/sh
if [ "$1" -eq 0 ]; then
    if [ -x /usr/lib/systemd/systemd-update-helper ]; then
        /usr/lib/systemd/systemd-update-helper remove-system-units vm-event-agent.service || :
    fi
    rm -rf /var/cache/vm-event-agent
fi
exit 0
