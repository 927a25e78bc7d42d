import os
import time
from pathlib import Path

import pytest

from documents.sandbox import MIB, Broken, Limits, TooLarge, TooSlow, run

SMALL = Limits(memory=600 * MIB, cpu=1, file=4 * MIB, clock=10)


def hog(name, *arguments, limits=SMALL):
    return run(f"tests.documents.hogs:{name}", *(arguments or ("",)), limits=limits)


def test_an_answer_comes_back_without_noise_or_our_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    assert hog("echo", "héllo; rm -rf") == {"said": "héllo; rm -rf", "secret": ""}


def test_cpu_time_ends():
    began = time.monotonic()
    with pytest.raises(TooSlow):
        hog("burn")
    assert time.monotonic() - began < 6


def test_the_clock_ends_what_only_waits():
    began = time.monotonic()
    with pytest.raises(TooSlow):
        hog("sleep", limits=Limits(clock=1))
    assert time.monotonic() - began < 4


def test_what_the_child_started_ends_with_it(tmp_path):
    note = tmp_path / "pid"
    with pytest.raises(TooSlow):
        hog("leave_a_child", str(note), limits=Limits(clock=2))
    pid, until = int(note.read_text()), time.monotonic() + 5
    while time.monotonic() < until and _runs(pid):
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_memory_ends():
    with pytest.raises(TooLarge):
        hog("eat")


def test_a_file_written_without_end_ends(tmp_path):
    with pytest.raises(TooLarge):
        hog("write", str(tmp_path / "big"))
    assert os.path.getsize(tmp_path / "big") <= SMALL.file


@pytest.mark.parametrize("name", ["fail", "crash", "chatter", "no_such_function"])
def test_whatever_else_goes_wrong_is_broken(name):
    with pytest.raises(Broken):
        hog(name)
