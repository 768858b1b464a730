// Selects the MF of the card in the first reader, as a program in Go does: through libpcsclite, by cgo.
package main

// #cgo pkg-config: libpcsclite
// #include <winscard.h>
// static LONG transmit(SCARDHANDLE card, unsigned char *command, DWORD size, unsigned char *response, DWORD *room) {
//     return SCardTransmit(card, SCARD_PCI_T1, command, size, NULL, response, room);
// }
import "C"

import (
	"bytes"
	"fmt"
	"os"
	"unsafe"
)

func done(what string, code C.LONG) {
	if code != C.SCARD_S_SUCCESS {
		fmt.Fprintf(os.Stderr, "%s: %08X\n", what, uint32(code))
		os.Exit(1)
	}
}

func main() {
	var context C.SCARDCONTEXT
	done("SCardEstablishContext", C.SCardEstablishContext(C.SCARD_SCOPE_SYSTEM, nil, nil, &context))
	defer C.SCardReleaseContext(context)
	names := make([]byte, 4096)
	room := C.DWORD(len(names))
	done("SCardListReaders", C.SCardListReaders(context, nil, (*C.char)(unsafe.Pointer(&names[0])), &room))
	reader := bytes.SplitN(names[:room], []byte{0}, 2)[0]

	var card C.SCARDHANDLE
	var protocol C.DWORD
	name := C.CString(string(reader))
	done("SCardConnect", C.SCardConnect(context, name, C.SCARD_SHARE_SHARED, C.SCARD_PROTOCOL_T1, &card, &protocol))
	defer C.SCardDisconnect(card, C.SCARD_LEAVE_CARD)

	command := []byte{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00}
	response := make([]byte, 258)
	size := C.DWORD(len(response))
	done("SCardTransmit", C.transmit(card, (*C.uchar)(&command[0]), C.DWORD(len(command)), (*C.uchar)(&response[0]), &size))
	fmt.Printf("%s: %X\n", reader, response[:size])
}
