#!/usr/bin/python3
"""A real oslo.messaging notification listener: READY, then one JSON line per notification."""

import argparse
import json
import sys

from oslo_config import cfg
import oslo_messaging


def endpoint(priorities):
    """An object with one method per priority, as a listener wants it."""

    def method(priority):
        def tell(self, ctxt, publisher_id, event_type, payload, metadata):
            line = {
                "priority": priority,
                "publisher_id": publisher_id,
                "event_type": event_type,
                "payload": payload,
                "metadata": metadata,
                "ctxt": ctxt,
            }
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
            return oslo_messaging.NotificationResult.HANDLED

        return tell

    return type("Endpoint", (), {name: method(name) for name in priorities})()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--exchange", required=True)
    parser.add_argument("--topic", default="notifications")
    parser.add_argument("--pool", help="a queue of this name gets all, too")
    parser.add_argument("--priorities", default="info,error")
    parser.add_argument("--durable", action="store_true")
    parser.add_argument("--quorum", action="store_true")
    parser.add_argument("--publish", type=int, default=0, help="send so many instead of listening")
    options = parser.parse_args()

    conf = cfg.ConfigOpts()
    conf([], project="oslo_listener", default_config_files=[])
    transport = oslo_messaging.get_notification_transport(conf, url=options.url)
    group = "oslo_messaging_rabbit"
    conf.set_override("amqp_durable_queues", options.durable, group=group)
    conf.set_override("rabbit_quorum_queue", options.quorum, group=group)
    if options.publish:
        oslo_messaging.set_transport_defaults(options.exchange)
        conf.set_override("control_exchange", options.exchange)
        notifier = oslo_messaging.Notifier(
            transport, publisher_id="compute.test", driver="messagingv2", topics=[options.topic]
        )
        for number in range(options.publish):
            notifier.info({}, "compute.instance.update", {"number": number})
        print("READY", flush=True)
        return
    target = oslo_messaging.Target(exchange=options.exchange, topic=options.topic)
    listener = oslo_messaging.get_notification_listener(
        transport,
        [target],
        [endpoint(options.priorities.split(","))],
        executor="threading",
        pool=options.pool,
    )
    listener.start(override_pool_size=1)  # tells them in the order of the queue
    print("READY", flush=True)
    sys.stdin.read()
    listener.stop()
    listener.wait()


if __name__ == "__main__":
    main()
