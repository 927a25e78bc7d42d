"""Finds the company of a person by the mail domain that the person has proven."""

from django.db import IntegrityError, transaction

from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import Company, CompanyDomain, User


def lock_domain(domain: str) -> None:
    """Locks a mail domain of a company until commit, so that a merge does not move it meanwhile.

    Steps that call `attach` call this before they lock a person: a merge locks domains first, then people.
    """
    list(CompanyDomain.objects.filter(domain=domain).select_for_update(no_key=True).values_list("pk"))


def attach(user: User, stated_name: str = "") -> Company | None:
    """The company of the user's proven mail domain, created with `stated_name` for a new domain.

    None for free-mail domains and for a new domain without a stated name. The first name stays: a later person
    cannot rename a company. Two first people at the same time get the same company.
    """
    domain = user.domain
    if not domain or is_free_mail(domain):
        return None
    known = CompanyDomain.objects.filter(domain=domain).select_related("company").first()
    if known is None and stated_name.strip():
        known = _first_of(domain, stated_name.strip())
    if known is None:
        return None
    if user.company_id != known.company_id:
        user.company = known.company
        user.save(update_fields=["company"])
    return known.company


def _first_of(domain: str, stated_name: str) -> CompanyDomain:
    try:
        # The domain is unique. The savepoint removes the company of the person who comes second.
        with transaction.atomic():
            company = Company.objects.create(legal_name=stated_name[:200])
            return CompanyDomain.objects.create(company=company, domain=domain)
    except IntegrityError:
        return CompanyDomain.objects.select_related("company").get(domain=domain)
