"""What programs ask for without a link: the icon, and which pages a search engine may read."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from trustcenter.web.public_pages import public_page

ICON = settings.BASE_DIR / "trustcenter/web/static/trustcenter/favicon.svg"
# The pages that a search engine may find, besides the overview.
PAGES = (
    "site:certifications",
    "site:products",
    "site:answers",
    "site:privacy",
    "certifications:subprocessors",
    "certifications:updates",
    "certifications:changes",
    "documents:library",
    "log:verify",
)
# Of these, no combination of filters.
QUESTIONS = ("site:answers", "site:products")
DATA = (
    "site:posture_json",
    "site:posture_schema",
    "site:posture_signature",
    "site:security_txt",
    "site:llms_txt",
    "site:sitemap",
    "site:overview_pdf",
    "site:share_image",
    "site:products_pdf",
    "site:answers_csv",
    "site:answers_xlsx",
    "certifications:feed_atom",
    "certifications:feed_json",
)


@public_page
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon, for programs that do not read the link to it in each page."""
    return HttpResponse(ICON.read_bytes(), content_type="image/svg+xml")


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages may be read and found, but not every combination of filters; everything else is not for crawlers."""
    # The longest rule that fits an address decides (RFC 9309, 2.2.2), so each of these overrules the last line.
    allowed = ["/$", *(reverse(name) for name in (*PAGES, *DATA)), "/static/"]
    lines = [
        "User-agent: *",
        *(f"Allow: {path}" for path in allowed),
        *(f"Disallow: {reverse(name)}?" for name in QUESTIONS),
        f"Disallow: {reverse('certifications:subscribe')}",
        f"Disallow: {reverse('certifications:updates')}subscription/",
        "Disallow: /",
        f"Sitemap: {settings.SITE_URL}{reverse('site:sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
