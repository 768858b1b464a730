"""ISCardCmd: a command APDU in its parts, and the reply to it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.interfaces.base import Buffer, SmartCardInterface

if TYPE_CHECKING:
    from scardmgr.published.enumerations import ISO_APDU_TYPE


class ISCardCmd(SmartCardInterface):
    """A command APDU and, after :meth:`ISCard.Transaction`, the reply APDU: two buffers.

    Typical use: create it, build a command (:meth:`BuildCmd`, ISCardISO7816, or part by part), ISCard.Transaction,
    look at the reply, build the next one, release.

    Parts and bytes are the same command: whatever is put shows in all the others. A command is complete as soon as it
    has an instruction; until then Apdu is empty. The reply stays until the next one, or :meth:`Clear`.

    Every method and property may raise E_POINTER for ``None``, and CO_E_RELEASED. E_OUTOFMEMORY never comes: Python
    raises MemoryError. What the pages say of an out parameter (E_INVALIDARG, E_POINTER of every ``get_``) cannot occur.
    """

    IID: ClassVar[UUID] = UUID("D5778AE3-43DE-11D0-9171-00AA00C18068")

    # The command

    @property
    @abstractmethod
    def Apdu(self) -> bytes:
        """The command's bytes, any of the seven forms of ISO/IEC 7816-3; empty while there is no instruction.

        Raises:
            HResultError: to put: E_INVALIDARG: no command APDU. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @Apdu.setter
    @abstractmethod
    def Apdu(self, pApdu: Buffer) -> None: ...

    @property
    @abstractmethod
    def ApduLength(self) -> int:
        """The number of bytes in the command.

        Raises:
            HResultError: S_OK is the return; E_INVALIDARG, E_POINTER, E_OUTOFMEMORY: never.
        """

    @property
    @abstractmethod
    def ClassId(self) -> int:
        """CLA, 0 to 255; 0 until it is put.

        Raises:
            HResultError: to put: E_INVALIDARG: no byte. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @ClassId.setter
    @abstractmethod
    def ClassId(self, byClass: int = 0) -> None: ...

    @property
    @abstractmethod
    def InstructionId(self) -> int:
        """INS, 0 to 255.

        Raises:
            HResultError: to get: E_UNEXPECTED: there is none yet.
                To put: E_INVALIDARG: no byte. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @InstructionId.setter
    @abstractmethod
    def InstructionId(self, byIns: int) -> None: ...

    @property
    @abstractmethod
    def P1(self) -> int:
        """P1, 0 to 255; 0 until it is put.

        Raises:
            HResultError: to put: E_INVALIDARG: no byte. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @P1.setter
    @abstractmethod
    def P1(self, byP1: int) -> None: ...

    @property
    @abstractmethod
    def P2(self) -> int:
        """P2, 0 to 255; 0 until it is put.

        Raises:
            HResultError: to put: E_INVALIDARG: no byte. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @P2.setter
    @abstractmethod
    def P2(self, byP2: int) -> None: ...

    @property
    @abstractmethod
    def P3(self) -> int:
        """The number of data bytes (Lc) as far as one byte can tell it: 0 where there are none, or more than 255.

        Raises:
            HResultError: S_OK is the return; E_INVALIDARG, E_POINTER, E_OUTOFMEMORY: never.
        """

    @property
    @abstractmethod
    def Data(self) -> bytes:
        """The data field, 0 to 65535 bytes. To put it sets P3; an empty one takes the data field away.

        Raises:
            HResultError: to put: E_INVALIDARG: not bytes, or more than 65535. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @Data.setter
    @abstractmethod
    def Data(self, pData: Buffer) -> None: ...

    @property
    @abstractmethod
    def LeField(self) -> int:
        """How many bytes the Le field stands for (Ne): 0 without an Le field, 256 for 00, 65536 for 0000.

        Raises:
            HResultError: S_OK is the return; E_INVALIDARG: never.
        """

    @property
    @abstractmethod
    def Type(self) -> ISO_APDU_TYPE:
        """The case of the command: 1 header alone, 2 with Le, 3 with data, 4 with both.

        Known from the header only: the page calls it reserved.
        """

    @abstractmethod
    def BuildCmd(
        self,
        byClassId: int,
        byInsId: int,
        byP1: int = 0,
        byP2: int = 0,
        pbyData: Buffer | None = None,
        plLe: int | None = None,
    ) -> None:
        """Build a whole command, in extended form only where the short one cannot carry it.

        Args:
            byClassId: CLA.
            byInsId: INS.
            byP1: P1.
            byP2: P2.
            pbyData: the data field; ``None`` or empty: none.
            plLe: the number of bytes expected, 1 to 65536; 0: as many as there are (an Le field of zeros);
                ``None``: no Le field.

        Raises:
            HResultError: E_INVALIDARG: no byte, more than 65535 bytes of data, or ``plLe`` out of its range.
                E_POINTER: a byte is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Encapsulate(self, pApdu: Buffer, ApduType: ISO_APDU_TYPE) -> None:
        """Wrap a command APDU: the command becomes an ENVELOPE (INS C2) whose data field is ``pApdu``.

        ::

            CLA C2 00 00 Lc pApdu 00     CLA: AlternateClassId, else the logical channel of pApdu

        The reply is the card's answer to the ENVELOPE: by ISO/IEC 7816-4 its data field is the reply to ``pApdu``, with
        a status word of its own.

        Args:
            pApdu: the command to wrap, as an APDU or as T=0 has it: 00 behind the header of case 1, no Le field in
                case 4.
            ApduType: its case. The command in the envelope has the Le field of that case; zeros, where ``pApdu``
                shows none.

        Raises:
            HResultError: E_INVALIDARG: ``pApdu`` is no command APDU or longer than 65535 bytes; ``ApduType`` is no
                case, or none that ``pApdu`` can be of.
                E_POINTER: ``pApdu`` or ``ApduType`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Clear(self) -> None:
        """Empty both buffers, the command's and the reply's. Nad and AlternateClassId stay.

        Raises:
            HResultError: S_OK is the return; S_FALSE ("unknown error"): never.
        """

    # How the command travels

    @property
    @abstractmethod
    def AlternateClassId(self) -> int:
        """CLA of the commands that a transaction makes by itself on T=0 (GET RESPONSE, ENVELOPE), 0 to 255.

        Until it is put they have the logical channel of the command and nothing else of its class.

        Raises:
            HResultError: to get: E_ACCESSDENIED: it has not been put.
                To put: E_INVALIDARG: no byte.
                S_OK is the return.
        """

    @AlternateClassId.setter
    @abstractmethod
    def AlternateClassId(self, byClass: int) -> None: ...

    @property
    @abstractmethod
    def Nad(self) -> int:
        """The node address (NAD) of the command's T=1 blocks, 0 to 255; 0 until it is put.

        It is kept, and not sent: the reader makes the blocks, and PC/SC has no way to tell it an address.

        Raises:
            HResultError: to put: E_INVALIDARG: no byte.
                S_OK is the return.
        """

    @Nad.setter
    @abstractmethod
    def Nad(self, bNad: int) -> None: ...

    # The reply

    @property
    @abstractmethod
    def ApduReply(self) -> bytes:
        """The reply's bytes, the status word at their end; empty before a transaction.

        Raises:
            HResultError: to put: E_INVALIDARG: not bytes, or not 2 to 65538. E_POINTER: None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @ApduReply.setter
    @abstractmethod
    def ApduReply(self, pReplyApdu: Buffer) -> None: ...

    @property
    @abstractmethod
    def ApduReplyLength(self) -> int:
        """The number of bytes in the reply. To put it cuts the reply at its end, or fills it up with 00.

        Putting it is known from the header only.

        Raises:
            HResultError: to put: E_INVALIDARG: not 0 (no reply), nor 2 to 65538.
                S_OK is the return; E_POINTER, E_OUTOFMEMORY: never.
        """

    @ApduReplyLength.setter
    @abstractmethod
    def ApduReplyLength(self, lSize: int) -> None: ...

    @property
    @abstractmethod
    def ReplyStatus(self) -> int:
        """SW1-SW2 of the reply, 0 to FFFF. To put it takes the place of the reply's last two bytes.

        Raises:
            HResultError: to get: E_UNEXPECTED: there is no reply.
                To put: E_INVALIDARG: no word.
                S_OK is the return; E_POINTER, E_OUTOFMEMORY: never.
        """

    @ReplyStatus.setter
    @abstractmethod
    def ReplyStatus(self, wStatus: int) -> None: ...

    @property
    @abstractmethod
    def ReplyStatusSW1(self) -> int:
        """SW1 of the reply.

        Raises:
            HResultError: E_UNEXPECTED: there is no reply.
                S_OK is the return; E_INVALIDARG, E_POINTER, E_OUTOFMEMORY: never.
        """

    @property
    @abstractmethod
    def ReplyStatusSW2(self) -> int:
        """SW2 of the reply.

        Raises:
            HResultError: E_UNEXPECTED: there is no reply.
                S_OK is the return; E_INVALIDARG, E_POINTER, E_OUTOFMEMORY: never.
        """

    @property
    @abstractmethod
    def ReplyNad(self) -> int:
        """The node address of the reply, as far as it was put: PC/SC does not tell it. A new reply has none.

        Putting it is known from the header only.

        Raises:
            HResultError: to get: E_ACCESSDENIED: there is none.
                To put: E_INVALIDARG: no byte.
                S_OK is the return.
        """

    @ReplyNad.setter
    @abstractmethod
    def ReplyNad(self, bNad: int) -> None: ...
