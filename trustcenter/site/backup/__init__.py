"""Backup and restore of a whole site. A backup is made while the site runs.

A backup is a folder:

    manifest.json                       written last: the size and SHA-256 of every file in the folder
    database.sqlite3, database.pgdump   one of them: the database at one moment, without sessions
    objects/ab/cd/<name>                every object that the database refers to, still encrypted
    keys/                               0700: the secret key and the key files; not with --without-keys
"""
