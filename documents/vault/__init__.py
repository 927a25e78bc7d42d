"""The one seam to stored bytes: whatever is kept in a file goes in and comes out here, encrypted, and nowhere else.

stored = vault.store(copy, "file", chunks)    a StoredFile row and its object, for `copy.file`
with vault.open(copy, "file") as reader:      a seekable reader without a file descriptor
vault.delete(stored)                          the row with the key, then the object

A file is bound to the row and the field that own it: what was stored for one cannot be opened as another's.
"""

from documents.vault.files import Damaged, Draft, delete, open, store, sweep
from documents.vault.holdings import holdings
from documents.vault.keys import VaultKeyError
from documents.vault.objects import Unstored

__all__ = ["Damaged", "Draft", "Unstored", "VaultKeyError", "delete", "holdings", "open", "store", "sweep"]
