"""Landlock: denies this process files, TCP ports, signals and abstract sockets. See landlock(7)."""

import ctypes
import os
import sys

# The same numbers on every architecture.
CREATE_RULESET, RESTRICT_SELF = 444, 446
ASK_VERSION = 1
# From this version on, it also closes TCP ports (4), signals and abstract sockets (6).
NEEDED = 6
# How many rights over files each version knows, counted from the lowest bit.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
BIND_AND_CONNECT = ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class _Ruleset(ctypes.Structure):
    """What is closed; `struct landlock_ruleset_attr`. An older kernel knows the first fields only."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


def version() -> int:
    """Landlock's version in this kernel, or 0 where there is none or it is switched off."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))))


def restrict() -> None:
    """Closes all that this kernel's version knows, without an exception. Raises OSError.

    The process must have given up new privileges (PR_SET_NO_NEW_PRIVS).
    """
    known = version()
    rights = (1 << FILE_RIGHTS[min(known, max(FILE_RIGHTS))]) - 1
    rules = _Ruleset(rights, BIND_AND_CONNECT if known >= 4 else 0, ABSTRACT_SOCKETS_AND_SIGNALS if known >= 6 else 0)
    size = ctypes.c_size_t(24 if known >= 6 else 16 if known >= 4 else 8)
    ruleset = _libc().syscall(CREATE_RULESET, ctypes.byref(rules), size, ctypes.c_uint32(0))
    if ruleset < 0:
        raise _error()
    try:
        if _libc().syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) != 0:
            raise _error()
    finally:
        os.close(ruleset)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _error() -> OSError:
    return OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
