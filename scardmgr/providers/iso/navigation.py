"""Selecting files, and knowing what is selected.

Interfaces of one attachment share the current directory. Others may select something else in the card
between two of our transactions; so a file is selected again by each operation, unless the card has been
ours alone since (exclusive attachment, or a lock held).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iso7816.apdu import MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.ber_tlv import TLV, decode_all, decode_one
from iso7816.errors import Iso7816Error
from iso7816.file_control import FCP_TEMPLATE, FileControlParameters
from iso7816.file_descriptor import FileKind
from iso7816.file_path import MF
from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HResultError
from scardmgr.providers.card_errors import Purpose, card_error
from scardmgr.providers.iso.binary_commands import READ_BINARY
from scardmgr.providers.iso.long_commands import LengthSupport
from scardmgr.providers.iso.references import MASTER_FILE, Location, ShortReference, Target
from scardmgr.winscard.constants import Protocols

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment

SELECT = 0xA4
READ_RECORD = 0xB2

_BY_IDENTIFIER, _BY_NAME, _BY_PATH, _BY_RELATIVE_PATH = 0x00, 0x04, 0x08, 0x09
#: P2 of SELECT: return the FCP, return the FCI, return nothing. Cards know one, two or all of them.
_ANSWERS = (0x04, 0x00, 0x0C)
_NO_ANSWER = 0x0C
_SHORT_IDENTIFIER = 0x88
_METHOD_REFUSED = (SW.INCORRECT_P1_P2, SW.FUNCTION_UNSUPPORTED, SW.WRONG_PARAMETERS)
_NOT_USABLE = (SW.FILE_DEACTIVATED, SW.FILE_TERMINATED)


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT told of a file.

    Attributes:
        target: what was asked for.
        parameters: file control parameters, ``None`` where the card told none.
        sw: 9000, or 6283 or 6285 of a file that cannot be used.
        told: the response data as they came.
        found_kind: the kind as reading showed it, where there are no parameters.
        is_recent: whether the card has just told it; not where it was selected again in silence.
        again: the command that selects it in silence wherever the card is; empty where none is known.
    """

    target: Target
    parameters: FileControlParameters | None
    sw: int
    told: bytes = b""
    found_kind: FileKind | None = None
    is_recent: bool = True
    again: bytes = b""

    @property
    def kind(self) -> FileKind | None:
        """Category and structure; ``None`` where the card does not tell."""
        descriptor = None if self.parameters is None else self.parameters.descriptor
        if descriptor is not None:
            return descriptor.kind
        if self.found_kind is not None:
            return self.found_kind
        is_root = isinstance(self.target, Location) and not self.target.fids
        return FileKind.DF if is_root else None

    @property
    def data_objects(self) -> list[TLV]:
        """The file control information as the card coded it; an FCP template inside an FCI is taken apart."""
        if isinstance(self.target, ShortReference):
            return [TLV(_SHORT_IDENTIFIER, bytes((self.target.sfi << 3,)))]
        if self.parameters is None:
            return []
        found: list[TLV] = []
        for tlv in decode_all(decode_one(self.told)[0].value):
            found += tlv.children() if tlv.tag == FCP_TEMPLATE else (tlv,)
        return found

    @property
    def is_usable(self) -> bool:
        """Neither deactivated nor terminated."""
        return self.sw not in _NOT_USABLE

    @property
    def directory(self) -> Location | None:
        """The DF that is current after this selection."""
        if isinstance(self.target, ShortReference):
            return self.target.directory
        return self.target if self.kind is FileKind.DF else self.target.parent


