"""ISCardISO7816: builds the commands of ISO/IEC 7816-4:1995, clauses 6 and 7."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.interfaces.base import Buffer, SmartCardInterface

if TYPE_CHECKING:
    from scardmgr.interfaces.command import ISCardCmd


class ISCardISO7816(SmartCardInterface):
    """A builder of commands; it sends none of them.

    Typical use: create it, build a command (with each method but :meth:`SetDefaultClassId`), have ISCard.Transaction
    send it, look at the reply, release both. Every command is ``CLA INS P1 P2 [Lc data] [Le]``, of the default class.

    ``ppCmd`` is the command to fill, whatever it was before; ``None``: a new one. It is returned.

    A number of bytes to come is 1 to 65536, or 0 for as many as there are (an Le field of zeros); SelectFile differs.
    More than 255 bytes of data, or more than 256 bytes to come, take extended length fields.

    E_INVALIDARG: a byte that is none; a P1-P2 that is reserved for future use, as far as each method tells; a number of
    bytes out of its range; data that are not 1 to 65535 bytes; ``ppCmd`` is no ISCardCmd. E_POINTER: ``None`` for
    anything else than ``ppCmd`` and data that may be left out. E_OUTOFMEMORY never comes: Python raises MemoryError.
    A refused call leaves ``ppCmd`` as it was.
    """

    IID: ClassVar[UUID] = UUID("53B6AA68-3F56-11D0-916B-00AA00C18068")

    @abstractmethod
    def SetDefaultClassId(self, byClass: int) -> None:
        """The class byte of all commands that are built from now on; at first 00.

        Raises:
            HResultError: E_INVALIDARG: no byte. E_POINTER: None.
                S_OK is the return.
        """

    # Files

    @abstractmethod
    def SelectFile(
        self, byP1: int, byP2: int, pData: Buffer | None = None, lBytesToRead: int = 0, ppCmd: ISCardCmd | None = None
    ) -> ISCardCmd:
        """SELECT FILE (A4): make a file the current one.

        Args:
            byP1: 00 MF, DF or EF by file identifier, 01 child DF, 02 EF under the current DF, 03 parent DF, 04 DF by
                name, 08 path from the MF, 09 path from the current DF.
            byP2: bits 2 to 1: first, last, next, previous occurrence; bits 4 to 3: FCI, FCP, FMD, nothing. The others
                are left to the card.
            pData: file identifier, path or DF name; ``None`` or empty: none.
            lBytesToRead: how many bytes may come; 0: none, and no Le field. 256 (00) and 65536 (0000) are as many as
                there are.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: another P1, or as the class says. E_POINTER: as the class says.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ReadBinary(self, byP1: int, byP2: int, lBytesToRead: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """READ BINARY (B0): bytes of a transparent EF.

        Args:
            byP1: bit 8 clear: P1-P2 is an offset; bit 8 set: bits 5 to 1 are a short EF identifier (0: the current EF).
            byP2: the offset, or its low byte.
            lBytesToRead: how many bytes; 0: up to the end of the file.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: P1 from A0 on, or 9F; or as the class says. E_POINTER: as the class says.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def WriteBinary(self, byP1: int, byP2: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """WRITE BINARY (D0): once, or by OR or AND with what is there, as the file's data coding says.

        Args:
            byP1: as :meth:`ReadBinary`.
            byP2: as ReadBinary.
            pData: the bytes.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as ReadBinary.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def UpdateBinary(self, byP1: int, byP2: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """UPDATE BINARY (D6): in place of what is there.

        Args:
            byP1: as :meth:`ReadBinary`.
            byP2: as ReadBinary.
            pData: the bytes.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as ReadBinary.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def EraseBinary(
        self, byP1: int, byP2: int, pData: Buffer | None = None, ppCmd: ISCardCmd | None = None
    ) -> ISCardCmd:
        """ERASE BINARY (0E): from an offset on.

        Args:
            byP1: as :meth:`ReadBinary`.
            byP2: as ReadBinary.
            pData: the offset of the first data unit that is not erased, two bytes; ``None`` or empty: up to the end of
                the file. What it says is left to the card.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as ReadBinary.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    # Records

    @abstractmethod
    def ReadRecord(
        self, byRecordId: int, byRefCtrl: int, lBytesToRead: int, ppCmd: ISCardCmd | None = None
    ) -> ISCardCmd:
        """READ RECORD (B2): one record or several.

        Args:
            byRecordId: the record's number or identifier; 00: the current one.
            byRefCtrl: bits 8 to 4: short EF identifier (0: the current EF); bits 3 to 1: 000 to 011 first, last, next,
                previous occurrence of the identifier, 100 the number, 101 from the number to the last, 110 from the
                last to the number.
            lBytesToRead: how many bytes; 0: whole records.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: bits 3 to 1 are 111, or bits 8 to 4 are 11111; or as the class says.
                E_POINTER: as the class says. S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def WriteRecord(self, byRecordId: int, byRefCtrl: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """WRITE RECORD (D2): once, or by OR or AND with what is there, as the file's data coding says.

        Args:
            byRecordId: as :meth:`UpdateRecord`.
            byRefCtrl: as UpdateRecord.
            pData: the record.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as UpdateRecord.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def UpdateRecord(self, byRecordId: int, byRefCtrl: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """UPDATE RECORD (DC): in place of what is there.

        Args:
            byRecordId: the record's number; 00: the current one.
            byRefCtrl: bits 8 to 4: short EF identifier (0: the current EF); bits 3 to 1: 000 to 011 first, last, next,
                previous record, 100 the number.
            pData: the record.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: bits 3 to 1 are 101 to 111, or bits 8 to 4 are 11111; or as the class says.
                E_POINTER: as the class says. S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def AppendRecord(self, byRefCtrl: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """APPEND RECORD (E2): at the end of a linear EF, as record 1 of a cyclic one.

        Args:
            byRefCtrl: bits 8 to 4: short EF identifier (0: the current EF); the others are 0.
            pData: the record.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: bits 3 to 1 are not 000, or bits 8 to 4 are 11111; or as the class says.
                E_POINTER: as the class says. S_OK is the return; E_OUTOFMEMORY: never.
        """

    # Data objects

    @abstractmethod
    def GetData(self, byP1: int, byP2: int, lBytesToGet: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """GET DATA (CA): a data object by its tag.

        Args:
            byP1: with P2: 0040 to 00FF and 4000 to FFFF BER-TLV tag, 0100 to 01FF proprietary, 0200 to 02FF SIMPLE-TLV
                tag in P2.
            byP2: see ``byP1``.
            lBytesToGet: how many bytes; 0: as many as there are.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: P1-P2 is 0000 to 003F or 0300 to 3FFF; or as the class says.
                E_POINTER: as the class says. S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def PutData(self, byP1: int, byP2: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """PUT DATA (DA): a data object by its tag; 00FF and 02FF: data objects that ``pData`` holds with their tags.

        Args:
            byP1: as :meth:`GetData`.
            byP2: as GetData.
            pData: the value, or data objects.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as GetData.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    # Security

    @abstractmethod
    def Verify(self, byRefCtrl: int, pData: Buffer | None = None, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """VERIFY (20): compare with reference data in the card.

        Args:
            byRefCtrl: bit 8: of the DF (1) or of the card (0); bits 5 to 1: its number; 00: the only one.
            pData: verification data; ``None`` or empty: ask how many tries are left (63CX).
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: bits 7 to 6 are not 00; or as the class says. E_POINTER: as the class says.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetChallenge(self, lBytesExpected: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """GET CHALLENGE (84): for the next command at least.

        Args:
            lBytesExpected: how many bytes; 0: as many as the card gives.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as the class says.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ExternalAuthenticate(
        self,
        byAlgorithmRef: int,
        bySecretRef: int,
        pChallenge: Buffer | None = None,
        ppCmd: ISCardCmd | None = None,
    ) -> ISCardCmd:
        """EXTERNAL AUTHENTICATE (82): the outside answers the card's challenge.

        Args:
            byAlgorithmRef: P1; 00: known to the card.
            bySecretRef: as ``byRefCtrl`` of :meth:`Verify`.
            pChallenge: the answer; ``None`` or empty: ask for the state.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as Verify.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def InternalAuthenticate(
        self,
        byAlgorithmRef: int,
        bySecretRef: int,
        pChallenge: Buffer,
        lReplyBytes: int,
        ppCmd: ISCardCmd | None = None,
    ) -> ISCardCmd:
        """INTERNAL AUTHENTICATE (88): the card answers a challenge.

        Args:
            byAlgorithmRef: P1; 00: known to the card.
            bySecretRef: as ``byRefCtrl`` of :meth:`Verify`.
            pChallenge: the challenge.
            lReplyBytes: how many bytes; 0: as many as there are.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as Verify.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    # Transmission

    @abstractmethod
    def ManageChannel(self, byChannelState: int, byChannel: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """MANAGE CHANNEL (70): open or close a logical channel. Le is 01 where the card chooses it, else there is none.

        Args:
            byChannelState: 00 open, 80 close.
            byChannel: the channel, 0 to 19; 0 to open: the card chooses, to close: that of the class byte.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG: another state, or a channel from 20 on. E_POINTER: as the class says.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetResponse(self, byP1: int, byP2: int, lDataLength: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """GET RESPONSE (C0): what waits in the card. ISCard.Transaction does so by itself.

        Args:
            byP1: 00 by the standard; others are left to the card.
            byP2: as ``byP1``.
            lDataLength: how many bytes; 0: as many as there are.
            ppCmd: see the class.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: as the class says.
                S_OK is the return; E_OUTOFMEMORY: never.
        """
