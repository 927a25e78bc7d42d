"""Why a step on a post is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from certifications.models import DutyClock, IncidentEntry
from trustcenter.audit import words


class Refusal(models.TextChoices):
    NOT_WRITER = "not_update_writer", _("You do not have permission to write posts. Nothing was changed.")
    OTHER_UPDATE = (
        "other_update",
        _("Somebody has changed this post since you opened it. Open it in another window and merge the two texts."),
    )
    UPDATE_GONE = "update_gone", _("This post no longer exists.")
    PUBLISHED = "update_published", _("This post is published. It can be corrected, but not removed.")
    ALREADY_PUBLISHED = "update_already_published", _("This post is already published.")
    NOT_PUBLISHED = "update_not_published", _("Publish this post first.")
    IN_THE_PAST = "update_date_past", _("This time has passed. Choose a later one, in UTC, or publish the post now.")
    NOT_SCHEDULED = "update_not_scheduled", _("This post has no date at which it is published.")
    ANNOUNCED = "update_announced", _("Subscribers have already been told about this post.")
    NO_ENTRY = (
        "incident_without_entry",
        _("Write the first entry of its timeline, so that readers see where it stands."),
    )
    NO_INCIDENT = "no_incident", _("Only an incident has a timeline and duties.")
    HAS_TIMELINE = "incident_has_timeline", _("This incident has a timeline or duties, so it stays an incident.")
    NOT_YET = "time_to_come", _("This time is in the future. Enter the time at which it happened, in UTC.")
    BEFORE_START = "time_before_start", _("This time is before the incident began.")
    SAME_TIME = "entry_same_time", _("There is already an entry for this time. Enter another minute.")
    DUTY_TWICE = "duty_twice", _("This duty already has a clock.")
    NO_CONTRACT = "duty_without_contract", _("Say which contract this is, and how many hours it allows.")
    NO_NOTIFICATION = (
        "duty_without_notification",
        _("The month runs from the notification. First say on its clock when it was submitted."),
    )
    OTHER_NOTIFICATION = (
        "duty_of_another_notification",
        _("The month runs from the notification, which was submitted at %(at)s UTC. Enter this time."),
    )
    DUTY_MET = "duty_met", _("This duty has already been met.")
    BEFORE_EVENT = "told_before_event", _("Nobody can be told before the event. Check the time.")


words.register("refusal", dict(Refusal.choices))
words.register("duty", dict(DutyClock.Duty.choices))
words.register("incident_status", dict(IncidentEntry.Status.choices))
