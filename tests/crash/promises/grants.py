"""Nothing hangs, and nothing is open that may not be."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from documents.models import AccessGrant, Document, DocumentVersion, Level
from documents.models.levels import SHIPPED
from ndaflow.agreements.models import Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests import gates
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.rules.models import DryRun
from tests.crash.promises.promise import Seen, promise
from trustcenter.audit.models import Record
from trustcenter.work.models import Task

State = DocumentVersion.State


@promise
def nothing_is_stuck(seen: Seen) -> Iterator[str]:
    for task in Task.objects.exclude(state=Task.State.DONE):
        yield f"{task} is {task.state} after {task.tries} tries and {task.losses} losses: {task.reason()}"
    for version in DocumentVersion.objects.filter(state=State.CHECKING):
        yield f"{version} is being checked for ever"
    for signature in Signature.objects.filter(copy=None):
        yield f"signature {signature.pk} has no signed copy"
    for paper in Paper.objects.exclude(countersigned_at=None).filter(copy=None):
        yield f"paper {paper.pk} is countersigned and has no copy"
    for run in DryRun.objects.filter(finished_at=None):
        yield f"dry run {run.pk} has not finished"
    now = timezone.now()
    for request in AccessRequest.objects.filter(status=RequestStatus.OPEN):
        if not gates.read(request, list(request.items.all()), now).up:
            yield f"request {request.pk} is open with every gate down"


@promise
def each_reader_has_one_active_grant_for_a_document(seen: Seen) -> Iterator[str]:
    live = Counter(AccessGrant.objects.filter(ended_at=None).values_list("holder", "document"))
    yield from (f"two live grants for {who}" for who, count in live.items() if count > 1)
    closed = [RequestStatus.REVOKED, RequestStatus.EXPIRED, RequestStatus.DENIED, RequestStatus.WITHDRAWN]
    for grant in AccessGrant.objects.filter(ended_at=None, requested_document__request__status__in=closed):
        yield f"grant {grant.pk} outlives its request"


@promise
def no_grant_is_one_that_the_level_refuses(seen: Seen) -> Iterator[str]:
    """Read from the log alone, in its order: the level, the coverage and the grant as they were at that record."""
    slugs = dict(Level.objects.values_list("slug", "pk"))
    levels: dict[str, int] = {
        f"level:{slugs[one['slug']]}": one["approvals"] for one in SHIPPED if one["slug"] in slugs
    }
    level_of = {str(pk): f"level:{level}" for pk, level in Document.objects.values_list("pk", "level")}
    known, opened, begun, ended = set[str](), set[tuple[str, str]](), set[str](), set[str]()
    for record in Record.objects.order_by("number").iterator(chunk_size=1000):
        facts: dict[str, dict[str, Any] | None] = json.loads(record.facts) if record.facts else {}
        rows = [(*subject.split(":"), row) for subject, row in facts.items() if row is not None]
        # A level or a coverage of the same record counts for its grants.
        for kind, pk, row in rows:
            if kind == "level":
                levels[f"level:{pk}"] = row["approvals"]
            elif kind == "coverage":
                (ended if row["ended_at"] else begun).add(pk)
        for kind, pk, row in rows:
            if kind == "accessgrant" and pk not in known:
                known.add(pk)
                needed = levels[level_of[str(row["document"])]]
                if row["approvals"] < needed:
                    yield f"record {record.number}: grant {pk} has {row['approvals']} of {needed} approvals"
            elif kind == "requesteddocument" and row["grant"] and (pk, row["grant"]) not in opened:
                opened.add((pk, row["grant"]))
                for cover in (row["opened_under"] or {}).values():
                    if cover not in begun or cover in ended:
                        yield f"record {record.number}: grant {row['grant']} rests on coverage {cover}, which does not count"
