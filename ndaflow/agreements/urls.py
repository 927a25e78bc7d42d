from django.urls import path

from ndaflow.agreements import alone_views, views

app_name = "agreements"
urlpatterns = [
    path("agreements/", alone_views.agreements, name="agreements"),
    path("agreements/<slug:slug>/sign/", alone_views.sign_alone, name="sign_alone"),
    path("agreements/<slug:slug>/", views.agreement, name="agreement"),
    path("agreements/<slug:slug>.pdf", views.unsigned_copy, name="unsigned_copy"),
    path("my/papers/<slug:id>/", views.countersigned_copy, name="countersigned_copy"),
    path("my/agreements/<slug:id>/", views.signed_copy, name="signed_copy"),
    path(".well-known/trustcenter/seal.pem", views.seal_certificates, name="seal_certificates"),
]
