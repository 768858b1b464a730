"""Where pcscd and the vpcd driver are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .errors import DaemonUnavailable

INSTALL = "install both with: apt-get install pcscd vsmartcard-vpcd"
_ADMINISTRATION = ("/usr/sbin", "/sbin", "/usr/local/sbin")
_DRIVERS = ("/usr/lib", "/usr/lib64", "/usr/lib/*-linux-*", "/usr/local/lib", "/usr/local/lib64")
_HELP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Installation:
    """The programs that a private daemon is made of.

    Attributes:
        command: pcscd and the arguments it always takes.
        driver: the path of libifdvpcd.so.
    """

    command: tuple[str, ...]
    driver: str


@lru_cache(maxsize=4)
def _arguments(pcscd: str) -> tuple[str, ...]:
    """``--disable-polkit`` where this pcscd has it: a private daemon's socket is in a private directory anyway."""
    try:
        text = subprocess.run([pcscd, "--help"], capture_output=True, timeout=_HELP_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DaemonUnavailable(f"{pcscd} does not run ({error}); {INSTALL}") from error
    return ("--foreground", "--disable-polkit") if b"--disable-polkit" in text else ("--foreground",)


def find_installation() -> Installation:
    """Look for pcscd (PATH and the folders of administration) and the driver.

    Raises:
        DaemonUnavailable: one of them is missing; says how to install it.
    """
    path = os.pathsep.join((os.environ.get("PATH", ""), *_ADMINISTRATION))
    pcscd = shutil.which("pcscd", path=path)
    if pcscd is None:
        raise DaemonUnavailable(f"there is no pcscd on this machine; {INSTALL}")
    for pattern in _DRIVERS:
        found = sorted(Path("/").glob(f"{pattern[1:]}/pcsc/drivers/serial/libifdvpcd.so"))
        if found:
            return Installation((pcscd, *_arguments(pcscd)), str(found[0]))
    raise DaemonUnavailable(f"pcscd is here, its vpcd driver (libifdvpcd.so) is not; {INSTALL}")
