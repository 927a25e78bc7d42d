"""Writes the error pages that nginx shows by itself (deploy/errors/): `python -m tests.proxy_pages`."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "deploy" / "errors"
PAGES = ("400", "413", "503")
# Without menu and footer: they lead to pages of a site that may not answer.
SHORT = """{{% extends "{name}.html" %}}
{{% block masthead %}}<div class="page">{{% include "components/brand.html" with profile=profile only %}}</div>{{% endblock %}}
{{% block footer %}}{{% endblock %}}"""


def page(name: str) -> str:
    """Our own page for this error, with its style and its font where nginx has them."""
    from django.template import engines

    html = engines["django"].from_string(SHORT.format(name=name)).render()
    lines = html.replace("/static/trustcenter/", "/errors/").splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip()) + "\n"


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    FOLDER.mkdir(exist_ok=True)
    for name in PAGES:
        (FOLDER / f"{name}.html").write_text(page(name))


if __name__ == "__main__":
    main()
