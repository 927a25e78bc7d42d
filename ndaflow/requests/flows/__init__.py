"""Every step of a request, and nothing else. One function is one step: what it changes, its record and its mails stand
in it in the order in which they happen."""

from ndaflow.requests.flows.asking import answer, draft, open_draft, withdraw
from ndaflow.requests.flows.deciding import ItemDecision, ask_question, decide, deny
from ndaflow.requests.flows.ending import expire, revoke
from ndaflow.requests.flows.extending import extend
from ndaflow.requests.flows.forgetting import end_and_forget, forget_texts, rows_of
from ndaflow.requests.flows.forwarding import forward, take_over
from ndaflow.requests.flows.owning import assign, escalate, remind
from ndaflow.requests.flows.papers import accept_paper, decline_paper, upload_paper, withdraw_paper
from ndaflow.requests.flows.renewing import renew
from ndaflow.requests.flows.reviewing import lock_for_review, review_again
from ndaflow.requests.flows.revoking import revoke_company, revoke_grant, revoke_person
from ndaflow.requests.flows.ruling import rule
from ndaflow.requests.flows.signing import sign
from ndaflow.requests.flows.step import DECIDE, LEGAL
from ndaflow.requests.flows.warning import warn_of_ends

__all__ = [
    "DECIDE",
    "LEGAL",
    "ItemDecision",
    "accept_paper",
    "answer",
    "ask_question",
    "assign",
    "decide",
    "decline_paper",
    "deny",
    "draft",
    "end_and_forget",
    "escalate",
    "expire",
    "extend",
    "forget_texts",
    "forward",
    "lock_for_review",
    "open_draft",
    "remind",
    "renew",
    "review_again",
    "revoke",
    "revoke_company",
    "revoke_grant",
    "revoke_person",
    "rows_of",
    "rule",
    "sign",
    "take_over",
    "upload_paper",
    "warn_of_ends",
    "withdraw",
    "withdraw_paper",
]
