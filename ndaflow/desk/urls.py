from django.urls import path

from ndaflow.desk import views
from ndaflow.desk.agreements import views as agreements
from ndaflow.desk.levels import views as levels

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
    path("desk/levels/", levels.levels, name="levels"),
    path("desk/levels/new/", levels.new_level, name="new_level"),
    path("desk/levels/<slug:slug>/", levels.level, name="level"),
    path("desk/levels/<slug:slug>/remove/", levels.remove_level, name="remove_level"),
    path("desk/agreements/", agreements.agreements, name="agreements"),
    path("desk/agreements/signatures.csv", agreements.signatures_csv, name="signatures_csv"),
    path("desk/agreements/<slug:slug>/new/", agreements.new_version, name="new_version"),
    path("desk/agreements/<slug:slug>/publish/", agreements.publish_version, name="publish_version"),
    path("desk/agreements/<slug:slug>/<int:number>/", agreements.version, name="agreement_version"),
]
