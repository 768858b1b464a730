/*
 * Streams of CreateStreamOnHGlobal, driven by lines on the standard input.
 *
 * Each line names an operation, a stream by its number, and arguments; a line with the HRESULT and what came out is the
 * answer. Streams are numbered as they come: "new" and "clone".
 */
#define COBJMACROS
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <objbase.h>

#define MOST_STREAMS 64
#define MOST_BYTES 4096

static IStream *streams[MOST_STREAMS];
static unsigned count;

static void answer(HRESULT result)
{
    printf("%08lx", (unsigned long)(DWORD)result);
}

static void print_bytes(const BYTE *bytes, ULONG size)
{
    ULONG i;

    putchar(' ');
    for (i = 0; i < size; i++)
        printf("%02x", bytes[i]);
}

static ULONG parse_bytes(const char *text, BYTE *bytes)
{
    ULONG size = 0;
    unsigned value;

    while (size < MOST_BYTES && sscanf(text + 2 * size, "%2x", &value) == 1)
        bytes[size++] = (BYTE)value;
    return size;
}

static void act(const char *name, unsigned number, long long first, long long second, const char *text)
{
    BYTE bytes[MOST_BYTES];
    IStream *stream = streams[number];
    LARGE_INTEGER move;
    ULARGE_INTEGER size, read, written;
    ULONG done = 0;
    STATSTG told;

    size.QuadPart = (ULONGLONG)first;
    read.QuadPart = written.QuadPart = 0;
    if (!strcmp(name, "new"))
        answer(CreateStreamOnHGlobal(NULL, TRUE, &streams[count++]));
    else if (!strcmp(name, "clone"))
        answer(IStream_Clone(stream, &streams[count++]));
    else if (!strcmp(name, "read")) {
        answer(IStream_Read(stream, bytes, (ULONG)first, &done));
        print_bytes(bytes, done);
    } else if (!strcmp(name, "write")) {
        answer(IStream_Write(stream, bytes, parse_bytes(text, bytes), &done));
        printf(" %lu", (unsigned long)done);
    } else if (!strcmp(name, "seek")) {
        move.QuadPart = first;
        answer(IStream_Seek(stream, move, (DWORD)second, &read));
        printf(" %llu", (unsigned long long)read.QuadPart);
    } else if (!strcmp(name, "setsize"))
        answer(IStream_SetSize(stream, size));
    else if (!strcmp(name, "copy")) {
        answer(IStream_CopyTo(stream, streams[second], size, &read, &written));
        printf(" %llu %llu", (unsigned long long)read.QuadPart, (unsigned long long)written.QuadPart);
    } else if (!strcmp(name, "commit"))
        answer(IStream_Commit(stream, (DWORD)first));
    else if (!strcmp(name, "revert"))
        answer(IStream_Revert(stream));
    else if (!strcmp(name, "lock"))
        answer(IStream_LockRegion(stream, size, size, (DWORD)second));
    else if (!strcmp(name, "stat")) {
        answer(IStream_Stat(stream, &told, (DWORD)first));
        printf(" %s %lu %llu", told.pwcsName ? "named" : "unnamed", (unsigned long)told.type,
               (unsigned long long)told.cbSize.QuadPart);
    }
    putchar('\n');
}

int main(void)
{
    char line[2 * MOST_BYTES + 64], name[16], text[2 * MOST_BYTES + 1];
    unsigned number;
    long long first, second;

    CoInitialize(NULL);
    while (fgets(line, sizeof line, stdin) && count < MOST_STREAMS) {
        text[0] = '\0';
        if (sscanf(line, "%15s %u %lld %lld %8192s", name, &number, &first, &second, text) >= 4 && number < MOST_STREAMS)
            act(name, number, first, second, text);
    }
    for (number = 0; number < count; number++)
        IStream_Release(streams[number]);
    CoUninitialize();
    return 0;
}
