"""Compares the rows that answer to the log with the facts that the log has of them, in both directions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from trustcenter.audit import facts, receipts
from trustcenter.audit.facts import PERSONAL, Answering
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.text import subject_of

BATCH = 1000
# A row that changed while it was compared is compared again, with the records that came meanwhile.
ATTEMPTS = 5
Facts = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A row that differs from the log: its subject, the record with its facts, and the difference."""

    subject: str
    number: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.subject}, record {self.number}" if self.number is not None else self.subject
        return f"{where}: {self.reason}"


@dataclass
class Told:
    """What the log says about rows, read record by record."""

    # By subject: the record with the last facts.
    last: dict[str, int] = field(default_factory=dict)
    # By subject: the facts that no later record may change, as far as they are set.
    fixed: dict[str, Facts] = field(default_factory=dict)
    size: int = 0
    broken: list[Difference] = field(default_factory=list)
    _kinds: dict[str, type[Answering]] = field(default_factory=facts.kinds)

    def read(self, record: Record) -> None:
        """Takes in the facts of the next record."""
        self.size = record.number + 1
        for subject, row in json.loads(record.facts).items() if record.facts else ():
            self.last[subject] = record.number
            if row is None:
                self.fixed.pop(subject, None)
                continue
            moving = self._kinds[kind].moving if (kind := subject.partition(":")[0]) in self._kinds else frozenset()
            once = {name: value for name, value in row.items() if _is_set(value) and name not in moving}
            known = self.fixed.setdefault(subject, once)
            if known is not once:
                self._compare(subject, record.number, known, row)
                known |= once

    def _compare(self, subject: str, number: int, known: Facts, row: Facts) -> None:
        for name, value in known.items():
            if name in row and row[name] != value:
                reason = f"the record says {name} {_said(row[name])}, an earlier one said {_said(value)}, and it never changes"
                self.broken.append(Difference(subject, number, reason))


def _is_set(value: Any) -> bool:
    # Personal digests have another key in each record.
    return value not in (None, "") and not (isinstance(value, str) and value.startswith(PERSONAL))


def differences(told: Told) -> Iterator[Difference]:
    """Every row that differs from the log, and every row that only the database or only the log has.

    `told` has read the whole log. Rows and records that change meanwhile are read again.
    """
    yield from told.broken
    seen: set[str] = set()
    for model in facts.kinds().values():
        last = ""
        rows = model.answering().order_by("pk")
        while batch := list(rows.filter(pk__gt=last)[:BATCH] if last else rows[:BATCH]):
            last = batch[-1].pk
            seen |= {subject_of(row) for row in batch}
            for row, reason in _differing(batch, told):
                yield from _again(model, row, reason, told)
    for subject, number in told.last.items():
        if subject not in seen:
            yield from _missing(subject, number, told)


def difference(row: Any) -> Difference | None:
    """How one row differs from the records about it; None if it agrees with the log.

    The last of these records has to be in the tree that was signed, unless it is too young for that.
    """
    told, subject = Told(), subject_of(row)
    for record in Record.objects.filter(subject=subject).order_by("number"):
        told.read(record)
    found = [*told.broken]
    found += [Difference(subject, told.last.get(subject), reason) for _row, reason in _differing([row], told)]
    if found:
        return found[0]
    record = Record.objects.select_related("detail").get(number=told.last[subject])
    try:
        receipts.prove(record)
    except receipts.TooYoung:
        pass
    except receipts.Unprovable:
        return Difference(subject, record.number, "the log no longer proves the record of this row")
    return None


def _differing(rows: list[Any], told: Told) -> Iterator[tuple[Any, str]]:
    """The rows among these that differ from their records, each with what differs."""
    numbers = {told.last[subject] for row in rows if (subject := subject_of(row)) in told.last}
    records = {record.number: record for record in Record.objects.filter(number__in=numbers)}
    keys = dict(Detail.objects.filter(record_id__in=numbers).values_list("record_id", "key"))
    for row in rows:
        subject = subject_of(row)
        number = told.last.get(subject)
        if number is None or number not in records:
            yield row, "no record knows this row"
            continue
        recorded = json.loads(records[number].facts).get(subject)
        if recorded is None:
            yield row, "the record says that this row was deleted"
            continue
        reason = _compared(recorded, facts.sealed(subject, row.facts(), bytes(keys.get(number, b""))))
        if reason:
            yield row, reason


def _compared(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs, in words; "" if nothing does."""
    parts = []
    for name in sorted({*recorded, *now}):
        told, said = recorded.get(name), now.get(name)
        if isinstance(told, str) and told.startswith(PERSONAL):
            # The key is deleted when the details are erased, so the digest cannot be checked.
            if said not in ("", told):
                parts.append(f"{name} is not what was recorded")
        elif told != said:
            parts.append(f"{name} is {_said(said)}, recorded {_said(told)}")
    return "; ".join(parts)


def _again(model: type[Answering], row: Model, reason: str, told: Told) -> Iterator[Difference]:
    """The difference, unless it was a change that came while rows and records were read."""
    subject = subject_of(row)
    for _attempt in range(ATTEMPTS):
        size = told.size
        _read_on(told)
        fresh = model.answering().filter(pk=row.pk).first()
        if fresh is None:
            # Deleted meanwhile; its record is compared at the end.
            return
        found = next(iter(_differing([fresh], told)), None)
        if found is None:
            return
        reason = found[1]
        if told.size == size:
            break
    yield Difference(subject, told.last.get(subject), reason)


def _missing(subject: str, number: int, told: Told) -> Iterator[Difference]:
    """The row that a record knows and the database does not."""
    _read_on(told)
    number = told.last[subject]
    record = Record.objects.filter(number=number).first()
    if record is None or json.loads(record.facts).get(subject) is None:
        return
    kind, _colon, key = subject.partition(":")
    model = facts.kinds().get(kind)
    if model is None or not model.answering().filter(pk=key).exists():
        yield Difference(subject, number, "the row is gone, and no record says why")


def _read_on(told: Told) -> None:
    """Takes in the records that came since."""
    for record in Record.objects.filter(number__gte=told.size).order_by("number"):
        told.read(record)


def _said(value: Any) -> str:
    match value:
        case None | "":
            return "empty"
        case list():
            return ", ".join(map(str, value)) or "empty"
    return str(value)
