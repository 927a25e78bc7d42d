"""Signing the log's head, and refusing to when the log is not the one that was signed before. Runs in the worker."""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from trustcenter.audit import keys, offline, store, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.changes import change
from trustcenter.audit.log import leaf_data
from trustcenter.audit.models import Checkpoint, Head, Record, Subtree
from trustcenter.audit.nodes import Nodes

logger = logging.getLogger(__name__)

BATCH = 5000
# How often a refusal is told in the log itself: it comes again every minute until somebody looks.
TELL_AGAIN = timedelta(hours=1)


class Refused(Exception):
    """The head is not signed, and why."""


def make(*, may_make_key: bool = True) -> Checkpoint | None:
    """Signs the present head where it has grown, and answers the newest checkpoint; None while the log is empty.

    Refuses, raising Refused, to sign a head that does not extend every checkpoint it knows of: the newest in the
    database, the last one this key signed, and the newest on the shelf. Costs what the new records cost.
    """
    try:
        with keys.alone():
            signer = _signer(may_make_key)
            last = Checkpoint.objects.order_by("-size").first()
            made = _sign(signer, last)
    except (Refused, keys.Unusable, OSError) as refusal:
        logger.critical("No checkpoint of the log was signed: %s", refusal)
        _tell(str(refusal))
        raise Refused(str(refusal)) from refusal
    if made is not None:
        _keep(made)
    return made


def _signer(may_make_key: bool) -> keys.Signer:
    signer = keys.load()
    if signer is not None:
        return signer
    if Checkpoint.objects.exists() or keys.last_signed() is not None:
        raise Refused(
            _("The log's key is gone, and a new one would break with what was signed. Restore it from a copy.")
        )
    if not may_make_key:
        raise Refused(_("There is no key yet; the worker makes it at its first start."))
    address = urlsplit(settings.SITE_URL)
    signer = keys.make(address.netloc.rpartition("@")[2] + "/log")
    with change(by=None) as made:
        made.record(Action.LOG_KEY_MADE, key=signer.verifier_key)
    return signer


def _sign(signer: keys.Signer, last: Checkpoint | None) -> Checkpoint | None:
    key = offline.read_key(signer.verifier_key)
    begun = _begun(last, key)
    old = begun.size, begun.root()
    # Beyond the database's newest: what was signed and then lost, or taken away.
    elsewhere = [_read(note, key, where) for note, where in _notes_elsewhere()]
    head = Head.objects.filter(id=1).first() or Head()
    for known in elsewhere:
        if known.size < begun.size:
            _must_have_grown(known, old)
    if head.size < max([begun.size, *(known.size for known in elsewhere)]):
        raise Refused(_("Records were taken away: the log holds %(size)s, and more were signed.") % {"size": head.size})
    _replay(begun, head, {known.size: known.root for known in elsewhere if known.size >= begun.size})
    if not head.size or (last is not None and last.size == head.size):
        return last
    root = begun.root()
    note = signer.checkpoint(head.size, root)
    # Remembered before anybody can see it: after a crash in between, the next one has to extend this one too.
    keys.remember(note)
    try:
        with transaction.atomic():
            _store(begun)
            return Checkpoint.objects.create(
                size=head.size, root=root, frontier=begun.packed(), note=note, verifier_key=signer.verifier_key
            )
    except IntegrityError:
        # Another machine's worker was quicker.
        return Checkpoint.objects.order_by("-size").first()


def _begun(last: Checkpoint | None, key: offline.Key) -> tree.Frontier:
    """The tree as it was signed last: its frontier is as good as the signature over the root it gives."""
    if last is None:
        return tree.Frontier()
    signed = _read(last.note, key, _("the database"))
    changed = Refused(_("The newest checkpoint in the database is not the one that was signed."))
    try:
        begun = tree.Frontier(last.size, bytes(last.frontier))
    except ValueError:
        raise changed from None
    if (signed.size, signed.root) != (begun.size, begun.root()):
        raise changed
    row = Record.objects.filter(number=last.size - 1).first()
    if row is None or bytes(row.root) != signed.root:
        raise Refused(_("The records up to %(size)s are not the ones that were signed.") % {"size": last.size})
    return begun


def _notes_elsewhere() -> list[tuple[str, str]]:
    found = [(keys.last_signed(), _("the folder of the key")), (store.newest(), _("the folder for checkpoints"))]
    return [(note, where) for note, where in found if note is not None]


def _read(note: str, key: offline.Key, where: str) -> offline.Checkpoint:
    try:
        found = offline.read_checkpoint(offline.read_text(note.encode()))
        offline.check_checkpoint(found, [key])
    except offline.Refused as wrong:
        raise Refused(
            _("The newest checkpoint in %(where)s does not hold: %(wrong)s") % {"where": where, "wrong": wrong}
        ) from wrong
    return found


def _must_have_grown(known: offline.Checkpoint, new: tuple[int, bytes]) -> None:
    try:
        path = tree.consistency(Nodes(), known.size, new[0])
    except LookupError:
        path = []
    if not offline.extends((known.size, known.root), new, path):
        raise Refused(_("The log does not begin with the %(size)s records that were signed.") % {"size": known.size})


def _replay(grown: tree.Frontier, head: Head, known: dict[int, bytes]) -> None:
    """Appends the leaves up to the head, each read afresh, and compares on the way with what is known."""
    while True:
        if known.get(grown.size, grown.root()) != grown.root():
            raise Refused(_("The first %(size)s records are not the ones that were signed.") % {"size": grown.size})
        if grown.size >= head.size:
            break
        # Up to the next size that is known, so that its root can be compared.
        stop = min([size for size in known if size > grown.size] + [head.size, grown.size + BATCH])
        expected = range(grown.size, stop)
        root = None
        for row in Record.objects.filter(number__gte=expected.start, number__lt=stop).order_by("number"):
            if row.number != grown.size:
                break
            root = grown.append(tree.leaf_hash(leaf_data(row)))
            if root != bytes(row.root):
                raise Refused(_("Record %(number)s does not fit the ones before it.") % {"number": row.number})
        if grown.size != stop:
            raise Refused(_("Record %(number)s is missing.") % {"number": grown.size})
    if grown.packed() != bytes(head.frontier):
        raise Refused(_("The head does not fit the records."))


def _store(grown: tree.Frontier) -> None:
    Subtree.objects.bulk_create(
        [Subtree(level=level, index=index, root=root) for level, index, root in grown.completed], batch_size=500
    )


def _keep(made: Checkpoint) -> None:
    """Puts the newest checkpoint on the shelf, again if an earlier try failed."""
    try:
        store.keep(made.size, made.note)
    except OSError as error:
        logger.critical("The checkpoint of %s was not kept in CHECKPOINT_DIR: %s", made.size, error)


def _tell(reason: str) -> None:
    """Leaves the refusal in the log, where whoever reads it will ask why; a broken log may refuse that too."""
    try:
        with change(by=None) as told:
            recently = told.at - TELL_AGAIN
            if not Record.objects.filter(action=Action.LOG_CHECKPOINT_REFUSED, at__gt=recently).exists():
                told.record(Action.LOG_CHECKPOINT_REFUSED, reason=reason)
    except Exception:
        logger.exception("The refusal could not be recorded")
