"""Finger minutiae as a card takes them: ISO/IEC 19794-2, the on-card comparison format of compact size.

::

    minutia   x (1 byte)  y (1 byte)  type and angle (1 byte)

    x, y      0.1 mm, from the upper left corner to the right and down
    type      b8-b7: 00 other, 01 ridge ending, 10 bifurcation, 11 reserved
    angle     b6-b1: 5.625 degrees, counterclockwise from the x axis

A template is minutiae one behind the other, in any order, without a header. What is in one is a secret: no repr and no
error shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, Self

from iso7816.errors import MinutiaeError

MINUTIA_SIZE: Final = 3
ANGLES: Final = 64
"""In a full turn."""

_TYPE_SHIFT: Final = 6
_ANGLE_MASK: Final = 0x3F


@unique
class MinutiaType(IntEnum):
    """What the ridge does there."""

    OTHER = 0
    RIDGE_ENDING = 1
    BIFURCATION = 2


_TYPES: Final = {int(kind): kind for kind in MinutiaType}


@dataclass(frozen=True, slots=True, repr=False)
class Minutia:
    """One minutia; the repr shows nothing of it.

    Attributes:
        x, y: 0 to 255, in 0.1 mm; y increases downwards.
        angle: 0 to 63, in steps of 5.625 degrees, counterclockwise.
        kind: its type.

    Raises:
        MinutiaeError: a value is out of its range.
    """

    x: int
    y: int
    angle: int
    kind: MinutiaType = MinutiaType.OTHER

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 0xFF and 0 <= self.y <= 0xFF and 0 <= self.angle < ANGLES):
            raise MinutiaeError(f"a minutia has coordinates up to 255 and an angle below {ANGLES}")
        if not isinstance(self.kind, MinutiaType):
            raise MinutiaeError("a minutia of none of the three types")

    def to_bytes(self) -> bytes:
        """The three bytes."""
        return bytes((self.x, self.y, self.kind << _TYPE_SHIFT | self.angle))

    def __repr__(self) -> str:
        """That it is one."""
        return "Minutia()"


@dataclass(frozen=True, slots=True, repr=False)
class FingerTemplate:
    """The minutiae of a finger; the repr shows their number.

    Attributes:
        minutiae: in the order of the template.
    """

    minutiae: tuple[Minutia, ...]

    @classmethod
    def parse(cls, data: bytes, least: int, most: int) -> Self:
        """From its bytes.

        Args:
            data: the template.
            least: minutiae that it has at least.
            most: minutiae that it has at most.

        Raises:
            MinutiaeError: no whole minutiae, too few or too many of them, or one of the reserved type.
        """
        count, rest = divmod(len(data), MINUTIA_SIZE)
        if rest:
            raise MinutiaeError(f"{len(data)} bytes are no whole minutiae of {MINUTIA_SIZE} bytes")
        if not least <= count <= most:
            raise MinutiaeError(f"{count} minutiae, where {least} to {most} are expected")
        return cls(tuple(_parse(data[start : start + MINUTIA_SIZE]) for start in range(0, len(data), MINUTIA_SIZE)))

    def to_bytes(self) -> bytes:
        """The template."""
        return b"".join(minutia.to_bytes() for minutia in self.minutiae)

    def __repr__(self) -> str:
        """How many minutiae there are."""
        return f"FingerTemplate({len(self.minutiae)} minutiae)"


def _parse(data: bytes) -> Minutia:
    x, y, last = data
    kind = _TYPES.get(last >> _TYPE_SHIFT)
    if kind is None:
        raise MinutiaeError("a minutia of the reserved type 11")
    return Minutia(x, y, last & _ANGLE_MASK, kind)
