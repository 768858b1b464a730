"""Files of a card definition: tables ``files."3F00/7F10/6F01"``, keyed by the path from the MF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from emulator.commands.management import MAX_DEPTH
from emulator.definition.command_rules import read_command_rules
from emulator.definition.rules import DF_OPERATIONS, EF_OPERATIONS, EnvironmentAllocator, to_requirement
from emulator.definition.section import REQUIRED, Section, choice, hex_digits, integer, list_of, octets
from emulator.errors import CardDefinitionError
from emulator.file_control_information import erased_byte
from emulator.file_lookup import implicit_sfi
from emulator.persistent import (
    MAX_FILE_SIZE,
    MAX_RECORD_SIZE,
    MAX_RECORDS,
    MF_NUMBER,
    CardFile,
    Content,
    PersistentState,
    Table,
)
from emulator.requirement import Requirement
from emulator.tlv_files import TLV_KINDS, data_objects
from iso7816.access_rules import AccessModeEF, CompactRules, SecurityCondition
from iso7816.ber_tlv import TLV
from iso7816.data_coding import DataCoding, WriteBehaviour
from iso7816.errors import PathError, TLVError
from iso7816.file_control import LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.file_path import MAX_SFI, MF, FilePath, is_assignable, parse_fid

SECURITY_ENVIRONMENTS: Final = "5E00"
"""File identifier of the EF of security environments, where a DF does not name another."""

_TYPES: Final = {
    "DF": FileKind.DF,
    "transparent": FileKind.TRANSPARENT,
    "linear fixed": FileKind.LINEAR_FIXED,
    "linear variable": FileKind.LINEAR_VARIABLE,
    "cyclic": FileKind.CYCLIC,
    "BER-TLV": FileKind.BER_TLV,
    "SIMPLE-TLV": FileKind.SIMPLE_TLV,
}
_LIFE_CYCLES: Final = {
    "creation": LifeCycle.CREATION,
    "initialisation": LifeCycle.INITIALISATION,
    "activated": LifeCycle.OPERATIONAL_ACTIVATED,
    "deactivated": LifeCycle.OPERATIONAL_DEACTIVATED,
    "terminated": LifeCycle.TERMINATED,
}
_WRITES: Final = {
    "once": WriteBehaviour.ONE_TIME,
    "replace": WriteBehaviour.PROPRIETARY,
    "or": WriteBehaviour.OR,
    "and": WriteBehaviour.AND,
}
_LABEL_TAG: Final = 0x50


def to_path(value: Any, path: str) -> FilePath:
    """A path that begins at the MF."""
    try:
        found = FilePath.parse(value) if isinstance(value, str) else None
    except PathError:
        found = None
    if found is None or not found.is_absolute or not all(map(is_assignable, found.fids[1:])):
        raise CardDefinitionError(path, 'expected a path of file identifiers from the MF, as in "3F00/7F10/6F01"')
    return found


def to_fid(value: Any, path: str) -> int:
    """A file identifier that a file may bear."""
    try:
        fid = parse_fid(value) if isinstance(value, str) else MF
    except PathError:
        fid = MF
    if not is_assignable(fid):
        raise CardDefinitionError(path, "expected a file identifier: four hex digits, not 0000, 3F00, 3FFF or FFFF")
    return fid


class FileBuilder:
    """Adds the files of a definition to a state, each DF before its children."""

    def __init__(self, state: PersistentState) -> None:
        self._state = state
        self._numbers: dict[tuple[int, ...], int] = {}
        self._environments: dict[int, EnvironmentAllocator] = {}
        self.rules: list[tuple[Requirement, int, str]] = []
        """Every requirement met, with the DF that its local references are looked up from, and its key."""

    def add_all(self, files: Section) -> None:
        """All tables under ``files``; without one for the MF, the MF is a DF without rules.

        Raises:
            CardDefinitionError: as each of them deserves.
        """
        sections: dict[FilePath, Section] = {}
        for key in files.remaining():
            path = to_path(key, files.key_path(key))
            if path in sections:
                raise files.error(key, "expected each path once")
            sections[path] = files.section(key)
        sections.setdefault(FilePath((MF,)), Section({"type": "DF"}, files.key_path("3F00")))
        for path in sorted(sections, key=lambda path: len(path.fids)):
            self._add(path, sections[path])

    def find_df(self, path: str, key: str) -> int:
        """The number of the DF at a path. Raises CardDefinitionError where there is none."""
        number = self._numbers.get(to_path(path, key).fids)
        if number is None or self._state.files[number].kind is not FileKind.DF:
            raise CardDefinitionError(key, "expected the path of a DF of this card")
        return number

    def add_environments(self) -> None:
        """The EFs of security environments, in the DFs whose rules need one.

        Raises:
            CardDefinitionError: its file identifier is taken.
        """
        state = self._state
        for df, environments in self._environments.items():
            records = environments.records()
            file = state.files[df]
            if not records or file.se_file is None:
                state.write(Table.FILES, df, replace(file, se_file=None))
                continue
            if df << 16 | file.se_file in state.children:
                raise CardDefinitionError(
                    "files", f"{file.se_file:04X} is taken in DF {file.fid:04X}: security_environments names another"
                )
            self._put(
                CardFile(
                    state.next_number,
                    df,
                    file.se_file,
                    FileKind.LINEAR_VARIABLE,
                    size=sum(map(len, records)),
                    max_record_size=MAX_RECORD_SIZE,
                    max_records=len(records),
                    security=CompactRules.of({AccessModeEF.READ: SecurityCondition.ALWAYS}).to_bytes(),
                ),
                records,
            )

    def _add(self, path: FilePath, section: Section) -> None:
        state = self._state
        parent = 0
        if path.parent is not None:
            parent = self._numbers.get(path.parent.fids, 0)
            if parent == 0 or state.files[parent].kind is not FileKind.DF:
                raise CardDefinitionError(section.path, f"expected a DF {path.parent} in this card")
            if state.files[parent].fid == path.name:
                raise CardDefinitionError(section.path, "expected another file identifier than that of its DF")
        number = MF_NUMBER if parent == 0 else max(state.next_number, MF_NUMBER + 1)
        kind = section.take("type", choice(_TYPES))
        if parent == 0 and kind is not FileKind.DF:
            raise section.error("type", 'expected "DF" for the MF')
        life_cycle = section.take("life_cycle", choice(_LIFE_CYCLES), LifeCycle.OPERATIONAL_ACTIVATED)
        if kind is FileKind.DF and len(path.fids) > MAX_DEPTH:
            raise CardDefinitionError(section.path, f"expected at most {MAX_DEPTH} DFs inside one another")
        if kind is FileKind.DF:
            file = self._read_df(section, number, parent, path.name, life_cycle)
            content: Content | None = None
        else:
            file, content = self._read_ef(section, number, parent, path.name, kind, life_cycle)
        section.finish()
        self._numbers[path.fids] = number
        self._put(file, content)

    def _put(self, file: CardFile, content: Content | None) -> None:
        self._state.write(Table.FILES, file.number, file)
        if content is not None:
            self._state.write(Table.CONTENTS, file.number, content)

    def _read_df(self, section: Section, number: int, parent: int, fid: int, life_cycle: LifeCycle) -> CardFile:
        name = section.take("name", hex_digits(1, 16), b"")
        if name in self._state.names:
            raise section.error("name", "expected a DF name that no other DF has")
        label = section.take("label", octets(1, 32), b"")
        environments = self._environments[number] = EnvironmentAllocator()
        se_file = section.take("security_environments", to_fid, parse_fid(SECURITY_ENVIRONMENTS))
        security = self._read_access(section, DF_OPERATIONS, environments, number)
        expanded, requirements = read_command_rules(section)
        self.rules += [(requirement, number, key) for requirement, key in requirements]
        return CardFile(
            number,
            parent,
            fid,
            FileKind.DF,
            life_cycle,
            name=name or None,
            security=security,
            expanded=expanded,
            se_file=se_file,
            management=TLV(_LABEL_TAG, label).to_bytes() if label else b"",
        )

    def _read_access(
        self, section: Section, operations: Mapping[str, int], environments: EnvironmentAllocator, df: int
    ) -> bytes | None:
        """The table ``access`` in compact format; ``None`` where there is none."""
        if "access" not in section:
            return None
        access = section.section("access")
        requirements = {}
        for name, mode in operations.items():
            requirement = access.take(name, to_requirement, Requirement.NEVER)
            self.rules.append((requirement, df, access.key_path(name)))
            requirements[mode] = requirement
        access.finish()
        return environments.compact(requirements, access.path)

    def _read_ef(
        self, section: Section, number: int, parent: int, fid: int, kind: FileKind, life_cycle: LifeCycle
    ) -> tuple[CardFile, Content]:
        behaviour = section.take("write", choice(_WRITES), WriteBehaviour.OR)
        file = CardFile(
            number,
            parent,
            fid,
            kind,
            life_cycle,
            sfi=self._read_sfi(section, parent, fid),
            coding=DataCoding(behaviour).to_byte(),
        )
        file = replace(file, security=self._read_access(section, EF_OPERATIONS, self._environments[parent], parent))
        if kind is FileKind.TRANSPARENT:
            return _read_bytes(section, file)
        return _read_objects(section, file) if kind in TLV_KINDS else _read_records(section, file)

    def _read_sfi(self, section: Section, parent: int, fid: int) -> int:
        """The key ``sfi`` (0: none); without it the low five bits of the file identifier, where they are free."""
        if "sfi" not in section:
            return implicit_sfi(self._state, parent, fid)
        sfi = section.take("sfi", integer(0, MAX_SFI))
        if sfi != 0 and parent << 5 | sfi in self._state.short_ids:
            raise section.error("sfi", "expected a short EF identifier that no other EF of the DF has, also implicitly")
        return sfi


def _read_bytes(section: Section, file: CardFile) -> tuple[CardFile, Content]:
    content = section.take("content", octets(0, MAX_FILE_SIZE), b"")
    size = section.take("size", integer(len(content), MAX_FILE_SIZE), len(content))
    file = replace(file, size=size)
    return file, content.ljust(size, bytes((erased_byte(file),)))


def _read_objects(section: Section, file: CardFile) -> tuple[CardFile, Content]:
    content = section.take("content", octets(0, MAX_FILE_SIZE), b"")
    try:
        objects = data_objects(file.kind, content)
    except TLVError:
        raise section.error("content", "expected data objects, of the form that the type says") from None
    parts = tuple(each.to_bytes() for each in objects)
    if len({each.tag for each in objects}) != len(objects):
        raise section.error("content", "expected each tag once")
    used = sum(map(len, parts))
    size = section.take("size", integer(max(used, 1), MAX_FILE_SIZE), used or REQUIRED)
    return replace(file, size=size), parts


def _read_records(section: Section, file: CardFile) -> tuple[CardFile, Content]:
    none: list[bytes] = []
    records = tuple(section.take("records", list_of(octets(1, MAX_RECORD_SIZE)), none))
    longest = max(map(len, records), default=0)
    fixed = file.kind is not FileKind.LINEAR_VARIABLE
    usual_size = MAX_RECORD_SIZE if not fixed else longest if records else REQUIRED
    record_size = section.take("record_size", integer(max(longest, 1), MAX_RECORD_SIZE), usual_size)
    max_records = section.take(
        "max_records", integer(max(len(records), 1), MAX_RECORDS), len(records) if records else REQUIRED
    )
    if fixed:
        size = record_size * max_records
        records = tuple(record.ljust(record_size, bytes((erased_byte(file),))) for record in records)
    else:
        total = sum(map(len, records))
        size = section.take("size", integer(max(total, 1), MAX_FILE_SIZE), total if records else REQUIRED)
    return replace(file, size=size, max_record_size=record_size, max_records=max_records), records
