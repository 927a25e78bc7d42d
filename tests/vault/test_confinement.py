"""Systems with fewer features: the warnings, and the protection that remains."""

import json
import os
import platform
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.test_takeover import NAMES, plan
from trustcenter.vault import confinement
from trustcenter.vault.confinement import landlock, seccomp

ROOT = Path(__file__).resolve().parents[2]
# An older kernel does not have some of the calls (ENOSYS is 38).
OLDER = """
import ctypes, io, json, sys
from trustcenter.vault.confinement import seccomp
ctypes.CDLL(None).prctl(38, *[ctypes.c_ulong(word) for word in (1, 0, 0, 0)])
seccomp.install(bytes.fromhex(sys.argv[1]))
from trustcenter.vault import confinement, sandbox
"""


def older(unknown, code, *arguments):
    """The output of `code` on a kernel without this system call."""
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1, unknown), (0x06, 0, 0, 0x0005_0026), (0x06, 0, 0, 0x7FFF_0000)]
    program = b"".join(struct.pack("=HBBI", *step) for step in steps).hex()
    command = [sys.executable, "-c", OLDER + code, program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SAY = "print(json.dumps([confinement.is_enforced(), confinement.missing()]))"
ECHO = "print(json.dumps(sandbox.run('tests.vault.hogs:echo', io.BytesIO(b'x'))))"
TRY_ALL = "print(json.dumps(sandbox.run('tests.vault.takeover:try_all', io.BytesIO(b'x'), None, sys.argv[2])))"


def test_kernel_without_landlock_gives_a_warning_and_the_filter_still_refuses_everything(tmp_path):
    enforced, missing = json.loads(older(landlock.CREATE_RULESET, SAY))
    assert enforced
    assert "version 6 is needed, found: none" in missing
    with plan(tmp_path) as text:
        outcomes = json.loads(older(landlock.CREATE_RULESET, TRY_ALL, text))
    assert [name for name in NAMES if outcomes[name] == "succeeded"] == []


def test_kernel_without_filters_gives_a_warning_and_the_sandbox_runs(tmp_path):
    number = seccomp.MACHINES[platform.machine()][1]
    enforced, missing = json.loads(older(number, SAY))
    assert not enforced
    assert "no system call filter" in missing
    assert json.loads(older(number, ECHO))["said"] == ["x"]


@pytest.mark.parametrize(
    ("platform", "system", "machine"), [("darwin", "Darwin", "arm64"), ("linux", "Linux", "riscv64")]
)
def test_unsupported_systems_are_named(monkeypatch, platform, system, machine):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((system, "", "", "", machine)))
    assert not confinement.is_enforced()
    assert f"This system ({system}, {machine})" in confinement.missing()


def test_numbers_of_system_calls_are_unique_on_both_architectures():
    """A number that appears twice would be the wrong call on one of them."""
    calls = [*seccomp.ALLOWED.values(), *seccomp.NOT_AS_CODE.values()]
    for column in (0, 1):
        assert len({numbers[column] for numbers in calls}) == len(calls)
