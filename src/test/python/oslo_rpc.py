#!/usr/bin/python3
"""A real oslo.messaging RPC server and a client that calls it, on one exchange: prints the answers."""

import argparse
import os

from oslo_config import cfg
import oslo_messaging


class Endpoint:
    def double(self, ctxt, number):
        return 2 * number


parser = argparse.ArgumentParser()
parser.add_argument("--url", required=True)
parser.add_argument("--exchange", required=True)
parser.add_argument("--durable", action="store_true")
options = parser.parse_args()

conf = cfg.CONF  # the only one where 14.0.3 registers the options of its metrics
conf([], project="oslo_rpc", default_config_files=[])
oslo_messaging.set_transport_defaults(options.exchange)
transport = oslo_messaging.get_rpc_transport(conf, url=options.url)
conf.set_override("control_exchange", options.exchange)
conf.set_override("amqp_durable_queues", options.durable, group="oslo_messaging_rabbit")
server = oslo_messaging.get_rpc_server(
    transport, oslo_messaging.Target(topic="compute", server="cmp-01"), [Endpoint()], executor="threading"
)
server.start()
client = oslo_messaging.get_rpc_client(transport, oslo_messaging.Target(topic="compute", server="cmp-01"), timeout=20)
print([client.call({}, "double", number=number) for number in range(3)], flush=True)
os._exit(0)  # an orderly stop takes 10 s, and a word about a closed channel
