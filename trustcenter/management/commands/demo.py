"""The demo: a real company's public posture, sample documents, an agreement and four colleagues."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from content import samples
from documents.intake import checking
from documents.intake.flows import upload
from documents.models import Document, DocumentVersion
from ndaflow.agreements.flows import publish
from ndaflow.agreements.models import Agreement, AgreementVersion
from trustcenter.accounts import demo
from trustcenter.site.content_file import import_content
from trustcenter.vault import files as vault

CONTENT = Path(settings.BASE_DIR, "content")


class Command(BaseCommand):
    help = "Fills an empty site with demo content, or with --people says who can sign in. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", action="store_true", help="only say how to sign in as each of them")

    def handle(self, *args: Any, people: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "Demo content is for a demo: its staff and its mail are open to everyone. "
                "Set TRUSTCENTER_DEMO=1 and a data folder of its own (TRUSTCENTER_DATA)."
            )
        if people:
            self._people()
            return
        started = time.monotonic()
        self._step("Public content from content/posture.toml")
        import_content((CONTENT / "posture.toml").read_bytes(), file="posture.toml")
        self._agreement()
        self._documents()
        self._step("Demo staff")
        demo.create_staff()
        self._step(f"The demo is ready ({time.monotonic() - started:.0f} s)")

    def _agreement(self) -> None:
        self._step("The agreement that readers sign")
        publish(
            kind=Agreement.Kind.NDA,
            title="Mutual non-disclosure agreement",
            text=(CONTENT / "agreements" / "mutual-nda.md").read_text(encoding="utf-8"),
            earlier_signers=AgreementVersion.EarlierSigners.GRANDFATHER,
            by=None,
        )

    def _documents(self) -> None:
        states = [DocumentVersion.State.CURRENT, DocumentVersion.State.CHECKING]
        have = DocumentVersion.objects.filter(state__in=states).values("document")
        pdfs = {path.stem: path for path in samples.pdfs()}
        for document in Document.objects.filter(slug__in=pdfs).exclude(pk__in=have):
            self._step(f"Sample document: {document.title}")
            with vault.Draft(DocumentVersion(), "original") as draft:
                draft.write(pdfs[document.slug].read_bytes())
                version = upload(document, draft, by=None)
            # Now and not by the worker: a newcomer must not meet a library that is still being checked.
            while not checking.check(version):
                pass

    def _step(self, words: str) -> None:
        self.stdout.write(f"  {words}")
        self.stdout.flush()

    def _people(self) -> None:
        mailbox = settings.SITE_URL + reverse("site:mailbox")
        sign_in = settings.SITE_URL + reverse("account_login")
        lines = [
            "Who you can be:",
            "  a prospect   ask for a document as any address, for instance rhea@example.com;",
            f"               the code that proves the mailbox arrives at {mailbox}",
        ]
        for colleague in demo.COLLEAGUES:
            role = ", ".join(role.value for role in colleague.roles)
            lines.append(f"  {role:<25} {colleague.email:<20} password {colleague.password}")
        lines += [f"Staff sign in at {sign_in}; {mailbox} shows each one's current second factor.", ""]
        self.stdout.write("\n".join(lines))
