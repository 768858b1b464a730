"""Presenting a CHV (ISO/IEC 7816-4:2020, 11.6), and learning what is left of its tries where it was wrong."""

from __future__ import annotations

from iso7816.apdu import CommandAPDU
from iso7816.status_words import SW, counter_word, is_success, tries_left
from scardmgr.com.errors import HResultError
from scardmgr.providers.card_errors import Purpose, card_error
from scardmgr.providers.iso.bound import LOCAL, BoundInterface
from scardmgr.providers.iso.long_commands import send_long

VERIFY = 0x20


class PresentingInterface(BoundInterface):
    """An interface that presents CHVs.

    A wrong CHV is 63CX. Some specifications have 6982 instead, which counts nothing (OpenPGP card 3.4.1, 7.2.2): then
    the card is asked for the tries, by VERIFY without data.
    """

    def _present(self, ins: int, p1: int, reference: int, data: bytes) -> None:
        """Send a command with a CHV in its data; for a local one the current directory is selected first.

        Raises:
            HResultError: SCARD_W_WRONG_CHV: also 6982 to VERIFY, where the card tells its tries. Where it refuses
                another command so, that may be for a rule of the command: the code stays, ``tries_left`` is told.
        """
        attachment = self._require_usable()
        with attachment.transaction():
            if reference & LOCAL:
                self._navigator.enter(self._navigator.directory)
            self._require_accepted(ins, reference, send_long(attachment, ins, p1, reference, data).sw)

    def _require_accepted(self, ins: int, reference: int, sw: int) -> None:
        """Raises as :meth:`_present`, from a frame of its own: tracebacks may show the arguments, and none is a CHV."""
        if is_success(sw):
            return
        left = self._tries_left(reference) if sw == SW.SECURITY_STATUS_NOT_SATISFIED else None
        if left is None:
            raise card_error(sw, Purpose.CODE)
        meant = counter_word(left) if ins == VERIFY else sw
        raise card_error(sw, Purpose.CODE, f"the card refuses the CHV; tries left: {left}", meant=meant, tries=left)

    def _tries_left(self, reference: int) -> int | None:
        """What the card tells of a CHV's tries after 6982; ``None`` where it tells nothing.

        VERIFY without data compares nothing: it asks (ISO/IEC 7816-4:2020, 11.6.6), so it spends no try and ends no
        status. Some cards mistake it for a wrong code, which is why no card is asked that has told its tries by itself,
        or before a code was refused.
        """
        try:
            return tries_left(self._attachment.exchange(CommandAPDU(0x00, VERIFY, 0x00, reference)).sw)
        except HResultError:
            return None  # the refusal is what matters
