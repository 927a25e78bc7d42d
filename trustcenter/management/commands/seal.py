"""The seal on signed agreements at the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import certificates, custody, progress, registry, verification
from ndaflow.agreements.sealing.certificates import BadCertificate
from ndaflow.agreements.sealing.layout import Flaw
from trustcenter.audit import FlowError
from trustcenter.vault.clients.errors import KeyUnusable


class Command(BaseCommand):
    help = "The seal on signed agreements: verify a file, retry failed seals, print or renew the certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        check = commands.add_parser("verify", help="verify that a file is a sealed copy and was not changed")
        check.add_argument("file", type=Path)
        check.add_argument(
            "--certificates", type=Path, help="PEM file with the certificates to trust, instead of our records"
        )
        check.add_argument("--sha256", help="the SHA-256 that the file must have (with --certificates)")
        again = commands.add_parser("start", help="seal every signature that has no sealed copy, or one of them")
        again.add_argument("signature", nargs="?")
        show = commands.add_parser("certificate", help="print the current certificate; makes it if there is none")
        show.add_argument("--new", action="store_true", help="make a new key and certificate, and keep the old ones")
        commands.add_parser("request", help="print a certificate signing request for the current key")

    def handle(self, *args: Any, subcommand: str, **options: Any) -> None:
        try:
            getattr(self, f"_{subcommand}")(**options)
        except (KeyUnusable, BadCertificate) as error:
            raise CommandError(f"The seal cannot be used: {error}.") from error

    def _verify(self, *, file: Path, certificates: Path | None, sha256: str | None, **options: Any) -> None:
        try:
            pdf = file.read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error}") from error
        try:
            if certificates:
                chains = registry.chains_in(certificates.read_bytes())
                verdict = verification.verify(pdf, chains, sha256=sha256, timestamp_roots=custody.timestamp_roots())
                self.stdout.write(
                    "The file was not compared with our records." if not sha256 else "The SHA-256 matches."
                )
            else:
                copy, verdict = registry.recorded(pdf)
                self.stdout.write(f"{copy.signature}, signed {copy.signature.signed_at:%Y-%m-%d %H:%M:%S} UTC.")
        except OSError as error:
            raise CommandError(f"Cannot read {certificates}: {error}") from error
        except Flaw as flaw:
            raise CommandError(f"Not valid: {flaw}", returncode=1) from flaw
        whose = "a timestamp authority" if verdict.level == "B-T" else "the operator's clock"
        self.stdout.write(
            f"Valid. Sealed {verdict.at:%Y-%m-%d %H:%M:%S} UTC by {whose} (PAdES {verdict.level}), unchanged."
        )
        self.stdout.write(f"SHA-256 of the file: {verdict.sha256}\nSHA-256 of the certificate: {verdict.fingerprint}")

    def _start(self, *, signature: str | None, **options: Any) -> None:
        waiting = Signature.objects.filter(copy=None).select_related("version__agreement").order_by("signed_at")
        if signature:
            waiting = waiting.filter(pk=signature)
            if not waiting.exists():
                raise CommandError(f"There is no signature {signature} without a sealed copy.")
        count = 0
        for each in waiting:
            try:
                progress.try_again(each, by=None)
                count += 1
            except FlowError as refusal:
                self.stderr.write(f"{each.pk}: {refusal}")
        self.stdout.write(f"Seals that the worker makes now: {count}.")

    def _certificate(self, *, new: bool, **options: Any) -> None:
        now = timezone.now()
        sealer = custody.renew(now) if new else custody.in_use(now)
        custody.publish(sealer)
        own, *issuers = sealer.chain
        self.stdout.write(certificates.described(own, "the certificate in use"))
        for one in issuers:
            self.stdout.write(certificates.described(one, "issuer of the one before"))

    def _request(self, **options: Any) -> None:
        self.stdout.write(certificates.request(custody.key_in_use(), custody.holder()).decode())
