"""A reader and its card as their documents describe them: what the card is made to feel, and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ReaderStateFlag

T0, T1, RAW, NONE = Protocols.T0, Protocols.T1, Protocols.RAW, Protocols.UNDEFINED


class Refused(Exception):  # noqa: N818 - says what is the case
    """What the documents say the answer is, where that is not success."""

    def __init__(self, code: SCardCode) -> None:
        super().__init__(code.name)
        self.code = code


class WrongHand(Exception):  # noqa: N818 - says what is the case
    """A hand at the reader did what cannot be done."""


class Power(Enum):
    """What the resource manager knows of the card in a reader."""

    ON = auto()
    OFF = auto()
    MUTE = auto()


@dataclass(eq=False)
class CardModel:
    """A card: ``protocols`` are offered by its ATR, and told to it where it is ``aware``."""

    serial: int
    atr: bytes
    protocols: Protocols
    aware: bool
    mute: bool = False
    leaving: bool = False


@dataclass(eq=False)
class ContextModel:
    handles: list[HandleModel] = field(default_factory=list)
    open: bool = True


@dataclass(eq=False)
class HandleModel:
    """A handle; ``told`` is what its next call is answered."""

    reader: ReaderModel
    context: ContextModel
    told: SCardCode | None = None
    open: bool = True


@dataclass(eq=False)
class ReaderModel:
    """A reader. ``felt`` is where it writes down what it does to cards: their serial number, and what."""

    name: str
    felt: list[tuple[int, object]]
    card: CardModel | None = None
    power: Power = Power.OFF
    atr: bytes = b""
    protocol: Protocols = NONE
    events: int = 1
    answered: int = 0
    handles: list[HandleModel] = field(default_factory=list)
    exclusive: bool = False
    holder: HandleModel | None = None
    depth: int = 0
    plugged: bool = True

    # The hand

    def unplug(self) -> None:
        self.remove()
        self.plugged = False
        self.free()
        self.tell(SCardCode.SCARD_E_READER_UNAVAILABLE, over=True)

    def insert(self, card: CardModel) -> None:
        if not self.plugged or self.card is not None:
            raise WrongHand
        self.felt.append((card.serial, "on"))
        if card.leaving:
            raise WrongHand
        self.card, self.protocol = card, NONE
        self.events += 1
        self._show(card)

    def remove(self) -> None:
        if self.card is not None:
            serial = self.card.serial
            self._lose()
            self.felt.append((serial, "off"))

    def _lose(self) -> None:
        self.card, self.atr, self.protocol = None, b"", NONE
        self.free()
        self.tell(SCardCode.SCARD_W_REMOVED_CARD, over=True)
        self.events += 1

    # Handles and transactions

    def tell(self, code: SCardCode, *, over: bool = False) -> None:
        """Something to be told to every handle; ``over`` what it is to be told already."""
        for handle in self.handles:
            if over or handle.told is None:
                handle.told = code

    def free(self) -> None:
        self.holder, self.depth = None, 0

    def close(self, handle: HandleModel) -> None:
        handle.open = False
        self.handles.remove(handle)
        self.exclusive = False
        if self.holder is handle:
            self.free()

    # The card

    def wake(self) -> None:
        """Power for a card that has none. One that stays silent is left as it was, its ATR unknown."""
        before, card = self.power, self.card
        if card is not None and before is not Power.ON:
            self._activate("on")
            if self.card is card and card.mute:
                self.power = before

    def reset(self, how: Disposition, *, for_good: bool = False) -> None:
        """RESET or UNPOWER; everybody is told. ``for_good``: the power stays off."""
        self.tell(SCardCode.SCARD_W_RESET_CARD)
        if how is Disposition.RESET:
            self._activate("reset")
        elif self.card is not None:
            self.felt.append((self.card.serial, "off"))
            self.power, self.protocol = Power.OFF, NONE
            if not for_good:
                self._activate("on")

    def negotiate(self, wanted: Protocols) -> None:
        card = self.card
        if RAW in wanted:
            self.protocol = RAW
        elif self.protocol is not NONE:
            if not self.protocol & wanted:
                raise Refused(SCardCode.SCARD_E_PROTO_MISMATCH)
        elif card is not None:
            # An ATR that is not known offers nothing.
            common = wanted & card.protocols if self.atr else NONE
            if not common:
                raise Refused(SCardCode.SCARD_E_PROTO_MISMATCH)
            chosen = T1 if T1 in common else T0
            if card.aware:
                self.felt.append((card.serial, chosen))
                if card.leaving:
                    self._lose()
                if card.leaving or card.mute:
                    raise Refused(SCardCode.SCARD_W_UNRESPONSIVE_CARD)
            self.protocol = chosen

    def transmit(self, command: bytes, protocol: Protocols | None) -> bytes:
        card = self.card
        if card is None:
            raise Refused(SCardCode.SCARD_E_NOT_TRANSACTED if protocol is RAW else SCardCode.SCARD_E_NO_SMARTCARD)
        right = self.protocol is not NONE if protocol is None else protocol in (RAW, self.protocol)
        if not right:
            raise Refused(SCardCode.SCARD_E_PROTO_MISMATCH)
        self.felt.append((card.serial, command))
        if card.leaving:
            self._lose()
            raise Refused(SCardCode.SCARD_E_NO_SMARTCARD)
        if card.mute:
            raise Refused(
                SCardCode.SCARD_W_UNPOWERED_CARD if self.power is Power.OFF else SCardCode.SCARD_E_NOT_TRANSACTED
            )
        self.answered += 1
        return command[::-1] + b"\x90\x00"

    def _activate(self, verb: str) -> None:
        card = self.card
        if card is None:
            return
        self.felt.append((card.serial, verb))
        if card.leaving:
            self._lose()
        else:
            self.protocol = NONE
            self._show(card)

    def _show(self, card: CardModel) -> None:
        self.atr = b"" if card.mute else card.atr
        self.power = Power.MUTE if card.mute else Power.ON

    # What is seen

    @property
    def state(self) -> CardState:
        """As SCardStatus has it."""
        if self.card is None:
            return CardState.ABSENT
        return {
            Power.ON: CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE,
            Power.OFF: CardState.PRESENT,
            Power.MUTE: CardState.PRESENT | CardState.SWALLOWED,
        }[self.power]

    def seen(self, believed: int) -> int:
        """As SCardGetStatusChange has it, by who believed that."""
        flag = ReaderStateFlag
        if believed & flag.IGNORE:
            return 0
        believed &= ~flag.CHANGED.value
        counted, card = believed >> 16, self.card is not None
        mute = card and self.power is Power.MUTE
        dark = card and self.power is Power.OFF
        state = (flag.PRESENT if card else flag.EMPTY) | flag.MUTE * mute | flag.UNPOWERED * dark
        if self.exclusive:
            state |= flag.EXCLUSIVE
        elif card and self.handles:
            state |= flag.INUSE
        wrong = [
            believed == 0,
            believed & (flag.UNKNOWN | flag.UNAVAILABLE),
            counted not in (0, self.events),
            believed & (flag.EMPTY if card else flag.PRESENT),
            card and bool(believed & flag.MUTE) != mute,
            card and believed & flag.UNPOWERED and not dark,
            # Whether it is in use is told to who believed so; a handle at an empty reader is no use of it.
            believed & flag.INUSE and (self.exclusive or not self.handles),
            believed & flag.EXCLUSIVE and not self.exclusive and (card or not self.handles),
        ]
        return self.events << 16 | state | flag.CHANGED * any(wrong)
