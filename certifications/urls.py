from django.urls import path

from certifications import views
from certifications.badges import badge
from certifications.brand import views as brand
from certifications.checking import views as checking
from certifications.editing import step_views as steps
from certifications.editing import views as editing
from certifications.history import views as history
from certifications.search.views import search
from certifications.subscribing import views as subscribing
from certifications.updates import desk_views as updates_desk
from certifications.updates import feeds, incident_views
from certifications.updates import views as updates

app_name = "certifications"
urlpatterns = [
    path("subprocessors/", views.subprocessors, name="subprocessors"),
    path("brand/<str:name>", brand.image, name="brand_image"),
    path("brand/colour/<str:digits>.css", brand.colour, name="colour"),
    path("desk/brand/", brand.brand, name="brand"),
    path("badge/<slug:slug>.svg", badge, name="badge"),
    path("search/", search, name="search"),
    path("changes/", history.changes, name="changes"),
    path("changes/<int:number>/posture.json", history.posture_of, name="posture_of"),
    path("changes/<int:number>.tlog-proof", history.receipt, name="receipt"),
    path("desk/facts/", checking.facts, name="facts"),
    path("desk/facts/confirm/", checking.confirm, name="confirm_fact"),
    path("desk/content/", editing.content, name="content"),
    path("desk/content/new/<slug:part>/", editing.new_row, name="new_row"),
    path("desk/content/<slug:part>/<slug:slug>/", editing.edit_row, name="edit_row"),
    path("desk/content/<slug:part>/<slug:slug>/earlier/", editing.earlier_rows, name="earlier_rows"),
    path("desk/content/<slug:part>/<slug:slug>/back/", steps.go_back, name="go_back"),
    path("desk/content/<slug:part>/<slug:slug>/publish/", steps.publish_row, name="publish_row"),
    path("desk/content/<slug:part>/<slug:slug>/schedule/", steps.schedule_row, name="schedule_row"),
    path("desk/content/<slug:part>/<slug:slug>/unschedule/", steps.unschedule_row, name="unschedule_row"),
    path("desk/content/<slug:part>/<slug:slug>/discard/", steps.discard_row, name="discard_row"),
    path("desk/content/<slug:part>/<slug:slug>/remove/", steps.remove_row, name="remove_row"),
    path("updates/", updates.updates, name="updates"),
    path("updates/feed.atom", feeds.atom, name="feed_atom"),
    path("updates/feed.json", feeds.json_feed, name="feed_json"),
    path("updates/subscribe/", subscribing.subscribe, name="subscribe"),
    path("updates/subscribe/<slug:request_id>/", subscribing.confirm, name="confirm_subscription"),
    path("updates/subscription/<slug:token>/", subscribing.subscription, name="subscription"),
    path("updates/subscription/<slug:token>/unsubscribe/", subscribing.unsubscribe, name="unsubscribe"),
    path("updates/<slug:slug>/", updates.update, name="update"),
    path("desk/updates/", updates_desk.updates, name="desk_updates"),
    path("desk/updates/new/", updates_desk.new_update, name="new_update"),
    path("desk/updates/<slug:slug>/", updates_desk.edit_update, name="edit_update"),
    path("desk/updates/<slug:slug>/earlier/", updates_desk.earlier_update, name="earlier_update"),
    path("desk/updates/<slug:slug>/publish/", updates_desk.publish_update, name="publish_update"),
    path("desk/updates/<slug:slug>/schedule/", updates_desk.schedule_update, name="schedule_update"),
    path("desk/updates/<slug:slug>/tell/", updates_desk.announce_update, name="announce_update"),
    path("desk/updates/<slug:slug>/remove/", updates_desk.remove_update, name="remove_update"),
    path("desk/updates/<slug:slug>/timeline/", incident_views.add_entry, name="add_entry"),
    path("desk/updates/<slug:slug>/duties/", incident_views.start_clock, name="start_clock"),
    path("desk/updates/<slug:slug>/duties/<slug:clock_id>/", incident_views.meet_duty, name="meet_duty"),
]
