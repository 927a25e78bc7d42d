from django.urls import path

from ndaflow.agreements import views

app_name = "agreements"
urlpatterns = [
    path("agreements/<slug:kind>/", views.agreement, name="agreement"),
    path("agreements/<slug:kind>.pdf", views.unsigned_copy, name="unsigned_copy"),
    path("my/agreements/<slug:id>/", views.signed_copy, name="signed_copy"),
    path(".well-known/trustcenter/seal.pem", views.seal_certificates, name="seal_certificates"),
]
