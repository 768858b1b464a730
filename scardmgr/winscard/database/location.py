"""Where the smart card database lies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

#: Names the one file for the user's entries and the system's.
ENVIRONMENT_VARIABLE: Final = "SCARDMGR_DATABASE"

_APPLICATION = "scardmgr"
_FILE = "cards.sqlite3"


def named_path() -> Path | None:
    """The file that the environment names, if it does."""
    named = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return Path(named) if named else None


def user_path() -> Path | None:
    """The user's file, in the platform's place for application data (Linux: ``~/.local/share/scardmgr``).

    ``None`` for a user who has no home, such as one whom a container just gave a number.
    """
    import platformdirs

    with suppress(RuntimeError):  # newer versions; earlier ones leave the "~"
        path = Path(platformdirs.user_data_dir(_APPLICATION, appauthor=False), _FILE)
        if path.is_absolute():
            return path
    return None


def system_path() -> Path:
    """The system's file, in a platform's place for what all users share (Linux: ``/usr/local/share/scardmgr``).

    Of several such places, which are not the same for every user, the first that has one.
    """
    import platformdirs

    folders = platformdirs.site_data_dir(_APPLICATION, appauthor=False, multipath=True).split(os.pathsep)
    paths = [Path(folder, _FILE) for folder in folders]
    return next((path for path in paths if path.is_file()), paths[0])
