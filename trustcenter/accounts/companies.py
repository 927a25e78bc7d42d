"""Which company a person belongs to, by the mail domain they have proven."""

from django.db import IntegrityError, transaction

from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import Company, CompanyDomain, User


def attach(user: User, stated_name: str = "") -> Company | None:
    """The company of the user's proven mail domain, made from `stated_name` when the domain is new to us.

    None for free-mail domains and for a new domain without a stated name. The first name stated stays: a
    later person's word does not rename a company. Two first people at once end up in the same company.
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
        # The unique domain decides; the savepoint takes the loser's company away again.
        with transaction.atomic():
            company = Company.objects.create(legal_name=stated_name[:200])
            return CompanyDomain.objects.create(company=company, domain=domain)
    except IntegrityError:
        return CompanyDomain.objects.select_related("company").get(domain=domain)
