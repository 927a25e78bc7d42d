"""The exact text that one signer reads, signs and gets sealed: a version with its fields filled."""

import json
from dataclasses import dataclass
from datetime import datetime

from certifications import posture
from ndaflow.agreements import fields, signing
from ndaflow.agreements.fields import Field
from ndaflow.agreements.models import AgreementVersion, Signature


@dataclass(frozen=True)
class Filled:
    """A text with its fields filled. `values` are those that the text names; the evidence holds them."""

    version: AgreementVersion
    values: dict[str, str]
    text: str

    @property
    def evidence(self) -> dict[str, dict[str, str]]:
        """What the evidence holds beside the digest, so that the text can be made again; nothing for a plain text."""
        return {} if self.text == self.version.text else {"fields": self.values}

    @property
    def sha256(self) -> str:
        """Of the exact bytes that are shown."""
        return signing.digest(self.text)


def for_signer(version: AgreementVersion, *, company: str, signer: str, email: str, at: datetime) -> Filled:
    """What this person would sign at the instant `at`. The same day in UTC gives the same bytes."""
    values = fields.for_signer(
        operator=posture.legal_name(),
        company=company,
        signer=signer,
        email=email,
        version=version.number,
        instant=at,
    )
    named = {field.value: values[field] for field in fields.named(version.text)}
    return Filled(version, named, fields.fill(version.text, values))


def signed(signature: Signature) -> str:
    """The text that was signed, made again from the evidence. Raises ValueError if it is not byte for byte the same."""
    evidence = json.loads(signature.evidence)
    text = signature.version.text
    # Only where the evidence says so: a text from before there were fields was signed as it is, whatever its braces.
    if "fields" in evidence:
        text = fields.fill(text, {Field(name): value for name, value in evidence["fields"].items()})
    if signing.digest(text) != evidence["text_sha256"]:
        raise ValueError(f"the text of signature {signature.pk} is not the one in its evidence")
    return text
