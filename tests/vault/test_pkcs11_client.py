"""A token is never sent a PIN that may lock it. SoftHSM never locks, so these tests use a fake token with the flags."""

import pkcs11
import pytest
from pkcs11 import ObjectClass, TokenFlag

from trustcenter.vault.clients import pkcs11 as client
from trustcenter.vault.clients.pkcs11 import Pin, PinRefused, TokenAddress, token_key

ADDRESS = TokenAddress(module="/paper.so", token="paper", object="key")
RIGHT = "2468"


class Paper:
    """A token that accepts one PIN, counts attempts, and may report wrong ones in its flags."""

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
def test_token_that_may_lock_is_not_tried(paper, flag, said):
    paper.flags = flag
    assert said in refusal()
    assert paper.tries == 0


def test_wrong_pin_is_sent_once_to_a_token_without_flags(paper):
    for _ in range(5):
        assert "does not accept SEAL_PIN" in refusal("0000")
    assert paper.tries == 1
    # Another PIN may be tried.
    assert not refusal()


def test_unset_pin_is_not_sent(paper):
    assert refusal("") == "SEAL_PIN is not set"
    assert paper.tries == 0


def test_wrong_pin_of_another_program_does_not_stop_a_site_whose_pin_was_right(paper):
    assert not refusal()
    paper.flags = TokenFlag.USER_PIN_COUNT_LOW
    assert not refusal()
    paper.flags |= TokenFlag.USER_PIN_FINAL_TRY
    assert refusal()
    assert paper.tries == 2
