"""The site's memory while nobody uses it."""

from pathlib import Path
from time import sleep

from bench.figures import Part, Row, mb
from bench.memory import below, field, proportional
from bench.servers import Server, environment
from bench.within import ask

MOST = 260_000_000
# By then the worker has finished its first tasks, and the allocators have released the memory of the start.
SECONDS = 15


def measure(site: Server, data: Path) -> Part:
    ask(environment(data), "scene:settled")
    sleep(SECONDS)
    pids = [site.root, *below(site.root)]
    took = proportional(pids)
    resident = sum(field(pid, "VmRSS") for pid in pids)
    row = Row(
        name="the whole site, idle",
        ours=mb(took),
        aim=f"at most {mb(MOST)}",
        met=took <= MOST,
        note=f"All {len(pids)} processes with the demo's content, {SECONDS} seconds after the start. Memory that processes "
        f"share is counted once (PSS); counted in each of them, the sum is {mb(resident)} (RSS).",
    )
    return Part("Memory", "bench/run idle", [row])
