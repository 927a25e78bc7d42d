"""seccomp: the kernel refuses every system call of this process but a few. See seccomp(2)."""

import ctypes
import errno
import os
import struct
import sys

# What a job may ask the kernel for, with the numbers on x86-64 and on 64-bit ARM. A call that is not here fails with
# EPERM. Leave out whatever names a file, an address or another process.
ALLOWED = {
    # The bytes that go to the parent and come from it. No new descriptor can be made, so these reach nothing else.
    "read": (0, 63),
    "write": (1, 64),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "close": (3, 57),
    # Memory; see also NOT_AS_CODE.
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    # Locks, random numbers, and clocks where the kernel does not answer from the process's own memory.
    "futex": (202, 98),
    "getrandom": (318, 278),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    # The end, also by one of the process's own signals.
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "exit_group": (231, 94),
}
# Allowed for memory that cannot be run: code that was not loaded before the file was read is never run as such.
NOT_AS_CODE = {"mmap": (9, 222), "mprotect": (10, 226)}

# For each machine: the column above, the number of seccomp(2), and the kernel's name of its calls (AUDIT_ARCH_…).
MACHINES = {"x86_64": (0, 317, 0xC000003E), "aarch64": (1, 277, 0xC00000B7)}
# Calls of x32, another way to call an x86-64 kernel, have this bit in their number.
X32 = 0x4000_0000

SET_MODE_FILTER, GET_ACTION_AVAIL = 1, 2
ALL_THREADS = 1
ALLOW, KILL, REFUSE = 0x7FFF_0000, 0x8000_0000, 0x0005_0000 | errno.EPERM
# struct seccomp_data: the call's number, its machine, and the lower half of its third argument, which holds `prot`.
NUMBER, MACHINE, PROTECTION = 0, 4, 32
PROT_EXEC = 4
LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def is_available() -> bool:
    """Whether this kernel filters system calls, on a machine whose numbers are known here."""
    if sys.platform != "linux" or os.uname().machine not in MACHINES or sys.maxsize < 2**32:
        return False
    action = ctypes.c_uint32(KILL)
    return _seccomp(GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0


def program() -> bytes:
    """The filter for this machine, in the kernel's own code (classic BPF)."""
    column, _number, machine = MACHINES[os.uname().machine]
    steps = [
        _step(LOAD, MACHINE),
        _step(IF_EQUAL, machine, 1, 0),
        _step(RETURN, KILL),
        _step(LOAD, NUMBER),
        _step(IF_AT_LEAST, X32, 0, 1),
        _step(RETURN, KILL),
    ]
    for numbers in ALLOWED.values():
        steps += [_step(IF_EQUAL, numbers[column], 0, 1), _step(RETURN, ALLOW)]
    for numbers in NOT_AS_CODE.values():
        steps += [
            _step(IF_EQUAL, numbers[column], 0, 4),
            _step(LOAD, PROTECTION),
            _step(IF_ANY_BIT, PROT_EXEC, 1, 0),
            _step(RETURN, ALLOW),
            _step(RETURN, REFUSE),
        ]
    return b"".join([*steps, _step(RETURN, REFUSE)])


def install(code: bytes) -> None:
    """Filters the calls of all threads of this process from now on. Raises OSError.

    The process must have given up new privileges (PR_SET_NO_NEW_PRIVS).
    """
    filtered = _Program(len(code) // 8, code)
    if _seccomp(SET_MODE_FILTER, ALL_THREADS, ctypes.byref(filtered)) != 0:
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _seccomp(operation: int, flags: int, argument: object) -> int:
    number = ctypes.c_long(MACHINES[os.uname().machine][1])
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(number, ctypes.c_uint(operation), ctypes.c_uint(flags), argument))
