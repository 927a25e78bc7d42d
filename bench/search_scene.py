"""Thousands of answers, and how long searches take; run by `within`."""

import random
import re
import time
from collections.abc import Mapping
from statistics import median
from typing import Any
from unittest import mock

from bench import scene
from certifications.models import Claim, Product, Profile, SearchEntry, Topic
from certifications.search import index
from trustcenter.audit import change
from trustcenter.audit.actions import Action

RESULTS = re.compile(r"([\d,]+) results? for|Nothing (found)")
DAY = "2026-03-01"
ASKED = [
    "access",
    "policy",
    "backups",
    "customers",
    "encryption",
    "keys",
    "incident",
    "audit",
    "logs",
    "retention",
    "training",
    "suppliers",
]
SAID = [
    "data",
    "encrypted",
    "rest",
    "transit",
    "customer",
    "managed",
    "keys",
    "rotated",
    "yearly",
    "reviewed",
    "access",
    "roles",
    "least",
    "privilege",
    "second",
    "factor",
    "authentication",
    "authorised",
    "staff",
    "audit",
    "trail",
    "exported",
    "backups",
    "restored",
    "tested",
    "quarterly",
    "incident",
    "response",
    "contained",
    "customers",
    "informed",
    "hours",
    "region",
    "hosted",
    "provider",
    "subprocessor",
    "agreement",
    "deletion",
    "retention",
    "thirty",
    "days",
    "vulnerability",
    "scanned",
    "patched",
    "penetration",
    "test",
    "third",
    "party",
    "network",
    "segmented",
    "firewall",
    "monitored",
    "alerts",
]


def filled(claims: int) -> dict[str, float]:
    """Makes so many answers; returns the seconds to make all rows, of a change, and of the rows in it."""
    chance = random.Random(5)
    names = [f"{chance.choice(SAID)}{chance.choice(ASKED)}{number}" for number in range(4000)]
    Profile.objects.create(
        name="Bench", legal_name="Bench", website="https://www.example.com", contact_email="b@trust.example", as_of=DAY
    )
    products = [
        Product.objects.create(slug=f"plan-{number}", name=f"Plan {number}", summary="A plan.", as_of=DAY)
        for number in range(4)
    ]
    topics = [Topic.objects.create(slug=f"topic-{number}", name=f"Topic {number}") for number in range(10)]
    made = Claim.objects.bulk_create(
        Claim(
            slug=f"claim-{number}",
            topic=topics[number % 10],
            question=f"How are {' and '.join(chance.sample(ASKED, 3))} kept, case {number}?",
            answer="Our data: " + " ".join([*chance.choices(SAID, k=35), *chance.choices(names, k=3)]) + ".",
            as_of=DAY,
            position=number,
        )
        for number in range(claims)
    )
    for number, claim in enumerate(made):
        if number % 3 == 0:
            claim.products.add(products[number % 4])
    _changed(made[0], "At once.")
    spent: list[float] = []
    keep = index.keep

    def timed(data: Any) -> None:
        started = time.perf_counter()
        keep(data)
        spent.append(time.perf_counter() - started)

    with mock.patch.object(index, "keep", timed):
        started = time.perf_counter()
        _changed(made[1], "Always.")
        whole = time.perf_counter() - started
        SearchEntry.objects.update(digest="")
        _changed(made[2], "Never.")
    scene.vacuum()
    return {"made": spent[1], "kept": spent[0], "changed": whole}


def _changed(claim: Claim, answer: str) -> None:
    with change(by=None) as made:
        claim.answer = answer
        claim.save()
        made.record_effect(Action.CONTENT_CHANGED, subject=claim)


def searches(asked: Mapping[str, str], rounds: int) -> dict[str, dict[str, float]]:
    """The seconds of each search, the median of `rounds`, and its number of results."""
    client = scene.client()
    found = {}
    for name, words in asked.items():
        seconds = []
        for _round in range(rounds):
            started = time.perf_counter()
            answer = client.get(f"/search/?q={words.replace(' ', '+')}")
            seconds.append(time.perf_counter() - started)
            if answer.status_code != 200:
                raise RuntimeError(f"{words} answered {answer.status_code}")
        said = RESULTS.search(answer.content.decode())
        found[name] = {"seconds": median(seconds), "results": int(((said and said[1]) or "0").replace(",", ""))}
    return found
