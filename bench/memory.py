"""The memory of processes, from Linux's /proc."""

from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")


class Memory:
    """The resident memory of some processes together, in bytes, since this object was created."""

    def __init__(self, pids: Sequence[int]) -> None:
        self.pids = pids
        for pid in pids:
            # 5 resets the peak to the current resident size (proc(5)).
            (PROC / str(pid) / "clear_refs").write_text("5")
        self.before = self.now()

    def now(self) -> int:
        return sum(field(pid, "VmRSS") for pid in self.pids)

    def peak(self) -> int:
        """The sum of the processes' peaks, an upper bound of their memory together."""
        return sum(field(pid, "VmHWM") for pid in self.pids)

    @property
    def growth(self) -> int:
        return self.peak() - self.before


def field(pid: int, name: str) -> int:
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has no {name}")


def proportional(pids: Sequence[int]) -> int:
    """The memory of the processes in bytes, with shared memory divided between them (PSS, see proc(5))."""
    lines = [line for pid in pids for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def below(pid: int) -> list[int]:
    """All descendants of the process `pid`, its children first."""
    parents: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        # The name in parentheses may hold spaces.
        parent = int(stat.rpartition(")")[2].split()[1])
        parents.setdefault(parent, []).append(int(folder.name))
    found = list(parents.get(pid, []))
    for child in found:
        found += parents.get(child, [])
    return found


def command_of(pid: int) -> str:
    """The command line of a process, or "" once it has ended, as a site's short-lived helpers do."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes()
    except FileNotFoundError:
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace")
