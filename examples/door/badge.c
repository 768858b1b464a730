#include "badge.h"

#include <string.h>

static const uint8_t AID[] = {0xF0, 0x64, 0x6F, 0x6F, 0x72, 0x01};

enum { HOLDER = 1, DOORS = 2, OPENED = 3 }; /* short EF identifiers */
enum { PIN = 0x81, BY_NUMBER = 0x04, ENTRY_LENGTH = 4 + MAX_DOOR };
enum {
    SW_OK = 0x9000,
    SW_BLOCKED = 0x6983,
    SW_FILE_NOT_FOUND = 0x6A82,
    SW_RECORD_NOT_FOUND = 0x6A83,
    SW_TRIES_LEFT = 0x63C0 /* and their number in the last four bits */
};

/* Sends a command: BADGE_YES for 9000, else BADGE_REFUSED, and badge->sw says why; or BADGE_NO_ANSWER. */
static enum badge_answer ask(struct badge *badge, const struct command *command, struct response *response)
{
    badge->code = reader_transmit(&badge->reader, command, response);
    if (badge->code != SCARD_S_SUCCESS)
        return BADGE_NO_ANSWER;
    badge->sw = response->sw;
    return response->sw == SW_OK ? BADGE_YES : BADGE_REFUSED;
}

static enum badge_answer read_record(struct badge *badge, unsigned file, unsigned number, struct response *response)
{
    const struct command read = {
        .ins = 0xB2, .p1 = (uint8_t)number, .p2 = (uint8_t)(file << 3 | BY_NUMBER), .ne = 256};
    return ask(badge, &read, response);
}

enum badge_answer badge_select(struct badge *badge)
{
    const struct command select = {.ins = 0xA4, .p1 = 0x04, .p2 = 0x0C, .data = AID, .nc = sizeof AID};
    const struct command read = {.ins = 0xB0, .p1 = 0x80 | HOLDER, .ne = 256};
    struct response response;
    enum badge_answer answer = ask(badge, &select, &response);
    if (answer == BADGE_REFUSED && badge->sw == SW_FILE_NOT_FOUND)
        return BADGE_NO_BADGE;
    if (answer == BADGE_YES)
        answer = ask(badge, &read, &response);
    if (answer == BADGE_YES) {
        const size_t length = response.length < MAX_NAME ? response.length : MAX_NAME;
        memcpy(badge->holder, response.data, length);
        badge->holder[length] = '\0';
    }
    return answer;
}

enum badge_answer badge_verify(struct badge *badge, const char *pin)
{
    const struct command verify = {.ins = 0x20, .p2 = PIN, .data = pin, .nc = strlen(pin)};
    struct response response;
    const enum badge_answer answer = ask(badge, &verify, &response);
    if (answer != BADGE_REFUSED)
        return answer;
    if (badge->sw == SW_BLOCKED || badge->sw == SW_TRIES_LEFT)
        return BADGE_BLOCKED;
    if ((badge->sw & 0xFFF0) != SW_TRIES_LEFT)
        return BADGE_REFUSED;
    badge->tries = badge->sw & 0x0F;
    return BADGE_WRONG_PIN;
}

enum badge_answer badge_opens(struct badge *badge, const char *door)
{
    struct response record;
    for (unsigned number = 1; number < 0xFF; number++) {
        const enum badge_answer answer = read_record(badge, DOORS, number, &record);
        if (answer == BADGE_REFUSED && badge->sw == SW_RECORD_NOT_FOUND)
            break;
        if (answer != BADGE_YES)
            return answer;
        if (record.length == strlen(door) && memcmp(record.data, door, record.length) == 0)
            return BADGE_YES;
    }
    return BADGE_OTHER_DOORS;
}

enum badge_answer badge_note(struct badge *badge, const char *door, uint32_t *before)
{
    struct response last;
    const enum badge_answer answer = read_record(badge, OPENED, 1, &last);
    const bool first = answer == BADGE_REFUSED && badge->sw == SW_RECORD_NOT_FOUND;
    if (answer != BADGE_YES && !first)
        return answer;
    *before = 0;
    for (size_t i = 0; i < 4 && !first && last.length == ENTRY_LENGTH; i++)
        *before = *before << 8 | last.data[i];
    const uint32_t number = *before + 1;
    uint8_t entry[ENTRY_LENGTH] = {
        (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    memcpy(entry + 4, door, strnlen(door, MAX_DOOR));
    const struct command append = {.ins = 0xE2, .p2 = OPENED << 3, .data = entry, .nc = sizeof entry};
    return ask(badge, &append, &last);
}
