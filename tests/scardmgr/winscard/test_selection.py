"""Choosing a resource manager."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from scardmgr.winscard import selection
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import PyscardMissing, SCardError, UnknownManagerKind
from scardmgr.winscard.selection import resource_manager


class Daemon:
    """What stands for real PC/SC here: no test is to look at the machine's own."""

    kind = "pcsc"

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.open: set[int] = set()

    def establish_context(self) -> int:
        if self.code != 0:
            raise SCardError(self.code)
        self.open.add(1)
        return 1

    def release_context(self, context: int) -> None:
        self.open.remove(context)


def test_the_embedded_one_is_the_same_at_every_call_from_every_thread() -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(resource_manager("embedded"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert isinstance(found[0], EmbeddedResourceManager)
    assert EmbeddedResourceManager() is not found[0]


def test_auto_is_real_pcsc_where_a_daemon_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = Daemon()
    monkeypatch.setattr(selection, "_pcsc", lambda: daemon)
    assert resource_manager() is resource_manager("auto") is daemon
    assert daemon.open == set()


def test_auto_is_embedded_where_no_daemon_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "_pcsc", lambda: Daemon(0x8010001D))
    assert resource_manager("auto") is resource_manager("embedded")


def test_auto_is_embedded_without_pyscard(monkeypatch: pytest.MonkeyPatch) -> None:
    selection._pcsc.forget()
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    assert resource_manager("auto") is resource_manager("embedded")


def test_pcsc_without_pyscard_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    selection._pcsc.forget()
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(PyscardMissing):
        resource_manager("pcsc")


@pytest.mark.parametrize("kind", ["", "PCSC", "windows"])
def test_another_kind_is_refused_with_those_that_exist(kind: str) -> None:
    with pytest.raises(UnknownManagerKind, match="auto, embedded, pcsc") as raised:
        resource_manager(kind)
    assert isinstance(raised.value, ValueError)
    assert repr(kind) in str(raised.value)


def test_a_signal_handler_that_asks_in_the_middle_of_the_making_gets_the_one_that_stays() -> None:
    handlers: list[object] = []

    def make() -> object:
        if not handlers:
            handlers.append(None)
            handlers[0] = once()
        return object()

    once = selection._Once(make)
    assert once() is once() is handlers[0]
