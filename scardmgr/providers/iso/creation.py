"""Creating a file: CREATE FILE (ISO/IEC 7816-9), and its first content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iso7816.apdu import MAX_SHORT_NC
from iso7816.ber_tlv import TLV
from iso7816.errors import Iso7816Error
from iso7816.file_control import FCP_TEMPLATE, FileControlParameters
from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.providers.card_errors import require_success
from scardmgr.providers.iso.navigation import Navigator, Selected
from scardmgr.providers.iso.open_files import WriteMode, send
from scardmgr.providers.iso.record_files import OpenRecords
from scardmgr.providers.iso.transparent_files import OpenTransparent

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment
    from scardmgr.interfaces.file_attributes import TLV_TABLE
    from scardmgr.providers.iso.references import NewFile

CREATE_FILE = 0xE0
DELETE_FILE = 0xE4


def parameters_of(new: NewFile, table: list[TLV_TABLE], content: bytes) -> FileControlParameters:
    """The parameters of the file to be: the table's, the reference's, and the size of the first content.

    Raises:
        HResultError: E_INVALIDARG: the table cannot be read, or says something else than the reference.
    """
    try:
        parameters = FileControlParameters.parse(b"".join(row.to_tlv().to_bytes() for row in table))
    except Iso7816Error as error:
        raise HResultError(HRESULT.E_INVALIDARG, f"TLV: {error}") from error
    for name in ("fid", "df_name", "sfi"):
        wanted, given = getattr(new, name), getattr(parameters, name)
        if wanted is not None and given not in (None, wanted):
            raise HResultError(HRESULT.E_INVALIDARG, f"TLV and bstrPathSpec give the new file a different {name}")
    parameters = replace(
        parameters,
        fid=parameters.fid if new.fid is None else new.fid,
        df_name=parameters.df_name if new.df_name is None else new.df_name,
        sfi=parameters.sfi if new.sfi is None else new.sfi,
    )
    sized = parameters.data_size is not None or parameters.total_size is not None
    is_transparent = parameters.descriptor is not None and parameters.descriptor.kind is FileKind.TRANSPARENT
    return replace(parameters, data_size=len(content)) if content and is_transparent and not sized else parameters


def create(card: Attachment, navigator: Navigator, new: NewFile, parameters: FileControlParameters) -> Selected:
    """Create a file in its directory; it is the card's current file then. Within a transaction.

    Raises:
        HResultError: SCARD_E_DIR_NOT_FOUND: there is no such directory. What the card refuses.
    """
    template = TLV(FCP_TEMPLATE, parameters.to_bytes()).to_bytes()
    if len(template) > MAX_SHORT_NC:
        raise HResultError(
            HRESULT.E_INVALIDARG, f"TLV: {len(template)} bytes of attributes, {MAX_SHORT_NC} can be sent"
        )
    navigator.enter(new.directory)
    navigator.forget()
    require_success(send(card, CREATE_FILE, 0x00, 0x00, template))
    target = new.directory if parameters.fid is None else new.directory.child(parameters.fid)
    return Selected(target, parameters, SW.OK)


def fill(card: Attachment, created: Selected, content: bytes) -> None:
    """Write the first content of a new file; where that fails, the file is deleted again. Within a transaction.

    Raises:
        HResultError: E_INVALIDARG: a directory has no content. What the card refuses.
    """
    kind = created.kind
    try:
        if kind is FileKind.TRANSPARENT:
            OpenTransparent(created).write(card, content, WriteMode.REPLACE)
        elif kind is not None and kind.has_records:
            file = OpenRecords(created)
            for record in _records(created, content):
                file.write(card, record, WriteMode.REPLACE)
        else:
            raise HResultError(HRESULT.E_INVALIDARG, "pDataBuffer: only a file can have content")
    except HResultError:
        send(card, DELETE_FILE, 0x00, 0x00)
        raise


def _records(created: Selected, content: bytes) -> list[bytes]:
    """Content cut into records: of the record size in a file of fixed ones, else one record."""
    parameters, kind = created.parameters, created.kind
    descriptor = None if parameters is None else parameters.descriptor
    size = None if descriptor is None else descriptor.max_record_size
    if size is None or size == 0 or kind in (FileKind.LINEAR_VARIABLE, FileKind.LINEAR_VARIABLE_TLV):
        return [content]
    return [content[start : start + size] for start in range(0, len(content), size)]


def require_content_allowed(content: bytes, *, preallocate: bool) -> None:
    """Raise HResultError E_INVALIDARG for content that nobody asked to be written."""
    if content and not preallocate:
        raise HResultError(HRESULT.E_INVALIDARG, "pDataBuffer is given, but SC_FL_PREALLOCATE is not")
