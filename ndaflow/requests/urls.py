from django.urls import path

from ndaflow.requests import views

app_name = "requests"
urlpatterns = [
    path("access/", views.ask, name="ask"),
    path("access/<slug:id>/", views.standing, name="request"),
    path("access/<slug:id>/sign/", views.sign, name="sign"),
    path("access/<slug:id>/sign/text/", views.agreement_text, name="agreement_text"),
    path("access/<slug:id>/withdraw/", views.withdraw, name="withdraw"),
    path("access/<slug:id>/answer/", views.answer, name="answer"),
    path("my/", views.my, name="my"),
    path("my/receipts/<slug:kind>/<slug:id>/", views.receipt, name="receipt"),
]
