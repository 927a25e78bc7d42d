"""Time and memory to upload, check and download a report of 1 GiB."""

import json
import socket
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from bench import pdfs
from bench.client import fetch
from bench.figures import Part, Row, mib, ms
from bench.memory import Memory
from bench.servers import Server, environment
from bench.within import ask

SIZE, PAGES = 2**30, 100
MOST = 64 * 2**20
PIECE = 2**20
SECONDS = 300
SLUG = "large-report"


def measure(site: Server, data: Path) -> Part:
    source = data.with_suffix(".large.pdf")
    pdfs.scans(source, pages=PAGES, size=SIZE, alike=True)
    size = source.stat().st_size
    scene = partial(ask, environment(data))
    people = scene("scene:large_report_asked_for", SLUG)
    for _page in range(4 * len(site.pids)):
        fetch(site.port, "/my/", headers=people["rhea"])
    web, worker = Memory(site.pids), Memory(site.worker)
    started = monotonic()
    _upload(site.port, f"/desk/documents/{SLUG}/upload/", people["edda"], source)
    up, up_grown = monotonic() - started, web.growth
    source.unlink()
    while (state := scene("scene:state_of", SLUG)) == "checking" and monotonic() - started < SECONDS:
        sleep(1)
    if state != "ready":
        raise RuntimeError(f"The large report is {state}")
    checked, check_grown = monotonic() - started - up, worker.growth
    scene("scene:published", SLUG)
    web = Memory(site.pids)
    copy = fetch(site.port, f"/documents/{SLUG}/download/", headers=people["rhea"], method="POST")
    rows = [
        _row(
            "1 GiB up",
            up,
            up_grown,
            f"An editor's upload of {size:,} bytes, encrypted as it arrives; memory of the web workers.",
        ),
        _row(
            "1 GiB checked",
            checked,
            check_grown,
            "Inspected, cleaned and prepared for marks; memory of the task worker.",
        ),
        _row(
            "1 GiB down",
            copy.total,
            web.growth,
            f"Rhea's marked copy of {copy.size:,} bytes; memory of the web workers.",
        ),
    ]
    return Part("A file of 1 GiB", "bench/run large", rows)


def _row(name: str, seconds: float, grown: int, note: str) -> Row:
    return Row(name=name, ours=f"{ms(seconds)}, +{mib(grown)}", aim="under 64 MiB", met=grown < MOST, note=note)


def _upload(port: int, path: str, headers: dict[str, str], source: Path) -> None:
    """Sends the file like a browser's form. Raises RuntimeError unless the response is a redirect."""
    head = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="report.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n"
    )
    tail = b"\r\n--edge--\r\n"
    length = len(head) + source.stat().st_size + len(tail)
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", f"Content-Length: {length}"]
    lines += ["Content-Type: multipart/form-data; boundary=edge", *(f"{k}: {v}" for k, v in headers.items())]
    with socket.create_connection(("127.0.0.1", port)) as line, source.open("rb") as file:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + head)
        while piece := file.read(PIECE):
            line.sendall(piece)
        line.sendall(tail)
        status = line.recv(4096).split(b"\r\n")[0].decode()
    if " 302" not in status:
        raise RuntimeError(f"The upload was answered {json.dumps(status)}")
