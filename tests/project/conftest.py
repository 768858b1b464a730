"""A stranger: somebody who has the wheel, an empty virtual environment, and none of the source tree."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples"
MADE_BY_MAKE = shutil.ignore_patterns("door", "*.o", "__pycache__", ".venv")

# What pip needs to know about this machine. Nothing else of our environment is a stranger's.
NETWORK = {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
INSTALL_S, RUN_S = 300, 120

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make something in a folder once for all workers of this run, and return the folder."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make_once(name: str, make: Callable[[Path], None]) -> Path:
        folder, made = shared / name, shared / f"{name}.made"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                made.touch()
        return folder

    return make_once


@dataclass(frozen=True)
class Stranger:
    """Runs commands where a virtual environment is all there is of Python's.

    Attributes:
        environment: all of the variables.
    """

    environment: dict[str, str]

    def run(
        self, *command: str, cwd: Path, text: str = "", timeout: float = RUN_S, prefix: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; what it writes to standard error follows what it writes to standard output."""
        return subprocess.run(
            [*prefix, *command],
            check=False,
            cwd=cwd,
            env=self.environment,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )

    def succeed(self, *command: str, cwd: Path, timeout: float = RUN_S) -> str:
        """Run a command that must end well, and return what it says."""
        done = self.run(*command, cwd=cwd, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
        return done.stdout


def environment_of(venv: Path, home: Path) -> dict[str, str]:
    ours = os.environ
    kept = {
        name: value
        for name, value in ours.items()
        if name.startswith("PIP_") or name.lower().endswith("_proxy") or name in NETWORK
    }
    cache = Path(ours.get("XDG_CACHE_HOME", Path.home() / ".cache"), "pip")
    kept.setdefault("PIP_CACHE_DIR", str(cache))  # where pyscard may lie, compiled for the tests' own environment
    for configuration in (Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf"):
        if configuration.is_file():
            kept.setdefault("PIP_CONFIG_FILE", str(configuration))
    return {
        **kept,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PATH": f"{venv / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "PYTEST_DEBUG_TEMPROOT": str(home),  # not the folder in /tmp that may be another user's of the same name
        "LANG": "C.UTF-8",
    }


@pytest.fixture(scope="session")
def wheel(once: Once) -> Path:
    """The wheel of this source tree."""

    def build(folder: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, REPOSITORY],
            check=True,
            timeout=INSTALL_S,
            cwd=folder,
        )

    (built,) = once("wheel", build).glob("scardmgr-*.whl")
    return built


@pytest.fixture(scope="session")
def stranger_with(once: Once, wheel: Path) -> Callable[[str], Stranger]:
    """Somebody who has installed an example's requirements into an empty environment."""

    def prepare(example: str) -> Stranger:
        requirements = EXAMPLES / example / "requirements.txt"
        folder = once(f"stranger-{example}", lambda folder: install(folder, requirements, wheel))
        return stranger_in(folder)

    return prepare


def stranger_in(folder: Path) -> Stranger:
    return Stranger(environment_of(folder / "venv", folder / "home"))


def install(folder: Path, requirements: Path, wheel: Path) -> None:
    (folder / "home").mkdir()
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=INSTALL_S, cwd=folder)
    # The wheel goes by the name that the requirements ask for, whatever there may be under it elsewhere.
    command = ("pip", "install", "--quiet", str(wheel), "--requirement", str(requirements))
    stranger_in(folder).succeed(*command, cwd=folder, timeout=INSTALL_S)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[str], Path]:
    """An example as it is copied out of the tree: what was not there is not."""

    def copy(example: str) -> Path:
        return shutil.copytree(EXAMPLES / example, tmp_path / example, ignore=MADE_BY_MAKE)

    return copy
