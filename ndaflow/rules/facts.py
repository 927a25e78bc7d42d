"""One situation that rules look at: one document of one request at one instant. Knows no Django."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of one requested document. What is not known is empty, and no condition holds because of it."""

    # Who asks.
    customer: bool = False
    confirmed: bool = False
    domain: str = ""
    address: str = ""
    # Whether the list of allowed addresses and domains names them.
    allowed: bool = False
    # Whether a colleague in sales has invited them to the document, and for how many days at most.
    invited: bool = False
    invited_days: int = 0
    # Whether every agreement that the document requires covers them.
    covered: bool = False
    country: str = ""
    # How many others of the confirmed company have open access to the document.
    colleagues: int = 0
    # What they ask for. `days`: as many as they asked for, or as the level usually gives.
    level: str = ""
    document: str = ""
    days: int = 0
    documents: int = 1
    # What the desk shows about the request, as codes, and those of them that are warnings.
    risks: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()
    # What limits an approval, whatever the rules say. `wanted`: the days asked for, 0 if the requester does not say.
    wanted: int = 0
    longest_days: int = 0
    is_staff: bool = False
    blocked: bool = False
    tightened: bool = False
