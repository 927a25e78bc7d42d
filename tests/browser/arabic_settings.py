"""The settings of the site in the browser tests: the product's, with a language that is read from right to left."""

from trustcenter.settings import *  # noqa: F403
from trustcenter.settings import DATA_DIR, LANGUAGES, LOCALE_PATHS

LANGUAGES = [*LANGUAGES, ("ar", "العربية")]
LOCALE_PATHS = [*LOCALE_PATHS, DATA_DIR / "locale"]
