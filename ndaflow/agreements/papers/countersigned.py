"""The countersigned copy of a paper: a page that says who accepted it, with the paper enclosed byte for byte.

The paper itself is never parsed or rewritten here: it comes from outside, and a change would destroy a digital signature
that the counterparty put on it. The seal covers the whole file, and so the enclosed paper.
"""

from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from certifications import posture
from ndaflow.agreements import signed_copy
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.sealing.certificates import common_name, fingerprint
from ndaflow.agreements.signing import utc_text
from trustcenter.web import printing
from trustcenter.web.printing import Enclosure
from trustcenter.web.typed import shown

STYLE = Path(signed_copy.__file__).with_name("signed_copy.css").read_text(encoding="utf-8")
PAPER_FILE = "paper.pdf"


def render(paper: Paper, content: bytes, *, certificate: x509.Certificate, level: str) -> bytes:
    """The page as PDF/A-3a with the paper enclosed, ready to be sealed. `paper` is countersigned.

    A character that no font on this machine draws is printed as its Unicode number. Raises ValueError where it cannot be
    drawn even so.
    """
    assert paper.countersigned_at is not None
    assert paper.countersigned_by is not None
    enclosed = Enclosure(
        name=PAPER_FILE,
        content=content,
        description=_("The accepted paper, the exact bytes that were uploaded"),
        relationship="Source",
        at=paper.countersigned_at,
    )
    rows = [
        (_("Agreement"), paper.agreement.title),
        (_("Text"), paper.get_kind_display()),
        (_("Covers"), covered(paper)),
        (_("Signed on"), paper.signed_on.isoformat() if paper.signed_on else "—"),
        (_("In force from"), paper.starts_on.isoformat() if paper.starts_on else "—"),
        (_("In force until"), paper.ends_on.isoformat() if paper.ends_on else _("no end agreed")),
        (_("Uploaded by"), f"{paper.added_by.name} <{paper.added_by.email}>"),
        (_("Operator"), posture.legal_name()),
        (_("Accepted for the operator by"), str(paper.countersigned_by.name or paper.countersigned_by.email)),
        (_("Accepted at (UTC)"), utc_text(paper.countersigned_at)),
        (_("Pages of the paper"), str(paper.pages)),
    ]
    context = {
        "paper": paper,
        "operator": posture.legal_name(),
        "paper_file": PAPER_FILE,
        "fingerprint": fingerprint(certificate),
        "holder": common_name(certificate),
        "level": level,
        "site": settings.SITE_URL,
    }
    spelled: dict[int, str] = {}
    for _attempt in range(2):
        words = {"rows": [(label, shown(value).translate(spelled)) for label, value in rows]}
        html = render_to_string("agreements/countersigned_paper.html", context | words)
        made, missing = printing.archival_pdf(html, STYLE, [enclosed])
        if not missing:
            return made
        spelled = {ord(one): f"[U+{ord(one):04X}]" for one in missing}
    raise ValueError(f"no font draws {', '.join(f'U+{ord(one):04X}' for one in sorted(missing))}")


def reason(paper: Paper) -> str:
    """The reason in the seal."""
    return f"Operator's seal over a countersigned paper ({paper.pk})"


def covered(paper: Paper) -> str:
    """Whom it covers, in words."""
    if paper.person:
        return f"{paper.person.name} <{paper.person.email}>"
    if paper.company:
        return _("everyone at %(company)s") % {"company": paper.company.legal_name}
    return _("everyone at %(domain)s") % {"domain": paper.domain}
