"""What the clock does: tidy up behind crashes."""

from documents import vault
from trustcenter.tasks import every


@every(3600)
def sweep_vault() -> None:
    """Collects drafts, objects and rows that nothing refers to."""
    vault.sweep()
