import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from documents.models import Document
from tests import cast
from tests.certifications import content
from trustcenter.site import static_copy

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def without_token(page: bytes | None) -> bytes | None:
    """The form that verifies receipts is the only one with a token, which is another one each time."""
    return page and re.sub(rb'value="[A-Za-z0-9]{64}"', b"", page)


def test_copy_has_the_bytes_that_the_site_sends(client, tmp_path, capsys):
    content.publish()
    cast.current_version(Document.objects.get(slug="report"))
    folder = tmp_path / "copy"
    call_command("publish", str(folder))
    found = files(folder)
    host = settings.SITE_URL.partition("://")[2]
    for path in static_copy.addresses():
        name = path[1:] + ("index.html" if path.endswith("/") else "")
        answer = client.get(path, headers={"host": host})
        assert without_token(found.get(name)) == without_token(answer.content if answer.status_code == 200 else None), (
            path
        )
    for name in (
        "index.html",
        "answers/index.html",
        "certifications/soc-2-type-ii/index.html",
        "documents/report/index.html",
        "search/index.html",
        "posture.json",
        ".well-known/security.txt",
        "sitemap.xml",
        "badge/soc-2-type-ii.svg",
        "overview.pdf",
    ):
        assert found[name], name
    assert f'<time datetime="{timezone.localdate()}">' in found["index.html"].decode().partition("was made on")[2][:60]
    assert any(name.startswith("static/trustcenter/trust") for name in found)
    # A copy cannot search. Its search box leads to a page that says where the site is, and is true there too.
    action = re.search(r'<form class="search" method="get" action="([^"]+)"', found["index.html"].decode())[1]
    asked = found[action.strip("/") + "/index.html"].decode()
    assert "If you typed something and see this page" in asked and "copy" not in asked
    assert f'<a href="{settings.SITE_URL}/search/">' in asked
    # Neither has it the form that asks for documents. What its links get instead says where the site is.
    lost = found["404.html"].decode()
    assert "This copy does not have this page" in lost and f'<a href="{settings.SITE_URL}">' in lost
    # Nothing that is asked for is in it.
    assert not any("download" in name or name.startswith(("access", "my", "desk", "accounts")) for name in found)
    # Once more, with less content: what is gone from the site is gone from the copy.
    tables = content.tables()
    tables["certifications"].pop()
    content.publish(tables)
    call_command("publish", str(folder))
    assert "certifications/fedramp/index.html" not in files(folder)
    assert [one.name for one in tmp_path.iterdir()] == ["copy"]


def test_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(CommandError, match="not empty and holds no earlier copy"):
        call_command("publish", str(tmp_path))
    assert files(tmp_path) == {"photo.jpg": b"mine"}


def test_a_page_that_fails_leaves_the_earlier_copy(tmp_path, monkeypatch):
    content.publish()
    folder = tmp_path / "copy"
    call_command("publish", str(folder))
    before = files(folder)
    monkeypatch.setattr(static_copy, "addresses", lambda: ["/", "/desk/"])
    with pytest.raises(CommandError, match="/desk/ answered 302"):
        call_command("publish", str(folder))
    assert files(folder) == before and [one.name for one in tmp_path.iterdir()] == ["copy"]
