"""Checks of a restored site that need no whole restore."""

from types import SimpleNamespace

import pytest

from trustcenter.site.backup.afterwards import Wrong, seals_are_valid


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, "no PEM"])
def test_unreadable_timestamp_roots_get_a_sentence(settings, tmp_path, content):
    path = tmp_path / "roots.pem"
    if content:
        path.write_text(content)
    settings.TIMESTAMP_ROOTS = str(path)
    with pytest.raises(Wrong, match=r"seals cannot be checked: TIMESTAMP_ROOTS is not a readable PEM file: .+\.$"):
        seals_are_valid(SimpleNamespace(missing=[]))  # type: ignore[arg-type]
