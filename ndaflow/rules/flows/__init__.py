"""Every step on the rules, and what rules do to a request."""

from ndaflow.rules.flows.deciding import decide, look, tighten
from ndaflow.rules.flows.drafting import discard, draft_of, edit
from ndaflow.rules.flows.looking import look_again
from ndaflow.rules.flows.publishing import publish
from ndaflow.rules.flows.switching import limit, switch_off, switch_on
from ndaflow.rules.flows.trying import try_draft
from ndaflow.rules.models import WRITE

__all__ = [
    "WRITE",
    "decide",
    "discard",
    "draft_of",
    "edit",
    "limit",
    "look",
    "look_again",
    "publish",
    "switch_off",
    "switch_on",
    "tighten",
    "try_draft",
]
