"""What differs between the public facts of a day and those of today, for somebody who has asked before."""

from dataclasses import dataclass
from typing import Self

from certifications.history.differences import Told, between, told
from certifications.models import PostureRevision


@dataclass(frozen=True)
class Since:
    """The sums, and each difference. What was changed and changed back differs in nothing."""

    # Of the revision with which the day ended.
    number: int
    answers: int
    all_answers: int
    documents: int
    others: int
    differences: list[Told]

    @classmethod
    def of(cls, before: PostureRevision, now: PostureRevision) -> Self:
        data = now.data
        found = [] if before.number == now.number else between(before.data, data)
        parts = [one["part"] for one in found]
        answers, documents = parts.count("claims"), parts.count("documents")
        return cls(
            number=before.number,
            answers=answers,
            all_answers=len(data["claims"]),
            documents=documents,
            others=len(parts) - answers - documents,
            differences=[told(one) for one in found],
        )
