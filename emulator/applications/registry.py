"""Which applications there are: built in, brought by installed packages, registered by the program, or in a file.

A card image names its applications and nothing more: opening one never runs code that is not installed or registered
already. A card definition may name a file of Python besides, which is then run.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

from emulator.applications.contract import Application
from emulator.errors import ApplicationMissing

ENTRY_POINTS: Final = "scardmgr.applications"
"""The group of entry points by which a package brings an application: ``name = "package.module:Class"``."""

_BUILT_IN: Final[dict[str, str]] = {
    "gids": "emulator.applications.gids.card_application:GIDSCard",
    "openpgp": "emulator.applications.openpgp.card_application:OpenPGPCard",
    "piv": "emulator.applications.piv.card_application:PIVCard",
    "pkcs15": "emulator.applications.pkcs15.command_table:PKCS15",
}
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_registered: dict[str, type[Application]] = {}


def register_application(application: type[Application]) -> type[Application]:
    """Make an application known to this process, by its ``NAME``. Usable as a class decorator.

    Raises:
        ValueError: its name is not one, or another application has it.
    """
    name = getattr(application, "NAME", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{application.__name__}.NAME is not a name of letters, digits, '.', '_' and '-'")
    known = _registered.setdefault(name, application)
    if known is not application and _origin(known) != _origin(application):
        raise ValueError(f"there is an application {name!r} already: {known.__module__}.{known.__qualname__}")
    _registered[name] = application
    return application


def application_type(name: str) -> type[Application]:
    """The application with a name.

    Raises:
        ApplicationMissing: nobody registered it, and no installed package brings it.
    """
    known = _registered.get(name)
    if known is not None:
        return known
    target = _BUILT_IN.get(name)
    if target is None:
        target = next((point.value for point in entry_points(group=ENTRY_POINTS, name=name)), None)
    if target is None:
        raise ApplicationMissing(
            f"there is no application {name!r}: install the package that brings it, or register it "
            "(emulator.register_application)"
        )
    return register_application(_loaded(target, name))


def application_in_file(path: Path, class_name: str) -> type[Application]:
    """The application that a file of Python defines, which is run for it, and registered.

    Raises:
        ApplicationMissing: the file cannot be read or run, or has no such application.
        ValueError: as :func:`register_application`.
    """
    module_name = f"{ENTRY_POINTS}.{path.resolve()}"
    module = sys.modules.get(module_name)
    if module is None:
        spec = spec_from_file_location(module_name, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise ApplicationMissing(f"{path} is no file of Python that can be read")
        module = sys.modules[module_name] = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException as error:
            del sys.modules[module_name]
            if not isinstance(error, Exception):
                raise
            raise ApplicationMissing(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    return register_application(_application(getattr(module, class_name, None), f"{path}:{class_name}"))


def _loaded(target: str, name: str) -> type[Application]:
    module, _, attribute = target.partition(":")
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError as error:
        raise ApplicationMissing(f"the application {name!r} cannot be imported: {error}") from error
    return _application(found, target)


def _application(found: object, where: str) -> type[Application]:
    if not isinstance(found, type) or not issubclass(found, Application):
        raise ApplicationMissing(f"{where} is no subclass of emulator.Application")
    return found


def _origin(application: type[Application]) -> tuple[str, str]:
    return application.__module__, application.__qualname__
