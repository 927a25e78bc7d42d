from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

handler403 = "trustcenter.site.views.permission_denied"
handler500 = "trustcenter.site.views.server_error"

urlpatterns = [
    path("", include("trustcenter.site.urls")),
    path("", include("trustcenter.site.log.urls")),
    path("", include("trustcenter.site.people.urls")),
    path("", include("certifications.urls")),
    path("", include("documents.urls")),
    path("", include("ndaflow.requests.urls")),
    path("", include("ndaflow.invitations.urls")),
    path("", include("ndaflow.objections.urls")),
    path("", include("ndaflow.privacy.urls")),
    path("", include("ndaflow.agreements.urls")),
    path("", include("ndaflow.desk.urls")),
    path("", include("trustcenter.site.work.urls")),
    path("accounts/", include("trustcenter.accounts.urls")),
    # The admin's own form would change a password without notifying its owner.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]
