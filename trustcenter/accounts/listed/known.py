"""What is known about the address of a person, for a page or a decision that reads both: the list, and domains that look alike."""

from django.db.models import Value

from trustcenter.accounts.lookalikes import skeleton
from trustcenter.accounts.models import CompanyDomain, Listed, User
from trustcenter.accounts.models.listed import closest

# Look-alikes come in the rows of entries, with this verdict.
ALIKE = "alike"
MOST = 3


def look_up(person: User) -> list[str]:
    """Reads `person.listed`, and returns domains that we know and that look like the person's; one query for both.

    One company may own two domains that look alike, so those of the person's own company are left out.
    """
    nothing = Value("")
    alike = CompanyDomain.objects.filter(skeleton=skeleton(person.domain)).exclude(domain=person.domain)
    alike = alike.exclude(company=person.company_id) if person.company_id else alike
    entries = Listed.objects.about(person.email).order_by().values_list("pk", "verdict", "address", "domain", "reason")
    alike = alike.values_list(nothing, Value(ALIKE), nothing, "domain", nothing).order_by()
    rows = list(entries.union(alike, all=True).order_by())
    person.listed = closest(
        Listed(pk=pk, verdict=verdict, address=address, domain=domain, reason=reason)
        for pk, verdict, address, domain, reason in rows
        if verdict != ALIKE
    )
    return sorted(domain for _pk, verdict, _address, domain, _reason in rows if verdict == ALIKE)[:MOST]
