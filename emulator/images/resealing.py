"""A card image that is sealed, unsealed, or given another passphrase: in one step, as every image is written.

It is written anew as a whole, under a new key: whoever knows an old passphrase and has an old copy of the image can
open that copy, and nothing that is written from then on.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from emulator.errors import CardImageError, CardImageSealed
from emulator.images.database import image_errors
from emulator.images.opening import load_copy, was_left_open
from emulator.images.reading import read_image
from emulator.images.saving import held, put_in_place
from emulator.images.sealing.key_derivation import Passphrase
from emulator.images.sealing.seal import Seal


def seal_image(image: str | os.PathLike[str], passphrase: str | bytes | Passphrase) -> None:
    """Seal an image: its secrets are enciphered in it from then on.

    An image of an earlier format is brought to the present one.

    Args:
        image: its path.
        passphrase: what opens it from then on.

    Raises:
        CardImageSealed: it is sealed already.
        CardImageError: one of its kinds; then the image is as it was.
        ValueError: the passphrase is empty, or no text that UTF-8 can hold.
    """
    # By the same name: whoever shows the variables of this frame is shown no passphrase.
    passphrase = Passphrase.of(passphrase)
    try:
        _write_anew(Path(image), None, passphrase)
    except CardImageSealed:
        raise CardImageSealed(f"{image} is sealed already; its passphrase can be changed") from None


def unseal_image(image: str | os.PathLike[str], passphrase: str | bytes | Passphrase) -> None:
    """Unseal an image: its secrets are in it in the clear from then on.

    Raises:
        CardImageNotSealed: it is not sealed.
        WrongPassphrase: it was sealed with another one.
        CardImageError: one of its kinds; then the image is as it was.
        ValueError: as :func:`seal_image`.
    """
    passphrase = Passphrase.of(passphrase)
    _write_anew(Path(image), passphrase, None)


def change_passphrase(
    image: str | os.PathLike[str], passphrase: str | bytes | Passphrase, new: str | bytes | Passphrase
) -> None:
    """Give a sealed image another passphrase, and other keys.

    Raises:
        As :func:`unseal_image`.
    """
    passphrase, new = Passphrase.of(passphrase), Passphrase.of(new)
    _write_anew(Path(image), passphrase, new)


def _write_anew(path: Path, passphrase: Passphrase | None, new: Passphrase | None) -> None:
    """Raises CardImageError."""
    if path.is_symlink():
        # What is behind the link is to be written anew, and not the link.
        path = path.resolve()
    if was_left_open(path):
        # To hold it is to take in what its last opener left, a write. So it is looked at before.
        load_copy(path, passphrase)
    with ExitStack() as holding:
        with image_errors(path):
            connection = holding.enter_context(held(path))
            connection.execute("BEGIN")
            state, _seal = read_image(connection, path, passphrase)
            connection.execute("COMMIT")
        put_in_place(state, path, None if new is None else new_seal(path, new), holding)


def new_seal(image: str | os.PathLike[str], passphrase: Passphrase) -> Seal:
    """The seal of a new image. Raises CardImageError where there is not enough memory."""
    try:
        return Seal.new(passphrase)
    except MemoryError:
        raise CardImageError(f"{image} cannot be sealed: there is not enough memory") from None
