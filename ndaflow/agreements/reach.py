"""Whom coverage reaches, for many people at once: the rule of `coverage.of_each` in a form that scales.

`of_each` has the three ways to be covered in one condition, and PostgreSQL then compares each person with every signature
of the site. Here each way is a look-up of its own, by its index.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from ndaflow.agreements.models import Coverage, Scope
from trustcenter.accounts.models import CompanyDomain


def is_reached(rows: QuerySet[Coverage], path: str = "") -> Q:
    """Whether one of these rows of coverage reaches the person of an outer row; `path` leads there, as "requester__".

    A domain or a company counts while a person of our staff has confirmed the company.
    """
    email = OuterRef(f"{path}email")
    own = rows.filter(scope=Scope.PERSON, person=OuterRef(path.removesuffix("__") or "pk"))
    company = rows.filter(scope=Scope.COMPANY, company=OuterRef(f"{path}company"), company__confirmed_at__isnull=False)
    known = CompanyDomain.objects.filter(domain=OuterRef("domain"), company__confirmed_at__isnull=False)
    domain = rows.filter(Exists(known), scope=Scope.DOMAIN, domain=Substr(email, StrIndex(email, Value("@")) + 1))
    return Q(Exists(own)) | Q(Exists(company)) | Q(Exists(domain))
