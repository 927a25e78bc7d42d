"""The posts for everyone as feeds: Atom (RFC 4287) and JSON Feed 1.1."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from certifications import posture
from certifications.models import Update
from certifications.updates import reading
from trustcenter.web.markup import lead
from trustcenter.web.public_pages import public_page_with

AT_MOST = 50
JSON_FEED = "https://jsonfeed.org/version/1.1"


class AtomFeed(feedgenerator.Atom1Feed):
    """With the whole post as the content of an entry, besides its first paragraph; `since` dates an empty feed."""

    def latest_post_date(self) -> datetime:
        # Django would name the moment of the request, and then no copy of the page would be current.
        found: datetime = max((item["updateddate"] for item in self.items), default=self.feed["since"])
        return found

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


@public_page_with("category")
def atom(request: HttpRequest) -> HttpResponse:
    """The newest posts as Atom; `?category=` leaves one kind."""
    posts, title, page, own = _feed(request, "certifications:feed_atom")
    profile = posture.profile()
    feed = AtomFeed(
        title=title,
        link=page,
        description=None,
        language=get_language(),
        author_name=profile.name if profile else title,
        feed_url=own,
        feed_guid=own,
        since=datetime.combine(profile.as_of if profile else date(1970, 1, 1), time.min, UTC),
    )
    for one in posts:
        feed.add_item(
            title=one.title,
            link=_address(one),
            description=escape(lead(one.body)),
            content=_content(one),
            unique_id=_address(one),
            pubdate=one.published_at,
            updateddate=one.changed_at,
            categories=[str(one.get_category_display())],
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@public_page_with("category")
def json_feed(request: HttpRequest) -> HttpResponse:
    """The newest posts as a JSON Feed; `?category=` leaves one kind."""
    posts, title, page, own = _feed(request, "certifications:feed_json")
    profile = posture.profile()
    feed = {
        "version": JSON_FEED,
        "title": title,
        "home_page_url": page,
        "feed_url": own,
        "language": get_language(),
        "authors": [{"name": profile.name if profile else title, "url": settings.SITE_URL + "/"}],
        "items": [_item(one) for one in posts],
    }
    body = json.dumps(feed, ensure_ascii=False, indent=1)
    return HttpResponse(body, content_type="application/feed+json; charset=utf-8")


def _item(one: Update) -> dict[str, Any]:
    assert one.published_at is not None, "only published posts are in a feed"
    return {
        "id": _address(one),
        "url": _address(one),
        "title": one.title,
        "summary": lead(one.body),
        "content_html": _content(one),
        "date_published": one.published_at.isoformat(),
        "date_modified": one.changed_at.isoformat(),
        "tags": [str(one.get_category_display())],
    }


def _feed(request: HttpRequest, name: str) -> tuple[list[Update], str, str, str]:
    """The posts of a feed, its title, its page and its own address."""
    page, own = settings.SITE_URL + reverse("certifications:updates"), settings.SITE_URL + reverse(name)
    profile = posture.profile()
    title = _("Updates of %(operator)s") % {"operator": profile.name} if profile else _("Updates")
    chosen = request.GET.get("category", "")
    if chosen in Update.Category.values:
        query = f"?category={chosen}"
        title = f"{title}: {Update.Category(chosen).label}"
        return list(reading.public().filter(category=chosen)[:AT_MOST]), title, page + query, own + query
    return list(reading.public()[:AT_MOST]), title, page, own


def _content(one: Update) -> str:
    return render_to_string("public/feed_entry.html", {"update": one}).strip()


def _address(one: Update) -> str:
    return settings.SITE_URL + reverse("certifications:update", args=[one.slug])
