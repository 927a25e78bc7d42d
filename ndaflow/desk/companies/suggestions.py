"""Which companies may be one: the same name but for its legal form, or a mail domain below the other's."""

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from trustcenter.accounts.models import Company, CompanyDomain, ToldApart

MOST = 5


def alike(company: Company) -> QuerySet[Company]:
    """Other companies that may be the same as this one, and that nobody has told apart from it."""
    domains = [row.domain for row in company.domains.all()]
    near = Q(comparable_name=company.comparable_name) & ~Q(comparable_name="")
    if domains:
        near |= Q(Exists(CompanyDomain.objects.filter(company=OuterRef("pk")).filter(_related(domains))))
    apart = ToldApart.objects.filter(Q(one=company.pk, other=OuterRef("pk")) | Q(other=company.pk, one=OuterRef("pk")))
    found = Company.objects.current().filter(near).exclude(pk=company.pk).exclude(Exists(apart))
    return found.prefetch_related("domains").order_by("-confirmed_at", "pk")


def why(company: Company, other: Company) -> str:
    """Why these two may be one, in words; "" if nothing says so. Both have their domains at hand."""
    for one in company.domains.all():
        for two in other.domains.all():
            if two.domain.endswith(f".{one.domain}"):
                return _("%(below)s is below %(domain)s.") % {"below": two.domain, "domain": one.domain}
            if one.domain.endswith(f".{two.domain}"):
                return _("%(below)s is below %(domain)s.") % {"below": one.domain, "domain": two.domain}
    if company.comparable_name and company.comparable_name == other.comparable_name:
        return _("The names differ only in how they are written.")
    return ""


def _related(domains: list[str]) -> models.Q:
    """Domains below one of these, and those that one of these is below."""
    related = Q()
    for domain in domains:
        labels = domain.split(".")
        # A company's own domain has two labels at least; `co.uk` is nobody's.
        above = [".".join(labels[at:]) for at in range(1, len(labels) - 1)]
        related |= Q(domain__endswith=f".{domain}") | Q(domain__in=above)
    return related
