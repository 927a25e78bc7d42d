"""Checkpoints that this machine keeps outside the database. Only commands import this module: it reads the key."""

from trustcenter.audit import keys, offline, receipts, store
from trustcenter.audit.models import Checkpoint
from trustcenter.audit.verify import Broken


def trusted() -> list[offline.Key]:
    """The keys whose checkpoints are this log's: the key on this machine, or else those that the database names."""
    signer = keys.load()
    return [offline.read_key(signer.verifier_key)] if signer else receipts.keys()


def kept() -> list[offline.Checkpoint]:
    """The checkpoints that this machine keeps outside the database, with their signatures checked.

    They are the last one that the log's key signed, and those in CHECKPOINT_DIR that the database has no longer or that
    are the newest. Raises Broken if the database has lost a checkpoint, and offline.Refused for one that this site did not sign.
    """
    notes = [note for note in (keys.last_signed(), store.newest()) if note is not None]
    found = [offline.read_checkpoint(offline.read_text(note.encode())) for note in notes]
    for checkpoint in found:
        offline.check_checkpoint(checkpoint, trusted())
    rows = set(Checkpoint.objects.values_list("size", flat=True))
    written = {checkpoint.size for checkpoint in found} | set(store.sizes())
    if lost := written - rows:
        raise Broken(min(lost) - 1, f"the database has lost the checkpoint of the first {min(lost)} records")
    return found
