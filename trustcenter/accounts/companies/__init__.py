"""Companies: found by mail domain, confirmed and described by our staff."""

from trustcenter.accounts.companies.finding import attach, lock_domain

__all__ = ["attach", "lock_domain"]
