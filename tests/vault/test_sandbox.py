import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trustcenter.vault.sandbox import MIB, Broken, Killed, Limits, NotLoaded, TooLarge, TooSlow, Unavailable, run

SMALL = Limits(memory=600 * MIB, cpu=1, file=4 * MIB, clock=10)


def hog(name, data=b"", target=None, *words, limits=SMALL):
    return run(f"tests.vault.hogs:{name}", io.BytesIO(data), target, *words, limits=limits)


def test_answer_has_no_output_of_the_child_and_no_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    answer = run("tests.vault.hogs:echo", io.BytesIO("héllo; rm -rf".encode()), None, "word", limits=SMALL)
    assert answer == {"said": ["héllo; rm -rf", "word"], "secret": ""}


def test_child_reads_anywhere_and_writes_sequentially():
    data, target = os.urandom(3000), io.BytesIO()
    hog("copy_backwards", data, target)
    assert target.getvalue() == data[::-1]


def test_cpu_time_is_limited():
    began = time.monotonic()
    with pytest.raises(TooSlow):
        hog("burn")
    assert time.monotonic() - began < 6


def test_elapsed_time_is_limited():
    began = time.monotonic()
    with pytest.raises(TooSlow):
        hog("sleep", limits=Limits(clock=1))
    assert time.monotonic() - began < 4


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_memory_is_limited():
    with pytest.raises(TooLarge):
        hog("eat")


def test_output_is_limited():
    target = io.BytesIO()
    with pytest.raises(TooLarge):
        hog("write_without_end", b"", target)
    assert len(target.getvalue()) <= SMALL.file


def test_child_cannot_write_to_a_disk(tmp_path):
    with pytest.raises(Broken):
        run("tests.vault.hogs:write_to_disk", io.BytesIO(b""), None, str(tmp_path / "plain"), limits=SMALL)
    assert not (tmp_path / "plain").exists() or not (tmp_path / "plain").read_bytes()


def test_error_about_the_file_is_returned():
    class Gone(io.BytesIO):
        def read(self, size=-1):
            raise ConnectionError("the bucket is gone")

    with pytest.raises(ConnectionError, match="bucket"):
        run("tests.vault.hogs:echo", Gone(b"x"), limits=SMALL)


@pytest.mark.parametrize(
    "name",
    ["fail", "crash", "chatter", "speak_nonsense", "send_too_long_a_message", "nest_an_answer", "answer_a_list"],
)
def test_any_other_failure_is_broken(name):
    with pytest.raises(Broken):
        hog(name, b"x")


class Untouched(io.BytesIO):
    """A file that fails if it is read."""

    def read(self, size=-1):
        raise AssertionError("the file was read")


def script(tmp_path, *lines):
    file = tmp_path / "python"
    file.write_text("\n".join(["#!/bin/sh", *lines]))
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hogs:no_such_function", "no attribute 'no_such_function'"),
        ("no_such_module:echo", "No module named 'tests.vault.no_such_module'"),
        ("threaded:echo", "1 threads were started before the file was read"),
    ],
)
def test_function_that_cannot_be_confined_never_gets_the_file(caplog, name, reason):
    with pytest.raises(Unavailable, match=reason):
        run(f"tests.vault.{name}", Untouched(b"x"), limits=SMALL)
    assert reason in caplog.text


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["echo 'cannot open shared object file' >&2", "exit 127"], "ended with 127 .* cannot open shared object file"),
        (["sleep 60"], "was not loaded within 1 s"),
    ],
)
def test_interpreter_that_does_not_start_is_no_fault_of_the_file(caplog, monkeypatch, tmp_path, lines, reason):
    monkeypatch.setattr(sys, "executable", script(tmp_path, *lines))
    with pytest.raises(Unavailable, match=reason):
        run("tests.vault.hogs:echo", Untouched(b"x"), limits=Limits(clock=1))
    assert "The sandbox is not available" in caplog.text


def test_missing_interpreter_is_no_fault_of_the_file(caplog, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/gone/python")
    with pytest.raises(Unavailable, match="/gone/python"):
        run("tests.vault.hogs:echo", Untouched(b"x"), limits=SMALL)
    assert "No such file or directory: '/gone/python'" in caplog.text


def test_child_cannot_fill_the_log_or_wait_forever():
    with pytest.raises(NotLoaded) as failure:
        hog("claim_that_something_is_missing")
    assert len(str(failure.value)) < 1100


def test_missing_import_is_no_fault_of_the_file():
    with pytest.raises(NotLoaded, match="No module named 'colorsys'"):
        hog("load_late")


def test_output_without_a_target_is_broken():
    with pytest.raises(Broken):
        hog("copy_backwards", b"x")


def test_child_killed_from_outside_is_no_fault_of_the_file():
    class Killing(io.BytesIO):
        """Kills the child that asks for its first byte."""

        def read(self, size=-1):
            child = next(
                int(stat.parent.name)
                for stat in Path("/proc").glob("[0-9]*/stat")
                if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid()
                and b"sandbox/child.py" in (stat.parent / "cmdline").read_bytes()
            )
            os.kill(child, signal.SIGKILL)
            return b""

    with pytest.raises(Killed):
        run("tests.vault.hogs:echo", Killing(b"x"), limits=SMALL)


def test_child_does_not_outlive_its_parent(tmp_path):
    code = "import io; from trustcenter.vault.sandbox import run\nrun('tests.vault.hogs:sleep', io.BytesIO(b'x'))"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    until, children = time.monotonic() + 20, []
    while not children and time.monotonic() < until:
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    while time.monotonic() < until and _runs(int(children[0])):
        time.sleep(0.05)
    assert not _runs(int(children[0]))
