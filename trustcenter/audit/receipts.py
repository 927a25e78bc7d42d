"""Receipts and proofs, made from stored checkpoints. They need no private key, so pages may make them."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from trustcenter.audit import notes, offline, tree
from trustcenter.audit.log import leaf_data
from trustcenter.audit.models import Checkpoint, Record
from trustcenter.audit.nodes import Nodes
from trustcenter.audit.text import canonical

# A worker that restarts, or runs one long task, signs within this time.
LATE = timedelta(minutes=6)


class TooYoung(Exception):
    """No checkpoint covers the record yet. One follows within a minute."""


class Unprovable(Exception):
    """This record has no receipt. The text is a sentence that says why."""


def newest() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def of_size(size: int) -> Checkpoint | None:
    # Databases refuse numbers of more than 63 bits.
    return Checkpoint.objects.filter(size=size).first() if size < offline.SIZE_LIMIT else None


def covered() -> int:
    """How many records the newest checkpoint covers. It is also the number of the first record without a receipt."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def is_late(signed: int) -> bool:
    """Whether records after the first `signed` have waited too long: the worker has stopped, or refuses to sign."""
    waiting = Record.objects.filter(number=signed).values_list("at", flat=True).first()
    return waiting is not None and waiting < timezone.now() - LATE


def keys() -> list[offline.Key]:
    """Every key that signed a checkpoint of this log."""
    lines = Checkpoint.objects.order_by("verifier_key").values_list("verifier_key", flat=True).distinct()
    return [offline.read_key(line) for line in lines]


def receipt(record: Record) -> str:
    """The record's receipt under the first checkpoint that covers it, so the file is the same every time.

    Reads a few hundred records at most. Raises TooYoung, and Unprovable if the record's details were erased or the
    record is no longer the one that was signed.
    """
    checkpoint, path = prove(record)
    if record.detail.erased_by_id is not None:
        raise Unprovable(_("The details of this record were erased at the request of the person they are about."))
    extra = canonical(
        {"leaf": leaf_data(record).decode(), "key": bytes(record.detail.key).hex(), "body": record.detail.body}
    )
    made = notes.receipt(record.number, path, checkpoint.note, extra=extra.encode())
    try:
        # A proof that is not valid must not be handed out.
        offline.check_receipt(offline.read_receipt(made), [offline.read_key(checkpoint.verifier_key)])
    except offline.Refused as wrong:
        raise _changed() from wrong
    return made


def prove(record: Record) -> tuple[Checkpoint, list[bytes]]:
    """The first checkpoint that covers the record, and the audit path from its leaf to the root that was signed.

    Raises TooYoung, and Unprovable if the record is no longer the one that was signed.
    """
    checkpoint = Checkpoint.objects.filter(size__gt=record.number).order_by("size").first()
    if checkpoint is None:
        raise TooYoung
    try:
        path = tree.inclusion(Nodes(), record.number, checkpoint.size)
        note = offline.read_checkpoint(checkpoint.note)
        offline.check_checkpoint(note, [offline.read_key(checkpoint.verifier_key)])
    except (LookupError, offline.Refused) as wrong:
        raise _changed() from wrong
    leaf = tree.leaf_hash(leaf_data(record))
    if offline.root_by_inclusion(leaf, record.number, note.size, path) != note.root:
        raise _changed()
    return checkpoint, path


def _changed() -> Unprovable:
    return Unprovable(_("The log no longer proves this record. It was changed after it was signed."))


def extension(old: Checkpoint, new: Checkpoint) -> str:
    """The proof that the log of `new` begins with the log of `old`. Raises LookupError and ValueError."""
    return notes.extension(old.size, tree.consistency(Nodes(), old.size, new.size), new.note)
