"""The site's URLs as they are in demo mode."""

from django.urls import path

from trustcenter.mailbox import mailbox
from trustcenter.urls import urlpatterns as site

urlpatterns = [*site, path("mailbox/", mailbox, name="mailbox")]
