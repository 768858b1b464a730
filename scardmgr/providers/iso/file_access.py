"""ISCardFileAccess by the commands of ISO/IEC 7816-4 and -9."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from iso7816.file_control import LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.file_path import format_fid
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.file_access import HSCARD_FILE, ISCardFileAccess
from scardmgr.interfaces.file_attributes import TLV_TABLE, answers, rows
from scardmgr.providers.card_errors import Purpose, card_error, require_success
from scardmgr.providers.iso.binary_commands import MAX_OFFSET
from scardmgr.providers.iso.bound import NO_FLAGS, BoundInterface
from scardmgr.providers.iso.capabilities import EF_ATR_INFO, from_atr_info, from_historical_bytes
from scardmgr.providers.iso.creation import DELETE_FILE, create, fill, parameters_of, require_content_allowed
from scardmgr.providers.iso.listing import Child, children
from scardmgr.providers.iso.open_files import WRITE_FLAGS, OpenFile, send, write_mode
from scardmgr.providers.iso.record_files import OpenRecords
from scardmgr.providers.iso.references import MASTER_FILE, Target, resolve, resolve_new
from scardmgr.providers.iso.transparent_files import OpenTransparent
from scardmgr.published.enumerations import FILETYPE, REFTYPE, SCARD_FLAGS, SEEKTYPE
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scardmgr.connection.attachment import Attachment
    from scardmgr.interfaces.base import Buffer

DEACTIVATE_FILE = 0x04
ACTIVATE_FILE = 0x44

_RECURSIVE = SCARD_FLAGS.SC_FL_RECURSIVE
_NON_RECURSIVE = SCARD_FLAGS.SC_FL_NON_RECURSIVE
_PREALLOCATE = SCARD_FLAGS.SC_FL_PREALLOCATE
_GET_ALL = SCARD_FLAGS.SC_FL_GET_ALL_PROPERTIES

_LIFE_CYCLE = 0x8A
_COMMAND_FOR_STATE = {
    LifeCycle.OPERATIONAL_DEACTIVATED: DEACTIVATE_FILE,
    LifeCycle.OPERATIONAL_ACTIVATED: ACTIVATE_FILE,
}
_STRUCTURES = {
    FILETYPE.SC_TYPE_TRANSPARENT_EF: (FileKind.TRANSPARENT,),
    FILETYPE.SC_TYPE_FIXED_EF: (FileKind.LINEAR_FIXED, FileKind.LINEAR_FIXED_TLV),
    FILETYPE.SC_TYPE_CYCLIC_EF: (FileKind.CYCLIC, FileKind.CYCLIC_TLV),
    FILETYPE.SC_TYPE_VARIABLE_EF: (FileKind.LINEAR_VARIABLE, FileKind.LINEAR_VARIABLE_TLV),
}
_DIRECTORY_TYPES = (FILETYPE.SC_TYPE_DIRECTORIES, FILETYPE.SC_TYPE_DIRECTORY_FILE)


class ISO7816FileAccess(BoundInterface, ISCardFileAccess):
    """Files of an ISO/IEC 7816-4 card.

    Every operation selects its file first; a file outside the current directory thus ends the security
    status of the current directory's own CHVs and keys, as the standard lets it.
    """

    CLSID: ClassVar[UUID] = UUID("85660A79-839D-4A1C-A246-7FC2081035D0")

    def __init__(self, attachment: Attachment) -> None:
        super().__init__(attachment)
        self._files: dict[int, OpenFile] = {}
        self._numbers = itertools.count(1)

    def _final_release(self) -> None:
        """Close the files."""
        self._files.clear()

    # Directories

    def ChangeDir(self, refType: REFTYPE, bstrNewDir: str) -> None:
        """SELECT; of a DF selected by name, its place below the MF is looked for too."""
        target = self._target(refType, bstrNewDir, "bstrNewDir", HRESULT.E_INVALIDARG)
        with self._require_usable().transaction():
            selected = self._navigator.select(target, Purpose.DIRECTORY)
            if selected.kind not in (FileKind.DF, None):
                raise HResultError(SCardCode.SCARD_E_NO_DIR, f"{target} is a file")
            if not selected.is_usable:
                raise card_error(selected.sw, Purpose.DIRECTORY, str(target))
            self._navigator.directory = self._navigator.locate_directory(selected)

    def GetCurrentDir(self) -> str:
        """Known without asking the card."""
        self._require_usable()
        return str(self._navigator.directory)

    def Directory(self, fileType: FILETYPE) -> list[str]:
        """By a proprietary command of the card (:mod:`scardmgr.providers.iso.listing`); SELECT tells the structure."""
        wanted = arguments.member(FILETYPE, fileType, "fileType", HRESULT.E_POINTER)
        attachment = self._require_usable()
        with attachment.transaction():
            self._navigator.enter(self._navigator.directory)
            return [format_fid(child.fid) for child in children(attachment) if self._is_wanted(child, wanted)]

    def _is_wanted(self, child: Child, wanted: FILETYPE) -> bool:
        if wanted is FILETYPE.SC_TYPE_ALL_FILES:
            return True
        is_directory, structures = child.is_directory, _STRUCTURES.get(wanted)
        kind: FileKind | None = None
        if is_directory is None or (structures is not None and not is_directory):
            kind = self._navigator.select(self._navigator.directory.child(child.fid)).kind
            is_directory = kind is FileKind.DF
        if structures is not None:
            return kind in structures
        return is_directory if wanted in _DIRECTORY_TYPES else not is_directory

    # Open files

    def Open(self, refType: REFTYPE, bstrPathSpec: str) -> HSCARD_FILE:
        """SELECT."""
        target = self._target(refType, bstrPathSpec)
        with self._require_usable().transaction():
            selected = self._navigator.select(target)
        kind = selected.kind
        if kind is FileKind.DF:
            raise HResultError(SCardCode.SCARD_E_NO_FILE, f"{target} is a directory")
        if not selected.is_usable:
            raise card_error(selected.sw, Purpose.FILE, str(target))
        file: OpenFile
        if kind is not None and kind.has_records:
            file = OpenRecords(selected)
        elif kind in (FileKind.TRANSPARENT, FileKind.NO_INFORMATION, None):
            file = OpenTransparent(selected)
        else:
            raise HResultError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE, f"{target} is neither transparent nor of records")
        handle = HSCARD_FILE.of(self, next(self._numbers))
        self._files[handle] = file
        return handle

    def Close(self, hFile: int) -> None:
        """Nothing is sent to the card."""
        self._require_usable()
        self._file(hFile, HRESULT.E_INVALIDARG)
        del self._files[hFile]

    def release_file(self, handle: int) -> None:
        """Forget an open file, if it still is one."""
        self._files.pop(handle, None)

    def Read(self, hFile: int, lBytesToRead: int, flags: SCARD_FLAGS = NO_FLAGS) -> bytes:
        """READ BINARY or READ RECORD."""
        self._flags(flags, NO_FLAGS)
        count = arguments.number(lBytesToRead, "lBytesToRead", 0)
        attachment = self._require_usable()
        file = self._file(hFile)
        with attachment.transaction():
            file.selected = self._navigator.take_up(file.selected)
            return file.read(attachment, count)

    def Write(self, hFile: int, pData: Buffer, flags: SCARD_FLAGS = NO_FLAGS) -> None:
        """UPDATE, WRITE or ERASE BINARY, UPDATE, WRITE or APPEND RECORD."""
        mode = write_mode(self._flags(flags, WRITE_FLAGS))
        data = arguments.buffer(pData, "pData")
        attachment = self._require_usable()
        file = self._file(hFile)
        with attachment.transaction():
            file.selected = self._navigator.take_up(file.selected)
            file.write(attachment, data, mode)

    def Seek(self, hFile: int, Seek: SEEKTYPE, lOffset: int) -> None:
        """Reads only where the card did not tell how long the file is."""
        origin = arguments.member(SEEKTYPE, Seek, "Seek")
        offset = arguments.number(lOffset, "lOffset", missing=HRESULT.E_INVALIDARG)
        attachment = self._require_usable()
        file = self._file(hFile, HRESULT.E_INVALIDARG)
        if not file.asks_to_seek(origin, offset):
            file.seek(attachment, origin, offset)
            return
        with attachment.transaction():
            file.selected = self._navigator.take_up(file.selected)
            file.seek(attachment, origin, offset)

    # Create and delete

    def Create(
        self,
        refType: REFTYPE,
        bstrPathSpec: str,
        TLV: TLV_TABLE | Iterable[TLV_TABLE],
        flags: SCARD_FLAGS = NO_FLAGS,
        pDataBuffer: Buffer = b"",
    ) -> None:
        """CREATE FILE, then what writes the first content."""
        kind = arguments.member(REFTYPE, refType, "refType", HRESULT.E_POINTER)
        text = arguments.text(bstrPathSpec, "bstrPathSpec", HRESULT.E_POINTER)
        given = self._flags(flags, _PREALLOCATE)
        content = arguments.buffer(pDataBuffer, "pDataBuffer")
        require_content_allowed(content, preallocate=bool(given & _PREALLOCATE))
        new = resolve_new(kind, text, self._navigator.directory)
        parameters = parameters_of(new, rows(TLV, "TLV"), content)
        attachment = self._require_usable()
        with attachment.transaction():
            created = create(attachment, self._navigator, new, parameters)
            if content:
                fill(attachment, created, content)

    def Delete(self, refType: REFTYPE, bstrPathSpec: str, flags: SCARD_FLAGS = NO_FLAGS) -> None:
        """SELECT, then DELETE FILE."""
        target = self._target(refType, bstrPathSpec, missing=HRESULT.E_INVALIDARG)
        given = self._flags(flags, _RECURSIVE | _NON_RECURSIVE, missing=HRESULT.E_INVALIDARG)
        if given == _RECURSIVE | _NON_RECURSIVE:
            raise HResultError(HRESULT.E_INVALIDARG, "SC_FL_RECURSIVE and SC_FL_NON_RECURSIVE exclude each other")
        attachment = self._require_usable()
        with attachment.transaction():
            selected = self._navigator.select(target)
            if given & _NON_RECURSIVE and selected.kind is FileKind.DF and children(attachment):
                raise HResultError(HRESULT.E_INVALIDARG, f"{target} has files")
            self._navigator.forget()
            self._act_on_selected(DELETE_FILE, Purpose.DELETION)
        self._navigator.leave(target)

    # Attributes

    def GetFileCapabilities(
        self,
        ppProperties: TLV_TABLE | Iterable[TLV_TABLE],
        plProperties: int | None = None,
        Flags: SCARD_FLAGS = NO_FLAGS,
    ) -> list[TLV_TABLE]:
        """The historical bytes, and EF.ATR/INFO while the MF is the current directory.

        From another directory EF.ATR/INFO is left alone: selecting it would end the directory's security status.
        """
        queries = rows(ppProperties, "ppProperties")
        if plProperties is not None and arguments.number(plProperties, "plProperties", 0) != len(queries):
            raise HResultError(HRESULT.E_INVALIDARG, f"plProperties is {plProperties}, there are {len(queries)} rows")
        given = self._flags(Flags, _GET_ALL, "Flags")
        attachment = self._require_usable()
        known = from_historical_bytes(attachment.status().atr)
        if self._navigator.directory == MASTER_FILE:
            known += from_atr_info(self._atr_info())
        return [TLV_TABLE.from_tlv(tlv) for tlv in known] if given & _GET_ALL else answers(queries, known)

    def _atr_info(self) -> bytes:
        """The content of EF.ATR/INFO; empty where there is none that can be read."""
        attachment = self._attachment
        with attachment.transaction():
            try:
                selected = self._navigator.select(MASTER_FILE.child(EF_ATR_INFO))
                return OpenTransparent(selected).read(attachment, MAX_OFFSET + 1)
            except HResultError as error:
                # The card refused, or the file is empty; anything else went wrong on the way.
                if error.sw is None and error.hresult != SCardCode.SCARD_W_EOF:
                    raise
                return b""

    def GetProperties(
        self,
        refType: REFTYPE,
        bstrPathSpec: str,
        flags: SCARD_FLAGS = NO_FLAGS,
        ppTLV: TLV_TABLE | Iterable[TLV_TABLE] = (),
    ) -> list[TLV_TABLE]:
        """What SELECT returns."""
        target = self._target(refType, bstrPathSpec)
        given = self._flags(flags, _GET_ALL)
        queries = rows(ppTLV, "ppTLV")
        with self._require_usable().transaction():
            known = self._navigator.select(target).data_objects
        return [TLV_TABLE.from_tlv(tlv) for tlv in known] if given & _GET_ALL else answers(queries, known)

    def SetProperties(
        self,
        refType: REFTYPE,
        bstrPathSpec: str,
        flags: SCARD_FLAGS = NO_FLAGS,
        pTable: TLV_TABLE | Iterable[TLV_TABLE] = (),
    ) -> None:
        """ACTIVATE FILE or DEACTIVATE FILE for the life cycle; there are no commands for anything else."""
        target = self._target(refType, bstrPathSpec)
        self._flags(flags, NO_FLAGS)
        commands = [_command_for(row) for row in rows(pTable, "pTable")]
        for ins in commands:
            self._select_and(ins, target)

    def Invalidate(self, bstrPathSpec: str, flags: SCARD_FLAGS = NO_FLAGS) -> None:
        """DEACTIVATE FILE."""
        target = self._target(REFTYPE.SC_TYPE_BY_NAME, bstrPathSpec)
        self._flags(flags, NO_FLAGS)
        self._select_and(DEACTIVATE_FILE, target)

    def Rehabilitate(self, bstrPathSpec: str, flags: SCARD_FLAGS = NO_FLAGS) -> None:
        """ACTIVATE FILE."""
        target = self._target(REFTYPE.SC_TYPE_BY_NAME, bstrPathSpec, missing=HRESULT.E_INVALIDARG)
        self._flags(flags, NO_FLAGS, missing=HRESULT.E_INVALIDARG)
        self._select_and(ACTIVATE_FILE, target)

    # What the methods above have in common

    def _target(
        self, kind: REFTYPE, text: str, name: str = "bstrPathSpec", missing: HRESULT = HRESULT.E_POINTER
    ) -> Target:
        reference = arguments.text(text, name, missing)
        return resolve(arguments.member(REFTYPE, kind, "refType", missing), reference, self._navigator.directory)

    def _file(self, handle: object, missing: HRESULT = HRESULT.E_POINTER) -> OpenFile:
        if handle is None:
            raise HResultError(missing, "hFile is None")
        file = self._files.get(handle) if isinstance(handle, int) else None
        if file is None:
            raise HResultError(HRESULT.E_INVALIDARG, "hFile is not an open file")
        return file

    def _select_and(self, ins: int, target: Target) -> None:
        with self._require_usable().transaction():
            self._navigator.select(target)
            self._navigator.forget()
            self._act_on_selected(ins)

    def _act_on_selected(self, ins: int, purpose: Purpose = Purpose.FILE) -> None:
        """A command about the current file. Raises HResultError: what the card refuses."""
        require_success(send(self._attachment, ins, 0x00, 0x00), purpose)


def _command_for(row: TLV_TABLE) -> int:
    """The INS that sets an attribute. Raises HResultError E_INVALIDARG, SCARD_E_UNSUPPORTED_FEATURE."""
    if row.Tag != _LIFE_CYCLE:
        raise HResultError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE, f"tag {row.Tag:X} cannot be set after creation")
    state = LifeCycle.of(row.Value[0]) if row.Length == 1 else None
    ins = None if state is None else _COMMAND_FOR_STATE.get(state)
    if ins is None:
        raise HResultError(HRESULT.E_INVALIDARG, "the life cycle (tag 8A) can be set to 04 or 05")
    return ins
