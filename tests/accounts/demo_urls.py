"""The site's URLs as they are in demo mode: whether there is a mailbox is decided when the URLs are read."""

from django.urls import include, path

from trustcenter.site import urls as site
from trustcenter.site.mailbox import mailbox
from trustcenter.urls import handler403, handler500
from trustcenter.urls import urlpatterns as everything

__all__ = ["handler403", "handler500", "urlpatterns"]

urlpatterns = [
    path("", include(([*site.urlpatterns, path("mailbox/", mailbox, name="mailbox")], site.app_name))),
    *everything[1:],
]
