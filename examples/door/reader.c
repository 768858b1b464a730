#include "reader.h"

#include <string.h>
#include <time.h>

enum { MAX_COMMAND = 4 + 1 + MAX_DATA + 1, SW_LENGTH = 2 };

static long long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Returns when there is a card that answers. */
static LONG wait_for_card(SCARDCONTEXT context, const char *name, unsigned seconds)
{
    const long long deadline = milliseconds() + seconds * 1000LL;
    SCARD_READERSTATE state = {.szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE};
    for (;;) {
        const long long left = deadline - milliseconds();
        LONG code = SCardGetStatusChange(context, left > 0 ? (DWORD)left : 0, &state, 1);
        if (code != SCARD_S_SUCCESS)
            return code == SCARD_E_TIMEOUT ? SCARD_E_NO_SMARTCARD : code;
        if ((state.dwEventState & SCARD_STATE_PRESENT) && !(state.dwEventState & SCARD_STATE_MUTE))
            return SCARD_S_SUCCESS;
        state.dwCurrentState = state.dwEventState;
    }
}

static LONG connect_to_card(struct reader *reader, const char *name)
{
    DWORD protocol;
    LONG code = SCardConnect(reader->context, name, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                             &reader->card, &protocol);
    if (code == SCARD_S_SUCCESS)
        reader->protocol = protocol == SCARD_PROTOCOL_T0 ? *SCARD_PCI_T0 : *SCARD_PCI_T1;
    return code;
}

LONG reader_open(struct reader *reader, const char *name, unsigned seconds)
{
    LPSTR names = NULL;
    LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &reader->context);
    if (code != SCARD_S_SUCCESS)
        return code;
    if (name == NULL) {
        DWORD length = SCARD_AUTOALLOCATE;
        code = SCardListReaders(reader->context, NULL, (LPSTR)&names, &length);
        name = names;
    }
    if (code == SCARD_S_SUCCESS)
        code = wait_for_card(reader->context, name, seconds);
    if (code == SCARD_S_SUCCESS)
        code = connect_to_card(reader, name);
    if (names != NULL)
        SCardFreeMemory(reader->context, names);
    if (code != SCARD_S_SUCCESS)
        SCardReleaseContext(reader->context);
    return code;
}

void reader_close(struct reader *reader)
{
    SCardDisconnect(reader->card, SCARD_RESET_CARD);
    SCardReleaseContext(reader->context);
}

/* One command and its response, as they are; the response's data follow those that are there already. */
static LONG exchange(const struct reader *reader, const struct command *command, struct response *response)
{
    uint8_t sent[MAX_COMMAND] = {command->cla, command->ins, command->p1, command->p2};
    uint8_t received[MAX_RESPONSE + SW_LENGTH];
    DWORD length = sizeof received;
    size_t end = 4;
    if (command->nc > MAX_DATA || command->ne > MAX_RESPONSE)
        return SCARD_E_INVALID_PARAMETER;
    if (command->nc > 0) {
        sent[end++] = (uint8_t)command->nc;
        memcpy(sent + end, command->data, command->nc);
        end += command->nc;
    }
    /* On T=0 a command with data has no Le: the card tells how much there is to fetch. */
    if (command->ne > 0 && (command->nc == 0 || reader->protocol.dwProtocol == SCARD_PROTOCOL_T1))
        sent[end++] = (uint8_t)command->ne; /* 256 becomes 00 */
    LONG code = SCardTransmit(reader->card, &reader->protocol, sent, end, NULL, received, &length);
    explicit_bzero(sent, sizeof sent); /* it may have held a PIN */
    if (code != SCARD_S_SUCCESS)
        return code;
    if (length < SW_LENGTH || length - SW_LENGTH > MAX_RESPONSE - response->length)
        return SCARD_F_COMM_ERROR;
    memcpy(response->data + response->length, received, length - SW_LENGTH);
    response->length += length - SW_LENGTH;
    response->sw = (uint16_t)(received[length - 2] << 8 | received[length - 1]);
    return SCARD_S_SUCCESS;
}

LONG reader_transmit(const struct reader *reader, const struct command *command, struct response *response)
{
    response->length = 0;
    LONG code = exchange(reader, command, response);
    /* 6CXX: again, with this Le. 61XX: so much more is waiting. 00 is 256 in both. */
    if (code == SCARD_S_SUCCESS && response->sw >> 8 == 0x6C) {
        struct command again = *command;
        again.ne = (response->sw & 0xFF) ? (response->sw & 0xFF) : 256;
        code = exchange(reader, &again, response);
    }
    while (code == SCARD_S_SUCCESS && response->sw >> 8 == 0x61) {
        const struct command get_response = {
            .ins = 0xC0, .ne = (response->sw & 0xFF) ? (response->sw & 0xFF) : 256};
        code = exchange(reader, &get_response, response);
    }
    return code;
}
