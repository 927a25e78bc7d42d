"""What is public of one row, and the draft of it."""

from dataclasses import dataclass
from typing import Any

from certifications.editing import kinds
from certifications.editing.kinds import Table
from certifications.models import ContentDraft
from trustcenter.audit.text import digest


@dataclass(frozen=True)
class State:
    """One row as it is now: what is public, and the draft of it."""

    part: str
    slug: str
    row: Any
    public: Table
    draft: ContentDraft | None

    @property
    def token(self) -> str:
        """What both say, as pages send it back: so nobody acts on what they have not seen."""
        said = f"{self.draft.pk} {kinds.digest_of(self.draft.table)} {self.draft.publish_at}" if self.draft else ""
        return digest(f"{kinds.digest_of(self.public)} {said}")[:16]

    @property
    def is_stale(self) -> bool:
        """Whether what is public has changed since the draft was begun."""
        return self.draft is not None and self.draft.base != kinds.digest_of(self.public)

    @property
    def name(self) -> str:
        if self.row is not None:
            return kinds.name_of(self.part, self.row)
        return self.draft.name if self.draft else self.slug


def state(part: str, slug: str, *, lock: bool = False) -> State:
    """One row as it is now. `lock` in a change: the public row first, then its draft."""
    row = kinds.row_of(part, slug, lock=lock)
    drafts = ContentDraft.objects.select_related("saved_by", "scheduled_by")
    if lock:
        drafts = drafts.select_for_update(no_key=True, of=("self",))
    return State(part, slug, row, kinds.table_of(part, row), drafts.filter(part=part, slug=slug).first())
