"""The pyscard face of the smart card database: ``smartcard.scard`` as it is on Windows (pyscard 2.3).

Functions that pyscard has: its arguments and results. GUIDs are 16 ints in the order that Windows has them in memory
(``uuid.UUID.bytes_le``), a list of GUIDs as an argument is one list of all their ints, as a result one list for each.

Functions that pyscard lacks (SCardSetCardTypeProviderName, SCardGetProviderId, SCardLocateCardsByATR, SCardReadCache,
SCardWriteCache): the documented parameters less the lengths; the result is a list that begins with the code.

What the database itself has against an operation (a damaged file, say) is a code: see
:class:`~scardmgr.winscard.errors.DatabaseFault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from scardmgr.winscard.codes import SCardCode, to_pcsclite
from scardmgr.winscard.constants import ReaderStateFlag
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.faces.database_face import DatabaseFace
from scardmgr.winscard.values import ATRPattern, ReaderState

_SUCCESS = 0
_GUID_SIZE = 16


class PyscardDatabaseFace(DatabaseFace):
    """``SCard...`` functions with pyscard's arguments and results."""

    # Card types

    def SCardIntroduceCardType(
        self,
        hcontext: int,
        cardname: str,
        primaryprovider: Sequence[int],
        providerlist: Sequence[int],
        atr: Iterable[int],
        mask: Iterable[int],
    ) -> int:
        """``hr``. An empty list for what there is not."""
        primary, interfaces = _guids(primaryprovider), _guids(providerlist)
        return _code_of(
            lambda: self.introduce_card_type(
                hcontext, cardname, primary[0] if primary else None, interfaces, bytes(atr), bytes(mask) or None
            )
        )

    def SCardForgetCardType(self, hcontext: int, cardname: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.forget_card_type(hcontext, cardname))

    def SCardSetCardTypeProviderName(
        self, hContext: int, szCardName: str, dwProviderId: int, szProvider: str
    ) -> list[Any]:
        """``[hr]``."""
        return [_code_of(lambda: self.set_card_type_provider_name(hContext, szCardName, dwProviderId, szProvider))]

    def SCardGetCardTypeProviderName(self, hcontext: int, cardname: str, dwProviderId: int) -> list[Any]:
        """``[hr, name]``; the name is ``None`` on failure."""
        return _result_of(lambda: self.get_card_type_provider_name(hcontext, cardname, dwProviderId), None)

    def SCardListCards(self, hcontext: int, atr: Iterable[int], providerguids: Sequence[int]) -> list[Any]:
        """``[hr, [name, ...]]``. An empty list asks for any ATR, or any interfaces."""
        interfaces = _guids(providerguids)
        return _result_of(lambda: self.list_cards(hcontext, bytes(atr) or None, interfaces), [])

    def SCardListInterfaces(self, hcontext: int, cardname: str) -> list[Any]:
        """``[hr, [GUID, ...]]``."""
        return _result_of(lambda: [_ints(iid) for iid in self.list_interfaces(hcontext, cardname)], [])

    def SCardGetProviderId(self, hContext: int, szCard: str) -> list[Any]:
        """``[hr, GUID]``; an empty list on failure."""
        return _result_of(lambda: _ints(self.get_provider_id(hContext, szCard)), [])

    # Locating cards

    def SCardLocateCards(
        self, hcontext: int, cardnames: Sequence[str], readerstatelist: Sequence[Sequence[Any]]
    ) -> list[Any]:
        """``[hr, [(reader, event state, atr), ...]]`` from ``[(reader, current state), ...]``."""
        return _located(readerstatelist, lambda states: self.locate_cards(hcontext, cardnames, states))

    def SCardLocateCardsByATR(
        self,
        hContext: int,
        rgAtrMasks: Sequence[tuple[Iterable[int], Iterable[int]]],
        rgReaderStates: Sequence[Sequence[Any]],
    ) -> list[Any]:
        """``[hr, [(reader, event state, atr), ...]]`` from ``[(atr, mask), ...]`` and ``[(reader, state), ...]``.

        An empty mask: all bits count. SCARD_E_INVALID_PARAMETER for an ATR that is empty, or not as long as its mask.
        """
        return _located(
            rgReaderStates,
            lambda states: self.locate_cards_by_atr(hContext, [_pattern(*each) for each in rgAtrMasks], states),
        )

    # Readers and reader groups

    def SCardIntroduceReader(self, hcontext: int, readername: str, devicename: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.introduce_reader(hcontext, readername, devicename))

    def SCardForgetReader(self, hcontext: int, readername: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.forget_reader(hcontext, readername))

    def SCardIntroduceReaderGroup(self, hcontext: int, groupname: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.introduce_reader_group(hcontext, groupname))

    def SCardForgetReaderGroup(self, hcontext: int, groupname: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.forget_reader_group(hcontext, groupname))

    def SCardAddReaderToGroup(self, hcontext: int, readername: str, groupname: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.add_reader_to_group(hcontext, readername, groupname))

    def SCardRemoveReaderFromGroup(self, hcontext: int, readername: str, groupname: str) -> int:
        """``hr``."""
        return _code_of(lambda: self.remove_reader_from_group(hcontext, readername, groupname))

    # The cache

    def SCardReadCache(
        self, hContext: int, CardIdentifier: Sequence[int], FreshnessCounter: int, LookupName: str
    ) -> list[Any]:
        """``[hr, data]``; an empty list on failure."""
        card = _guid(CardIdentifier)
        return _result_of(lambda: list(self.read_cache(hContext, card, FreshnessCounter, LookupName)), [])

    def SCardWriteCache(
        self,
        hContext: int,
        CardIdentifier: Sequence[int],
        FreshnessCounter: int,
        LookupName: str,
        Data: Iterable[int],
    ) -> list[Any]:
        """``[hr]``."""
        card = _guid(CardIdentifier)
        data = bytes(Data)
        return [_code_of(lambda: self.write_cache(hContext, card, FreshnessCounter, LookupName, data))]


