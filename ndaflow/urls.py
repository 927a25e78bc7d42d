from django.urls import path

from ndaflow import review, seal_views, views

urlpatterns = [
    path("access/", views.ask, name="ask"),
    path("access/<slug:id>/", views.standing, name="request"),
    path("access/<slug:id>/sign/", views.sign, name="sign"),
    path("access/<slug:id>/sign/text/", views.agreement_text, name="agreement_text"),
    path("access/<slug:id>/withdraw/", views.withdraw, name="withdraw"),
    path("access/<slug:id>/answer/", views.answer, name="answer"),
    path("my/", views.my, name="my"),
    path("my/agreements/<slug:id>/", views.signed_copy, name="signed_copy"),
    path("my/receipts/<slug:kind>/<slug:id>/", views.receipt, name="receipt"),
    path("desk/", review.queue, name="desk"),
    path("desk/requests/<slug:id>/", review.desk_request, name="desk_request"),
    path("desk/requests/<slug:id>/approve/", review.approve, name="approve"),
    path("desk/requests/<slug:id>/deny/", review.deny, name="deny"),
    path("desk/requests/<slug:id>/revoke/", review.revoke, name="revoke"),
    path("desk/requests/<slug:id>/ask/", review.ask_question, name="ask_question"),
    path("desk/signatures/<slug:id>/seal/", seal_views.seal_again, name="seal_again"),
    path(".well-known/trustcenter/seal.pem", seal_views.seal_certificates, name="seal_certificates"),
]
