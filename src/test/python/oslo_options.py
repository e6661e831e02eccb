#!/usr/bin/python3
"""The options that the installed oslo.messaging knows: one JSON object each, with its default and its old names."""

import json

from oslo_messaging import opts

for group, options in opts.list_opts():
    section = getattr(group, "name", group) or "DEFAULT"
    for option in options:
        former = [[old.group or section, old.name or option.name] for old in option.deprecated_opts]
        print(json.dumps({"section": section, "name": option.name, "default": option.default, "former": former}))
