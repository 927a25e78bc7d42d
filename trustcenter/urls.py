from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from certifications.sharing import share
from trustcenter.audit import published, verifying
from trustcenter.audit.views import audit_log
from trustcenter.health import healthz
from trustcenter.mailbox import mailbox
from trustcenter.views import certification, overview, posture_json

handler403 = "trustcenter.views.permission_denied"
handler500 = "trustcenter.views.server_error"

# Where programs look for the log (RFC 8615).
LOG = ".well-known/trustcenter/log"

urlpatterns = [
    path("", overview, name="overview"),
    path("posture.json", posture_json, name="posture_json"),
    path("certifications/<slug:slug>/", certification, name="certification"),
    path("", include("certifications.urls")),
    path("", include("documents.urls")),
    path("", include("ndaflow.urls")),
    path("verify/", verifying.verify, name="verify"),
    path("verify/verify.py", published.verifier, name="verifier"),
    path(f"{LOG}/checkpoint", published.checkpoint, name="log_checkpoint"),
    path(f"{LOG}/checkpoint/<int:size>", published.checkpoint_of, name="log_checkpoint_of"),
    path(f"{LOG}/consistency/<int:old>/<int:new>", published.consistency, name="log_consistency"),
    path(f"{LOG}/key", published.key, name="log_key"),
    path("desk/audit/", audit_log, name="audit_log"),
    path("desk/share/", share, name="share"),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("trustcenter.accounts.urls")),
    # The admin's own form would change a password without a word to its owner.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns += [path("mailbox/", mailbox, name="mailbox")]
