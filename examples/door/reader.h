/* A card in a PC/SC reader: waiting for it, connecting to it, and sending it commands. */

#ifndef READER_H
#define READER_H

#include <stddef.h>
#include <stdint.h>
#include <winscard.h>

enum { MAX_DATA = 255, MAX_RESPONSE = 256 };

struct reader {
    SCARDCONTEXT context;
    SCARDHANDLE card;
    SCARD_IO_REQUEST protocol;
};

/* A command of ISO/IEC 7816-4 with short length fields. */
struct command {
    uint8_t cla, ins, p1, p2;
    const void *data; /* of nc bytes */
    size_t nc;        /* 0: no command data */
    size_t ne;        /* 0: no response data; 256: all there is */
};

/* The data of a response, and its status word. */
struct response {
    uint8_t data[MAX_RESPONSE];
    size_t length;
    uint16_t sw;
};

/* Waits up to so many seconds for a card in the reader of that name (NULL: the first one), connects to it and keeps
 * other programs from it until reader_close. Like all functions here it returns SCARD_S_SUCCESS, or what PC/SC said. */
LONG reader_open(struct reader *reader, const char *name, unsigned seconds);

/* Ends the connection. The card is reset, so that it forgets who was verified. */
void reader_close(struct reader *reader);

/* Sends a command and fetches all of its response, on T=0 as on T=1. */
LONG reader_transmit(const struct reader *reader, const struct command *command, struct response *response);

#endif
