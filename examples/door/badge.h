/* A badge: a card with the application F0646F6F7201, which badge.toml describes. */

#ifndef BADGE_H
#define BADGE_H

#include "reader.h"

#include <stdbool.h>

enum badge_answer {
    BADGE_YES,
    BADGE_NO_BADGE,    /* the card has no such application */
    BADGE_WRONG_PIN,   /* the PIN is not its holder's; badge.tries are left */
    BADGE_BLOCKED,     /* no tries are left */
    BADGE_OTHER_DOORS, /* it does not open this door */
    BADGE_REFUSED,     /* something else: badge.sw */
    BADGE_NO_ANSWER    /* PC/SC failed: badge.code */
};

enum { MAX_NAME = 64, MAX_DOOR = 16 };

struct badge {
    struct reader reader;
    char holder[MAX_NAME + 1];
    unsigned tries;
    uint16_t sw;
    LONG code;
};

/* Is it a badge? Then badge.holder says whose. */
enum badge_answer badge_select(struct badge *badge);

/* Is this the holder's PIN? */
enum badge_answer badge_verify(struct badge *badge, const char *pin);

/* Does it open this door? Needs the PIN. */
enum badge_answer badge_opens(struct badge *badge, const char *door);

/* Notes on the badge that the door was opened, and tells how many were before it. Needs the PIN. */
enum badge_answer badge_note(struct badge *badge, const char *door, uint32_t *before);

#endif
