"""A child taken over by an attacker is refused every attempt. The same attempts succeed without the sandbox."""

import io
import json
import os
import platform
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.vault import takeover
from trustcenter.vault.sandbox import Broken, run

ROOT = Path(__file__).resolve().parents[2]
VICTIM = """
import ctypes, sys, time
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)  # any process may trace this one
held = open(sys.argv[1])
print(held.fileno(), flush=True)
time.sleep(600)
"""
SECRETS = ("database", "vault.key", "log.key")
# Attempts that a system may refuse to everybody, or to everybody except root.
OFTEN_REFUSED = {
    "open a file by its handle",
    "start io_uring",
    "make a namespace",
    "mount",
    "load a kernel program",
    "count the kernel's events",
    "catch page faults",
    "connect over IPv6",
}
NAMES = list(
    takeover.attempts(
        dict.fromkeys(["victim", "descriptor", "port", "socket", "abstract", "folder"], "")
        | {"files": dict.fromkeys(SECRETS, "")}
    )
)


@contextmanager
def plan(folder):
    """Everything that the attempts need to succeed, as JSON."""
    files = {name: folder / name for name in SECRETS}
    for file in (*files.values(), folder / "waste"):
        file.write_text("secret")
    abstract = f"trustcenter-{os.getpid()}-{folder.name}"
    with ExitStack() as ends:
        listening = ends.enter_context(socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True))
        for name in (str(folder / "s"), "\0" + abstract):
            end = ends.enter_context(socket.socket(socket.AF_UNIX))
            end.bind(name)
            end.listen()
        victim = ends.enter_context(
            subprocess.Popen([sys.executable, "-c", VICTIM, files["log.key"]], stdout=subprocess.PIPE, text=True)
        )
        ends.callback(victim.kill)
        yield json.dumps(
            {
                "victim": victim.pid,
                "descriptor": int(victim.stdout.readline()),
                "port": listening.getsockname()[1],
                "socket": str(folder / "s"),
                "abstract": abstract,
                "folder": str(folder),
                "files": {name: str(file) for name, file in files.items()},
            }
        )


def outside(folder, layer):
    with plan(folder) as text:
        command = [sys.executable, "-m", "tests.vault.takeover", layer, text]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def confined(tmp_path_factory):
    with plan(tmp_path_factory.mktemp("confined")) as text:
        return run("tests.vault.takeover:try_all", io.BytesIO(b"hostile"), None, text)


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    return outside(tmp_path_factory.mktemp("free"), "none")


@pytest.mark.parametrize("name", NAMES)
def test_child_taken_over_cannot(confined, name):
    assert confined[name] != "succeeded", f"the sandboxed child could {name}"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OFTEN_REFUSED])
def test_attempt_succeeds_without_the_sandbox(free, name):
    assert free[name] == "succeeded"


def test_calls_of_another_abi_kill_the_child():
    """On x86-64 the kernel has a second set of call numbers; elsewhere these numbers are unused."""
    ended = {"x86_64": -signal.SIGSYS, "aarch64": -signal.SIGSYS}[platform.machine()]
    with pytest.raises(Broken, match=f"ended with {ended}"):
        run("tests.vault.takeover:call_the_kernel_by_another_way", io.BytesIO(b"hostile"))


def test_seccomp_filter_alone_refuses_every_attempt(tmp_path):
    outcomes = outside(tmp_path, "seccomp")
    assert [name for name in NAMES if outcomes[name] == "succeeded"] == []


@pytest.mark.parametrize("layer", ["landlock", "limits"])
def test_each_other_layer_alone_refuses_files_and_network(tmp_path, layer):
    outcomes = outside(tmp_path, layer)
    closed = [name for name in NAMES if name.startswith(("read ", "list ")) and "memory" not in name]
    closed += ["write a file", "open another process's memory", "connect over IPv4", "connect to an abstract socket"]
    assert [name for name in closed if outcomes[name] == "succeeded"] == []


def test_landlock_alone_hides_other_processes(tmp_path):
    outcomes = outside(tmp_path, "landlock")
    closed = ["end another process", "see whether the parent runs", "trace another process"]
    closed += ["read another process's memory", "run a program", "run a program from memory"]
    assert [name for name in closed if outcomes[name] == "succeeded"] == []
