"""Made-up fingers, and what a sensor might make of them."""

from __future__ import annotations

import math
import random

from iso7816.finger_minutiae import ANGLES, FingerTemplate, Minutia, MinutiaType

CENTRE, RADIUS = 127, 80
APART = 6
"""Minutiae are 0.6 mm from each other at least."""


def finger(seed: int, count: int = 32) -> FingerTemplate:
    """Minutiae anywhere in a circle, of any angle and type."""
    rng = random.Random(seed)
    found: list[Minutia] = []
    while len(found) < count:
        distance, direction = RADIUS * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
        x, y = round(CENTRE + distance * math.cos(direction)), round(CENTRE + distance * math.sin(direction))
        if all(math.hypot(x - each.x, y - each.y) >= APART for each in found):
            found.append(Minutia(x, y, rng.randrange(ANGLES), rng.choice(list(MinutiaType))))
    return FingerTemplate(tuple(found))


def moved(
    template: FingerTemplate, steps: int = 0, shift: tuple[int, int] = (0, 0), noise: float = 0, seed: int = 0
) -> FingerTemplate:
    """Turned by steps of 5.625 degrees counterclockwise, shifted, in another order, each minutia by up to ``noise``
    (0.1 mm) and one step from its place."""
    rng = random.Random(seed)
    turn = 2 * math.pi * steps / ANGLES
    found = []
    for each in template.minutiae:
        right, down = each.x - CENTRE, each.y - CENTRE
        x = CENTRE + math.cos(turn) * right + math.sin(turn) * down + shift[0] + rng.uniform(-noise, noise)
        y = CENTRE + math.cos(turn) * down - math.sin(turn) * right + shift[1] + rng.uniform(-noise, noise)
        angle = each.angle + steps + (rng.randint(-1, 1) if noise else 0)
        found.append(Minutia(round(x), round(y), angle % ANGLES, each.kind))
    rng.shuffle(found)
    return FingerTemplate(tuple(found))


def some(template: FingerTemplate, count: int) -> FingerTemplate:
    """The minutiae of one side: what a finger that lay askew on the sensor leaves."""
    return FingerTemplate(tuple(sorted(template.minutiae, key=lambda each: each.x)[:count]))


def joined(first: FingerTemplate, second: FingerTemplate) -> FingerTemplate:
    """The minutiae of both."""
    return FingerTemplate(first.minutiae + second.minutiae)
