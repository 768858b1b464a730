"""PERFORM SECURITY OPERATION (ISO/IEC 7816-8:2004, 5.2): P1 is the tag of what comes out, P2 of what goes in."""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.commands import digital_signature
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU


@unique
class SecurityOperation(Enum):
    """P1 and P2."""

    COMPUTE_SIGNATURE = 0x9E9A
    """COMPUTE DIGITAL SIGNATURE of the data."""


_OPERATIONS: Final = {operation.value: operation for operation in SecurityOperation}
_HANDLERS: Final[Mapping[SecurityOperation, Callable[[CardContext, CommandAPDU], Response]]] = {
    SecurityOperation.COMPUTE_SIGNATURE: digital_signature.compute,
}


def parse_operation(p1: int, p2: int) -> SecurityOperation:
    """Raises StatusWordError 6A86 for another pair of tags."""
    operation = _OPERATIONS.get(p1 << 8 | p2)
    if operation is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return operation


def perform(card: CardContext, command: CommandAPDU, operation: SecurityOperation) -> Response:
    """PERFORM SECURITY OPERATION (2A)."""
    return _HANDLERS[operation](card, command)
