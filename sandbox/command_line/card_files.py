"""The files of a card as ISCardFileAccess gives them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.file_control import FileControlParameters
    from iso7816.file_descriptor import FileKind
    from sandbox.command_line.access_words import Environments
    from scardmgr import ISCardFileAccess

READ_SIZE = 4096


@dataclass(frozen=True, slots=True)
class CardFile:
    """One file: its path, what the card tells of it, and the security environments that its rules refer to."""

    path: str
    parameters: FileControlParameters
    environments: Environments = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """0 for the MF."""
        return self.path.count("/")

    @property
    def kind(self) -> FileKind:
        """DF, or the structure of the EF."""
        from iso7816.file_descriptor import FileKind

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
        from sandbox.command_line.access_words import OF_DF, OF_EF, access_words

        return access_words(self.parameters.compact_security, OF_DF if self.kind.is_df else OF_EF, self.environments)


def file_at(files: ISCardFileAccess, path: str) -> CardFile:
    """The file ``path``.

    Raises:
        HResultError: there is none, or the card refuses.
    """
    from iso7816.file_control import FileControlParameters
    from scardmgr import REFTYPE, SCARD_FLAGS

    rows = files.GetProperties(REFTYPE.SC_TYPE_BY_ANY, path, SCARD_FLAGS.SC_FL_GET_ALL_PROPERTIES)
    return CardFile(path, FileControlParameters.parse(b"".join(row.to_tlv().to_bytes() for row in rows)))


def walk(files: ISCardFileAccess, path: str, inherited: Environments | None = None) -> Iterator[CardFile]:
    """The file ``path`` and, where it is a DF, everything below it, each DF before its files.

    Raises:
        HResultError: there is no such file, the card refuses, or does not tell what files it has.
    """
    from scardmgr import FILETYPE, REFTYPE

    file = file_at(files, path)
    known = environments_of(files, file)
    if known is None:
        known = inherited or {}
    yield replace(file, environments=known)
    if file.kind.is_df:
        files.ChangeDir(REFTYPE.SC_TYPE_BY_ANY, path)
        for child in files.Directory(FILETYPE.SC_TYPE_ALL_FILES):
            yield from walk(files, f"{path}/{child}", known)


def environments_of(files: ISCardFileAccess, file: CardFile) -> Environments | None:
    """The security environments of a DF; ``None`` where it names no EF that holds them, or that cannot be read."""
    from sandbox.command_line.access_words import environments
    from scardmgr import HResultError

    if file.parameters.se_file is None:
        return None
    try:
        return environments(contents(files, f"{file.path}/{file.parameters.se_file:04X}"))
    except HResultError:
        return None


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
