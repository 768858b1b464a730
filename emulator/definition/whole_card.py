"""A whole card definition: from the TOML table to the persistent state of a new card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from emulator.applications.registry import application_in_file, application_type
from emulator.capabilities import directory_access
from emulator.definition.files import FileBuilder, to_path
from emulator.definition.identity import read_identity
from emulator.definition.keys import read_key
from emulator.definition.secrets import read_chv, read_data_object
from emulator.definition.section import Section, hex_digits, octets, text, to_table
from emulator.errors import ApplicationMissing, CardDefinitionError
from emulator.persistent import GLOBAL, MF_NUMBER, PersistentState, Table
from emulator.references import find_chv, find_key
from iso7816.ber_tlv import TLV
from iso7816.card_capabilities import DirectoryAccess

if TYPE_CHECKING:
    from emulator.applications.contract import Application
    from emulator.definition.secrets import FindDF
    from emulator.keys import Key
    from emulator.persistent import ReferenceId
    from emulator.requirement import Requirement
    from iso7816.file_path import FilePath

EF_DIR: Final = "3F00/2F00"


_TypedApplication: TypeAlias = "tuple[FilePath, Section, type[Application]]"


def build_state(
    table: Mapping[str, Any], name: str, *, check_keys: bool = True, folder: Path | None = None
) -> PersistentState:
    """A new card.

    Args:
        table: the definition.
        name: of the definition.
        check_keys: whether the numbers of its key pairs are tried.
        folder: what the paths of files of Python in it are relative to.

    Raises:
        CardDefinitionError: the definition is refused.
    """
    whole = Section(table)
    state = PersistentState(read_identity(whole, name))
    files = FileBuilder(state)
    tables, types = _with_applications(whole, folder, directory_access(state.identity.atr))
    files.add_all(tables)
    for path, options, application in types:
        _install(state, files.find_df(str(path), options.path), options, application)
    _read_references(whole, state, files, partial(read_key, check=check_keys))
    whole.finish()
    _check_references(state, files.rules)
    files.add_environments()
    if state.allocated > state.identity.memory:
        raise CardDefinitionError("card.memory", f"expected at least the {state.allocated} bytes that the EFs take")
    return state


def _with_applications(
    whole: Section, folder: Path | None, access: DirectoryAccess
) -> tuple[Section, list[_TypedApplication]]:
    """The tables of files, with the names that ``applications`` gives, and an EF.DIR where there is none.

    Beside them the applications that have a type, with the path of their DF and their options.
    """
    types: list[_TypedApplication] = []
    tables: dict[str, Any] = whole.take("files", to_table, {})
    templates = []
    for application in whole.sections("applications"):
        name = application.take("name", hex_digits(1, 16))
        path = application.take("path", to_path)
        label = application.take("label", octets(1, 32), b"")
        if "type" in application:
            application_class = application.take("type", _to_application_type(folder))
            tables.setdefault(str(path), {"type": "DF"})
            types.append((path, application.section("options"), application_class))
        application.finish()
        df = tables.get(str(path))
        if not isinstance(df, dict) or df.get("type") != "DF":
            raise application.error("path", f'expected a DF that files."{path}" describes')
        if "name" in df:
            raise application.error("name", f'files."{path}" has a name of its own')
        tables[str(path)] = {"name": name.hex(), **({"label": {"hex": label.hex()}} if label else {}), **df}
        templates.append(_application_template(name, label, path))
    if templates and EF_DIR not in tables:
        tables[EF_DIR] = {**_directory(templates, access), "access": {"read": "always"}}
    return Section(tables, "files"), types


def _directory(templates: list[bytes], access: DirectoryAccess) -> dict[str, Any]:
    """An EF.DIR of the structure that is announced (ISO/IEC 7816-4:2020, 12.1.1)."""
    if access is DirectoryAccess.READ_BINARY:
        return {"type": "transparent", "content": {"hex": b"".join(templates).hex()}}
    return {"type": "linear variable", "records": [{"hex": template.hex()} for template in templates]}


def _to_application_type(folder: Path | None) -> Callable[[Any, str], type[Application]]:
    """The name of an application, or ``FILE.py:Class`` with a path that is relative to the definition."""

    def to_type(value: Any, path: str) -> type[Application]:
        name = text(value, path)
        file, separator, class_name = name.rpartition(":")
        try:
            return application_in_file((folder or Path()) / file, class_name) if separator else application_type(name)
        except (ApplicationMissing, ValueError) as error:
            raise CardDefinitionError(path, str(error)) from error

    return to_type


def _install(state: PersistentState, df: int, options: Section, application: type[Application]) -> None:
    """Bind an application to a DF, with the values and the CHVs that its options make."""
    state.write(Table.FILES, df, replace(state.files[df], application=application.NAME))
    for key, value in application.define(options).items():
        state.write(Table.APPLICATION_VALUES, (df, bytes(key)), bytes(value))
    for reference, chv in application.define_chvs(options).items():
        state.write(Table.CHVS, (df, reference), chv)
    options.finish()


def _application_template(name: bytes, label: bytes, path: FilePath) -> bytes:
    """Template 61 of EF.DIR (ISO/IEC 7816-4:2020, 8.2.2.1): application identifier, label, path."""
    children = [TLV(0x4F, name), *([TLV(0x50, label)] if label else []), TLV(0x51, path.to_bytes())]
    return TLV.constructed(0x61, children).to_bytes()


def _read_references(
    whole: Section,
    state: PersistentState,
    files: FileBuilder,
    to_key: Callable[[Section, FindDF], tuple[ReferenceId, Key]],
) -> None:
    """CHVs, keys and data objects, with the rules that they have themselves."""
    for table, read in (
        (Table.CHVS, read_chv),
        (Table.KEYS, to_key),
        (Table.DATA_OBJECTS, read_data_object),
    ):
        for section in whole.sections(table.value):
            where, record = read(section, files.find_df)
            if where in state.table(table):
                raise CardDefinitionError(section.path, "expected each reference (and tag) once in its DF")
            state.write(table, where, record)
            files.rules.extend(
                (getattr(record, key), MF_NUMBER if where[0] == GLOBAL else where[0], section.key_path(key))
                for key in ("unblock", "use", "generate", "read", "update")
                if hasattr(record, key)
            )


def _check_references(state: PersistentState, rules: Iterable[tuple[Requirement, int, str]]) -> None:
    """Every CHV and key that a rule names exists where the rule applies."""
    for requirement, df, key in rules:
        for chv in requirement.chvs:
            if find_chv(state, df, chv) is None:
                raise CardDefinitionError(key, f"expected a CHV that this card has there: CHV {chv:02X} is none")
        for reference in requirement.keys:
            if find_key(state, df, reference) is None:
                raise CardDefinitionError(key, f"expected a key that this card has there: key {reference:02X} is none")
