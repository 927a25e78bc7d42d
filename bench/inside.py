"""What is measured inside a process of the product, without a server in between; run by `within`."""

import time
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import scene
from tests import signin
from trustcenter.audit import checkpoints, receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify


def queries(*addresses: str) -> list[int]:
    """How many queries each public page takes when no cache stands in front."""
    return [_queries(scene.client(), address) for address in addresses]


def desk(rounds: int) -> dict[str, Any]:
    """The queue page as Ada sees it: seconds (median of `rounds`) and queries, session and permissions included."""
    client = signin.staff_client(scene.client(), scene.ada())
    count = _queries(client, "/desk/")
    seconds = []
    for _round in range(rounds):
        started = time.perf_counter()
        answer = client.get("/desk/")
        seconds.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"/desk/ answered {answer.status_code}")
    return {"seconds": median(seconds), "queries": count}


def audit(alone: int, size: int) -> dict[str, float]:
    """Records per second, one transaction each, over `alone` of them; then fills the log to `size`, verifies and signs it."""
    started = time.perf_counter()
    for number in range(alone):
        with transaction.atomic():
            _record(number)
    rate = alone / (time.perf_counter() - started)
    with transaction.atomic():
        for number in range(alone, size):
            _record(number)
    started = time.perf_counter()
    whole = verify()
    verified = time.perf_counter() - started
    started = time.perf_counter()
    made = checkpoints.make()
    signed = time.perf_counter() - started
    if made is None or made.size < whole.size:
        raise RuntimeError("the log was not signed")
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


def _record(number: int) -> None:
    record(Action.SIGNED_IN, actor=None, subject=None, method="code", number=number)


def _queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return len(captured)
