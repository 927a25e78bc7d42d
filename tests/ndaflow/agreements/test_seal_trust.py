"""A reader who trusts the site's root sees that a seal is trusted, in poppler's pdfsig, by the commands of the document."""

import re
import subprocess

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from ndaflow.agreements.sealing import certificates
from tests.ndaflow.agreements import papers
from tests.ndaflow.agreements.test_seal_custody import sealed_copy
from tests.ndaflow.agreements.test_sealing import stored
from tests.site.backup.sites import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVIDENCE = (ROOT / "docs/evidence.md").read_text()


def trusting() -> str:
    """The code block of docs/evidence.md that imports the root into a database of NSS and asks pdfsig."""
    (block,) = re.findall(r"^```sh\n([^`]*^certutil [^`]*)^```$", EVIDENCE, re.MULTILINE)
    return block


def test_pdfsig_trusts_the_seal_after_the_root_was_imported(client, keys, tmp_path):
    (tmp_path / "copy.pdf").write_bytes(stored(sealed_copy()))
    (tmp_path / "seal.pem").write_bytes(client.get("/.well-known/trustcenter/seal.pem").content)
    done = subprocess.run(["sh", "-e"], input=trusting(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature is Valid." in done.stdout
    assert "Certificate Validation: Certificate is Trusted." in done.stdout


def test_pdfsig_trusts_no_other_root(key, chain, tmp_path):
    """Without the import, and with the root of somebody who uses the same names."""
    assert "Certificate is Trusted" not in papers.pdfsig(papers.sealed(key, *chain), tmp_path)
    (tmp_path / "copy.pdf").write_bytes(papers.sealed(key, *chain))
    (tmp_path / "seal.pem").write_text(certificates.pem_of(papers.issued(key)))
    done = subprocess.run(["sh", "-e"], input=trusting(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature is Valid." in done.stdout
    assert "Certificate is Trusted" not in done.stdout


def test_root_is_for_signatures_only(chain):
    """Who trusts it must not trust web sites or programs that somebody signs with a stolen key."""
    for one in chain:
        purposes = one.extensions.get_extension_for_class(certificates.x509.ExtendedKeyUsage).value
        assert ExtendedKeyUsageOID.SERVER_AUTH not in purposes and ExtendedKeyUsageOID.CODE_SIGNING not in purposes
        assert ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in purposes
