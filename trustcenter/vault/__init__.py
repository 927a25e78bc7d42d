"""Encrypted storage. Nothing else in the product reads or writes a stored file.

    from trustcenter.vault import files as vault

    stored = vault.store(copy, "file", chunks)    a StoredFile row and its object, for `copy.file`
    with vault.open(copy, "file") as reader:      a seekable reader without a file descriptor
    vault.delete(stored)                          the row with the key, then the object

A file is bound to the row and the field that own it: a file that was stored for one cannot be opened for another.
"""
