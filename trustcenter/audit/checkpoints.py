"""Signs the log's head, and refuses to if the log is not the one that was signed before. Runs in the worker."""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import keys, offline, store, tree, words
from trustcenter.audit.actions import Action
from trustcenter.audit.changes import change
from trustcenter.audit.log import leaf_data
from trustcenter.audit.models import Checkpoint, Head, Record, Subtree
from trustcenter.audit.nodes import Nodes

logger = logging.getLogger(__name__)

BATCH = 5000
# How often a refusal is recorded in the log. It comes again every minute until a person looks.
RECORD_AGAIN = timedelta(hours=1)


class Cause(models.TextChoices):
    """Why the head was not signed. The log keeps the value; people read the label."""

    KEY_LOST = (
        "key_lost",
        _("The log's key is gone, and a new key could not continue the log. Restore the key from your copy of it."),
    )
    NO_KEY_YET = "no_key_yet", _("There is no key yet. The worker makes it when it first starts.")
    KEY_UNUSABLE = "key_unusable", _("The log's key cannot be used: %(error)s")
    RECORDS_REMOVED = (
        "records_removed",
        _("Records were removed: the log has %(size)s records, and a checkpoint covers more."),
    )
    OTHER_CHECKPOINT = "other_checkpoint", _("The newest checkpoint in the database is not the one that was signed.")
    OTHER_RECORDS = "other_records", _("The first %(size)s records are not the ones that were signed.")
    BAD_IN_DATABASE = "bad_in_database", _("The newest checkpoint in the database is not valid: %(error)s")
    BAD_BESIDE_KEY = "bad_beside_key", _("The newest checkpoint in the folder of the key is not valid: %(error)s")
    BAD_IN_FOLDER = "bad_in_folder", _("The newest checkpoint in CHECKPOINT_DIR is not valid: %(error)s")
    NO_EXTENSION = "no_extension", _("The log does not begin with the %(size)s records that were signed.")
    RECORD_CHANGED = "record_changed", _("Record %(number)s was changed, or a record before it was.")
    RECORD_MISSING = "record_missing", _("Record %(number)s is missing.")
    HEAD_CHANGED = "head_changed", _("The log's head does not match its records.")


words.register("cause", dict(Cause.choices))


class Refused(Exception):
    """The head was not signed. `cause` and `words` are for records, the text is for the operator."""

    def __init__(self, cause: Cause, **detail: str) -> None:
        self.cause, self.words = cause.value, detail
        super().__init__(words.sentence(cause.label, detail))


def make(*, may_make_key: bool = True) -> Checkpoint | None:
    """Signs the current head if it has grown, and returns the newest checkpoint; None while the log is empty.

    Raises Refused if the head does not extend every known checkpoint: the newest in the database, the last one that
    this key signed, and the newest in CHECKPOINT_DIR. It reads only the records since the newest checkpoint.
    """
    try:
        with keys.locked():
            signer = _signer(may_make_key)
            last = Checkpoint.objects.order_by("-size").first()
            made = _sign(signer, last)
    except (Refused, keys.Unusable, OSError) as failure:
        refusal = failure if isinstance(failure, Refused) else Refused(Cause.KEY_UNUSABLE, error=str(failure))
        logger.critical("No checkpoint of the log was signed: %s", refusal)
        _record_refusal(refusal)
        raise refusal from failure
    if made is not None:
        _write_to_folder(made)
    return made


def _signer(may_make_key: bool) -> keys.Signer:
    signer = keys.load()
    if signer is not None:
        return signer
    if Checkpoint.objects.exists() or keys.last_signed() is not None:
        raise Refused(Cause.KEY_LOST)
    if not may_make_key:
        raise Refused(Cause.NO_KEY_YET)
    address = urlsplit(settings.SITE_URL)
    signer = keys.make(address.netloc.rpartition("@")[2] + "/log")
    with change(by=None) as made:
        made.record(Action.LOG_KEY_MADE, key=signer.verifier_key)
    return signer


