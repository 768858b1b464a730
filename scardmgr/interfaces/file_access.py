"""ISCardFileAccess: directories and files."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import UUID

from scardmgr.interfaces.base import Buffer, SmartCardInterface
from scardmgr.published.enumerations import FILETYPE, REFTYPE, SCARD_FLAGS, SEEKTYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scardmgr.interfaces.file_attributes import TLV_TABLE


class HSCARD_FILE(int):  # noqa: N801 (published name)
    """The handle of an open file: a number, which ``with`` closes."""

    files: ISCardFileAccess

    @classmethod
    def of(cls, files: ISCardFileAccess, number: int) -> Self:
        """The handle ``number`` of a file that ``files`` opened."""
        handle = cls(number)
        handle.files = files
        return handle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.files.release_file(self)


class ISCardFileAccess(SmartCardInterface):
    """The files of a card.

    A reference is a string, read as ``refType`` says: SC_TYPE_BY_NAME a path of file identifiers
    ("3F00/7F10/6F01", or relative "6F01") or a DF name, SC_TYPE_BY_ID one file identifier in the current
    directory, SC_TYPE_BY_SHORT_ID a short EF identifier ("1" to "30"), SC_TYPE_BY_ANY whichever it
    looks like. The current directory belongs to the attachment: ISCardVerify and ISCardAuth use it too.

    Methods share conditions. E_INVALIDARG: an argument that cannot be read, or that the card calls wrong.
    E_UNEXPECTED: SC_FL_SECURE_MESSAGING without a session of
    :class:`~scardmgr.interfaces.secure_messaging.SecureMessaging`. SCARD_E_FILE_NOT_FOUND, SCARD_E_DIR_NOT_FOUND:
    no such file, directory. SCARD_E_NO_FILE, SCARD_E_NO_DIR: it is no EF, no DF. SCARD_W_SECURITY_VIOLATION: an access
    rule is not satisfied. SCARD_E_NO_ACCESS: invalidated, or refused for another reason.
    SCARD_E_UNSUPPORTED_FEATURE: the card has no such command. SCARD_E_INVALID_HANDLE: detached.
    E_OUTOFMEMORY never comes: Python raises MemoryError. ``None`` that should be a value is E_POINTER where a method
    lists it, else E_INVALIDARG.
    """

    IID: ClassVar[UUID] = UUID("4029DD8A-5902-11D0-B84C-00C04FD424B9")

    @abstractmethod
    def ChangeDir(self, refType: REFTYPE, bstrNewDir: str) -> None:
        """Make a directory current.

        Raises:
            HResultError: E_INVALIDARG: not a reference.
                SCARD_E_DIR_NOT_FOUND: no such directory. SCARD_E_NO_DIR: it is a file.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Close(self, hFile: int) -> None:
        """Close an open file; its handle is void.

        Raises:
            HResultError: E_INVALIDARG: not an open file.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Create(
        self,
        refType: REFTYPE,
        bstrPathSpec: str,
        TLV: TLV_TABLE | Iterable[TLV_TABLE],
        flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS,
        pDataBuffer: Buffer = b"",
    ) -> None:
        """Create a file or directory.

        Args:
            refType: how the reference is written.
            bstrPathSpec: the new file; what is before its last part is where it is created.
            TLV: its file control parameters. The identifier that the reference gives is added to them.
            flags: SC_FL_PREALLOCATE: ``pDataBuffer`` is written into the new file, and is its size where the
                attributes give none.
            pDataBuffer: the first content; empty without SC_FL_PREALLOCATE.

        Raises:
            HResultError: E_INVALIDARG: not a reference, attributes that the card refuses, a name that exists
                already, data without SC_FL_PREALLOCATE.
                E_POINTER: an argument is None.
                SCARD_E_WRITE_TOO_MANY: no room.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Delete(self, refType: REFTYPE, bstrPathSpec: str, flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS) -> None:
        """Delete a file or directory.

        ``flags``: SC_FL_NON_RECURSIVE refuses a directory that has files, SC_FL_RECURSIVE does not.
        Without either the card decides.

        Raises:
            HResultError: E_INVALIDARG: not a reference, or a directory that has files.
                E_NOTIMPL: the card has no command that deletes, or none that tells whether a directory has files.
                S_OK is the return.
        """

    @abstractmethod
    def Directory(self, fileType: FILETYPE) -> list[str]:
        """The references of the files in the current directory, four hex digits each, for SC_TYPE_BY_ID.

        Raises:
            HResultError: E_INVALIDARG: no such file type.
                E_NOTIMPL: the card has no command that tells what files it has.
                E_POINTER: the type is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetCurrentDir(self) -> str:
        """The absolute path of the current directory, for SC_TYPE_BY_NAME.

        It begins with 3F00, or with a DF name where the card does not tell where that DF lies.

        Raises:
            HResultError: S_OK is the return; E_INVALIDARG, E_POINTER (of an out parameter), E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetFileCapabilities(
        self,
        ppProperties: TLV_TABLE | Iterable[TLV_TABLE],
        plProperties: int | None = None,
        Flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS,
    ) -> list[TLV_TABLE]:
        """What the card says it can do with files: historical bytes and EF.ATR/INFO.

        Args:
            ppProperties: tags in, values out: 43 card service data, 47 card capabilities, 7F66 lengths ...
            plProperties: the number of rows; ``None``: as many as there are.
            Flags: SC_FL_GET_ALL_PROPERTIES: every data object, whatever was asked for.

        Returns:
            A row for each one given, in the same order; ``Valid`` is false where the card told nothing.

        Raises:
            HResultError: E_INVALIDARG: not rows, or another number of them than ``plProperties``.
                E_POINTER: ``ppProperties`` or the flags are None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetProperties(
        self,
        refType: REFTYPE,
        bstrPathSpec: str,
        flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS,
        ppTLV: TLV_TABLE | Iterable[TLV_TABLE] = (),
    ) -> list[TLV_TABLE]:
        """The file control parameters of a file or directory.

        Args:
            refType: how the reference is written.
            bstrPathSpec: the file.
            flags: SC_FL_GET_ALL_PROPERTIES: every data object, whatever was asked for.
            ppTLV: tags in, values out.

        Returns:
            A row for each one given, in the same order; ``Valid`` is false where the card told nothing.

        Raises:
            HResultError: E_INVALIDARG: not a reference, or not rows.
                E_POINTER: an argument is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Invalidate(self, bstrPathSpec: str, flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS) -> None:
        """Make a file or directory unusable until Rehabilitate (DEACTIVATE FILE).

        Raises:
            HResultError: E_INVALIDARG: not a reference.
                E_POINTER: the reference or the flags are None.
                SCARD_E_UNSUPPORTED_FEATURE: the card has no such command.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Open(self, refType: REFTYPE, bstrPathSpec: str) -> HSCARD_FILE:
        """Open a file. Many can be open at once; each has its own position, at the beginning.

        Raises:
            HResultError: E_INVALIDARG: not a reference.
                SCARD_E_FILE_NOT_FOUND: no such file. SCARD_E_NO_FILE: it is a directory.
                SCARD_E_NO_ACCESS: it is invalidated.
                E_POINTER: the reference or its type is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Read(self, hFile: int, lBytesToRead: int, flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS) -> bytes:
        """Read on from the position.

        A transparent file: up to ``lBytesToRead`` bytes, fewer at its end. A file of records: one record,
        whole; the position counts records.

        Raises:
            HResultError: E_INVALIDARG: not an open file, or a negative number.
                E_POINTER: an argument is None.
                SCARD_W_EOF: the position is at the end.
                SCARD_E_INSUFFICIENT_BUFFER: the record is longer; the position stays.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Rehabilitate(self, bstrPathSpec: str, flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS) -> None:
        """Make an invalidated file or directory usable again (ACTIVATE FILE).

        Raises:
            HResultError: E_INVALIDARG: not a reference.
                SCARD_E_UNSUPPORTED_FEATURE: the card has no such command.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Seek(self, hFile: int, Seek: SEEKTYPE, lOffset: int) -> None:
        """Set the position, counted in bytes (transparent files) or records.

        Raises:
            HResultError: E_INVALIDARG: not an open file, or no such seek type.
                SCARD_E_BAD_SEEK: before the beginning or behind the end.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def SetProperties(
        self,
        refType: REFTYPE,
        bstrPathSpec: str,
        flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS,
        pTable: TLV_TABLE | Iterable[TLV_TABLE] = (),
    ) -> None:
        """Set attributes. What a card can change by ISO/IEC 7816-9 is the life cycle (tag 8A: 04 or 05).

        Raises:
            HResultError: E_INVALIDARG: not a reference, not rows, or no such life cycle state.
                E_POINTER: an argument is None.
                SCARD_E_UNSUPPORTED_FEATURE: another attribute, and nothing was changed; the card has no such command.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Write(self, hFile: int, pData: Buffer, flags: SCARD_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS) -> None:
        """Write on from the position.

        A transparent file: all bytes, or nothing where they do not fit; of one whose size the card does not tell
        (opened by its short identifier, for instance), and which may not be read, a part may be written. A file of
        records: one record, in place of the one at the position, or appended where the position is at the end.

        Args:
            hFile: the file.
            pData: what is written.
            flags: none or SC_FL_REPLACE: in place of what is there. SC_FL_ERASE: what is behind the position
                is erased first (transparent files). SC_FL_OR, SC_FL_AND: combined with what is there, on
                files that the card describes as of that kind.

        Raises:
            HResultError: E_INVALIDARG: not an open file, or flags that exclude each other.
                E_POINTER: an argument is None.
                SCARD_E_WRITE_TOO_MANY: more than fits.
                SCARD_E_UNSUPPORTED_FEATURE: the file cannot be written thus.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def release_file(self, handle: int) -> None:
        """Forget an open file, if it still is one, as the end of a ``with`` block asks; never fails."""
