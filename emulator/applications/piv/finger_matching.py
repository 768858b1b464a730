"""Whether two templates of minutiae are of one finger.

A demonstration, not a product: nobody has measured how often it errs with fingers. It is made to tell copies of a
template that are turned, shifted, incomplete and inexact from other templates, in a bounded number of steps.

Each pair of a minutia of the reference and one of the probe says by which turn and shift the probe would lie on the
reference. Where many pairs say about the same, that is tried: the probe is laid on the reference, minutiae that come to
lie together are counterparts of each other, one to one, and the movement is fitted to them anew, by least squares. The
types of minutiae do not count: sensors and programs often tell them differently.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Final

from iso7816.finger_minutiae import ANGLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iso7816.finger_minutiae import FingerTemplate, Minutia

LEAST_COUNTERPARTS: Final = 8
"""Fewer never make a match, however few minutiae there are."""

_DISTANCE: Final = 8.0
"""Up to which minutiae lie together: 0.8 mm."""

_TURN: Final = 3
"""Steps by which the angles of such minutiae may differ: 17 degrees."""

_ANGLE_BIN: Final = 2
_SHIFT_BIN: Final = 8
_SPREAD: Final = 1 << 12
"""By which the numbers of bins are apart: more than there are of one coordinate."""

_FULLEST_BINS: Final = 16
_TRIED_MOVEMENTS: Final = 4
_ENOUGH_PAIRS: Final = 128
_FITS: Final = 2

_TURNS: Final = tuple(
    (math.cos(2 * math.pi * step / ANGLES), math.sin(2 * math.pi * step / ANGLES)) for step in range(ANGLES)
)

Pair = tuple[int, int]
"""Index of a minutia of the reference, and of one of the probe."""


class _Movement:
    """A turn counterclockwise about the origin, y pointing downwards, and then a shift."""

    def __init__(self, cosine: float, sine: float, dx: float, dy: float) -> None:
        self._cosine, self._sine, self._dx, self._dy = cosine, sine, dx, dy
        self.steps = math.atan2(sine, cosine) * ANGLES / (2 * math.pi)

    def of(self, minutia: Minutia) -> tuple[float, float]:
        return (
            self._cosine * minutia.x + self._sine * minutia.y + self._dx,
            self._cosine * minutia.y - self._sine * minutia.x + self._dy,
        )


def counterparts(reference: FingerTemplate, probe: FingerTemplate) -> int:
    """How many minutiae of a probe have a counterpart in the reference, when it lies there as well as can be."""
    ours, theirs = reference.minutiae, probe.minutiae
    most = 0
    for agreeing in _agreeing_pairs(ours, theirs):
        pairs = agreeing
        for _ in range(_FITS):
            pairs = _lying_together(ours, theirs, _fitted(ours, theirs, pairs)) if pairs else pairs
            most = max(most, len(pairs))
    return most


def is_same_finger(reference: FingerTemplate, probe: FingerTemplate, share: int) -> bool:
    """Whether so many minutiae have a counterpart.

    Args:
        reference: the enrolled template.
        probe: what is compared with it.
        share: how many of the smaller template's minutiae need one, in per cent.
    """
    smaller = min(len(reference.minutiae), len(probe.minutiae))
    return counterparts(reference, probe) >= max(LEAST_COUNTERPARTS, -(-smaller * share // 100))


def _agreeing_pairs(ours: Sequence[Minutia], theirs: Sequence[Minutia]) -> Iterable[Sequence[Pair]]:
    """The pairs that say about the same movement, for the few movements that most pairs say."""
    bins: defaultdict[int, list[Pair]] = defaultdict(list)
    # Turned about their middle, so that an inexact angle shifts a minutia by as little as can be.
    middle_x, middle_y = (sum(each.x for each in theirs) / len(theirs), sum(each.y for each in theirs) / len(theirs))
    places = [(each.x - middle_x, each.y - middle_y) for each in theirs]
    turned = [[(cosine * x + sine * y, cosine * y - sine * x) for x, y in places] for cosine, sine in _TURNS]
    for index, mine in enumerate(ours):
        x, y, angle = mine.x, mine.y, mine.angle
        for other, their in enumerate(theirs):
            turn = (angle - their.angle) % ANGLES
            tx, ty = turned[turn][other]
            dx, dy = int((x - tx) // _SHIFT_BIN), int((y - ty) // _SHIFT_BIN)
            bins[(turn // _ANGLE_BIN * _SPREAD + dx) * _SPREAD + dy].append((index, other))
    fullest = heapq.nlargest(_FULLEST_BINS, bins, key=lambda key: len(bins[key]))
    return heapq.nlargest(_TRIED_MOVEMENTS, (_around(bins, key) for key in fullest), key=len)


def _around(bins: Mapping[int, Sequence[Pair]], key: int) -> Sequence[Pair]:
    """The pairs in a bin and those beside it, or so many of them as do to fit a movement."""
    full_turn = ANGLES // _ANGLE_BIN * _SPREAD * _SPREAD
    found: list[Pair] = []
    for turn, dx, dy in product((0, -1, 1), repeat=3):
        neighbour = key + (turn * _SPREAD + dx) * _SPREAD + dy
        for each in (neighbour, neighbour - full_turn, neighbour + full_turn):
            found += bins.get(each, ())
    return found[:_ENOUGH_PAIRS]


def _fitted(ours: Sequence[Minutia], theirs: Sequence[Minutia], pairs: Sequence[Pair]) -> _Movement:
    """The movement by which the probe's minutiae of the pairs come closest to the reference's."""
    count = len(pairs)
    x = sum(ours[index].x for index, _ in pairs) / count
    y = sum(ours[index].y for index, _ in pairs) / count
    tx = sum(theirs[other].x for _, other in pairs) / count
    ty = sum(theirs[other].y for _, other in pairs) / count
    along = across = 0.0
    for index, other in pairs:
        mine, their = ours[index], theirs[other]
        ax, ay, bx, by = mine.x - x, mine.y - y, their.x - tx, their.y - ty
        along += ax * bx + ay * by
        across += ax * by - ay * bx
        # The angles say by how much to turn, too: all there is where the pairs lie in one spot.
        cosine, sine = _TURNS[(mine.angle - their.angle) % ANGLES]
        along += cosine * _DISTANCE
        across += sine * _DISTANCE
    length = math.hypot(along, across)
    cosine, sine = (along / length, across / length) if length else (1.0, 0.0)
    return _Movement(cosine, sine, x - cosine * tx - sine * ty, y - cosine * ty + sine * tx)


def _lying_together(ours: Sequence[Minutia], theirs: Sequence[Minutia], movement: _Movement) -> Sequence[Pair]:
    """The pairs that lie together after a movement, each minutia in one pair at most: the closest ones first."""
    places = [(mine.x, mine.y, mine.angle, index) for index, mine in enumerate(ours)]
    near: list[tuple[float, int, int]] = []
    for other, their in enumerate(theirs):
        x, y = movement.of(their)
        angle = their.angle + movement.steps
        for mine_x, mine_y, mine_angle, index in places:
            if -_DISTANCE <= mine_x - x <= _DISTANCE and -_DISTANCE <= mine_y - y <= _DISTANCE:
                square = (mine_x - x) ** 2 + (mine_y - y) ** 2
                if square <= _DISTANCE**2 and _TURN <= (mine_angle - angle + 2 * _TURN) % ANGLES <= 3 * _TURN:
                    near.append((square, index, other))
    near.sort()
    taken_ours: set[int] = set()
    taken_theirs: set[int] = set()
    pairs: list[Pair] = []
    for _square, index, other in near:
        if index not in taken_ours and other not in taken_theirs:
            taken_ours.add(index)
            taken_theirs.add(other)
            pairs.append((index, other))
    return pairs
