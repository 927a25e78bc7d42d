"""What an erasure removes and what stays, in sentences that the person and the member of staff both read before it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from documents.models import AccessGrant, Delivery
from ndaflow.agreements.models import Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.objections.models import Objection
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.models import AccessRequest, Decision, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.work.retention import Kept

# GDPR, Article 12(3).
ANSWER_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Staying:
    """Something that is not erased, and why the law keeps it."""

    what: str
    why: str


@dataclass(frozen=True)
class Preview:
    """What ends, what goes and what stays if a person's data are erased now."""

    ends: list[str]
    goes: list[str]
    stays: list[Staying]


def preview(person: User, *, to: User) -> Preview:
    """What would end, go and stay now, in words for `to`: the person, or a member of staff. A query for each kind of it."""
    now = timezone.now()
    open_documents = AccessGrant.objects.filter(holder=person).open_at(now).count()
    own = AccessRequest.objects.filter(requester=person).exclude(status=RequestStatus.DRAFT)
    waiting = own.filter(status=RequestStatus.OPEN).count()
    ends = []
    if open_documents:
        sentence = ngettext("Access to %(n)s document.", "Access to %(n)s documents.", open_documents)
        ends.append(sentence % {"n": open_documents})
    if waiting:
        ends.append(ngettext("%(n)s open request.", "%(n)s open requests.", waiting) % {"n": waiting})
    goes = [
        _("Name, e-mail address and company of the account. Nobody can sign in with it any more."),
        _("Sign-ins, sessions, which pages were read, e-mails, updates by e-mail and files with exported data."),
        _("The details of every record about you in our log.")
        if to == person
        else _("The details of every record about the person in our log."),
    ]
    if n := own.count():
        sentence = ngettext(
            "What was typed in %(n)s request: name, address, company, reason and answers.",
            "What was typed in %(n)s requests: names, addresses, companies, reasons and answers.",
            n,
        )
        goes.insert(1, sentence % {"n": n})
    if n := Objection.objects.filter(person=person).count():
        goes.append(
            ngettext(
                "What was written in %(n)s objection to a subprocessor, and our answer.",
                "What was written in %(n)s objections to subprocessors, and our answers.",
                n,
            )
            % {"n": n}
        )
    return Preview(ends, goes, _staying(person, to))


def _staying(person: User, to: User) -> list[Staying]:
    claims = _("It is evidence if there is ever a dispute about it (GDPR, Article 17(3)(e)).")
    counted = (
        (
            Signature.objects.filter(signer=person).count(),
            ngettext_lazy(
                "%(n)s signature with its signed copy: name, title, legal entity, address and network address.",
                "%(n)s signatures with their signed copies: name, title, legal entity, address and network address.",
                "n",
            ),
        ),
        (
            Paper.objects.filter(added_by=person).count(),
            ngettext_lazy("%(n)s agreement on paper.", "%(n)s agreements on paper.", "n"),
        ),
        (
            Delivery.objects.filter(reader=person).count(),
            ngettext_lazy(
                "For %(n)s copy of a document: its code, and the address that is printed on it.",
                "For %(n)s copies of documents: their codes, and the address that is printed on them.",
                "n",
            ),
        ),
        (
            DestructionRequest.objects.filter(holder=person).count(),
            ngettext_lazy(
                "%(n)s request to destroy copies, with the answer.",
                "%(n)s requests to destroy copies, with the answers.",
                "n",
            ),
        ),
        (
            Decision.objects.filter(item__request__requester=person).count(),
            ngettext_lazy(
                "%(n)s decision about a request, with our reason.",
                "%(n)s decisions about requests, with our reasons.",
                "n",
            ),
        ),
    )
    stays = [Staying(str(sentence % {"n": n}), claims) for n, sentence in counted if n]
    # The same for everyone: whether somebody is on the list is not said here.
    listed = _(
        "An entry that blocks the address, if there is one, for at most %(days)s days. An entry that allows it is erased."
    )
    protects = _("Otherwise erasing would end a block (GDPR, Articles 17(3)(e) and 6(1)(f)).")
    objects = _("You can object to this.") if to == person else _("The person can object to this.")
    stays.append(Staying(listed % {"days": Kept.LISTED.days}, f"{protects} {objects}"))
    accountable = _("We have to be able to show that we answered (GDPR, Article 5(2)). It names nobody.")
    stays.append(Staying(_("That somebody asked for this, when, and who answered."), accountable))
    told = _("The e-mail that says that it is done, for %(days)s days.") % {"days": Kept.MAILS.days}
    return [*stays, Staying(told, _("So that we can tell whether it arrived."))]
