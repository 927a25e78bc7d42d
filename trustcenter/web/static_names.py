from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedNames(ManifestStaticFilesStorage):
    """Static files under names that carry a hash of their content, so that browsers may keep them for a year.

    Before the first start has collected them (in a test, in development) names stay as they are.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
