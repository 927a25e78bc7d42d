from django.urls import path

from ndaflow.invitations import views

app_name = "invitations"
urlpatterns = [path("invited/<slug:id>/", views.invited, name="invited")]
