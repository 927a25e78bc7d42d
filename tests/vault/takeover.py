"""What an attacker tries after taking over the sandboxed child with a hostile file.

Each attempt returns if it succeeds, and raises OSError otherwise. The same attempts also run without a sandbox and with
each of its layers alone.
"""

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import signal
import socket
import sys
import threading
from functools import partial
from pathlib import Path

from trustcenter.vault.confinement import landlock, seccomp

LIBC = ctypes.CDLL(None, use_errno=True)
# The numbers of system calls on x86-64 and on 64-bit ARM.
CALLS = {
    "bpf": (321, 280),
    "execve": (59, 221),
    "execveat": (322, 281),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "open_by_handle_at": (304, 265),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "pidfd_open": (434, 434),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "sendmsg": (46, 211),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
PTRACE_SEIZE, PTRACE_DETACH = 0x4206, 17
CLONE_NEWUSER = 0x1000_0000
NOWHERE = ctypes.c_void_p(1)


def call(name, *arguments, reached=()):
    """Makes a system call. An error in `reached` shows that the kernel ran the call, so it counts as a success."""
    number = CALLS[name][["x86_64", "aarch64"].index(platform.machine())]
    words = [
        argument if isinstance(argument, ctypes._SimpleCData) else ctypes.c_long(argument) for argument in arguments
    ]
    result = LIBC.syscall(ctypes.c_long(number), *words)
    if result < 0 and ctypes.get_errno() not in reached:
        raise OSError(ctypes.get_errno(), name)
    return result


def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as end:
        end.connect(address)


def send_datagram(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"secret", ("127.0.0.1", port))


def fork():
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def spawn():
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def start_thread():
    try:
        threading.Thread(target=int).start()
    except RuntimeError as error:
        raise PermissionError(errno.EPERM, str(error)) from error


def raise_limits():
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    except ValueError as error:
        raise PermissionError(errno.EPERM, str(error)) from error


def trace(pid):
    call("ptrace", PTRACE_SEIZE, pid, 0, 0)
    call("ptrace", PTRACE_DETACH, pid, 0, 0, reached=(errno.ESRCH,))


def read_memory(pid):
    """Reads an address that does not exist. EFAULT shows that the kernel would have read another one."""

    class Part(ctypes.Structure):
        _fields_ = (("at", ctypes.c_void_p), ("length", ctypes.c_size_t))

    room = ctypes.create_string_buffer(8)
    ours, theirs = Part(ctypes.addressof(room), 8), Part(4096, 8)
    places = [ctypes.c_void_p(ctypes.addressof(part)) for part in (ours, theirs)]
    call("process_vm_readv", pid, places[0], 1, places[1], 1, 0, reached=(errno.EFAULT,))


def map_code():
    mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def run_from_memory():
    """Starts a program from memory with invalid arguments. EFAULT shows that it would have started."""
    memory = call("memfd_create", ctypes.c_char_p(b"x"), 0)
    os.write(memory, Path("/bin/true").read_bytes())
    call("execveat", memory, ctypes.c_char_p(b""), NOWHERE, 0, 0x1000, reached=(errno.EFAULT,))


def attempts(plan):
    victim = plan["victim"]
    read = {name: partial(Path(path).read_bytes) for name, path in plan["files"].items()}
    return {
        **{f"read {name}": attempt for name, attempt in read.items()},
        "read /etc/passwd": Path("/etc/passwd").read_bytes,
        "read our own code": Path(__file__).read_bytes,
        "list the data folder": lambda: os.listdir(plan["folder"]),
        "list /": lambda: os.listdir("/"),
        "see whether a file exists": lambda: os.stat(plan["files"]["vault.key"]),
        "open a file with openat2": lambda: call("openat2", -1, NOWHERE, NOWHERE, 24, reached=(errno.EFAULT,)),
        "open a file by its handle": lambda: call(
            "open_by_handle_at", -1, NOWHERE, 0, reached=(errno.EFAULT, errno.EBADF)
        ),
        "change a file's mode": lambda: os.chmod(plan["files"]["vault.key"], 0o644),
        "write a file": lambda: (Path(plan["folder"]) / "left").write_text("secret"),
        "delete a file": lambda: (Path(plan["folder"]) / "waste").unlink(),
        "list /proc": lambda: os.listdir("/proc"),
        "read /proc/1": Path("/proc/1/status").read_bytes,
        "read another process's environment": Path(f"/proc/{victim}/environ").read_bytes,
        "list another process's files": lambda: os.listdir(f"/proc/{victim}/fd"),
        "read another process's files": Path(f"/proc/{victim}/fd/{plan['descriptor']}").read_bytes,
        "open another process's memory": lambda: Path(f"/proc/{victim}/mem").open("rb").close(),
        "read another process's memory": partial(read_memory, victim),
        "trace another process": partial(trace, victim),
        "open another process": lambda: os.close(call("pidfd_open", victim, 0)),
        "limit another process": lambda: resource.prlimit(victim, resource.RLIMIT_CORE, (0, 0)),
        "see whether the parent runs": lambda: os.kill(os.getppid(), 0),
        "connect over IPv4": partial(connect, socket.AF_INET, ("127.0.0.1", plan["port"])),
        "connect over IPv6": partial(connect, socket.AF_INET6, ("::1", plan["port"])),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)).close(),
        "send a datagram": partial(send_datagram, plan["port"]),
        "connect to a local socket": partial(connect, socket.AF_UNIX, plan["socket"]),
        "connect to an abstract socket": partial(connect, socket.AF_UNIX, "\0" + plan["abstract"]),
        "send a descriptor": lambda: call("sendmsg", 0, NOWHERE, 0, reached=(errno.ENOTSOCK,)),
        "fork": fork,
        "spawn a program": spawn,
        "start a thread": start_thread,
        # The arguments are invalid: EFAULT shows that the program would have started.
        "run a program": lambda: call("execve", ctypes.c_char_p(b"/bin/true"), NOWHERE, 0, reached=(errno.EFAULT,)),
        "run a program from memory": run_from_memory,
        "map memory as code": map_code,
        "raise its own limits": raise_limits,
        "start io_uring": lambda: call("io_uring_setup", 1, NOWHERE, reached=(errno.EFAULT,)),
        "make a namespace": lambda: call("unshare", CLONE_NEWUSER, reached=(errno.EINVAL,)),
        "mount": lambda: call("mount", NOWHERE, NOWHERE, NOWHERE, 0, 0, reached=(errno.EFAULT,)),
        "load a kernel program": lambda: call("bpf", 0, NOWHERE, 8, reached=(errno.EFAULT,)),
        "use the kernel's keys": lambda: call("keyctl", 0, -3, 1, reached=(errno.ENOKEY,)),
        "count the kernel's events": lambda: call("perf_event_open", NOWHERE, 0, -1, -1, 0, reached=(errno.EFAULT,)),
        "catch page faults": lambda: os.close(call("userfaultfd", 1)),
        "end another process": partial(os.kill, victim, signal.SIGTERM),
    }


def try_all(_source, plan):
    """The result of every attempt: "succeeded" or the name of the error. Runs in the sandboxed child."""
    outcomes = {}
    for name, attempt in attempts(json.loads(plan)).items():
        try:
            attempt()
        except OSError as error:
            outcomes[name] = errno.errorcode[error.errno or 0]
        else:
            outcomes[name] = "succeeded"
    return outcomes


def try_with(layer, plan):
    """The same outside the sandbox, with one of its layers or none."""
    LIBC.prctl(38, *[ctypes.c_ulong(word) for word in (1, 0, 0, 0)])
    match layer:
        case "seccomp":
            seccomp.install(seccomp.program())
        case "landlock":
            landlock.restrict()
        case "limits":
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    return try_all(None, plan)


def call_the_kernel_by_another_way(_source):
    """Calls of the x32 ABI have their own numbers, which a filter may miss."""
    LIBC.syscall(ctypes.c_long(0x4000_0000 + 39))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(try_with(*sys.argv[1:])))
