from django.urls import path

from certifications import views
from certifications.badges import badge
from certifications.brand import views as brand
from certifications.checking import views as checking
from certifications.history import views as history
from certifications.search.views import search
from certifications.sharing import share

app_name = "certifications"
urlpatterns = [
    path("subprocessors/", views.subprocessors, name="subprocessors"),
    path("brand/<str:name>", brand.image, name="brand_image"),
    path("brand/colour/<str:digits>.css", brand.colour, name="colour"),
    path("desk/brand/", brand.brand, name="brand"),
    path("desk/brand/<str:kind>/remove/", brand.remove_image, name="remove_image"),
    path("badge/<slug:slug>.svg", badge, name="badge"),
    path("search/", search, name="search"),
    path("changes/", history.changes, name="changes"),
    path("changes/<int:number>/posture.json", history.posture_of, name="posture_of"),
    path("changes/<int:number>.tlog-proof", history.receipt, name="receipt"),
    path("desk/facts/", checking.facts, name="facts"),
    path("desk/facts/confirm/", checking.confirm, name="confirm_fact"),
    path("desk/share/", share, name="share"),
]
