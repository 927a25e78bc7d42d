"""The one seam to stored bytes: whatever is kept in a file goes in and comes out here, and nowhere else.

stored = vault.store(chunks)          a StoredFile row and its object
with vault.open(stored) as reader:    a seekable reader without a file descriptor
with vault.on_disk(stored) as path:   a private plain copy, for a child process that needs a path
vault.delete(stored)                  the row, then the object
"""

from documents.vault.files import Damaged, Draft, delete, draft_of, identity, on_disk, open, store, sweep

__all__ = ["Damaged", "Draft", "delete", "draft_of", "identity", "on_disk", "open", "store", "sweep"]
