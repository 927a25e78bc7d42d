"""Reminders before coverage ends: 60, 30 and 7 days ahead, once each, to those whom it concerns and to legal."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ndaflow.agreements import coverage
from ndaflow.agreements.models import Coverage, EndReminder, Scope
from ndaflow.agreements.papers.flows import FILE
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action

# In days before the end.
AHEAD = (60, 30, 7)
# One run of the clock tells about so many; the next run goes on.
AT_ONCE = 50


def remind(now: datetime | None = None) -> int:
    """Mails about every coverage that ends soon, unless a mail about the same number of days was sent. Returns how many
    coverages it told about."""
    told, now = 0, now or timezone.now()
    for days in AHEAD:
        sent = EndReminder.objects.filter(coverage=OuterRef("pk"), days=days)
        ending = Coverage.objects.filter(
            ended_at=None, starts_at__lte=now, ends_at__gt=now, ends_at__lte=now + timedelta(days=days)
        )
        # What a paper covers beyond the person who uploaded it ends on the same day: one mail, not two.
        wider = Coverage.objects.filter(paper=OuterRef("paper"), ended_at=None).exclude(scope=Scope.PERSON)
        ending = ending.exclude(Exists(wider), scope=Scope.PERSON)
        for one in ending.exclude(Exists(sent)).order_by("ends_at", "pk")[:AT_ONCE]:
            told += _remind(one.pk, now)
    return told


def contacts(covered: Coverage) -> list[User]:
    """Whom an end concerns outside: the person who is covered, signed or uploaded the paper; else one of those covered."""
    signer = covered.signature.signer if covered.signature else None
    uploader = covered.paper.added_by if covered.paper and not covered.paper.added_by.is_staff else None
    found = [one for one in (covered.person, signer, uploader) if one is not None and one.is_active]
    return list(dict.fromkeys(found)) or list(coverage.people(covered).order_by("created_at")[:1])


def _remind(key: str, now: datetime) -> bool:
    """Tells about one end, for every number of days that has come and was not told yet: one mail, not three."""
    with audit.change(by=None) as change:
        rows = Coverage.objects.select_for_update(no_key=True, of=("self",))
        found = rows.filter(pk=key, ended_at=None).select_related(
            *("agreement", "person", "company", "signature__signer", "paper__added_by")
        )
        one = found.first()
        if one is None or one.ends_at is None:
            return False
        due = {days for days in AHEAD if one.ends_at <= now + timedelta(days=days)}
        fresh = due - set(EndReminder.objects.filter(coverage=one).values_list("days", flat=True))
        if not fresh:
            return False
        EndReminder.objects.bulk_create(EndReminder(coverage=one, days=days, sent_at=change.at) for days in fresh)
        outside = contacts(one)
        context = {"coverage": one, "last_day": timezone.localtime(one.ends_at - timedelta(seconds=1)).date()}
        for person in outside:
            change.mail("agreement_ends", to=person.email, context=context | {"person": person})
        for colleague in User.objects.who_may(FILE):
            change.mail("agreement_ends_legal", to=colleague.email, context=context | {"contacts": outside})
        change.record(
            Action.END_REMINDED,
            subject=one,
            agreement={"title": one.agreement.title},
            covered=one.person or {"title": one.reach},
            until=one.ends_at.isoformat(),
        )
    return True
