"""/favicon.ico and /robots.txt."""

import re

import pytest

pytestmark = pytest.mark.django_db


def test_icon_is_ours(client):
    answer = client.get("/favicon.ico")
    assert answer["Content-Type"] == "image/svg+xml" and answer.content.startswith(b"<svg ")
    assert not answer.cookies and "public" in answer["Cache-Control"]


def may_read(rules: str, address: str) -> bool:
    """Whether the longest rule that fits allows the address (RFC 9309, 2.2.2)."""
    found = re.findall(r"^(Allow|Disallow): (\S+)$", rules, re.MULTILINE)
    fitting = [
        (len(path), verb)
        for verb, path in found
        if (address == path[:-1] if path.endswith("$") else address.startswith(path))
    ]
    return max(fitting)[1] == "Allow"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/", True),
        ("/certifications/soc-2/", True),
        ("/answers/", True),
        ("/answers/?q=data&topic=keys", False),
        ("/documents/soc2/", True),
        ("/subprocessors/", True),
        ("/posture.json", True),
        ("/verify/", True),
        ("/privacy/", True),
        ("/static/trustcenter/trust.css", True),
        ("/updates/", True),
        ("/updates/feed.atom", True),
        ("/updates/subscribe/", False),
        ("/updates/subscription/abc/", False),
        ("/access/", False),
        ("/accounts/login/", False),
        ("/admin/", False),
        ("/desk/", False),
        ("/readyz", False),
        ("/my/", False),
    ],
)
def test_search_engines_read_the_public_pages_only(client, address, allowed):
    answer = client.get("/robots.txt")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain") and not answer.cookies
    assert may_read(answer.content.decode(), address) == allowed
