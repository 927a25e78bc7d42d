"""Small files are written completely or not at all."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from trustcenter.work import durable

pytestmark = pytest.mark.once


def test_one_of_many_concurrent_writers_creates_a_new_file(tmp_path):
    path = tmp_path / "key"

    def won(number: int) -> bool:
        try:
            durable.write_new(path, b"%d" % number * 1000)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        wins = list(threads.map(won, range(10, 74)))
    assert wins.count(True) == 1
    assert path.read_bytes() == b"%d" % (10 + wins.index(True)) * 1000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.parametrize(
    ("write", "step"),
    [
        (durable.write_new, "fsync"),
        (durable.write_new, "link"),
        (durable.write_over, "fsync"),
        (durable.write_over, "replace"),
    ],
)
def test_failed_write_keeps_the_old_content(write, step, tmp_path, monkeypatch):
    path = tmp_path / "note"
    if write is durable.write_over:
        path.write_bytes(b"before")
    before = sorted(os.listdir(tmp_path))

    def fails(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError, match="no space"):
        write(path, b"after")
    assert sorted(os.listdir(tmp_path)) == before
    assert not path.exists() or path.read_bytes() == b"before"
