"""The site's processes end after their parent process is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

# A web worker as granian starts it: forked by `multiprocessing` from a server, which is then killed.
SERVER = """
import multiprocessing, os, sys, time
from trustcenter.work.processes import end_with_parent

def work(follows):
    if follows:
        end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)

multiprocessing.get_context("fork").Process(target=work, args=[sys.argv[1] == "follows"]).start()
time.sleep(60)
"""


def worker_of_a_killed_server(follows: str) -> int:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, follows], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    pid = int(server.stdout.readline())
    server.kill()
    server.wait()
    return pid


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_web_worker_ends_with_its_server():
    pid = worker_of_a_killed_server("follows")
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_web_worker_without_the_watch_outlives_its_server():
    pid = worker_of_a_killed_server("stays")
    time.sleep(0.5)
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_process_without_such_a_parent_continues():
    done = subprocess.run(
        [sys.executable, "-c", "from trustcenter.work.processes import end_with_parent as end; end(); print('here')"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "here\n"
