"""The names of static files."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedNames(ManifestStaticFilesStorage):
    """Gives static files names with a hash of their content, so that browsers may cache them for a year.

    Until `collectstatic` has run, as in tests, the names stay as they are.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
