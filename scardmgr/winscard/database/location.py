"""Where the smart card database lies."""

from __future__ import annotations

import os
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


def user_path() -> Path:
    """The user's file, in the platform's place for application data (Linux: ``~/.local/share/scardmgr``)."""
    import platformdirs

    return Path(platformdirs.user_data_dir(_APPLICATION, appauthor=False), _FILE)


def system_path() -> Path:
    """The system's file, in the platform's place for what all users share (Linux: ``/usr/local/share/scardmgr``)."""
    import platformdirs

    return Path(platformdirs.site_data_dir(_APPLICATION, appauthor=False), _FILE)
