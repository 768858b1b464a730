/* Opens a door to whoever has a badge that opens it, and knows the badge's PIN.
 *
 * Exit status: 0 the door is open, 1 it stays shut, 2 wrong usage, 3 no reader, card or PC/SC service to work with. */

#include "badge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPEN = 0, SHUT = 1, WRONG_USAGE = 2, NOTHING_TO_WORK_WITH = 3 };
enum { MIN_PIN = 4, MAX_PIN = 8, MAX_SECONDS = 3600 };

static int usage(void)
{
    fputs("usage: door [-r READER] [-w SECONDS] DOOR    (the PIN is read from standard input)\n", stderr);
    return WRONG_USAGE;
}

/* The PIN, without its line end; false where there is none that could be one. */
static bool read_pin(char pin[MAX_PIN + 1])
{
    char line[MAX_PIN + 2] = "";
    const bool read = fgets(line, sizeof line, stdin) != NULL;
    const size_t length = strcspn(line, "\n");
    const bool whole = line[length] == '\n' || feof(stdin);
    memcpy(pin, line, MAX_PIN + 1);
    pin[length <= MAX_PIN ? length : MAX_PIN] = '\0';
    explicit_bzero(line, sizeof line);
    return read && whole && length >= MIN_PIN && strspn(pin, "0123456789") == length;
}

static int say(enum badge_answer answer, const struct badge *badge, const char *door)
{
    switch (answer) {
    case BADGE_YES:
        return OPEN;
    case BADGE_NO_BADGE:
        fputs("door: this card is no badge\n", stderr);
        return SHUT;
    case BADGE_WRONG_PIN:
        fprintf(stderr, "door: wrong PIN, %u %s left\n", badge->tries, badge->tries == 1 ? "try" : "tries");
        return SHUT;
    case BADGE_BLOCKED:
        fputs("door: the PIN is blocked\n", stderr);
        return SHUT;
    case BADGE_OTHER_DOORS:
        fprintf(stderr, "door: the badge of %s does not open %s\n", badge->holder, door);
        return SHUT;
    case BADGE_REFUSED:
        fprintf(stderr, "door: the badge refused: %04X\n", (unsigned)badge->sw);
        return SHUT;
    case BADGE_NO_ANSWER:
        break;
    }
    fprintf(stderr, "door: %s\n", pcsc_stringify_error(badge->code));
    return NOTHING_TO_WORK_WITH;
}

/* Asks the badge everything, in turn, until it says no. */
static int open_door(struct badge *badge, const char *pin, const char *door)
{
    uint32_t before = 0;
    enum badge_answer answer = badge_select(badge);
    if (answer == BADGE_YES)
        answer = badge_verify(badge, pin);
    if (answer == BADGE_YES)
        answer = badge_opens(badge, door);
    if (answer == BADGE_YES)
        answer = badge_note(badge, door, &before);
    if (answer == BADGE_YES)
        printf("%s is open for %s, who has opened %" PRIu32 " before\n", door, badge->holder, before);
    return say(answer, badge, door);
}

int main(int argc, char **argv)
{
    const char *name = NULL;
    unsigned long seconds = 0;
    char *end = "";
    for (int option; (option = getopt(argc, argv, "r:w:")) != -1;) {
        if (option == 'r')
            name = optarg;
        else if (option == 'w')
            seconds = strtoul(optarg, &end, 10);
        else
            return usage();
    }
    if (optind + 1 != argc || *end != '\0' || seconds > MAX_SECONDS || strlen(argv[optind]) > MAX_DOOR)
        return usage();
    char pin[MAX_PIN + 1];
    if (!read_pin(pin)) {
        fprintf(stderr, "door: a PIN has %d to %d digits\n", MIN_PIN, MAX_PIN);
        return SHUT;
    }
    struct badge badge = {0};
    int status;
    badge.code = reader_open(&badge.reader, name, (unsigned)seconds);
    if (badge.code == SCARD_S_SUCCESS) {
        status = open_door(&badge, pin, argv[optind]);
        reader_close(&badge.reader);
    } else {
        status = say(BADGE_NO_ANSWER, &badge, argv[optind]);
    }
    explicit_bzero(pin, sizeof pin);
    return status;
}
