"""Real PC/SC: Ctrl-C between the steps of a call leaves nothing taken."""

from __future__ import annotations

from typing import Any

import pytest

from scardmgr.winscard.pcsc.bounds import establishing, handover
from scardmgr.winscard.pcsc.bounds.handover import Job

pytestmark = pytest.mark.parametrize("bench", ["pcscd"], indirect=True)
COMMAND = bytes.fromhex("00A4000C023F00")


def interrupted(*_: object) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("call", ["connect", "another_context"])
def test_before_the_call_is_handed_to_another_thread(desk: Any, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Job, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        getattr(desk, call)()
    monkeypatch.undo()
    assert desk.rm.transmit(desk.connect(), COMMAND) == b"\x90\x00"
    assert desk.rm.transmit(desk.connect(context=desk.another_context()), COMMAND) == b"\x90\x00"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["connect", "another_context"])
def test_when_it_is_handed_over(desk: Any, call: str, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = handover._hand

    def hand_and_be_interrupted(job: Job[Any]) -> None:
        if when == "after":
            hand(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(handover, "_hand", hand_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        getattr(desk, call)()
    monkeypatch.undo()
    context = desk.another_context()
    assert desk.rm.transmit(desk.connect(context=context), COMMAND) == b"\x90\x00"


def test_while_the_daemon_is_asked_whether_it_answers(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(establishing, "is_overrun", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.another_context()
    monkeypatch.undo()
    assert desk.rm.list_readers(desk.another_context())[0] == desk.reader


def test_a_call_that_was_interrupted_is_watched_no_more(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    card = desk.connect()
    context = desk.rm._scard._contexts[desk.context]
    for call, name in (
        (lambda: desk.rm.transmit(card, COMMAND), "SCardTransmit"),
        (lambda: desk.rm.list_readers(desk.context), "SCardListReaders"),
    ):
        monkeypatch.setattr(context.scard, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            call()
        monkeypatch.undo()
        assert context.call is None
    assert desk.rm.transmit(card, COMMAND) == b"\x90\x00"
