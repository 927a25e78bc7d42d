"""People and their codes, companies and their mail domains, and the addresses and domains that approvers list."""

from trustcenter.accounts.models.companies import Company, CompanyDomain, CompanyNote, ToldApart
from trustcenter.accounts.models.listed import Listed
from trustcenter.accounts.models.people import MailedCode, Session, User, UserManager

__all__ = [
    "Company",
    "CompanyDomain",
    "CompanyNote",
    "Listed",
    "MailedCode",
    "Session",
    "ToldApart",
    "User",
    "UserManager",
]
