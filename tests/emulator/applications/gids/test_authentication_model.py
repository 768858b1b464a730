"""Whatever is presented in whatever order: who is in, and how many tries are left, is what a short model says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gids_desk import ADMIN_KEY, OTHER_KEY, PUK, Desk
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card

PINS = (b"12345678", b"8765", b"0000111122223333")  # none begins as another one does
STEPS = st.one_of(
    st.tuples(st.just("verify"), st.sampled_from(PINS)),
    st.tuples(st.just("change"), st.sampled_from(PINS), st.sampled_from(PINS)),
    st.tuples(st.just("set"), st.sampled_from(PINS)),
    st.tuples(st.just("unblock"), st.booleans(), st.sampled_from(PINS)),
    st.tuples(st.just("reset by administrator"), st.sampled_from(PINS)),
    st.tuples(st.just("authenticate"), st.booleans(), st.booleans()),
    st.tuples(st.just("deauthenticate")),
    st.tuples(st.just("power")),
)


class Model:
    """A PIN, its PUK, and the administrator."""

    def __init__(self) -> None:
        self.pin, self.tries, self.puk_tries = PINS[0], 3, 5
        self.user = self.administrator = False

    def _present(self, pin: bytes) -> str:
        self.user = False if self.tries else self.user
        if self.tries == 0:
            return "6983"
        if pin != self.pin:
            self.tries -= 1
            return f"63C{self.tries}"
        self.tries = 3
        return "9000"

    def step(self, name: str, *what: Any) -> str:
        """The status word that the step is to have."""
        if name in ("deauthenticate", "power"):
            self.user = self.administrator = False
            return "9000"
        if name == "authenticate":
            self.administrator = what[0]
            return "9000" if what[0] else "6982"
        if name == "unblock":
            if self.puk_tries == 0:
                return "6983"
            self.puk_tries = 5 if what[0] else self.puk_tries - 1
            if not what[0]:
                return f"63C{self.puk_tries}"
        if name in ("set", "reset by administrator") and not (self.user if name == "set" else self.administrator):
            return "6982"
        if name in ("verify", "change"):
            sw = self._present(what[0])
            if sw != "9000":
                return sw
            self.user = True
        if name != "verify":
            self.pin, self.tries = what[-1], 3
        if name in ("unblock", "reset by administrator"):
            self.user = self.administrator = False
        return "9000"


def send(desk: Desk, name: str, *what: Any) -> str:
    match name:
        case "verify":
            return desk.verify(what[0])
        case "change":
            return desk.sw(0x24, 0x0080, what[0] + what[1])
        case "set":
            return desk.sw(0x24, 0x0180, what[0])
        case "unblock":
            return desk.sw(0x2C, 0x0080, (PUK if what[0] else PUK[::-1]) + what[1])
        case "reset by administrator":
            return desk.sw(0x2C, 0x0280, what[0])
        case "authenticate":
            key = ADMIN_KEY if what[0] else OTHER_KEY
            return desk.authenticate_mutually(key)[1] if what[1] else desk.authenticate(key)
        case "deauthenticate":
            return desk.sw(0x20, 0x0082)
    desk.card.power_off()
    desk.card.power_on()
    return "9000"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    text = (Path(__file__).parents[4] / "emulator" / "profiles" / "gids.toml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("card") / "gids.toml"
    path.write_text(f'{text}puk = "{PUK.decode()}"\n', encoding="utf-8")
    return Card.from_profile(path)


@given(steps=st.lists(STEPS, max_size=20))
def test_the_card_does_as_the_model(card: Card, steps: list[tuple[Any, ...]]) -> None:
    mark = card.snapshot()
    try:
        _compare(Desk(card), Model(), steps)
    finally:
        card.restore(mark)


def _compare(desk: Desk, model: Model, steps: list[tuple[Any, ...]]) -> None:
    for step in steps:
        assert send(desk, *step) == model.step(*step)
        tries = desk.get_word(0x3FFF, "7F71")[0], desk.get_word(0x3FFF, "7F73")[0]
        assert [answer[5] for answer in tries] == [model.tries, model.puk_tries]
        assert (desk.get_word(0xA013, "")[1] == "9000") == (model.user or model.administrator)
        assert (desk.get_word(0xA014, "")[1] == "9000") == model.administrator