def _sign(signer: keys.Signer, last: Checkpoint | None) -> Checkpoint | None:
    key = offline.read_key(signer.verifier_key)
    tree_so_far = _signed_tree(last, key)
    old = tree_so_far.size, tree_so_far.root()
    # A note elsewhere can be newer than the database's: the database lost a checkpoint, or someone removed one.
    elsewhere = [_read(note, key, cause) for note, cause in _notes_elsewhere()]
    head = Head.objects.filter(id=1).first() or Head()
    for known in elsewhere:
        if known.size < tree_so_far.size:
            _must_have_grown(known, old)
    if head.size < max([tree_so_far.size, *(known.size for known in elsewhere)]):
        raise Refused(Cause.RECORDS_REMOVED, size=str(head.size))
    _replay(tree_so_far, head, {known.size: known.root for known in elsewhere if known.size >= old[0]})
    if not head.size or (last is not None and last.size == head.size):
        return last
    root = tree_so_far.root()
    note = signer.checkpoint(head.size, root)
    # Stored before it is published: after a crash in between, the next checkpoint must extend this one too.
    keys.remember(note)
    try:
        with transaction.atomic():
            _store(tree_so_far)
            return Checkpoint.objects.create(
                size=head.size,
                number=last.number + 1 if last else 1,
                root=root,
                frontier=tree_so_far.packed(),
                note=note,
                verifier_key=signer.verifier_key,
            )
    except IntegrityError:
        # The worker of another machine was faster.
        return Checkpoint.objects.order_by("-size").first()


def _signed_tree(last: Checkpoint | None, key: offline.Key) -> tree.Frontier:
    """The tree of the newest checkpoint. Its stored frontier is trusted only if it gives the root that was signed."""
    if last is None:
        return tree.Frontier()
    signed = _read(last.note, key, Cause.BAD_IN_DATABASE)
    changed = Refused(Cause.OTHER_CHECKPOINT)
    try:
        signed_tree = tree.Frontier(last.size, bytes(last.frontier))
    except ValueError:
        raise changed from None
    if (signed.size, signed.root) != (signed_tree.size, signed_tree.root()):
        raise changed
    row = Record.objects.filter(number=last.size - 1).first()
    if row is None or bytes(row.root) != signed.root:
        raise Refused(Cause.OTHER_RECORDS, size=str(last.size))
    return signed_tree


def _notes_elsewhere() -> list[tuple[str, Cause]]:
    found = [(keys.last_signed(), Cause.BAD_BESIDE_KEY), (store.newest(), Cause.BAD_IN_FOLDER)]
    return [(note, cause) for note, cause in found if note is not None]


def _read(note: str, key: offline.Key, cause: Cause) -> offline.Checkpoint:
    try:
        found = offline.read_checkpoint(offline.read_text(note.encode()))
        offline.check_checkpoint(found, [key])
    except offline.Refused as wrong:
        raise Refused(cause, error=str(wrong)) from wrong
    return found


def _must_have_grown(known: offline.Checkpoint, new: tuple[int, bytes]) -> None:
    try:
        path = tree.consistency(Nodes(), known.size, new[0])
    except LookupError:
        path = []
    if not offline.extends((known.size, known.root), new, path):
        raise Refused(Cause.NO_EXTENSION, size=str(known.size))


def _replay(grown: tree.Frontier, head: Head, known: dict[int, bytes]) -> None:
    """Appends every record up to the head, as it is in the database now, and compares with the known roots on the way."""
    while True:
        if known.get(grown.size, grown.root()) != grown.root():
            raise Refused(Cause.OTHER_RECORDS, size=str(grown.size))
        if grown.size >= head.size:
            break
        # Stops at the next known size, so that its root can be compared.
        stop = min([size for size in known if size > grown.size] + [head.size, grown.size + BATCH])
        expected = range(grown.size, stop)
        root = None
        for row in Record.objects.filter(number__gte=expected.start, number__lt=stop).order_by("number"):
            if row.number != grown.size:
                break
            root = grown.append(tree.leaf_hash(leaf_data(row)))
            if root != bytes(row.root):
                raise Refused(Cause.RECORD_CHANGED, number=str(row.number))
        if grown.size != stop:
            raise Refused(Cause.RECORD_MISSING, number=str(grown.size))
    if grown.packed() != bytes(head.frontier):
        raise Refused(Cause.HEAD_CHANGED)


def _store(grown: tree.Frontier) -> None:
    Subtree.objects.bulk_create(
        [Subtree(level=level, index=index, root=root) for level, index, root in grown.completed], batch_size=500
    )


def _write_to_folder(made: Checkpoint) -> None:
    """Writes the newest checkpoint to CHECKPOINT_DIR, also if an earlier try failed."""
    try:
        store.write(made.size, made.note)
    except OSError as error:
        logger.critical("The checkpoint of %s records was not written to CHECKPOINT_DIR: %s", made.size, error)


def _record_refusal(refusal: Refused) -> None:
    """Records the refusal in the log, for the people who read it. A damaged log may refuse that too."""
    try:
        with change(by=None) as made:
            recently = made.at - RECORD_AGAIN
            if not Record.objects.filter(action=Action.LOG_CHECKPOINT_REFUSED, at__gt=recently).exists():
                made.record(Action.LOG_CHECKPOINT_REFUSED, cause=refusal.cause, words=refusal.words)
    except Exception:
        logger.exception("The refusal could not be recorded")
