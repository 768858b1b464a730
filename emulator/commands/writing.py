"""What WRITE BINARY and WRITE RECORD leave: their behaviour is in the data coding byte of the EF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.file_control_information import erased_byte
from iso7816.data_coding import DataCoding, WriteBehaviour
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.persistent import CardFile


def combine(file: CardFile, there: bytes, data: bytes) -> bytes:
    """What a WRITE command leaves: OR, AND, the data, or (one-time) the data where all is erased.

    ``there`` and ``data`` have the same length. Raises StatusWordError 6985 for a second one-time write.
    """
    behaviour = DataCoding.parse(file.coding).write_behaviour
    if behaviour == WriteBehaviour.OR:
        return bytes(old | new for old, new in zip(there, data, strict=True))
    if behaviour == WriteBehaviour.AND:
        return bytes(old & new for old, new in zip(there, data, strict=True))
    if behaviour == WriteBehaviour.ONE_TIME and there.strip(bytes((erased_byte(file),))):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return data
