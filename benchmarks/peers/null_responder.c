/* The fastest card there can be behind the stock vpcd driver: answers every APDU with a fixed
 * response and does nothing else. What a card in Python is compared with.
 *
 * usage: null_responder FD QUICKACK RESPONSE_BYTES
 *   FD              an inherited socket, connected to the driver
 *   QUICKACK        1: set TCP_QUICKACK before every recv; 0: leave the kernel its delayed ACK
 *   RESPONSE_BYTES  data bytes before the status word 9000
 *
 * vpcd: two bytes of length, then a control byte (0 off, 1 on, 2 reset, 4 ATR) or a command APDU.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const unsigned char atr[] = {0x3B, 0x80, 0x80, 0x01, 0x01};

static int receive(int fd, int quickack, unsigned char *buffer, size_t length) {
    while (length > 0) {
        int on = 1;
        if (quickack)
            setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        ssize_t got = recv(fd, buffer, length, 0);
        if (got <= 0)
            return -1;
        buffer += got;
        length -= (size_t)got;
    }
    return 0;
}

static int answer(int fd, const unsigned char *body, size_t length) {
    static unsigned char frame[2 + 65535];
    frame[0] = (unsigned char)(length >> 8);
    frame[1] = (unsigned char)length;
    memcpy(frame + 2, body, length);
    return send(fd, frame, length + 2, 0) == (ssize_t)(length + 2) ? 0 : -1;
}

int main(int argc, char **argv) {
    static unsigned char command[65535], response[65535];
    if (argc != 4)
        return 2;
    int fd = atoi(argv[1]), quickack = atoi(argv[2]), on = 1;
    size_t data = (size_t)atoi(argv[3]);
    if (data > sizeof response - 2)
        return 2;
    memset(response, 0xA5, data);
    response[data] = 0x90;
    response[data + 1] = 0x00;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (;;) {
        unsigned char prefix[2];
        if (receive(fd, quickack, prefix, sizeof prefix))
            return 0;
        size_t length = (size_t)prefix[0] << 8 | prefix[1];
        if (receive(fd, quickack, command, length))
            return 0;
        if (length == 1 && command[0] == 4) {
            if (answer(fd, atr, sizeof atr))
                return 0;
        } else if (length > 1 && answer(fd, response, data + 2)) {
            return 0;
        }
    }
}
