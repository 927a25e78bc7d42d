"""Runs a function of `scene` or `inside` with Django in another process, because the bench itself does not load Django."""

import json
import subprocess
import sys
from importlib import import_module
from typing import Any

from bench.servers import ROOT

SECONDS = 150


def ask(env: dict[str, str], function: str, *arguments: Any, seconds: int = SECONDS) -> Any:
    """Calls `module:function` of the bench in the environment `env` and returns its result. Raises RuntimeError."""
    command = [sys.executable, "-m", "bench.within", function, json.dumps(arguments)]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    if done.returncode:
        raise RuntimeError(f"{function} failed: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _main() -> None:
    import django

    django.setup()
    module, _colon, name = sys.argv[1].partition(":")
    said = getattr(import_module(f"bench.{module}"), name)(*json.loads(sys.argv[2]))
    sys.stdout.write("\n" + json.dumps(said) + "\n")


if __name__ == "__main__":
    _main()
