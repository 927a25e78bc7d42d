"""The recipe of docs/evidence.md opens stored files without our code."""

import hashlib
import os
import re
import sqlite3
import subprocess
import sys

import psycopg
import pytest

from tests.site.backup.sites import ROOT
from trustcenter.vault.holdings import references

pytestmark = [pytest.mark.django_db, pytest.mark.site]

RECIPE = (ROOT / "docs/evidence.md").read_text().partition("## Stored files")[2].partition("\n## ")[0]


def block(language: str) -> str:
    """The first code block of the recipe in this language, as it stands in the document."""
    return re.findall(rf"^```{language}\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)[0]


def rows(site, query: str) -> list[tuple[str, ...]]:
    if site.database_url:
        with psycopg.connect(site.database_url) as database:
            return list(database.execute(query.replace("hex(f.wrapped_key)", "encode(f.wrapped_key, 'hex')")))
    return sqlite3.connect(site.data / "trustcenter.sqlite3").execute(query).fetchall()


def decrypted(query, site, files, keys, folder) -> dict[str, bytes]:
    """What the document's own query and script make of a site's files, by the name of the object."""
    (folder / "decrypt.py").write_text(block("python"))
    done = subprocess.run(
        [sys.executable, "decrypt.py", files, keys],
        input="".join(" ".join(row) + "\n" for row in rows(site, query)),
        cwd=folder,
        # Only Tink and the standard library: the script must not find our packages.
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (folder / "decrypt.py").unlink()
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_recipe_opens_the_files_of_a_site_and_of_its_backup(backed, tmp_path):
    site = backed.site
    assert "trustcenter" not in block("python")
    for files, keys in (
        (site.data / "files", site.data / "keys/vault.key"),
        (backed.folder / "objects", backed.folder / "keys/vault.key"),
    ):
        folder = tmp_path / files.name
        folder.mkdir()
        found = decrypted(block("sql"), site, files, keys, folder)
        assert found == {name: bytes.fromhex(plain) for name, plain in site.ask("originals").items()}
        assert len(found) == 2 and all(plain.startswith(b"%PDF") for plain in found.values())
        stored = dict(rows(site, "SELECT id, sha256 FROM vault_storedfile"))
        assert all(hashlib.sha256(plain).hexdigest() == stored[name] for name, plain in found.items())


def test_recipe_opens_a_signed_copy_by_the_column_it_names(backed, tmp_path):
    query = block("sql").replace(
        "documents.documentversion:' || v.id || ':original", "ndaflow.signedcopy:' || v.signature_id || ':file"
    )
    query = query.replace("documents_documentversion v", "ndaflow_signedcopy v").replace("v.original_id", "v.file_id")
    data = backed.site.data
    (plain,) = decrypted(query, backed.site, data / "files", data / "keys/vault.key", tmp_path).values()
    assert plain.startswith(b"%PDF")


def test_recipe_names_every_column_that_refers_to_a_stored_file():
    for model, field in references():
        column = model._meta.get_field(field).column
        assert f"{model._meta.db_table}.{column}" in RECIPE or f"`.{column}`" in RECIPE, (model, field)
