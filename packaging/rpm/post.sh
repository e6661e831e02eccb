#!/bin/sh
# No file of the package, and only where it is missing: one of another owner is given to the user by the unit, with all that is in it.
[ -e /var/lib/vm-event-agent ] ||
    install -d -m 0750 -o vm-event-agent -g vm-event-agent /var/lib/vm-event-agent
# An edited configuration is kept as it is, also when its group was deleted meanwhile.
if [ "$(stat -c %G /etc/vm-event-agent.conf 2>/dev/null)" = UNKNOWN ]; then
    chgrp vm-event-agent /etc/vm-event-agent.conf
fi
# What the macros of RHEL 9 and 10 expand to.
if [ "$1" -eq 1 ] && [ -x /usr/lib/systemd/systemd-update-helper ]; then
    /usr/lib/systemd/systemd-update-helper install-system-units vm-event-agent.service || :
fi
exit 0
