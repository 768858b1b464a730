"""Many threads on few readers: nothing blocks for ever, nothing is lost, nothing but PC/SC codes is raised."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError, SlotError
from scardmgr.winscard.values import ReaderState

READERS = ["R0", "R1"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_threads_do_ends_and_leaves_the_readers_usable(seed: int, threads: Any, scripted_card: Any) -> None:
    rm = EmbeddedResourceManager(patience_s=0.05)
    slots = [rm.add_reader(name) for name in READERS]

    def program(number: int) -> None:
        choice = random.Random(seed * 100 + number)
        context = rm.establish_context()
        cards: list[int] = []
        for _ in range(60):
            act = choice.randrange(9)
            with suppress(SCardError):
                if act == 0 or not cards:
                    cards.append(rm.connect(context, choice.choice(READERS), choice.choice(list(ShareMode))).handle)
                elif act == 1:
                    rm.disconnect(cards.pop(choice.randrange(len(cards))), choice.choice(list(Disposition)))
                elif act == 2:
                    rm.begin_transaction(choice.choice(cards))
                elif act == 3:
                    rm.end_transaction(choice.choice(cards), choice.choice(list(Disposition)))
                elif act == 4:
                    rm.reconnect(
                        choice.choice(cards), choice.choice(list(ShareMode)), Protocols.ANY, choice.choice([0, 1, 2])
                    )  # type: ignore[arg-type]
                elif act == 5:
                    rm.status(choice.choice(cards))
                elif act == 6:
                    rm.get_status_change(context, choice.choice([0, 1]), [ReaderState(name, 0x20) for name in READERS])
                else:
                    assert rm.transmit(choice.choice(cards), b"\0\0\0\0") == b"\x90\x00"
        rm.release_context(context)

    def hand(number: int) -> None:
        choice = random.Random(seed * 100 + 50 + number)
        slot = slots[number]
        for _ in range(60):
            with suppress(SlotError):
                slot.insert(scripted_card(choice.choice([b"\x3b\x80\x01\x81", b"\x3b\x00", b""])))
            if choice.random() < 0.5:
                slot.remove()

    running: list[Callable[[], Any]] = [threads.start(lambda n=n: program(n)) for n in range(6)]
    running += [threads.start(lambda n=n: hand(n)) for n in range(len(slots))]
    for result in running:
        result()
    assert rm._cards == {}
    assert [(slot.handles, slot.exclusive, slot.hold.holder) for slot in slots] == [([], False, None)] * 2
    for slot in slots:
        slot.remove()
        slot.insert(scripted_card())
    context = rm.establish_context()
    for name in READERS:
        assert rm.transmit(rm.connect(context, name, ShareMode.EXCLUSIVE).handle, b"\0\0\0\0") == b"\x90\x00"


def test_no_command_is_lost_or_mixed_up(threads: Any, scripted_card: Any) -> None:
    rm = EmbeddedResourceManager()
    card = scripted_card()
    card.answer = lambda command: command + b"\x90\x00"
    rm.add_reader("R").insert(card)
    rounds = 200

    def program(number: int) -> None:
        handle = rm.connect(rm.establish_context(), "R").handle
        for index in range(rounds):
            command = bytes([0, number, index])
            assert rm.transmit(handle, command) == command + b"\x90\x00"

    for result in [threads.start(lambda n=n: program(n)) for n in range(8)]:
        result()
    commands = [each for each in card.history if isinstance(each, bytes)]
    assert len(commands) == len(set(commands)) == 8 * rounds


def test_a_command_in_one_reader_does_not_hold_up_another(threads: Any, scripted_card: Any) -> None:
    import threading

    rm = EmbeddedResourceManager()
    slow, quick = scripted_card(), scripted_card()
    started, go_on = threading.Event(), threading.Event()

    def wait(_: bytes) -> bytes:
        started.set()
        assert go_on.wait(10)
        return b"\x90\x00"

    slow.answer = wait
    for name, card in (("slow", slow), ("quick", quick)):
        rm.add_reader(name).insert(card)
    context = rm.establish_context()
    handles = {name: rm.connect(context, name).handle for name in ("slow", "quick")}
    result = threads.start(lambda: rm.transmit(handles["slow"], b"\0"))
    assert started.wait(10)
    assert rm.transmit(handles["quick"], b"\0") == b"\x90\x00"
    assert rm.status(handles["slow"]).reader == "slow"
    go_on.set()
    assert result() == b"\x90\x00"
