"""The values that the real oslo.config gives for files, one JSON document in, one out.

In: {"options": [{"section", "name", "kind", "default", "least", "most", "words", "former": [[section, name]]}],
     "cases": [{"files": [path], "environment": {name: value}}]}
Out: [{"section/name": value}] in the order of the cases. A value that oslo.config refuses is {"refused": why}; a file
that it can't parse makes the whole case {"refused": why}.
"""

import json
import logging
import os
import sys

from oslo_config import cfg

logging.disable(logging.CRITICAL)


def declared(option):
    kind = option["kind"]
    arguments = {
        "default": option["default"],
        "deprecated_opts": [
            cfg.DeprecatedOpt(name, group=section) for section, name in option["former"]
        ],
    }
    if kind == "BOOLEAN":
        return cfg.BoolOpt(option["name"], **arguments)
    if kind in ("INTEGER", "SECONDS", "MILLISECONDS"):
        return cfg.IntOpt(option["name"], **arguments)
    if kind == "DECIMAL":
        return cfg.FloatOpt(option["name"], **arguments)
    if kind == "LIST":
        return cfg.ListOpt(option["name"], **arguments)
    if kind == "REPEATED":
        default = arguments["default"]
        arguments["default"] = None if default is None else [default]
        return cfg.MultiStrOpt(option["name"], **arguments)
    return cfg.StrOpt(option["name"], **arguments)


def values(options, case):
    os.environ.clear()
    os.environ.update(case["environment"])
    conf = cfg.ConfigOpts()
    for option in options:
        group = None if option["section"] == "DEFAULT" else option["section"]
        conf.register_opt(declared(option), group=group)
    arguments = [word for path in case["files"] for word in ("--config-file", path)]
    try:
        conf(arguments, project="none", default_config_files=[], default_config_dirs=[])
    except (cfg.Error, ValueError, OSError) as e:
        return {"refused": str(e)}
    result = {}
    for option in options:
        section, name = option["section"], option["name"]
        try:
            value = conf[name] if section == "DEFAULT" else conf[section][name]
        except (cfg.Error, ValueError, RecursionError) as e:
            value = {"refused": str(e)}
        result[section + "/" + name] = value
    return result


request = json.load(sys.stdin)
json.dump([values(request["options"], case) for case in request["cases"]], sys.stdout)