class Navigator:
    """The current directory of an attachment, and the card's current file as far as it is known.

    Attributes:
        directory: the current directory; the MF at first.
    """

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._selected: Selected | None = None
        self._epoch = attachment.epoch
        self._answers: tuple[int, ...] = _ANSWERS
        self._knows_paths = True
        self._selects_in_silence = True
        self._extends_lengths: bool | None = None
        self.directory = MASTER_FILE

    @classmethod
    def of(cls, attachment: Attachment) -> Navigator:
        """The navigator that all interfaces of ``attachment`` share."""
        state = attachment.provider_state
        if not isinstance(state, Navigator):
            state = attachment.provider_state = cls(attachment)
        return state

    def extends_lengths(self, *, never: bool = False) -> bool:
        """Whether commands may have extended length fields, as the card announces; ``never``: it was seen that not.

        Raises:
            HResultError: codes of SCardStatus.
        """
        if never:
            self._extends_lengths = False
        elif self._extends_lengths is None:
            on_t1 = self._attachment.protocol == Protocols.T1
            self._extends_lengths = on_t1 and LengthSupport.of(self._attachment.status().atr).extended
        return self._extends_lengths

    def forget(self) -> None:
        """The card's selection is no longer known."""
        self._selected = None

    @property
    def _known(self) -> Selected | None:
        return self._selected if self._epoch == self._attachment.epoch else None

    def _note(self, selected: Selected) -> Selected:
        self._selected = selected
        self._epoch = self._attachment.epoch
        return selected

    def enter(self, directory: Location) -> None:
        """Make a DF the card's current one, unless it is known to be. Within a transaction.

        Raises:
            HResultError: SCARD_E_DIR_NOT_FOUND: there is none.
        """
        known = self._known
        if known is None or known.directory != directory:
            self.select(directory, Purpose.DIRECTORY)

    def select(self, target: Target, purpose: Purpose = Purpose.FILE) -> Selected:
        """Make a file the card's current one, and have the card tell of it. Within a transaction.

        Raises:
            HResultError: SCARD_E_FILE_NOT_FOUND or SCARD_E_DIR_NOT_FOUND, as ``purpose`` says.
        """
        known = self._known
        if known is not None and known.target == target and known.is_recent:
            return known
        return self._find(target, purpose, None)

    def take_up(self, before: Selected) -> Selected:
        """Make a file that was selected before the card's current one again. Within a transaction.

        What it is need not be told again, and is not where the card can select in silence. ``before`` is not recent.

        Returns:
            ``before``, and what is known now of how to take it up.

        Raises:
            HResultError: SCARD_E_FILE_NOT_FOUND: it is there no more.
        """
        known = self._known
        if known is not None and known.target == before.target:
            return before
        if before.again and self._attachment.is_done(before.again):
            return self._note(before)
        return replace(self._find(before.target, Purpose.FILE, before), is_recent=False)

    def _find(self, target: Target, purpose: Purpose, before: Selected | None) -> Selected:
        known = self._known
        if isinstance(target, ShortReference):
            return self._select_short(target)
        if target.df_name is None:
            if not target.fids:
                return self._select(target, _BY_IDENTIFIER, MF.to_bytes(2, "big"), purpose, before)
            return self._select_path(target, purpose, before)
        if not target.fids:
            return self._select(target, _BY_NAME, target.df_name, purpose, before)
        # A card whose security status ends with the selection of an application has to keep the one that is selected.
        if known is not None and known.directory == target.parent:
            return self._select(target, _BY_IDENTIFIER, _path(target.fids[-1:]), purpose, before)
        self.select(Location(target.df_name), purpose)
        method = _BY_IDENTIFIER if len(target.fids) == 1 else _BY_RELATIVE_PATH
        return self._select(target, method, _path(target.fids), purpose, before)

    def locate_directory(self, selected: Selected) -> Location:
        """The location of a selected DF; of one known by its name, its place below the MF, where the card shows it."""
        target, parameters = selected.target, selected.parameters
        if isinstance(target, ShortReference):
            return target.directory
        if target.df_name is None or target.fids or parameters is None:
            return target
        name = parameters.df_name or target.df_name
        if parameters.fid is not None:
            below = MASTER_FILE.child(parameters.fid)
            response = self._command(_BY_PATH, self._answers[0], _path(below.fids))
            told = _parameters(response)
            if is_success(response.sw) and told is not None and told.df_name == name:
                self._note(Selected(below, told, response.sw, response.data))
                return below
            if is_success(response.sw):
                self.forget()
                return Location(name)
        # A SELECT that fails leaves selected what was.
        self._note(replace(selected, target=Location(name)))
        return Location(name)

    def leave(self, deleted: Target) -> None:
        """Leave a directory that is no more, for the nearest one above it."""
        if isinstance(deleted, ShortReference) or deleted.df_name != self.directory.df_name:
            return
        if self.directory.fids[: len(deleted.fids)] == deleted.fids:
            self.directory = deleted.parent or MASTER_FILE

    def _select_path(self, target: Location, purpose: Purpose, before: Selected | None) -> Selected:
        """By path from the MF, or identifier by identifier on a card that knows no paths."""
        if self._knows_paths:
            try:
                return self._select(target, _BY_PATH, _path(target.fids), purpose, before)
            except HResultError as error:
                if error.sw not in _METHOD_REFUSED:
                    raise
            self._knows_paths = False
        parent = MASTER_FILE if target.parent is None else target.parent
        self.enter(parent)
        return self._select(target, _BY_IDENTIFIER, _path(target.fids[-1:]), purpose, before)

    def _select(
        self, target: Location, method: int, data: bytes, purpose: Purpose, before: Selected | None
    ) -> Selected:
        self.forget()
        if before is not None and self._selects_in_silence:
            sw = self._command(method, _NO_ANSWER, data).sw
            if is_success(sw) or sw in _NOT_USABLE:
                again = CommandAPDU(0x00, SELECT, method, _NO_ANSWER, data).to_bytes() if method == _BY_PATH else b""
                return self._note(replace(before, sw=sw, again=again))
            self._selects_in_silence = False
        for answer in self._answers:
            response = self._command(method, answer, data)
            if response.sw not in _METHOD_REFUSED:
                # The card knows this kind of answer: there is no need to try the others again.
                self._answers = (answer,)
                break
        if not is_success(response.sw) and response.sw not in _NOT_USABLE:
            raise card_error(response.sw, purpose, str(target))
        return self._note(Selected(target, _parameters(response), response.sw, response.data))

    def _command(self, method: int, answer: int, data: bytes) -> ResponseAPDU:
        ne = None if answer == _NO_ANSWER else MAX_SHORT_NE
        return self._attachment.exchange(CommandAPDU(0x00, SELECT, method, answer, data, ne))

    def _select_short(self, target: ShortReference) -> Selected:
        """Make an EF current by reading it with its short identifier; SELECT knows no short identifiers."""
        self.enter(target.directory)
        self.forget()
        kind = FileKind.TRANSPARENT
        binary = CommandAPDU(0x00, READ_BINARY, 0x80 | target.sfi, 0x00, b"", 1)
        response = self._attachment.exchange(binary)
        if response.sw == SW.INCOMPATIBLE_FILE_STRUCTURE:
            kind = FileKind.LINEAR_VARIABLE
            record = CommandAPDU(0x00, READ_RECORD, 0x01, target.sfi << 3 | 0x04, b"", MAX_SHORT_NE)
            response = self._attachment.exchange(record)
        empty = (SW.END_REACHED, SW.OFFSET_OUTSIDE_EF, SW.RECORD_NOT_FOUND)
        if not is_success(response.sw) and response.sw not in empty:
            raise card_error(response.sw, Purpose.FILE, str(target))
        return self._note(Selected(target, None, SW.OK, found_kind=kind))


def _path(fids: tuple[int, ...]) -> bytes:
    return b"".join(fid.to_bytes(2, "big") for fid in fids)


def _parameters(response: ResponseAPDU) -> FileControlParameters | None:
    """File control parameters, where the answer has some that can be read."""
    try:
        return FileControlParameters.parse_template(response.data)
    except Iso7816Error:
        return None
