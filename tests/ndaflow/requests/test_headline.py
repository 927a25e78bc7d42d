"""The sentence at the top of a request's page, for every mix of states."""

from datetime import datetime
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from documents.models import Document
from ndaflow.agreements.needed import Needed
from ndaflow.requests.headlines import headline
from ndaflow.requests.progress import Row, Situation, State

pytestmark = pytest.mark.once

ENDED = datetime(2026, 3, 2, 12, tzinfo=timezone.get_default_timezone())


def of(*states: State) -> str:
    document = Document(title="SOC 2 report", agreements=["nda"])
    item = SimpleNamespace(document=document, grant=SimpleNamespace(ended_at=None, ends_at=ENDED), grant_id=1)
    needs = Needed(
        slug="nda",
        agreement=SimpleNamespace(title="NDA"),
        version=SimpleNamespace(number=2),
        coverage=None,
        former=SimpleNamespace(version=SimpleNamespace(number=1), ended_at=None),
    )
    situation = Situation(request=None, agreements={"nda": needs}, coverage={}, question=None, now=timezone.now())
    return headline([Row(item, state, "") for state in states], situation)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.OPEN, "Your document is open"),
        (State.ANSWER, "Your turn: answer our question"),
        (State.SIGN, "Your turn: sign the NDA"),
        (State.SIGN_AGAIN, "The NDA has changed: sign version 2 to open SOC 2 report"),
        (State.NO_AGREEMENT, "We are preparing the NDA"),
        (State.REVIEW, "We are reviewing your request"),
        (State.DENIED, "Your request was denied"),
        (State.WITHDRAWN, "You withdrew this request"),
        (State.REVOKED, "Your access was revoked"),
        (State.EXPIRED, "Your access ended on 2 March 2026"),
        (State.REPLACED, "Your access has ended"),
        (State.OUTGROWN, "Your access has ended"),
    ],
)
def test_one_document(state, sentence):
    assert of(state) == sentence


def test_several_documents_in_the_same_state():
    assert of(State.OPEN, State.OPEN) == "Your two documents are open"
    assert of(State.SIGN, State.SIGN, State.SIGN) == "Your turn: sign the NDA"
    assert of(State.SIGN_AGAIN, State.SIGN_AGAIN).endswith("to open your documents")


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ([State.OPEN, State.SIGN], "One document is open, one needs your signature"),
        ([State.SIGN, State.OPEN], "One document is open, one needs your signature"),
        ([State.OPEN, State.OPEN, State.REVIEW], "Two documents are open, one is in review"),
        ([State.OPEN, State.SIGN_AGAIN], "One document is open, one needs your signature"),
        ([State.ANSWER, State.DENIED, State.DENIED], "One document needs your answer, two were denied"),
        ([State.NO_AGREEMENT, State.DENIED], "One document waits for our agreement, one was denied"),
        ([State.OPEN, State.REVOKED, State.EXPIRED], "One document is open, two have ended"),
        ([State.OPEN, State.REVIEW, State.DENIED], "One document is open, one is in review, one was denied"),
        ([State.REVOKED, State.EXPIRED], "Your access has ended"),
        ([State.SIGN, State.SIGN_AGAIN], "Your turn: sign the NDA"),
    ],
)
def test_documents_in_different_states(states, sentence):
    assert of(*states) == sentence


def test_numbers_are_words_in_english_only():
    with translation.override("de"):
        assert of(State.OPEN, State.OPEN) == "Ihre 2 Dokumente sind geöffnet"
        assert "one" not in of(State.OPEN, State.OPEN, State.REVIEW)
