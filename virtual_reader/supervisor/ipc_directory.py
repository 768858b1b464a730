"""The folder that pcscd 1.9 will not start without, though socket activation leaves it nothing to put there.

A system with systemd has it. Where it is missing and we are root, all supervisors together make it and the last
one removes it: each holds a shared lock on it. Those that we made are told by their mode; a system daemon that
starts meanwhile sets its own.
"""

from __future__ import annotations

import fcntl
import os
import stat

PATH = "/run/pcscd"
_OUR_MODE = 0o711


class IPCDirectory:
    """/run/pcscd, there for as long as this object is not closed.

    Raises:
        PermissionError: it is missing, and not ours to make.
    """

    def __init__(self, path: str = PATH) -> None:
        self._path = path
        self._descriptor = -1
        while self._descriptor < 0:
            try:
                os.mkdir(path, _OUR_MODE)  # noqa: PTH102 - pathlib is slow to load
            except FileExistsError:
                pass
            except PermissionError as error:
                raise PermissionError(f"pcscd needs the folder {path}: as root, mkdir {path}") from error
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue
            except PermissionError:
                # It is there, and another user's care.
                return
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if os.fstat(descriptor).st_nlink > 0:
                self._descriptor = descriptor
            else:
                # The last supervisor before us was just removing it.
                os.close(descriptor)

    def close(self) -> None:
        """Remove it, if it is one of ours and nobody else's care any more."""
        if self._descriptor < 0:
            return
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stat.S_IMODE(os.fstat(self._descriptor).st_mode) == _OUR_MODE:
                os.rmdir(self._path)  # noqa: PTH106
        except OSError:
            # In use: by another supervisor, or with files of a system daemon in it.
            pass
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