#: The names of the pyscard face of the database.
DATABASE_FUNCTIONS = tuple(name for name in vars(PyscardDatabaseFace) if name.startswith("SCard"))


def _code_of(call: Callable[[], object]) -> int:
    try:
        call()
    except SCardError as error:
        return to_pcsclite(error.code)
    return _SUCCESS


def _result_of(call: Callable[[], Any], on_failure: Any) -> list[Any]:
    try:
        return [_SUCCESS, call()]
    except SCardError as error:
        return [to_pcsclite(error.code), on_failure]


def _located(
    believed: Sequence[Sequence[Any]], locate: Callable[[list[ReaderState]], Sequence[ReaderState]]
) -> list[Any]:
    acknowledged = ~ReaderStateFlag.CHANGED.value & 0xFFFFFFFF
    states: Sequence[ReaderState] = [ReaderState(each[0], each[1] & acknowledged) for each in believed]
    code = _SUCCESS
    try:
        states = locate(list(states))
    except SCardError as error:
        code = to_pcsclite(error.code)
    return [code, [(state.reader, state.event_state, list(state.atr)) for state in states]]


def _pattern(atr: Iterable[int], mask: Iterable[int]) -> ATRPattern:
    given = bytes(atr)
    try:
        return ATRPattern(given, bytes(mask) or b"\xff" * len(given))
    except ValueError as error:
        raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER) from error


def _guids(ints: Sequence[int]) -> list[UUID]:
    """GUIDs from their ints, one after the other; pyscard's TypeError where they are no whole GUIDs."""
    if len(ints) % _GUID_SIZE != 0:
        raise TypeError("Invalid GUID list size.")
    data = bytes(ints)
    return [UUID(bytes_le=data[at : at + _GUID_SIZE]) for at in range(0, len(data), _GUID_SIZE)]


def _guid(ints: Sequence[int]) -> UUID:
    """The one GUID that these ints are."""
    if len(ints) != _GUID_SIZE:
        raise TypeError("Invalid GUID list size.")
    return _guids(ints)[0]


def _ints(guid: UUID) -> list[int]:
    return list(guid.bytes_le)
