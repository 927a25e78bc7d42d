"""Every step of a request, and nothing else. One function is one step: the transaction's edge, the change, the log's
record and the mail stand in it in the order in which they happen."""

from ndaflow.flows.asking import answer, draft, open_draft, withdraw
from ndaflow.flows.deciding import ItemDecision, ask_question, decide, deny
from ndaflow.flows.ending import expire, revoke
from ndaflow.flows.signing import sign
from ndaflow.flows.step import DECIDE, FlowError

__all__ = [
    "DECIDE",
    "FlowError",
    "ItemDecision",
    "answer",
    "ask_question",
    "decide",
    "deny",
    "draft",
    "expire",
    "open_draft",
    "revoke",
    "sign",
    "withdraw",
]
