from django.urls import path

from ndaflow.desk import views

app_name = "desk"
urlpatterns = [
    path("desk/", views.queue, name="requests"),
    path("desk/requests/<slug:id>/", views.desk_request, name="request"),
    path("desk/requests/<slug:id>/approve/", views.approve, name="approve"),
    path("desk/requests/<slug:id>/deny/", views.deny, name="deny"),
    path("desk/requests/<slug:id>/revoke/", views.revoke, name="revoke"),
    path("desk/requests/<slug:id>/ask/", views.ask_question, name="ask_question"),
    path("desk/requests/<slug:id>/company/", views.confirm_company, name="confirm_company"),
    path("desk/signatures/<slug:id>/seal/", views.seal_again, name="seal_again"),
]
