"""What a row said in earlier revisions of the public content, and the step that makes one of them a draft."""

from dataclasses import dataclass
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from certifications.editing import flows, kinds
from certifications.editing.kinds import Table
from certifications.editing.refusals import Refusal
from certifications.editing.state import state
from certifications.history.differences import Told, told
from certifications.models import ContentDraft, PostureRevision
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError

# So many of the newest are listed.
MOST = 50
# What /posture.json derives or leaves out: it stays as it is now.
NOT_KEPT = frozenset({"review_by", "owner", "translations"})


@dataclass(frozen=True)
class Earlier:
    """A revision that changed the row; what it changed is None where the row was first published with the rest.

    `is_there` says whether the row is in the revision; `is_public` whether the public pages still say what it says.
    """

    revision: PostureRevision
    told: Told | None
    is_there: bool
    is_public: bool


def revisions(part: str, slug: str) -> list[Earlier]:
    """The revisions that changed a row, the newest first, and the first one of all."""
    name = slug if kinds.about(part).is_list else ""
    known = PostureRevision.objects.select_related("by").defer("deflated")
    texts = known.annotate(text=Cast("differences", TextField()))
    found: list[Earlier] = []
    for revision in texts.filter(text__contains=f'"{name}"').filter(text__contains=f'"{part}"')[:MOST]:
        about = [one for one in revision.differences if (one["part"], one["slug"]) == (part, name)]
        if about:
            is_there = about[0]["how"] != "removed"
            found.append(Earlier(revision, told(about[0]), is_there, is_public=is_there and not found))
    first = known.order_by("number").first()
    if first is not None and first.pk not in {one.revision.pk for one in found} and table_in(first, part, name):
        found.append(Earlier(first, None, is_there=True, is_public=not found))
    return found


def go_back(part: str, slug: str, number: int, *, by: User) -> ContentDraft:
    """Makes what a row said in a revision a draft. Raises FlowError, also where somebody has a draft of it.

    The owner, the review date and the translations are in no revision, so they stay as they are.
    """
    now = state(part, slug)
    if now.draft is not None:
        raise FlowError(Refusal.HAS_DRAFT)
    revision = PostureRevision.objects.filter(number=number).first()
    then = table_in(revision, part, slug if kinds.PARTS[part].is_list else "") if revision else {}
    if not then:
        raise FlowError(Refusal.NOT_IN_REVISION)
    table = _as_table(part, then, now.public)
    return flows.save(part, slug, table, saw=now.token if now.row else "", by=by, revision=number)


def table_in(revision: PostureRevision, part: str, slug: str) -> Table:
    """The row's table in a revision; {} if it has none."""
    found: Any = revision.data.get(part)
    if isinstance(found, dict):
        return dict(found)
    return next((dict(one) for one in found or () if one.get("slug") == slug), {})


def _as_table(part: str, then: Table, now: Table) -> Table:
    """A table of /posture.json as one of the content file."""
    section = kinds.PARTS[part].section
    then = dict(then)
    if part == "certifications":
        then["framework"] = then["framework_slug"]
        if then["expired"]:
            # It had ended by its date, and what was stated before is not in the revision.
            then["status"] = now.get("status", "not_certified")
    merged = {key: now.get(key) if key in NOT_KEPT else then.get(key) for key in section.keys}
    table = {
        key: value for key, value in merged.items() if key not in section.optional or value not in (None, [], {}, "")
    }
    if part == "certifications" and table.get("status") != "in_progress":
        table = {key: value for key, value in table.items() if key not in {"stage", "target", "route"}}
    return {key: value for key, value in table.items() if value is not None}
