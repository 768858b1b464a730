"""The functions that pyscard has on Windows only: card types, and locating cards.

Elsewhere there are no such names, as in pyscard: a program that asks whether there is a function goes the way it goes
on that platform.
"""

# ruff: noqa: N802, N803 - the names are pyscard's

from __future__ import annotations

from typing import Any

from scardmgr.winscard.pyscard_programs.scard_functions import ScardFunctions


class WindowsScardFunctions(ScardFunctions):
    """All functions of pyscard on Windows."""

    def SCardIntroduceCardType(
        self,
        hcontext: int,
        cardname: str,
        primaryprovider: list[int],
        providerlist: list[int],
        atr: list[int],
        mask: list[int],
    ) -> int:
        """``hr``."""
        function, take = "SCardIntroduceCardType", self._take
        context, name = take.context(function, hcontext), take.text(function, 2, cardname)
        lists = [take.octets(function, numbers) for numbers in (primaryprovider, providerlist, atr, mask)]
        raw = (hcontext, cardname, primaryprovider, providerlist, atr, mask)
        return self._code(function, raw, context, name, *lists)

    def SCardForgetCardType(self, hcontext: int, cardname: str) -> int:
        """``hr``."""
        return self._names("SCardForgetCardType", hcontext, cardname)

    def SCardGetCardTypeProviderName(self, hcontext: int, cardname: str, dwProviderId: int) -> list[Any]:
        """``[hr, name]``."""
        function = "SCardGetCardTypeProviderName"
        context, name = self._take.context(function, hcontext), self._take.text(function, 2, cardname)
        provider = self._take.dword(function, dwProviderId)
        return self._list(function, (hcontext, cardname, dwProviderId), [None], context, name, provider)

    def SCardListCards(self, hcontext: int, atr: list[int], providerlist: list[int]) -> list[Any]:
        """``[hr, [name, ...]]``."""
        function = "SCardListCards"
        context, octets = self._take.context(function, hcontext), self._take.octets(function, atr)
        interfaces = self._take.octets(function, providerlist)
        return self._list(function, (hcontext, atr, providerlist), [[]], context, octets, interfaces)

    def SCardListInterfaces(self, hcontext: int, cardname: str) -> list[Any]:
        """``[hr, [GUID, ...]]``."""
        function = "SCardListInterfaces"
        context, name = self._take.context(function, hcontext), self._take.text(function, 2, cardname)
        return self._list(function, (hcontext, cardname), [[]], context, name)

    def SCardLocateCards(
        self, hcontext: int, cardnames: list[str], readerstatelist: list[tuple[Any, ...]]
    ) -> list[Any]:
        """``[hr, [(name, event state, atr), ...]]``."""
        function = "SCardLocateCards"
        context, names = self._take.context(function, hcontext), self._take.texts(function, cardnames)
        states = self._take.reader_states(function, readerstatelist)
        raw = (hcontext, cardnames, readerstatelist)
        return self._list(function, raw, [[(name, 0, []) for name, _ in states]], context, names, states)
