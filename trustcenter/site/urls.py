from django.conf import settings
from django.urls import path

from trustcenter.site import crawlers, views
from trustcenter.site.answers import answers
from trustcenter.site.health import readyz
from trustcenter.site.mailbox import mailbox

app_name = "site"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("posture.json", views.posture_json, name="posture_json"),
    path("certifications/", views.certifications, name="certifications"),
    path("certifications/<slug:slug>/", views.certification, name="certification"),
    path("answers/", answers, name="answers"),
    path("privacy/", views.privacy, name="privacy"),
    path("favicon.ico", crawlers.favicon, name="favicon"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("readyz", readyz, name="readyz"),
]

if settings.DEMO:
    urlpatterns += [path("mailbox/", mailbox, name="mailbox")]
