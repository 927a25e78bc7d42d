"""What this package attaches to mails."""

from documents import vault
from ndaflow.models import Signature
from trustcenter import mail


@mail.attaches("signed_copy")
def signed_copy(signature_id: str) -> tuple[str, bytes]:
    """The signer's PDF."""
    signature = Signature.objects.select_related("copy__file", "version__agreement").get(pk=signature_id)
    with vault.open(signature.copy, "file") as file:
        return f"{signature.version.agreement.kind}-v{signature.version.number}.pdf", file.read()
