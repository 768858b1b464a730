"""A program that seals an image and is killed at each call that may write, one after the other; and so for the rest.

``python killed_at_each_call.py FOLDER``: for each way to write an image anew it tells how often it was killed, how
often the image was the old one then, how often the new one, and what was wrong. A process of its own for each kill.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from emulator import Card, CardImageNotSealed, CardImageSealed, WrongPassphrase, change_passphrase, seal_image
from emulator import unseal_image as unseal
from emulator.images.sealing import scrypt_cost
from emulator.images.sealing.scrypt_cost import ScryptCost

OLD, NEW = "the old one", "the new one"
SECRET = b"12345678"
WAYS: dict[str, tuple[Callable[[Path], None], str | None, str | None]] = {
    # what is done: with which passphrase it opens before, and after
    "seal": (lambda path: seal_image(path, NEW), None, NEW),
    "unseal": (lambda path: unseal(path, OLD), OLD, None),
    "change": (lambda path: change_passphrase(path, OLD, NEW), OLD, NEW),
}
#: Connections and cursors of sqlite3, and what changes files.
WRITERS = {"connect", "execute", "executemany", "close", "fsync", "open", "replace", "rename", "unlink", "mkstemp"}


def killed_at(place: int, act: Callable[[Path], None], path: Path) -> bool:
    """Whether there is a place of that number; each is behind a call."""
    child = os.fork()
    if child == 0:
        left = place

        def watch(_frame: FrameType, event: str, what: Any) -> None:
            nonlocal left
            if event == "c_return" and getattr(what, "__name__", "") in WRITERS:
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.setprofile(watch)
        act(path)
        sys.setprofile(None)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def opens(path: Path, passphrase: str | None) -> bool:
    """Whether the image opens with that and nothing else, as the card that it was."""
    try:
        with Card.open(path, "copy", passphrase=passphrase) as card:
            puk = card._state.chvs[(0, 1)].puk
            assert puk is not None
            return puk.value == SECRET
    except (CardImageSealed, CardImageNotSealed, WrongPassphrase):
        return False


def tried(way: str, path: Path) -> dict[str, Any]:
    act, before, after = WAYS[way]
    path.parent.mkdir()
    with Card.from_profile("iso7816") as card:
        card.save(path, passphrase=before)
    original = path.read_bytes()
    told: dict[str, Any] = {"kills": 0, "old": 0, "new": 0, "wrong": []}
    place = 0
    while killed_at(place, act, path):
        is_old, is_new = opens(path, before), opens(path, after)
        told["kills"] += 1
        told["old"] += is_old
        told["new"] += is_new
        if is_old == is_new:
            told["wrong"].append([place, "neither the old one nor the new one"])
        if is_old and path.read_bytes() != original:
            told["wrong"].append([place, "the old one was changed"])
        if is_new and after is not None:
            told["wrong"] += [[place, f"in the clear: {secret}"] for secret in in_the_clear(path)]
        for left in path.parent.glob(f".{path.name}.*"):
            if after is not None and SECRET in left.read_bytes():
                told["wrong"].append([place, "in the clear, beside it"])
            left.unlink()
        path.write_bytes(original)
        place += 1
    if not opens(path, after):
        told["wrong"].append([place, "not done"])
    return told


def in_the_clear(path: Path) -> list[str]:
    everything = b"".join(each.read_bytes() for each in path.parent.iterdir())
    return [SECRET.decode()] if SECRET in everything else []


if __name__ == "__main__":
    scrypt_cost.DEFAULT_COST = ScryptCost(4, 2, 1)  # type: ignore[misc]
    assert sqlite3.threadsafety
    told = json.dumps({way: tried(way, Path(sys.argv[1]) / way / "some.card") for way in WAYS})
    sys.stdout.write(told)
