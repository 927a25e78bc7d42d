"""Whether somebody is blocked: by an entry of the list, or with their company."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.models import Listed, User
from trustcenter.audit import words

Verdict = Listed.Verdict

words.register("verdict", {Verdict.ALLOW.value: _("allowed"), Verdict.BLOCK.value: _("blocked")})


@dataclass(frozen=True)
class Block:
    """Why somebody is blocked: the entry of the list or the company, its id, and the reason, which the requester reads."""

    entry: str
    id: str
    reason: str


def block_of(person: User) -> Block | None:
    """What blocks a person, or None; at most two queries.

    An allowed address is stronger than the block of its company. An allowed domain is not.
    """
    entry, company = person.listed, person.company
    if entry is not None and entry.verdict == Verdict.BLOCK:
        return Block(entry.entry, entry.pk, entry.reason)
    if company is not None and company.is_blocked and not (entry and entry.is_allowed_address):
        return Block(company.legal_name, company.pk, company.blocked_reason)
    return None
