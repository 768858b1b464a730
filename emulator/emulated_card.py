"""The card: power, reset, commands; snapshots and images of its persistent state."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NoReturn, Self

from emulator.card_life_cycle import answer_to_reset
from emulator.command import CardContext
from emulator.command_table import COMMANDS, ROWS
from emulator.dispatch import Dispatcher
from emulator.layers import Layers
from emulator.loaded_keys import LoadedKeys
from emulator.storage import VolatileStorage
from emulator.transport import T0Transport
from emulator.unit_of_work import PowerCut, Storage, UnitOfWork
from iso7816.icc import FaultPoint, ICCMute, TransmissionProtocol

if TYPE_CHECKING:
    from emulator.images.sealing.key_derivation import Passphrase
    from emulator.images.sealing.seal import Seal
    from emulator.persistent import PersistentState
    from iso7816.contactless import ContactlessIdentity


class CardSnapshot:
    """The persistent state of a card at one moment; made by :meth:`Card.snapshot`, for :meth:`Card.restore`."""

    __slots__ = ("_state", "seal")

    def __init__(self, state: PersistentState, seal: Seal | None) -> None:
        self._state = state
        self.seal = seal

    def state(self) -> PersistentState:
        """A state of its own, to go on from."""
        return self._state.copy()


class Card:
    """An emulated ISO/IEC 7816 card.

    It is a :class:`iso7816.icc.ProtocolAwareICC`, a :class:`iso7816.icc.ContactlessICC` and a
    :class:`iso7816.icc.EndingICC`.

    Made by :meth:`from_profile` and :meth:`open`. All methods may be called from several threads; commands
    run one after the other. A context manager; :meth:`close` lets go of an image.
    """

    def __init__(self, state: PersistentState, storage: Storage, seal: Seal | None = None) -> None:
        self._lock = Lock()
        self._state = state
        self._storage = storage
        self._seal = seal
        self._powered = False
        self._closed = False
        self._protocol = state.identity.protocols[0]
        self._loaded_keys = LoadedKeys()
        self._attach_state()

    @classmethod
    def from_profile(cls, profile: str | PathLike[str], *, fault_point: FaultPoint | None = None) -> Self:
        """A card as a definition describes it; it lives in memory.

        Args:
            profile: the name of a built-in profile, or the path of a card definition file.
            fault_point: is told of each durable write, and may cut the power there.

        Raises:
            CardDefinitionError: no such profile or file, or it does not describe a card.
        """
        from emulator.definition.profiles import load_profile

        return cls(load_profile(profile), VolatileStorage(fault_point))

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        mode: Literal["rw", "copy"] = "rw",
        *,
        passphrase: str | bytes | Passphrase | None = None,
        flushed: bool = False,
        fault_point: FaultPoint | None = None,
    ) -> Self:
        """A card from an image.

        Args:
            path: the image, written by :meth:`save`.
            mode: ``"rw"``: every change is in the image before the response leaves, and nobody else can open it
                meanwhile; ``"copy"``: the image stays as it is, changes live in memory.
            passphrase: that of a sealed image. What is made of the card (:meth:`save`, :meth:`from_snapshot`) is
                sealed as well.
            flushed: whether every change is on the disk, too, before the response leaves. Without it a change survives
                the end of this process at any moment; with it also that of the host. Without it the host's leaves an
                earlier state of the card. For ``"rw"``.
            fault_point: is told of each durable write, and may cut the power there.

        Raises:
            CardImageMissing: there is no such file.
            CardImageLocked: it is open elsewhere.
            NotACardImage: it is something else, or damaged.
            NewerCardImage: only a later version reads it.
            CardImageSealed: it is sealed, and there is no passphrase.
            CardImageNotSealed: it is not sealed, and there is one.
            WrongPassphrase: it is sealed with another one.
            ApplicationMissing: it needs an application that is not known here.
            CardImageError: it cannot be read or written.
            ValueError: another mode, or a passphrase that is none.
        """
        from emulator.images.opening import ImageStorage, load_copy

        # By the same name: whoever shows the variables of this frame is shown no passphrase.
        passphrase = None if passphrase is None else _passphrase(passphrase)
        if mode == "rw":
            state, storage = ImageStorage.open(path, fault_point, flushed=flushed, passphrase=passphrase)
            try:
                return cls(state, storage, storage.seal)
            except BaseException:
                storage.close()
                raise
        if mode == "copy":
            state, seal = load_copy(path, passphrase)
            return cls(state, VolatileStorage(fault_point), seal)
        raise ValueError(f"a card image is opened in mode 'rw' or 'copy', not {mode!r}")

    @classmethod
    def from_state(cls, state: PersistentState) -> Self:
        """A card of a persistent state, which is its own from now on; it lives in memory."""
        return cls(state, VolatileStorage())

    @classmethod
    def from_snapshot(cls, mark: CardSnapshot) -> Self:
        """Another card that begins as the one of the snapshot was then; it lives in memory."""
        return cls(mark.state(), VolatileStorage(), mark.seal)

    def save(
        self,
        path: str | PathLike[str],
        *,
        passphrase: str | bytes | Passphrase | None = None,
        replace: bool = True,
    ) -> None:
        """Write the persistent state as a new image, in one step: a crash leaves the old file or the new one.

        Args:
            path: where.
            passphrase: what the image is sealed with. Without it the image of a card that comes from a sealed one is
                sealed, too, with the passphrase of that; and no other is.
            replace: whether it may take the place of an image that is there.

        Raises:
            CardImageExists: there is a file, and ``replace`` is false.
            CardImageLocked: the image at that path is open (by this card or another).
            NotACardImage: at that path is a file of another kind.
            CardImageError: it cannot be written.
            ValueError: the passphrase is empty, or no text that UTF-8 can hold.
        """
        from emulator.images.saving import save_image

        seal = None if self._seal is None else self._seal.renewed()
        if passphrase is not None:
            from emulator.images.resealing import new_seal

            passphrase = _passphrase(passphrase)  # as above
            seal = new_seal(path, passphrase)
        with self._lock:
            save_image(self._state, path, seal, replace=replace)

    def _attach_state(self) -> None:
        """Everything that refers to the state, anew; the volatile state begins afresh."""
        self._work = UnitOfWork(self._state, self._storage)
        self._context = CardContext(self._state, self._work, self._loaded_keys)
        self._layers = Layers(Dispatcher(COMMANDS, self._context), self._context, self._context.capabilities)
        self._context.execute_whole = self._layers.exchange
        self._choose_transport()

    def _choose_transport(self) -> None:
        layers = self._layers
        if self._protocol is TransmissionProtocol.T0:
            self._exchange: Callable[[bytes], bytes] = T0Transport(layers.exchange, ROWS, self._context).exchange
        elif self._context.capabilities.extended_lengths:
            self._exchange = layers.exchange
        else:
            self._exchange = layers.exchange_short

    @property
    def atr(self) -> bytes:
        """The answer-to-reset, whether powered or not."""
        return answer_to_reset(self._state)

    @property
    def always_ends(self) -> bool:
        """Whether no call of the card can be held up from outside: all but those with a fault point."""
        return not self._storage.has_fault_point

    @property
    def contactless(self) -> ContactlessIdentity | None:
        """UID and ATS, ``None`` for a card with contacts. Its reader answers for it, not the card itself."""
        return self._state.identity.contactless

    @property
    def protocol(self) -> TransmissionProtocol:
        """The transmission protocol in force."""
        return self._protocol

    def power_on(self) -> bytes:
        """Apply power and return the ATR. The first protocol that the ATR offers is in force.

        Raises:
            ICCMute: the card was closed.
        """
        with self._lock:
            if self._closed:
                raise ICCMute("the card was closed")
            self._powered = True
            self._begin()
            return answer_to_reset(self._state)

    def power_off(self) -> None:
        """Take power away: all volatile state is gone."""
        with self._lock:
            self._powered = False
            self._begin()

    def reset(self) -> bytes:
        """Warm reset: as :meth:`power_on`."""
        return self.power_on()

    def _begin(self) -> None:
        self._context.clear()
        self._protocol = self._state.identity.protocols[0]
        self._choose_transport()

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        """Tell the card which single protocol was negotiated; until the next reset.

        Raises:
            ValueError: the ATR does not offer it.
        """
        with self._lock:
            if protocol not in self._state.identity.protocols:
                raise ValueError(f"the card offers {self._state.identity.protocols}, not {protocol!r}")
            self._protocol = protocol
            self._choose_transport()

    def transmit(self, command: bytes) -> bytes:
        """Execute one command APDU.

        Raises:
            ICCMute: the card has no power, or a fault point has just cut it.
        """
        with self._lock:
            if not self._powered:
                raise ICCMute("the card has no power")
            try:
                return self._exchange(command)
            except PowerCut as cut:
                self._go_mute(cut)

    def _go_mute(self, cut: PowerCut) -> NoReturn:
        self._powered = False
        self._begin()
        raise ICCMute("the power was cut while the card wrote") from cut

    def snapshot(self) -> CardSnapshot:
        """The persistent state as it is now. Secrets are in it; it lives in memory only."""
        with self._lock:
            return CardSnapshot(self._state.copy(), self._seal)

    def restore(self, mark: CardSnapshot) -> None:
        """Return to a snapshot; on an image opened ``"rw"`` this is one durable commit. Volatile state is reset.

        Raises:
            ValueError: the snapshot is of a card with another ATR or memory, or of a sealed one and this one is not.
            ICCMute: a fault point has cut the power; the card is as it was before.
            WriteFailure: the image cannot be written; likewise.
        """
        with self._lock:
            state = mark.state()
            if state.identity != self._state.identity:
                raise ValueError("the snapshot is of another card")
            if mark.seal is not None and self._seal is None:
                raise ValueError("the snapshot is of a sealed card, and this card keeps its secrets in the clear")
            try:
                self._storage.replace(self._state, state)
            except PowerCut as cut:
                self._go_mute(cut)
            except BaseException:
                # An interrupt may come when all is done.
                if self._storage.has_committed(state):
                    self._begin_with(state)
                raise
            self._begin_with(state)

    def _begin_with(self, state: PersistentState) -> None:
        self._state = state
        self._attach_state()

    def close(self) -> None:
        """Take power away and let go of an image; the card cannot be used any more. May be called twice."""
        self.power_off()
        with self._lock:
            self._closed = True
            self._storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


def _passphrase(secret: str | bytes | Passphrase) -> Passphrase:
    """Raises ValueError."""
    from emulator.images.sealing.key_derivation import Passphrase

    return Passphrase.of(secret)
