"""Reminds colleagues of the facts that they keep true: 30 and 7 days before the review date, and once it has passed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from certifications.checking import facts as reading
from certifications.checking.findings import Place
from certifications.models import Reviewed, ReviewReminder
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.work.clock import every

Stage = ReviewReminder.Stage


@dataclass(frozen=True)
class Reminded:
    """A fact in a mail."""

    place: Place
    row: Reviewed
    stage: Stage

    @property
    def key(self) -> tuple[str, int, date, int]:
        """What a reminder is about; a fact that is confirmed has another review date, and so other reminders."""
        return self.row._meta.model_name or "", self.row.pk, self.row.review_due, self.stage.value


def stage_on(today: date, review_due: date) -> Stage | None:
    """The reminder that is due; None while there is none. After an outage the earlier ones are left out."""
    left = (review_due - today).days
    if left < 0:
        return Stage.PASSED
    return next((stage for stage in (Stage.WEEK, Stage.MONTH) if left <= stage), None)


@every(3600)
def remind() -> None:
    """Mails each owner the facts whose reminder is due, in one mail a day.

    An owner who is no member of staff any more cannot act, so the security contact gets their mail.
    """
    facts = reading.read()
    if facts.profile is None:
        return
    told = set(ReviewReminder.objects.values_list("kind", "fact", "review_due", "stage"))
    due = [one for one in _due(facts) if one.key not in told]
    staff = User.objects.filter(email__in={one.place.owner for one in due} | {facts.profile.contact_email})
    people = {person.email: person for person in staff.filter(is_active=True, is_staff=True)}
    mails: dict[str, list[Reminded]] = defaultdict(list)
    for one in due:
        mails[one.place.owner if one.place.owner in people else facts.profile.contact_email].append(one)
    for address, reminded in mails.items():
        if address:
            _mail(address, people.get(address), reminded)


def _due(facts: reading.Facts) -> Iterator[Reminded]:
    for place, row in facts.reviewed.items():
        stage = stage_on(facts.today, row.review_due)
        if stage is not None:
            yield Reminded(place, row, stage)


def _mail(address: str, person: User | None, reminded: list[Reminded]) -> None:
    today = timezone.localdate()
    try:
        with audit.change(by=None) as change:
            # What was edited since this morning waits until tomorrow.
            if ReviewReminder.objects.filter(to=person, on=today).exists():
                return
            ReviewReminder.objects.bulk_create(_row(one, person, today) for one in reminded)
            page = reverse("certifications:facts") + ("?owner=mine" if person else "")
            change.mail("facts_to_review", to=address, context={"reminded": reminded, "page": page})
    except IntegrityError:
        # Another worker has just mailed them.
        return


def _row(one: Reminded, person: User | None, today: date) -> ReviewReminder:
    kind, fact, review_due, stage = one.key
    return ReviewReminder(kind=kind, fact=fact, review_due=review_due, stage=stage, to=person, on=today)
