"""Backup and restore of a whole site, while it serves.

A backup is a folder:

    manifest.json                       written last: what is in the folder, with size and SHA-256 of every file
    database.sqlite3, database.pgdump   one of them: the database as it was at one instant, without sessions
    objects/ab/cd/<name>                every stored object that the database speaks of, as it lies in the vault
    keys/                               0700: the secret key and the key files; left out by --without-keys
"""
