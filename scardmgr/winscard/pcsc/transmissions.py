"""Counting the commands that went through real PC/SC: neither pcsc-lite nor pyscard has SCardGetTransmitCount."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import Any

_SUCCESS = 0


class Transmissions:
    """SCardTransmit, counted for each reader, on the handles that the resource manager itself gave out.

    Args:
        scard: ``smartcard.scard``, or a module like it.
    """

    def __init__(self, scard: Any) -> None:
        self._transmit = scard.SCardTransmit
        self._disconnect = scard.SCardDisconnect
        self._lock = RLock()  # a finalizer may disconnect wherever the thread is
        self._readers: dict[int, str] = {}
        self._handles: dict[int, set[int]] = {}
        self._counts: dict[str, int] = {}

    def opened(self, context: int, card: int, reader: str) -> None:
        """A handle was given out for a reader, by its system name."""
        with self._lock:
            self._readers[card] = reader
            self._handles.setdefault(context, set()).add(card)

    def released(self, context: int) -> None:
        """A context is released, and its handles with it."""
        with self._lock:
            for card in self._handles.pop(context, ()):
                self._readers.pop(card, None)

    def disconnect(self, hcard: int, disposition: int) -> Any:
        """As pyscard's SCardDisconnect."""
        code = self._disconnect(hcard, disposition)
        if code == _SUCCESS:
            with self._lock:
                self._readers.pop(hcard, None)
                for cards in tuple(self._handles.values()):
                    cards.discard(hcard)
        return code

    def transmit(self, hcard: int, protocol: int, command: Sequence[int]) -> Any:
        """As pyscard's SCardTransmit; counted where it succeeds."""
        answer = self._transmit(hcard, protocol, command)
        if answer[0] == _SUCCESS:
            reader = self._readers.get(hcard)
            if reader is not None:
                with self._lock:
                    self._counts[reader] = self._counts.get(reader, 0) + 1
        return answer

    def count(self, reader: str) -> int:
        """How many commands were carried to a reader and answered."""
        return self._counts.get(reader, 0)
