"""A token is never given a PIN that may lock it. SoftHSM never locks, so a token of paper has the flags that matter."""

import pkcs11
import pytest
from pkcs11 import ObjectClass, TokenFlag

from trustcenter.vault.clients import pkcs11 as client
from trustcenter.vault.clients.pkcs11 import Pin, PinRefused, TokenAddress, token_key

ADDRESS = TokenAddress(module="/paper.so", token="paper", object="key")
RIGHT = "2468"


class Paper:
    """A token that takes one PIN, does or does not say that it was given another, and counts."""

    def __init__(self, flags: int = 0) -> None:
        self.flags, self.tries = flags, 0

    def get_token(self, *, token_label: str) -> "Paper":
        return self

    def open(self, *, user_pin: str) -> "Paper":
        self.tries += 1
        if user_pin != RIGHT:
            raise pkcs11.PinIncorrect
        return self

    def get_key(self, **words: object) -> "Paper":
        return self

    def __enter__(self) -> "Paper":
        return self

    def __exit__(self, *error: object) -> None:
        pass


@pytest.fixture
def paper(monkeypatch):
    token = Paper()
    monkeypatch.setattr(client, "_accepted", {})
    monkeypatch.setattr(pkcs11, "lib", lambda module: token)
    return token


def refusal(pin: str = RIGHT) -> str:
    try:
        with token_key(ADDRESS, Pin(pin, "SEAL_PIN"), ObjectClass.PRIVATE_KEY):
            return ""
    except PinRefused as refused:
        return str(refused)


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        (TokenFlag.USER_PIN_COUNT_LOW, "pkcs11-tool --login"),
        (TokenFlag.USER_PIN_FINAL_TRY, "pkcs11-tool --login"),
        (TokenFlag.USER_PIN_LOCKED, "security officer"),
    ],
)
def test_token_that_may_lock_is_left_alone(paper, flag, said):
    paper.flags = flag
    assert said in refusal()
    assert paper.tries == 0


def test_wrong_pin_is_given_once_to_a_token_that_says_nothing(paper):
    for _ in range(5):
        assert "does not accept SEAL_PIN" in refusal("0000")
    assert paper.tries == 1
    # Another PIN is another matter.
    assert not refusal()


def test_pin_that_is_not_set_is_not_given(paper):
    assert refusal("") == "SEAL_PIN is not set"
    assert paper.tries == 0


def test_somebody_else_s_wrong_pin_does_not_stop_a_site_whose_own_was_right(paper):
    assert not refusal()
    paper.flags = TokenFlag.USER_PIN_COUNT_LOW
    assert not refusal()
    paper.flags |= TokenFlag.USER_PIN_FINAL_TRY
    assert refusal()
    assert paper.tries == 2
