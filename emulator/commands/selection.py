"""SELECT (ISO/IEC 7816-4:2005, 7.1.1).

::

    P1  00  MF, child, current DF, parent or sibling by file identifier; no data: the MF
        01  child DF                 02  EF under the current DF
        03  parent DF, no data       04  DF by name, maybe right-truncated
        08  path from the MF         09  path from the current DF
    P2  b4 b3  00 FCI, 01 FCP, 10 FMD, 11 no response data
        b2 b1  00 first or only occurrence, 01 last, 10 next, 11 previous (DF names only)

A failed SELECT changes nothing. A deactivated or terminated file is selected with the warning 6283 or
6285, and an application that is closed so has no part in it. Another DF becoming current ends the security
status of local CHVs and keys of DFs that do not contain it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING

from emulator.access_control import is_closed
from emulator.file_control_information import control_parameters
from emulator.file_lookup import Occurrence, by_file_identifier, by_name, by_path, child
from emulator.persistent import MF_NUMBER, CardFile, PersistentState
from emulator.references import df_and_above
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.file_control import LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.volatile import ChannelState


@unique
class Method(Enum):
    """P1: how the file is named."""

    FILE_IDENTIFIER = 0x00
    CHILD_DF = 0x01
    CHILD_EF = 0x02
    PARENT = 0x03
    DF_NAME = 0x04
    PATH_FROM_MF = 0x08
    PATH_FROM_CURRENT_DF = 0x09


@unique
class Answer(Enum):
    """P2 bits 4 and 3: what is returned."""

    FCI = 0x00
    FCP = 0x04
    FMD = 0x08
    NONE = 0x0C


@dataclass(frozen=True, slots=True)
class Selection:
    """P1 and P2 of SELECT."""

    method: Method
    answer: Answer
    occurrence: Occurrence


_SELECTIONS = {
    method.value << 8 | answer.value | occurrence.value: Selection(method, answer, occurrence)
    for method in Method
    for answer in Answer
    for occurrence in Occurrence
    if method is Method.DF_NAME or occurrence is Occurrence.FIRST
}
# Python 3.11 finds a member in its enumeration ten times as slowly as a name of the module.
_ACTIVATED = LifeCycle.OPERATIONAL_ACTIVATED
_DF = FileKind.DF
_FILE_IDENTIFIER = Method.FILE_IDENTIFIER
_WARNINGS = {
    LifeCycle.OPERATIONAL_DEACTIVATED: SW.FILE_DEACTIVATED,
    LifeCycle.TERMINATED: SW.FILE_TERMINATED,
}


def parse_select(p1: int, p2: int) -> Selection:
    """Raises StatusWordError 6A86 for a combination that is not in the table above."""
    selection = _SELECTIONS.get(p1 << 8 | p2)
    if selection is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return selection


def select(card: CardContext, command: CommandAPDU, selection: Selection) -> Response:
    """Make a file the current one."""
    state, channel = card.state, card.channel
    # Unpacked at once: see the dispatcher.
    _cla, _ins, _p1, _p2, data, ne = command
    number = locate(state, channel.df, selection.method, data, selection.occurrence)
    file = state.files[number]
    answer = b""
    answers_itself = file.application is not None and not is_closed(state, number)
    if ne is not None and selection.answer is not Answer.NONE:
        answer = _control_information(file, selection.answer)
        if len(answer) > ne and not answers_itself:
            raise StatusWordError(SW.WRONG_LENGTH)
    make_current(state, channel, file)
    if channel.application:
        card.is_undisturbed = False
        if answers_itself:
            # Selected anew, an application begins anew.
            channel.application_state = {}
            return card.application_type(number).select(card, command, answer)
    if file.life_cycle is not _ACTIVATED and file.life_cycle in _WARNINGS:
        return ResponseAPDU(answer, _WARNINGS[file.life_cycle])
    return answer


def locate(
    state: PersistentState,
    df: int,
    method: Method,
    data: bytes,
    occurrence: Occurrence = Occurrence.FIRST,
    root: int = MF_NUMBER,
) -> int:
    """The number of the file that command data names.

    Args:
        state: the files.
        df: number of the current DF.
        method: how the data name the file.
        data: the command data.
        occurrence: which of several that a DF name fits.
        root: number of the DF that counts as the MF: there is nothing above it.

    Raises:
        StatusWordError: 6A82 there is none, 6A87 the data do not fit the method.
    """
    if method is _FILE_IDENTIFIER:
        if len(data) == 2:
            return by_file_identifier(state, df, data[0] << 8 | data[1], root)
        if not data:
            return root
    elif method is Method.DF_NAME:
        if 1 <= len(data) <= 16:
            return by_name(state, df, data, occurrence)
    elif method is Method.PARENT:
        if not data:
            if df == root:
                raise StatusWordError(SW.FILE_NOT_FOUND)
            return state.files[df].parent
    elif method is Method.PATH_FROM_MF or method is Method.PATH_FROM_CURRENT_DF:
        if data and len(data) % 2 == 0:
            return by_path(state, root if method is Method.PATH_FROM_MF else df, data)
    elif len(data) == 2:
        number = child(state, df, data[0] << 8 | data[1])
        if (state.files[number].kind is FileKind.DF) == (method is Method.CHILD_DF):
            return number
        raise StatusWordError(SW.FILE_NOT_FOUND)
    raise StatusWordError(SW.NC_INCONSISTENT_WITH_P1_P2)


def make_current(state: PersistentState, channel: ChannelState, file: CardFile) -> None:
    """Make ``file`` the current DF of a channel, or the current EF and its DF the current one."""
    if file.kind is _DF:
        df = file.number
        channel.ef = 0
    else:
        df = file.parent
        channel.ef = file.number
    channel.record = 0
    if df != channel.df:
        channel.df = df
        if state.applications or channel.application:
            _enter_application(state, channel)
        channel.environment = None
        if channel.verified or channel.authenticated or channel.certified:
            channel.drop_status_outside(frozenset(df_and_above(state, df)))


def _enter_application(state: PersistentState, channel: ChannelState) -> None:
    """The application of the current DF is the nearest one at it or above."""
    application = next((df for df in df_and_above(state, channel.df) if df in state.applications), 0)
    if application != channel.application:
        channel.application = application
        channel.application_state = {}


def _control_information(file: CardFile, answer: Answer) -> bytes:
    parameters = control_parameters(file)
    if answer is Answer.FCP:
        return parameters.fcp_template()
    return parameters.fmd_template() if answer is Answer.FMD else parameters.fci_template()
