from django.urls import path

from trustcenter.site.people import views

app_name = "people"
urlpatterns = [
    path("desk/people/", views.people, name="list"),
    path("desk/people/add/", views.add, name="add"),
    path("desk/people/<slug:id>/", views.person_page, name="person"),
    path("desk/people/<slug:id>/roles/", views.change_roles, name="roles"),
    path("desk/people/<slug:id>/close/", views.close, name="close"),
    path("desk/people/<slug:id>/reopen/", views.reopen, name="reopen"),
    path("desk/people/<slug:id>/start-over/", views.start_over, name="start_over"),
]
