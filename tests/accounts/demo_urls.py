"""The site's URLs in demo mode. The mailbox is added when the URLconf is imported, so a setting cannot add it later."""

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
