"""A real pcscd that is used impatiently, and others who hold its card."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import ShareMode
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pcsc import PCSCResourceManager
from scardmgr.winscard.pcsc.bounds import daemon_socket
from scardmgr.winscard.pcscd_client import PCSCDClient
from virtual_reader.binding import SOCKET_VARIABLE

#: Long enough for whatever is not to be given up, also on a busy machine.
PATIENCE_S, ANSWER_S = 1.0, 1.5
_PROCESS_S = 60.0
_HOLDER = """
import sys
from smartcard.scard import *
hr, context = SCardEstablishContext(SCARD_SCOPE_USER)
hr, card, protocol = SCardConnect(context, sys.argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)
assert hr == 0, hr
assert SCardBeginTransaction(card) == 0
print("held", flush=True)
sys.stdin.read()
assert SCardEndTransaction(card, SCARD_LEAVE_CARD) == 0
"""


class Desk:
    """A card in a reader of a real pcscd, a patient resource manager for others, and an impatient one.

    Attributes:
        bench: the others'.
        rm: the impatient one.
        card: what is in the reader.
        context: of the impatient one.
    """

    def __init__(self, bench: Any, stack: ExitStack) -> None:
        self.bench = bench
        self.card = bench.insert_scripted()
        self.reader: str = bench.reader
        self.rm = PCSCResourceManager(database=SmartCardDatabase.in_memory(), patience_s=PATIENCE_S, answer_s=ANSWER_S)
        self._stack = stack
        self.context = self.another_context()

    def another_context(self) -> int:
        """Another context of the impatient one, released when the test ends."""
        context = self.rm.establish_context()
        self._stack.callback(self._release, context)
        return context

    def _release(self, context: int) -> None:
        if not self.rm.is_valid_context(context):
            return
        self.rm.release_context(context)

    def connect(self, share_mode: ShareMode = ShareMode.SHARED, context: int | None = None) -> int:
        return self.rm.connect(self.context if context is None else context, self.reader, share_mode).handle

    def held(self) -> Callable[[], None]:
        """Have somebody else of this process hold the card in a transaction; what is returned has him go."""
        other = self.bench.connect_other()
        self.bench.rm.begin_transaction(other)

        def go() -> None:
            self.bench.rm.end_transaction(other)
            self.bench.rm.disconnect(other)

        return go

    def held_by_a_process(self) -> Callable[[], None]:
        """Have another program do so."""
        process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, self.reader],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"

        def end() -> None:
            process.communicate(timeout=_PROCESS_S)
            assert process.returncode == 0

        return end

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to see the reader."""
        return {**os.environ, **self.bench.environment}

    def open_handles(self) -> int:
        """How many handles pcscd has of the reader."""
        client = PCSCDClient(self.bench.environment[SOCKET_VARIABLE], 10.0)
        try:
            occupancy = client.occupancy(self.reader)
        finally:
            client.close()
        assert occupancy is not None
        return occupancy.handles

    def is_free(self) -> bool:
        """Whether nobody has a transaction on the card."""
        client = PCSCDClient(self.bench.environment[SOCKET_VARIABLE], 10.0)
        try:
            return not client.is_held(self.reader, 0.5)
        finally:
            client.close()


@pytest.fixture
def desk(bench: Any) -> Iterator[Desk]:
    """The one of a test whose parameter ``bench`` is "pcscd"."""
    with ExitStack() as stack:
        yield Desk(bench, stack)


@pytest.fixture
def socket_of_a_context(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """By the test's parameter: "known", or "unknown" as elsewhere than on Linux."""
    if request.param == "unknown":
        monkeypatch.setattr(daemon_socket, "opened_since", lambda _: None)
    return str(request.param)


@pytest.fixture
def code() -> Callable[[Callable[[], Any]], int]:
    """The code with which a call fails."""

    def of(call: Callable[[], Any]) -> SCardCode | int:
        with pytest.raises(SCardError) as raised:
            call()
        return raised.value.code

    return of
