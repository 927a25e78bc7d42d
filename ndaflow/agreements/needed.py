"""The agreements that documents need, and how each stands for one person."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from documents.agreements import required
from ndaflow.agreements.coverage import Reaching, reaching
from ndaflow.agreements.models import Agreement, AgreementVersion, Coverage
from trustcenter.accounts.models import User

EarlierSigners = AgreementVersion.EarlierSigners


@dataclass(frozen=True)
class Needed:
    """One agreement that some document needs: its text in force, and what covers the person for a new grant."""

    slug: str
    # None if nobody has added it yet. The document stays shut all the same.
    agreement: Agreement | None
    version: AgreementVersion | None
    coverage: Coverage | None
    # What covered the person before, if nothing does now.
    former: Coverage | None = None
    # What covers the person besides, as what the whole company signed.
    besides: Coverage | None = None
    # When a text takes effect that everyone has to sign again.
    changes_at: datetime | None = None

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.agreement.title if self.agreement else _("agreement")

    @property
    def is_missing(self) -> bool:
        return self.coverage is None

    @property
    def may_be_signed(self) -> bool:
        """Whether the person can sign it now."""
        return self.coverage is None and self.version is not None

    @property
    def has_changed(self) -> bool:
        """Whether a newer text is the reason why what covered the person counts no more."""
        before = self.former
        if before is None or before.version is None or self.version is None or before.ended_at is not None:
            return False
        return before.version.number < self.version.number


def named(agreements: Iterable[Needed]) -> str:
    """Several agreements inside a sentence: "the Mutual NDA and the BAA"."""
    return get_text_list([_("the %(agreement)s") % {"agreement": one.title} for one in agreements], _("and"))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How agreements stand for one person: for a new grant, and what covers the person for what is open already."""

    agreements: Mapping[str, Needed]
    coverage: Mapping[str, Coverage]


def standing(person: User | None, slugs: Collection[str], instant: datetime) -> Standing:
    """How the agreements with these slugs stand for `person` at `instant`, in the same order; three queries at most."""
    found = reaching(person, slugs, instant)
    return Standing(agreements=_stand(slugs, _versions(slugs), found, instant), coverage=found.for_the_door)


def needed(person: User | None, slugs: Collection[str], instant: datetime) -> Mapping[str, Needed]:
    """The same for a new grant alone."""
    return standing(person, slugs, instant).agreements


def text_if_missing(person: User | None, slugs: Collection[str], instant: datetime) -> Mapping[str, Needed]:
    """The same, with our text in force only where nothing covers the person: for pages that show no other."""
    found = reaching(person, slugs, instant)
    return _stand(slugs, _versions([slug for slug in slugs if slug not in found.for_new]), found, instant)


def _stand(
    slugs: Collection[str], versions: Collection[AgreementVersion], found: Reaching, instant: datetime
) -> Mapping[str, Needed]:
    agreements = {slug: row.agreement for slug, row in found.for_new.items()}
    agreements |= {one.agreement.slug: one.agreement for one in versions}
    if unknown := [slug for slug in slugs if slug not in agreements]:
        agreements |= {one.slug: one for one in Agreement.objects.filter(slug__in=unknown)}
    in_force = {one.agreement.slug: one for one in versions if one.effective_at <= instant}
    ahead = [one for one in versions if one.effective_at > instant and one.earlier_signers == EarlierSigners.NOW]
    changes = {one.agreement.slug: one.effective_at for one in sorted(ahead, key=_effective_at, reverse=True)}
    return {
        slug: Needed(
            slug=slug,
            agreement=agreements.get(slug),
            version=in_force.get(slug),
            coverage=found.for_new.get(slug),
            former=found.former.get(slug),
            besides=found.besides.get(slug),
            changes_at=changes.get(slug),
        )
        for slug in slugs
    }


def required_texts(instant: datetime) -> list[AgreementVersion]:
    """The texts in force that documents require, for pages that everyone reads before requesting anything; two queries."""
    slugs = list(required())
    found = {one.agreement.slug: one for one in _versions(slugs) if one.effective_at <= instant}
    return [found[slug] for slug in slugs if slug in found]


def _versions(slugs: Collection[str]) -> list[AgreementVersion]:
    """Every version of these agreements, oldest first, without its text, which is read when a page shows it."""
    if not slugs:
        return []
    texts = AgreementVersion.objects.filter(agreement__slug__in=slugs).defer("text").select_related("agreement")
    return list(texts.order_by("number"))


def _effective_at(version: AgreementVersion) -> datetime:
    return version.effective_at
