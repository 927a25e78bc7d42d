"""The public side as files, for a CDN or a bucket that answers when the site does not."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from certifications import posture
from certifications.models import PostureRevision
from trustcenter.site.crawlers import DATA, PAGES
from trustcenter.site.machine.sitemap import PublicPages


class Unwritable(Exception):
    """The copy cannot be made. The text is a sentence that says why."""


def write(folder: Path) -> list[str]:
    """Writes the copy into `folder` and returns the addresses in it. Every file has the bytes that the site sends.

    Besides them, 404.html says where everything else is.

    The copy is made beside the folder and then put in its place, so nobody serves half of it. A folder that holds
    anything but an earlier copy is refused: nothing of the operator's is deleted. Raises Unwritable.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Unwritable(f"{folder} is not empty and holds no earlier copy. Choose another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        addresses = list(_written(made))
        (made / MARK).write_text("Made by manage.py publish, which replaces this folder.\n", encoding="utf-8")
        made.chmod(0o755)
        former = made.with_name(f"{made.name}-former")
        if folder.exists():
            folder.rename(former)
        made.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return addresses


# Says that a folder holds a copy.
MARK = ".trust-center-copy"


def addresses() -> list[str]:
    """Every public address without a query, the data of the newest revision and the pictures included."""
    newest = PostureRevision.objects.values_list("number", flat=True).first()
    found = [*PublicPages().items(), *(reverse(name) for name in DATA), reverse("site:robots"), reverse("site:favicon")]
    found += [reverse("certifications:badge", args=[one.slug]) for one in posture.certifications()]
    profile = posture.profile()
    if profile:
        names = filter(None, (profile.logo, profile.icon))
        found += [reverse("certifications:brand_image", args=[name]) for name in names]
    if profile and profile.colour:
        found.append(reverse("certifications:colour", args=[profile.colour[1:]]))
    if newest is not None:
        found.append(reverse("certifications:posture_of", args=[newest]))
    # The search box of every page leads to it. Without words it says that a copy cannot search, and where the site is.
    found.append(reverse("certifications:search"))
    assert reverse(PAGES[0]) in found
    return list(dict.fromkeys(found))


def _written(folder: Path) -> Iterator[str]:
    handler, requests = WSGIHandler(), RequestFactory()
    site = urlsplit(settings.SITE_URL)
    for address in addresses():
        request = requests.get(address, headers={"host": site.netloc}, secure=site.scheme == "https")
        response = handler.get_response(request)
        assert isinstance(response, HttpResponse), "no public page is streamed"
        if response.status_code == 200:
            _keep(folder, address, response.content)
            yield address
        # A signature that no checkpoint covers yet, or security.txt before anything is published: not there yet.
        elif response.status_code not in (404, 503):
            raise Unwritable(f"{address} answered {response.status_code}.")
    # Buckets and networks answer with this file where the copy has none.
    _keep(folder, "/404.html", _not_here(requests.get("/404.html")))
    for finder in get_finders():
        for path, storage in finder.list([]):
            with storage.open(path) as source:
                name = staticfiles_storage.url(path)
                _keep(folder, urlsplit(name).path, source.read())


def _not_here(request: HttpRequest) -> bytes:
    request.user = AnonymousUser()
    request.session = None  # type: ignore[assignment]  # a page for everyone has none
    return render_to_string("public/not_in_copy.html", request=request).encode()


def _keep(folder: Path, address: str, content: bytes) -> None:
    name = address.lstrip("/") + ("index.html" if address.endswith("/") else "")
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise Unwritable(f"{address} leads out of the folder.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
