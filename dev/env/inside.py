"""Run one Python function with an Odoo environment of a database, and commit.

Started by `database.call`: inside.py DATABASE FOLDER MODULE:FUNCTION JSON_ARGUMENTS. The
function gets `env`, the arguments, and `progress(done, total, what)` where it accepts one.
"""

import importlib
import inspect
import json
import sys
import threading

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config


def progress(done: int, total: int, what: str = "") -> None:
    print(f"PROGRESS {done} {total} {what}", flush=True)


def main(database: str, folder: str, target: str, arguments: str) -> None:
    config.parse_config([f"--database={database}", "--no-http"], setup_logging=True)
    sys.path.insert(0, folder)
    threading.current_thread().dbname = database
    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        module, _, name = target.partition(":")
        function = getattr(importlib.import_module(module), name)
        extra = {}
        if "progress" in inspect.signature(function).parameters:
            extra["progress"] = progress
        result = function(env, **json.loads(arguments), **extra)
    print("RESULT " + json.dumps(result, default=str), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
