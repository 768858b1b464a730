"""Put a card into a reader: the one door to all resource managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .errors import ReaderArgumentError

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from scardmgr.winscard.embedded import EmbeddedResourceManager
    from scardmgr.winscard.embedded.pin_pad import PINPad

    from .readers import Reader

Via = Literal["embedded", "pcscd", "vpcd"]

DEFAULT_NAME = "Virtual Reader"


def insert(
    card: ICC,
    via: Via = "embedded",
    *,
    address: str | None = None,
    into: EmbeddedResourceManager | None = None,
    slots: int = 2,
    name: str | None = None,
    pin_pad: PINPad | None = None,
) -> Reader:
    """Put a card into a reader; returns when its resource manager shows it.

    Leaving the reader's ``with`` block takes the card out again and gives the reader back.

    Args:
        card: any :class:`iso7816.icc.ICC`.
        via: ``"embedded"``: the resource manager inside this process; ``"pcscd"``: a private, real daemon, one
            for this process, which ends with its last reader; ``"vpcd"``: a vpcd that is already running.
        address: ``host:port`` of that vpcd (default ``localhost:35963``).
        into: an embedded resource manager of one's own, in place of the process-wide one.
        slots: how many slots the private daemon is started with, even, at most 16; a running one has what it has.
        name: the reader's name. ``"embedded"`` and ``"pcscd"`` number it (``NAME 00 00``; default
            ``"Virtual Reader"``; a running daemon keeps its name); for ``"vpcd"`` it is the full display name,
            which is found out where none is given.
        pin_pad: keys for entering PINs at an embedded reader; the stock driver knows no such readers.

    Raises:
        NoFreeSlot: the private daemon's slots are all taken.
        BoundElsewhere: libpcsclite is in use in this process with another daemon.
        DaemonUnavailable: pcscd, the driver or the vpcd is missing or not running; says what to do.
        NotShown: the resource manager took no notice of the card within the bound.
        ReaderArgumentError: an unknown ``via``, or an argument that belongs to another one.
    """
    if address is not None and via != "vpcd":
        raise ReaderArgumentError('address= belongs to via="vpcd"')
    if into is not None and via != "embedded":
        raise ReaderArgumentError('into= belongs to via="embedded"')
    if pin_pad is not None and via != "embedded":
        raise ReaderArgumentError('pin_pad= belongs to via="embedded": the stock driver knows no PIN pads')
    if via == "pcscd":
        from .daemon import require_configurable
        from .process_daemon import insert_for_this_process
        from .served_reader import start_card

        # Also where a daemon runs already, which has what it has: a mistake is one whatever ran before.
        require_configurable(slots, name or DEFAULT_NAME)
        # Before there is a daemon that this process, and what it starts, is pointed to: a card may be a program that
        # talks to a reader itself.
        start_card(card)
        return insert_for_this_process(card, slots, name or DEFAULT_NAME)
    reader: Reader
    if via == "embedded":
        from .embedded_reader import EmbeddedReader

        reader = EmbeddedReader(into if into is not None else _process_wide(), name or DEFAULT_NAME, pin_pad)
    elif via == "vpcd":
        from .vpcd_reader import DEFAULT_ADDRESS, VpcdReader

        reader = VpcdReader(address or DEFAULT_ADDRESS, name)
    else:
        raise ReaderArgumentError(f'a card is inserted via "embedded", "pcscd" or "vpcd", not {via!r}')
    try:
        reader.insert(card)
    except BaseException:
        reader.close()
        raise
    return reader


def _process_wide() -> EmbeddedResourceManager:
    from scardmgr.winscard.selection import resource_manager

    return resource_manager("embedded")
