"""The interfaces that belong to no card: they build commands, hold bytes, or ask the smart card database.

CreateInterface makes them, too, so that a program needs no other way to any of the published interfaces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from scardmgr.com.unknown import IUnknown
    from scardmgr.winscard.faces.database_face import DatabaseFace


def interface_without_card(iid: UUID | None, name: str, manager: DatabaseFace) -> IUnknown | None:
    """A new one of the interface that ``iid``, else ``name``, stands for; ``None``: it is none of these.

    A byte buffer waits for its Initialize. A database or a search has a context of its own in ``manager``.

    Raises:
        HResultError: SCARD_E_NO_SERVICE and other codes of SCardEstablishContext.
    """
    from scardmgr.buffers.byte_buffer import ByteBuffer
    from scardmgr.buffers.type_conversion import SCardTypeConv
    from scardmgr.commands.command import SCardCmd
    from scardmgr.commands.iso7816_commands import SCardISO7816
    from scardmgr.interfaces.byte_buffer import IByteBuffer
    from scardmgr.interfaces.command import ISCardCmd
    from scardmgr.interfaces.database import ISCardDatabase
    from scardmgr.interfaces.iso7816_commands import ISCardISO7816
    from scardmgr.interfaces.location import ISCardLocate
    from scardmgr.interfaces.type_conversion import ISCardTypeConv
    from scardmgr.locating.card_search import SCardLocate
    from scardmgr.locating.database_query import SCardDatabase

    makers: tuple[tuple[type[IUnknown], Callable[[], IUnknown]], ...] = (
        (ISCardCmd, SCardCmd),
        (ISCardISO7816, SCardISO7816),
        (ISCardTypeConv, SCardTypeConv),
        (IByteBuffer, ByteBuffer),
        (ISCardDatabase, partial(SCardDatabase, manager)),
        (ISCardLocate, partial(SCardLocate, manager)),
    )
    for interface, make in makers:
        if interface.__name__ == name if iid is None else iid == interface.IID:
            return make()
    return None
