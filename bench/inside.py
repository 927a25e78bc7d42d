"""Measures inside a process of the product, without a server; run by `within`."""

import secrets
import time
from datetime import timedelta
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import scene
from documents.delivery import new_code
from documents.models import AccessGrant, Delivery
from tests import cast, signin
from trustcenter.audit import change, checkpoints, facts, log, receipts, state, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Detail, Head, Record
from trustcenter.audit.verify import verify


def queries(*addresses: str) -> list[int]:
    """The number of queries of each public page without the cache."""
    return [count(scene.client(), address) for address in addresses]


def desk(rounds: int) -> dict[str, Any]:
    """The queue page as Ada sees it: seconds (median of `rounds`) and queries, session and permissions included."""
    client = signin.staff_client(scene.client(), scene.ada())
    found = count(client, "/desk/")
    seconds = []
    for _round in range(rounds):
        started = time.perf_counter()
        answer = client.get("/desk/")
        seconds.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"/desk/ answered {answer.status_code}")
    return {"seconds": median(seconds), "queries": found}


def audit(alone: int, size: int) -> dict[str, float]:
    """Records per second, one transaction each, over `alone` of them; then fills the log to `size`, verifies and signs it.

    Each record is about a delivery, whose row is compared with it.
    """
    started = time.perf_counter()
    for number in range(alone):
        _record(number)
    rate = alone / (time.perf_counter() - started)
    _fill(size)
    started = time.perf_counter()
    whole = verify()
    differing = len(list(state.differences(whole.told)))
    verified = time.perf_counter() - started
    started = time.perf_counter()
    made = checkpoints.make()
    signed = time.perf_counter() - started
    if made is None or made.size < whole.size or differing:
        raise RuntimeError(f"the log was not signed, or {differing} rows differ")
    middle = Record.objects.select_related("detail").get(number=size // 2)
    seconds = []
    for _round in range(20):
        started = time.perf_counter()
        receipts.receipt(middle)
        seconds.append(time.perf_counter() - started)
    return {
        "rate": rate,
        "verify": verified,
        "size": whole.size,
        "checkpoint": signed,
        "receipt": median(seconds),
    }


def _fill(size: int) -> None:
    """Writes the same rows as the log, in bulk."""
    rhea, report = cast.rhea(), cast.document()
    version = cast.current_version(report)
    with change(by=None) as made:
        ends = made.at + timedelta(days=30)
        rhea.proven_at = made.at
        rhea.save()
        grant = AccessGrant.objects.create(holder=rhea, document=report, approvals=1, starts_at=made.at, ends_at=ends)
        made.record(Action.REQUEST_GRANTED, changed=[rhea, report, version, grant])
    head = Head.objects.get()
    grown = tree.Frontier(head.size, bytes(head.frontier))
    while grown.size < size:
        rows, details, deliveries = [], [], []
        for number in range(grown.size, min(grown.size + 5000, size)):
            delivery = Delivery(
                code=new_code(),
                grant=grant,
                version=version,
                reader=rhea,
                printed_email=rhea.email,
                mark_bits=secrets.token_bytes(64),
                size=number,
            )
            deliveries.append(delivery)
            key, body = secrets.token_bytes(32), log.canonical({"actor": "x", "code": delivery.code, "number": number})
            row = Record(
                number=number,
                action=Action.DELIVERY_STARTED,
                subject=log.subject_of(delivery),
                facts=facts.written(facts.of([delivery]), key),
                detail_digest=log.detail_digest(key, body),
            )
            row.root = grown.append(tree.leaf_hash(log.leaf_data(row)))
            rows.append(row)
            details.append(Detail(record=row, key=key, body=body))
        with transaction.atomic():
            Delivery.objects.bulk_create(deliveries)
            Record.objects.bulk_create(rows)
            Detail.objects.bulk_create(details)
            Head.objects.update(size=grown.size, frontier=grown.packed())


def _record(number: int) -> None:
    with change(by=None) as made:
        made.record(Action.SIGNED_IN, method="code", number=number)


def count(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return len(captured)
