from django.urls import path

from ndaflow.agreements import views

app_name = "agreements"
urlpatterns = [
    path("my/agreements/<slug:id>/", views.signed_copy, name="signed_copy"),
    path(".well-known/trustcenter/seal.pem", views.seal_certificates, name="seal_certificates"),
]
