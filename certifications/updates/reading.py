"""The posts that somebody gets to see."""

from collections import Counter
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from certifications import posture
from certifications.models import Product, Update
from certifications.updates import readers
from trustcenter.accounts.models import User


def public() -> QuerySet[Update]:
    """The posts for everyone, with what their pages show."""
    return _whole(posture.updates())


def for_reader(reader: User | AnonymousUser) -> QuerySet[Update]:
    """The posts for everyone and those for the levels at which the reader may open a document now."""
    now = timezone.now()
    levels = {"", *readers.open_to(reader, now)} if isinstance(reader, User) else {""}
    return _whole(Update.objects.filter(published_at__lte=now, level__in=levels))


def open_incidents(found: QuerySet[Update]) -> list[Update]:
    """The incidents that go on."""
    # One that is over says so in its newest entry; nobody writes another after that one without opening it again.
    incidents = found.filter(category=Update.Category.INCIDENT).order_by("-started_at", "slug")
    return [one for one in incidents if one.is_open]


def open_for(reader: User, public: Iterable[Update]) -> list[Update]:
    """The incidents that go on: these for everyone, and those for the levels at which the reader may open a document.

    One query as long as no incident of a level goes on.
    """
    now = timezone.now()
    others = open_incidents(_whole(Update.objects.filter(published_at__lte=now).exclude(level="")))
    levels = readers.open_to(reader, now) if others else set()
    found = [*public, *(one for one in others if one.level in levels)]
    return sorted(found, key=lambda one: one.started_at or now, reverse=True)


def about(found: QuerySet[Update], product: Product) -> QuerySet[Update]:
    """The posts that concern the product: those that name it, and those that name none; see `Update.affects`."""
    return found.filter(Q(products=product) | Q(products=None))


def counts(found: QuerySet[Update]) -> Counter[str]:
    """How many posts each category has."""
    return Counter(found.order_by().prefetch_related(None).values_list("category", flat=True))


def _whole(found: QuerySet[Update]) -> QuerySet[Update]:
    return found.prefetch_related("timeline", "products")
