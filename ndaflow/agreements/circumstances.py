"""What the server knows about the moment of a signature."""

from datetime import UTC, datetime

from django.http import HttpRequest

from ndaflow.agreements import signing
from trustcenter.accounts import factors
from trustcenter.accounts.signed_in import person
from trustcenter.web.client import client_address


def circumstances(request: HttpRequest) -> signing.Circumstances:
    """What the server knows about this moment, for the evidence. Nothing is taken from the form."""
    proven = factors.proofs(request, person(request))
    proof = proven[-1] if proven else {}
    return signing.Circumstances(
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        session_hash=signing.digest(request.session.session_key or ""),
        proven_by=factors.words(proven) if proven else "",
        proven_at=datetime.fromtimestamp(proof["at"], UTC) if "at" in proof else None,
    )
