"""What keeps a file from being used, in words that name it and say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import DatabaseFault

MOVE_IT: Final = "move it away to begin with an empty one, or name another file in SCARDMGR_DATABASE"


class SenselessRow(Exception):  # noqa: N818 - says what is the case
    """A row holds what this package never wrote, which makes the file a damaged one."""


def busy(what: object) -> DatabaseFault:
    """Others hold it for too long."""
    return DatabaseFault(
        f"{what} is held by others for too long: try again, or see which program does not let go of it",
        SCardCode.SCARD_E_SERVER_TOO_BUSY,
    )


def damaged(path: Path, how: str) -> DatabaseFault:
    """It contradicts itself."""
    return DatabaseFault(f"{path} is damaged ({how}): {MOVE_IT}")


def refused(path: Path, error: Exception) -> DatabaseFault:
    """The operating system does not let this user at it."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return DatabaseFault(
        f"{path} cannot be used ({reason}): check the permissions, or name another file in SCARDMGR_DATABASE",
        SCardCode.SCARD_E_NO_ACCESS,
    )
