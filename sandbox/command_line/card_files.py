"""The files of a card as ISCardFileAccess gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.file_control import FileControlParameters, FileKind
    from scardmgr import ISCardFileAccess

READ_SIZE = 4096


@dataclass(frozen=True, slots=True)
class CardFile:
    """One file: its path, and what the card tells of it."""

    path: str
    parameters: FileControlParameters

    @property
    def depth(self) -> int:
        """0 for the MF."""
        return self.path.count("/")

    @property
    def kind(self) -> FileKind:
        """DF, or the structure of the EF."""
        from iso7816.file_control import FileKind

        descriptor = self.parameters.descriptor
        return FileKind.NO_INFORMATION if descriptor is None else descriptor.kind

    @property
    def life_cycle(self) -> str:
        """In words; empty where the card tells nothing."""
        from iso7816.file_control import LifeCycle

        byte = self.parameters.life_cycle
        if byte is None:
            return ""
        state = LifeCycle.of(byte)
        return f"{byte:02X}" if state is None else state.name.lower().replace("operational_", "").replace("_", " ")

    @property
    def name(self) -> str:
        """The DF name in hex; empty without one."""
        name = self.parameters.df_name
        return "" if name is None else name.hex().upper()

    @property
    def access(self) -> dict[str, str]:
        """Of reading and updating (EF) or creating and deleting (DF): what it takes, in words."""
        from iso7816.access_rules import AccessModeDF, AccessModeEF, CompactRules
        from iso7816.errors import Iso7816Error

        if self.parameters.compact_security is None:
            return {}
        try:
            rules = CompactRules.parse(self.parameters.compact_security)
        except Iso7816Error:
            return {}
        asked: dict[str, int] = (
            {"create": AccessModeDF.CREATE_EF, "delete": AccessModeDF.DELETE_CHILD}
            if self.kind.is_df
            else {"read": AccessModeEF.READ, "update": AccessModeEF.UPDATE}
        )
        conditions = {operation: rules.conditions_for(mode) for operation, mode in asked.items()}
        return {operation: " or ".join(map(str, found)) for operation, found in conditions.items() if found}


def file_at(files: ISCardFileAccess, path: str) -> CardFile:
    """The file ``path``.

    Raises:
        HResultError: there is none, or the card refuses.
    """
    from iso7816.file_control import FileControlParameters
    from scardmgr import REFTYPE, SCARD_FLAGS

    rows = files.GetProperties(REFTYPE.SC_TYPE_BY_ANY, path, SCARD_FLAGS.SC_FL_GET_ALL_PROPERTIES)
    return CardFile(path, FileControlParameters.parse(b"".join(row.to_tlv().to_bytes() for row in rows)))


def walk(files: ISCardFileAccess, path: str) -> Iterator[CardFile]:
    """The file ``path`` and, where it is a DF, everything below it, each DF before its files.

    Raises:
        HResultError: there is no such file, the card refuses, or does not tell what files it has.
    """
    from scardmgr import FILETYPE, REFTYPE

    file = file_at(files, path)
    yield file
    if file.kind.is_df:
        files.ChangeDir(REFTYPE.SC_TYPE_BY_ANY, path)
        for child in files.Directory(FILETYPE.SC_TYPE_ALL_FILES):
            yield from walk(files, f"{path}/{child}")


def contents(files: ISCardFileAccess, path: str) -> Iterator[bytes]:
    """The content of an EF from its beginning: its records, or pieces of a transparent one.

    Raises:
        HResultError: it cannot be opened or read.
    """
    from scardmgr import REFTYPE, HResultError
    from scardmgr.winscard.codes import SCardCode

    with files.Open(REFTYPE.SC_TYPE_BY_ANY, path) as handle:
        while True:
            try:
                yield files.Read(handle, READ_SIZE)
            except HResultError as error:
                if error.hresult == SCardCode.SCARD_W_EOF:
                    return
                raise
