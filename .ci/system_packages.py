"""Install the system packages that the tests need, or name the one command that does.

As root on a Debian-like system the missing ones are installed with apt-get. Otherwise the command to
run is printed, and the exit status is 1 if anything is missing. What counts is whether the thing itself
is there (a program, a header, the driver), so that any distribution will do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"])


def program(name: str) -> Callable[[], bool]:
    """Whether the program ``name`` is installed."""
    return lambda: shutil.which(name, path=SYSTEM_PATH) is not None


def one_of(*paths: str) -> Callable[[], bool]:
    """Whether one of these files is there."""
    return lambda: any(Path(path).exists() for path in paths)


def in_wine(name: str) -> list[str]:
    """Where a program of Wine may be, of which distributions put some beside its libraries."""
    return [f"/usr/lib/wine/{name}", f"/usr/bin/{name}", f"/usr/local/bin/{name}"]


NEEDED: dict[str, tuple[str, Callable[[], bool]]] = {
    # Debian package: (what it is needed for, whether it is there)
    "gcc": ("compiles pyscard", program("gcc")),
    "python3-dev": ("compiles pyscard", one_of(os.path.join(sysconfig.get_path("include"), "Python.h"))),  # noqa: PTH118
    "libpcsclite-dev": (
        "compiles pyscard",
        one_of("/usr/include/PCSC/winscard.h", "/usr/local/include/PCSC/winscard.h"),
    ),
    "make": ("builds the program in examples/door", program("make")),
    "pkg-config": ("builds the program in examples/door", program("pkg-config")),
    "golang-go": ("builds a program in Go that tests/interop drives", program("go")),
    "pcscd": ("the PC/SC daemon", program("pcscd")),
    "vsmartcard-vpcd": (
        "the virtual reader's driver for pcscd",
        one_of("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so"),
    ),
    "vsmartcard-vpicc": ("vicc, a card program that nobody here wrote, driven by tests/interop", program("vicc")),
    "opensc": ("opensc-tool and opensc-explorer, driven by tests/interop", program("opensc-explorer")),
    "openssl": ("openssl, which judges key operations in tests/interop", program("openssl")),
    "yubico-piv-tool": ("personalises PIV cards in tests/interop", program("yubico-piv-tool")),
    "gnutls-bin": ("certtool, which has a PIV card sign certificates in tests/interop", program("certtool")),
    "openssh-client": ("ssh-keygen, which lists a card's keys in tests/interop", program("ssh-keygen")),
    "pcsc-tools": ("pcsc_scan, driven by tests/interop", program("pcsc_scan")),
    "gnupg": ("gpg and gpg-agent, driven by tests/interop/openpgp", program("gpg-agent")),
    "scdaemon": (
        "the smart card daemon of GnuPG",
        one_of("/usr/lib/gnupg/scdaemon", "/usr/libexec/scdaemon", "/usr/lib/gnupg2/scdaemon"),
    ),
    "wine64-tools": (
        "widl and winegcc, which compile scardmgr.idl and programs in tests/interop",
        one_of(*in_wine("widl")),
    ),
    "libwine-dev": (
        "oaidl.idl and Windows' headers",
        one_of("/usr/include/wine/wine/windows/oaidl.idl", "/usr/include/wine/windows/oaidl.idl"),
    ),
    "wine64": (
        "oleaut32, which reads the type library, and ole32, whose streams are compared with ours",
        one_of(*in_wine("wine64")),
    ),
    "mingw-w64-common": ("another header of the interfaces", one_of("/usr/share/mingw-w64/include/scardssp.h")),
    "openssh-server": ("an sshd on loopback, over which tests run as over several machines", program("sshd")),
    "util-linux": ("unshare, with which tests make a container's situation", program("unshare")),
}


def missing() -> list[str]:
    """The Debian names of what is not there."""
    return [package for package, (_, present) in NEEDED.items() if not present()]


def apt_get(*arguments: str) -> None:
    """Run apt-get without questions; whether it helped is judged by what is there afterwards."""
    subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments],
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
    )


def main() -> int:
    """Install or name what is missing; return the exit status."""
    packages = missing()
    if not packages:
        print("system packages: all there")
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt_get("update")
        apt_get("install", "--yes", "--no-install-recommends", *packages)
        packages = missing()
        if not packages:
            return 0
    for package in packages:
        print(f"missing: {package} ({NEEDED[package][0]})", file=sys.stderr)
    print("Install what is missing, then run this again. On Debian and Ubuntu:", file=sys.stderr)
    print(f"    sudo apt-get install {' '.join(packages)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
