"""Inspects a paper in the sandbox, as every uploaded document is, before anything is stored."""

import io
from dataclasses import dataclass, field

from documents.intake.flaws import Flaw
from trustcenter.vault import sandbox

# A person waits for the answer.
LIMITS = sandbox.Limits(memory=1024 * sandbox.MIB, cpu=15, file=sandbox.MIB, clock=20.0)


class Unusable(Exception):
    """The file cannot be put on file because of a flaw."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True)
class Checked:
    """A PDF that passed. Only `checked` makes one, so no step stores a file that nobody inspected."""

    pages: int
    content: bytes = field(repr=False)


def checked(content: bytes) -> Checked:
    """The PDF, once a confined child has found nothing wrong with it. Raises Unusable."""
    try:
        findings = sandbox.run("documents.intake.inspection:inspect", io.BytesIO(content), limits=LIMITS)
    except sandbox.TooSlow as failure:
        raise Unusable(Flaw.TOO_SLOW) from failure
    except sandbox.TooLarge as failure:
        raise Unusable(Flaw.UNPACKS_TOO_FAR) from failure
    except sandbox.Broken as failure:
        raise Unusable(Flaw.BROKEN) from failure
    except (sandbox.Killed, sandbox.NotLoaded, sandbox.Unavailable) as failure:
        raise Unusable(Flaw.NEVER_CHECKED) from failure
    if findings["flaw"]:
        raise Unusable(Flaw(findings["flaw"]))
    return Checked(findings["pages"], content)
