"""Posts for everyone: what they name that is not there, certificates that had ended before, and incidents without news.

A post is dated, so it is held only to what was true when it was published or last changed.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from certifications.checking.contradictions import says_in_force
from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding, Place
from certifications.checking.texts import Text, naming
from certifications.models import Status, Update
from trustcenter.web import dates

# An incident that goes on is silent for longer than this.
SILENT = timedelta(days=14)


def posts(facts: Facts) -> Iterator[Finding]:
    """What is wrong with each post, apart from its words, which `wrong_words` reads."""
    for post in facts.posts:
        yield from _missing(facts, post)
        yield from _ended(facts, post)
        yield from _silent(facts, post)


def post_texts(facts: Facts) -> Iterator[Text]:
    """The texts of the posts, with the entries of their timelines."""
    for post in facts.posts:
        for text in (post.title, post.body, post.impact, post.data, *(entry.text for entry in post.timeline.all())):
            if text:
                yield Text(place_of(post), text)


def place_of(post: Update) -> Place:
    return Place("updates", post.slug, post.title, reverse("certifications:edit_update", args=[post.slug]))


def _missing(facts: Facts, post: Update) -> Iterator[Finding]:
    for slug in post.documents:
        if slug not in facts.paper:
            yield Finding(
                Code.EVIDENCE_MISSING,
                _("“%(name)s” is about the document “%(slug)s”, but there is no such document.")
                % {"name": post.title, "slug": slug},
                (place_of(post),),
                _("Remove the document from the post."),
            )


def _ended(facts: Facts, post: Update) -> Iterator[Finding]:
    in_force = {row.framework_id for row in facts.certifications if row.status.tone == "good"}
    said = post.changed_at.date()
    for row in facts.certifications:
        over = row.valid_until
        if row.status != Status.EXPIRED or over is None or over >= said or row.framework_id in in_force:
            continue
        name, where = naming(row.framework.name), place(row)
        sentences = [one for text in (post.title, post.body) for one in Text(where, text).sentences]
        if any(says_in_force(sentence, name) for sentence in sentences):
            words = {"name": where.name, "day": dates.in_full(over), "other": post.title, "said": dates.in_full(said)}
            yield Finding(
                Code.ENDED,
                _("“%(name)s” ended on %(day)s, but “%(other)s” of %(said)s reads as if it were in force.") % words,
                (place_of(post), where),
                _("Correct the post, or enter the new certificate."),
            )


def _silent(facts: Facts, post: Update) -> Iterator[Finding]:
    latest = post.latest
    since = latest.at if latest else post.started_at
    if post.is_open and since is not None and since.date() < facts.today - SILENT:
        yield Finding(
            Code.SILENT,
            _("The incident “%(name)s” is open, but its timeline has had no entry since %(day)s.")
            % {"name": post.title, "day": dates.in_full(since.date())},
            (place_of(post),),
            _("Say where it stands, or that it is resolved."),
        )
