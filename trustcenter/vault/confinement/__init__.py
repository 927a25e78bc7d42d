"""Confines a process that is about to read a hostile file: no files, no network, no other processes.

The process keeps its memory and the descriptors that it has open, and cannot undo any of it. Three layers, each of
which closes files and network by itself, so that a flaw in one opens nothing:

- seccomp: the kernel refuses every system call but the few in `seccomp.ALLOWED`.
- Landlock: no file, no TCP port, no signal and no abstract socket outside the process.
- resource limits: no new descriptor, no new process, no byte in a file. They hold on other systems too.

Knows nothing of Django or of the rest of the product, because the sandbox's child imports it.
"""

import ctypes
import os
import resource
import sys

from trustcenter.vault.confinement import landlock, seccomp

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38


class NotConfined(Exception):
    """Confinement failed although the system supports it. The process must not read the file."""


def missing() -> str:
    """What this system cannot do for the sandbox, as a sentence; empty if it can do everything."""
    if not seccomp.is_available():
        return (
            f"This system ({os.uname().sysname}, {os.uname().machine}) has no system call filter that the sandbox knows. "
            "A hostile file that takes over its parser could reach other processes of the same user."
        )
    if (version := landlock.version()) < landlock.NEEDED:
        found = f"version {version}" if version else "none"
        return (
            f"This kernel's Landlock has not every part that the sandbox uses (version {landlock.NEEDED} is needed, found: "
            f"{found}). The system call filter closes files, network and processes without it."
        )
    return ""


def is_enforced() -> bool:
    """Whether the system can keep a process that was taken over from files, network and other processes."""
    return seccomp.is_available()


def confine() -> None:
    """Confines this process permanently with everything that the system supports. Raises NotConfined.

    Whatever the process still needs must be loaded and open. It must have one thread: Landlock holds for the thread
    that asks for it, and another one could act for it.
    """
    try:
        if sys.platform == "linux":
            _must_have_one_thread()
            _prctl(PR_SET_NO_NEW_PRIVS, 1)
            # Other processes of the same user can no longer read its memory, which holds the file.
            _prctl(PR_SET_DUMPABLE, 0)
            if landlock.version():
                landlock.restrict()
        # Fewer than are open already: those stay open, and none can be added.
        for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
            resource.setrlimit(limit, (0, 0))
        if seccomp.is_available():
            seccomp.install(seccomp.program())
    except OSError as error:
        raise NotConfined(str(error)) from error


def _must_have_one_thread() -> None:
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise NotConfined(f"{threads - 1} threads were started before the file was read")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}): {os.strerror(ctypes.get_errno())}")
