"""What SCardControl answers for an embedded reader: PC/SC part 10, and the entry of PINs at the reader's own keys.

No lock is held while a program waits for keystrokes. Others may use the card meanwhile, unless the program has
a transaction; what they do to the handle (reset, removal, release of its context) ends the wait.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import GET_FEATURE_REQUEST, Protocols, control_code
from scardmgr.winscard.embedded.pin_pad import Lapse
from scardmgr.winscard.embedded.waking import alarm_on
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.part10.dialogue import EntryRefused, PINDialogue
from scardmgr.winscard.part10.features import Feature, feature_code, feature_list
from scardmgr.winscard.part10.placement import Placement
from scardmgr.winscard.part10.properties import pin_properties, tlv_properties
from scardmgr.winscard.part10.structures import PINModification, PINStructureError, PINVerification

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.handles import CardHandle
    from scardmgr.winscard.embedded.pin_pad import PINPad

_GET_FEATURES = control_code(GET_FEATURE_REQUEST)
_FEATURES = {feature_code(feature): feature for feature in Feature}
_OF_EVERY_READER = (Feature.GET_TLV_PROPERTIES,)


def answer_control(handle: CardHandle, code: int, data: bytes, check: Callable[[], None]) -> bytes:
    """Obey a control code.

    Args:
        handle: whose call it is.
        code: the control code, as this platform numbers it.
        data: what comes with it.
        check: raises what ``handle`` has to be told of, if there is something.

    Raises:
        SCardError: SCARD_E_UNSUPPORTED_FEATURE: the reader does not know the code.
            SCARD_E_INVALID_PARAMETER: ``data`` is no structure such as the code takes.
            SCARD_E_CANCELLED: SCardCancel ended the wait for keystrokes.
            What ``check`` and SCardTransmit raise, where the code makes the card work.
    """
    pad = handle.slot.pin_pad
    if code == _GET_FEATURES:
        return feature_list(_OF_EVERY_READER if pad is None else Feature)
    feature = _FEATURES.get(code)
    if feature is Feature.GET_TLV_PROPERTIES:
        return tlv_properties(with_pin_pad=pad is not None)
    if feature is None or pad is None:
        raise SCardError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
    if feature is Feature.IFD_PIN_PROPERTIES:
        return pin_properties()
    try:
        request = (PINVerification if feature is Feature.VERIFY_PIN_DIRECT else PINModification).parse(data)
    except PINStructureError:
        raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER) from None
    check()
    if handle.slot.icc is None:
        raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
    if handle.slot.protocol is Protocols.UNDEFINED:
        raise SCardError(SCardCode.SCARD_E_PROTO_MISMATCH)
    try:
        answer = _present(handle, _enter(pad, request, handle, check))
    except EntryRefused as refusal:
        return refusal.status.to_bytes(2, "big")
    if isinstance(answer, int):
        raise SCardError(answer)
    return answer


def _present(handle: CardHandle, command: bytes) -> bytes | int:
    """The card's response, or the code that came instead: the frames of an error from here would hold the PIN."""
    try:
        return handle.transmit(command, None)
    except SCardError as failure:
        return failure.code


def _enter(
    pad: PINPad, request: PINVerification | PINModification, handle: CardHandle, check: Callable[[], None]
) -> bytes:
    """Have the PINs entered; the command APDU with them in it.

    Raises:
        EntryRefused: the structure cannot be obeyed, or the entry came to nothing.
        SCardError: the handle has to be told of something else meanwhile.
    """
    placement = Placement(request)
    dialogue = PINDialogue(request.prompts, request.minimum, placement.most_digits, request.conditions)
    time_out = request.time_out or pad.time_out_s
    context = handle.context
    cancellations = context.cancellations
    with alarm_on((pad.changed, handle.slot.changed, context.ending)) as alarm:

        def check_all() -> None:
            check()
            if context.cancellations != cancellations:
                raise SCardError(SCardCode.SCARD_E_CANCELLED)

        while not pad.take_turn():  # another program's entry, which is bounded
            check_all()
            alarm.sleep(None)
        try:
            clock, deadline = dialogue.clock, monotonic() + time_out
            while not dialogue.complete:
                check_all()
                if not _press_next(pad, dialogue):
                    if monotonic() < deadline:
                        alarm.sleep(deadline - monotonic())
                        continue
                    dialogue.run_out()
                if dialogue.clock != clock:
                    clock = _, begun = dialogue.clock
                    deadline = monotonic() + ((begun and request.time_out_after_key) or time_out)
        finally:
            pad.give_turn()
    return placement.fill(dialogue.pins)


def _press_next(pad: PINPad, dialogue: PINDialogue) -> bool:
    """Have the keystroke that is longest in line taken, if there is one; whether there was."""
    stroke = pad.next_stroke()
    if stroke is Lapse.TIME_RUNS_OUT:
        dialogue.run_out()
    elif stroke is not None:
        dialogue.press(stroke)
    return stroke is not None
