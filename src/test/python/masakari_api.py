#!/usr/bin/python3
"""masakari-api. On Debian 12 oslo.messaging takes from a context what Masakari needs, and each POST fails."""

import sys

from masakari import context
from masakari.cmd import api

packaged = context.RequestContext.__init__


def init(self, *args, read_deleted=None, **kwargs):
    packaged(self, *args, read_deleted=read_deleted or "no", **kwargs)


context.RequestContext.__init__ = init
sys.exit(api.main())
