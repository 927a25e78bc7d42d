"""The steps of sharing the public page: make a link, end it, and send it by mail."""

from ndaflow.requests.refusals import Refusal
from ndaflow.requests.sharing.models import ShareLink
from trustcenter import audit
from trustcenter.accounts import checked, own
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

SHARE = "certifications.share_posture"
# Enough for the accounts of one colleague.
MOST = 200


def make_link(*, by: User, account: str = "") -> ShareLink:
    """The colleague's link for an account, made if there is none yet. Raises FlowError."""
    account = checked.line(account)
    with audit.change(by=by) as change:
        return _link(change, by, account)


def end_link(link: ShareLink, *, by: User) -> None:
    """Ends one of the colleague's links. It still leads to the public page, and tells us nothing any more."""
    with audit.change(by=by) as change:
        if not ShareLink.objects.filter(pk=link.pk, colleague=by, ended_at=None).update(ended_at=change.at):
            raise FlowError(Refusal.CHANGED)
        change.record(Action.SHARE_LINK_ENDED, subject=link, name=link.account)


def share(email: str, *, by: User, note: str = "", document: str = "", account: str = "") -> str:
    """Mails a link to the public page, or to the page of one document, with a message from `by`; never a report.

    Returns the recipient's address.
    """
    email, note, account = checked.address(email), checked.lines(note), checked.line(account)
    with audit.change(by=by) as change:
        context = {"colleague": by, "note": note, "link": _link(change, by, account), "document": document}
        # An answer goes to the colleague, not to the security contact.
        change.mail("share", to=email, context=context, reply_to=by.email)
        change.record(Action.PAGE_SHARED, email=email)
    return email


def active(code: str) -> ShareLink | None:
    """The link with this code, unless it has ended. What visitors send is only looked up."""
    return ShareLink.objects.filter(pk=code, ended_at=None).first() if code else None


def _link(change: Change, by: User, account: str) -> ShareLink:
    own.lock(by)
    links = ShareLink.objects.filter(colleague=by, ended_at=None)
    found = links.filter(account=account).first()
    if found is not None:
        return found
    if links.count() >= MOST:
        raise FlowError(Refusal.ENOUGH_LINKS, most=str(MOST))
    made = ShareLink.objects.create(colleague=by, account=account, made_at=change.at)
    change.record(Action.SHARE_LINK_MADE, subject=made, name=account)
    return made
