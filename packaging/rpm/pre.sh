#!/bin/sh
# Before the files: the configuration belongs to the group.
getent group vm-event-agent >/dev/null || groupadd -r vm-event-agent
getent passwd vm-event-agent >/dev/null ||
    useradd -r -g vm-event-agent -d /var/lib/vm-event-agent -s /sbin/nologin -c vm-event-agent vm-event-agent
# It fits the old jars only, and the JVM looks at no more of them than their size and time.
rm -rf /var/cache/vm-event-agent
exit 0
