from django.urls import path

from trustcenter.site.log import published, verify, views

# Where programs look for the log (RFC 8615).
LOG = ".well-known/trustcenter/log"

app_name = "log"
urlpatterns = [
    path("verify/", verify.verify, name="verify"),
    path("verify/verify.py", published.verifier, name="verifier"),
    path(f"{LOG}/checkpoint", published.checkpoint, name="checkpoint"),
    path(f"{LOG}/checkpoint/<int:size>", published.checkpoint_of, name="checkpoint_of"),
    path(f"{LOG}/consistency/<int:old>/<int:new>", published.consistency, name="consistency"),
    path(f"{LOG}/key", published.key, name="key"),
    path("desk/audit/", views.audit_log, name="records"),
]
