"""The demo: a real company's public posture, sample documents, an agreement and six colleagues."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from content import samples
from documents.intake import checking
from documents.intake.flows import upload
from documents.models import Document, DocumentVersion
from ndaflow.agreements.flows import publish
from ndaflow.agreements.models import Agreement, AgreementVersion
from trustcenter.accounts import demo
from trustcenter.accounts.models import User
from trustcenter.site.content_file import import_content
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

CONTENT = Path(settings.BASE_DIR, "content")


def is_filled() -> bool:
    """Whether `fill` came to its end: staff come last."""
    return User.objects.filter(is_staff=True).exists()


def fill(say: Callable[[str], None]) -> None:
    """Adds whatever the demo does not have yet, and tells `say` about each step."""
    started = time.monotonic()
    say("  Public content from content/posture.toml")
    import_content((CONTENT / "posture.toml").read_bytes(), file="posture.toml")
    say("  The agreement that readers sign")
    _publish_agreement()
    _upload_documents(say)
    say("  Demo staff")
    demo.create_staff()
    say(f"  The demo is ready ({time.monotonic() - started:.0f} s)")


def how_to_sign_in() -> str:
    """How to sign in as each person of the demo, in lines for a terminal."""
    mailbox = settings.SITE_URL + reverse("site:mailbox")
    sign_in = settings.SITE_URL + reverse("account_login")
    lines = [
        "Who you can be:",
        "  a prospect   request a document with any address, for instance rhea@example.com;",
        f"               the code that confirms the e-mail address arrives at {mailbox}",
    ]
    for colleague in demo.COLLEAGUES:
        role = ", ".join(role.value for role in colleague.roles)
        lines.append(f"  {role:<25} {colleague.email:<20} password {colleague.password}")
    lines += [f"Staff sign in at {sign_in}; {mailbox} shows each one's current second factor.", ""]
    return "\n".join(lines)


def _publish_agreement() -> None:
    publish(
        slug="nda",
        kind=Agreement.Kind.NDA,
        title="Mutual non-disclosure agreement",
        text=(CONTENT / "agreements" / "mutual-nda.md").read_text(encoding="utf-8"),
        earlier_signers=AgreementVersion.EarlierSigners.GRANDFATHER,
        by=None,
    )


def _upload_documents(say: Callable[[str], None]) -> None:
    states = [DocumentVersion.State.CURRENT, DocumentVersion.State.CHECKING]
    have = DocumentVersion.objects.filter(state__in=states).values("document")
    pdfs = {path.stem: path for path in samples.pdfs()}
    for document in Document.objects.filter(slug__in=pdfs).exclude(pk__in=have):
        say(f"  Sample document: {document.title}")
        with vault.Draft(DocumentVersion(), "original") as draft:
            draft.write(pdfs[document.slug].read_bytes())
            version = upload(document, draft, by=None)
        # Now and not by the worker: a newcomer must not meet a library that is still being checked.
        # Without a sandbox the worker tries again, and the desk says so.
        with suppress(sandbox.Unavailable):
            while not checking.check(version):
                pass
