"""What a leaked file says about deliveries, and how much of that is proof."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from documents.models import Delivery, Trace
from documents.tracing import naming
from trustcenter.audit import state

BATCH = 5000
# Enough to see that a file was made from many copies.
MOST = 20
Verdict = Trace.Verdict


@dataclass(frozen=True)
class Evidence:
    """One method that leads to one delivery: `hash`, `cells` (the second mark), `text` or `elsewhere` (a code).

    `chance`, for cells, bounds the probability that the trace names any copy that has no part in the file. `doubt` says
    how the delivery's row differs from its record in the log: somebody changed the database, and nothing is proven.
    """

    method: str
    delivery: str
    code: str
    score: float = 0.0
    chance: float = 0.0
    doubt: str = ""

    @property
    def proves(self) -> bool:
        """Whether it proves anything: anybody can type a code, but a copy's bytes and second mark come from that copy."""
        return self.method in ("hash", "cells") and not self.doubt


@dataclass(frozen=True)
class Answer:
    """The verdict, and how it was reached, for the investigator."""

    verdict: Verdict
    delivery: str | None
    codes: list[str]
    findings: dict[str, Any] = field(default_factory=dict)


def answer(said: dict[str, Any]) -> Answer:
    """The verdict on what `files.examine` found. Reads every delivery's bits if there are pictures."""
    evidence = _doubted([*_by_hash(said["sha256"]), *_by_cells(said["readings"]), *_by_code(said)])
    proven = list(dict.fromkeys(one.delivery for one in evidence if one.proves))
    named = list(dict.fromkeys(one.delivery for one in evidence))
    doubted = any(one.doubt for one in evidence)
    verdict = Verdict.CHANGED if doubted else _verdict(proven, named)
    kept = {name: said[name] for name in ("kind", "pages", "pages_read")}
    findings = {
        **kept,
        "readings": len(said["readings"]),
        "clear": max(said["clear"], default=0.0),
        "unknown_codes": _unknown(said, evidence),
        "evidence": [asdict(one) for one in evidence[:MOST]],
    }
    one = named[0] if verdict in (Verdict.NAMED, Verdict.POINTED) else None
    return Answer(verdict, one, list(dict.fromkeys(one.code for one in evidence))[:MOST], findings)


def _verdict(proven: list[str], named: list[str]) -> Verdict:
    if not named:
        return Verdict.NOBODY
    if len(named) == 1:
        return Verdict.NAMED if proven else Verdict.POINTED
    # The file itself holds several copies: pages put together, or two copies on top of each other.
    if len(proven) > 1 and set(proven) == set(named):
        return Verdict.MIXED
    return Verdict.AT_ODDS


def _doubted(evidence: list[Evidence]) -> list[Evidence]:
    """The evidence with what the log says against the deliveries that it leads to."""
    rows = Delivery.objects.in_bulk({one.delivery for one in evidence})
    doubts = {key: difference.reason for key, row in rows.items() if (difference := state.difference(row))}
    return [replace(one, doubt=doubts.get(one.delivery, "")) for one in evidence]


def _by_hash(sha256: str) -> list[Evidence]:
    found = Delivery.objects.filter(sha256=sha256).values_list("pk", "code")[:MOST]
    return [Evidence("hash", pk, code) for pk, code in found]


def _by_cells(readings: list[str]) -> list[Evidence]:
    fits = naming.fits([naming.unpacked(reading) for reading in readings], _bits())[:MOST] if readings else []
    codes = dict(Delivery.objects.filter(pk__in=[fit.delivery for fit in fits]).values_list("pk", "code"))
    return [Evidence("cells", fit.delivery, codes[fit.delivery], round(fit.score, 1), fit.chance) for fit in fits]


def _bits() -> Iterator[list[tuple[str, bytes]]]:
    """The id and bits of every delivery, in batches, so that memory does not grow with their number."""
    last = ""
    while True:
        rows = Delivery.objects.filter(pk__gt=last).order_by("pk")
        batch = [(pk, bytes(bits)) for pk, bits in rows.values_list("pk", "mark_bits")[:BATCH]]
        if not batch:
            return
        yield batch
        last = batch[-1][0]


def _by_code(said: dict[str, Any]) -> list[Evidence]:
    evidence = []
    for method, codes in (("text", said["codes_in_text"]), ("elsewhere", said["codes_elsewhere"])):
        found = Delivery.objects.filter(code__in=codes).order_by("code").values_list("pk", "code")[:MOST]
        evidence += [Evidence(method, pk, code) for pk, code in found]
    return evidence


def _unknown(said: dict[str, Any], evidence: list[Evidence]) -> list[str]:
    """Codes in the visible text that no delivery has."""
    known = {one.code for one in evidence}
    return [code for code in said["codes_in_text"] if code not in known][:MOST]
