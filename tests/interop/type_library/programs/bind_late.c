/* Binds late to objects in C, through a type library: what oleaut32 does, told on one line for each line read.
 *
 * The first argument is the library. Each line of the standard input is fields parted by tabs:
 *
 * names   interface  name...                          asks for numbers
 * invoke  interface  number  flags  named  argument...   calls
 *
 * "named" is a list of numbers, parted by commas, or "-". An argument is i:NUMBER, s:TEXT, or m for one that is left out,
 * in the order of rgvarg. What is told:
 *
 * code  numbers                                       of names
 * code  scode  call  result                           of invoke; the call with the arguments that arrived, a number
 */
#define COBJMACROS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <Scardmgr.h>
#include <winscard.h>

#define MOST 8

static char call[256];

static HRESULT WINAPI query(IUnknown *This, REFIID riid, void **object)
{
    (void)riid;
    *object = This;
    return S_OK;
}

static ULONG WINAPI count(IUnknown *This)
{
    (void)This;
    return 1;
}

static HRESULT WINAPI get_status(ISCard *This, SCARD_STATES *state)
{
    (void)This;
    strcpy(call, "get_Status()");
    *state = SPECIFICMODE;
    return S_OK;
}

static HRESULT WINAPI attach(ISCard *This, BSTR reader, SCARD_SHARE_MODES mode, SCARD_PROTOCOLS protocol)
{
    char text[100];

    (void)This;
    WideCharToMultiByte(CP_UTF8, 0, reader, -1, text, sizeof(text), NULL, NULL);
    sprintf(call, "AttachByReader(%s,%d,%d)", text, mode, protocol);
    return strcmp(text, "nobody") ? S_OK : SCARD_E_UNKNOWN_READER;
}

static HRESULT WINAPI detach(ISCard *This, SCARD_DISPOSITIONS disposition)
{
    (void)This;
    sprintf(call, "Detach(%d)", disposition);
    return S_OK;
}

static HRESULT WINAPI get_class(ISCardCmd *This, BYTE *value)
{
    (void)This;
    strcpy(call, "get_ClassId()");
    *value = 0x80;
    return S_OK;
}

static HRESULT WINAPI put_class(ISCardCmd *This, BYTE value)
{
    (void)This;
    sprintf(call, "put_ClassId(%d)", value);
    return S_OK;
}

static HRESULT WINAPI list_groups(ISCardDatabase *This, LONG locale, SAFEARRAY **groups)
{
    (void)This;
    sprintf(call, "ListReaderGroups(%ld)", (long)locale);
    *groups = SafeArrayCreateVector(VT_BSTR, 0, 0);
    return S_OK;
}

static ISCardVtbl card_table = {.get_Status = get_status, .AttachByReader = attach, .Detach = detach};
static ISCardCmdVtbl command_table = {.get_ClassId = get_class, .put_ClassId = put_class};
static ISCardDatabaseVtbl database_table = {.ListReaderGroups = list_groups};

static const struct { const char *name; const IID *identifier; void *table; } OBJECTS[] = {
    {"ISCard", &IID_ISCard, &card_table},
    {"ISCardCmd", &IID_ISCardCmd, &command_table},
    {"ISCardDatabase", &IID_ISCardDatabase, &database_table}};

static void fail(const char *what, HRESULT code)
{
    if (SUCCEEDED(code))
        return;
    fprintf(stderr, "%s: %08lx\n", what, (unsigned long)code);
    ExitProcess(1);
}

static BSTR string(const char *text)
{
    WCHAR wide[100];
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, 100);
    return SysAllocString(wide);
}

static void tell_names(ITypeInfo *type, char **fields, int length)
{
    BSTR names[MOST];
    MEMBERID numbers[MOST];
    HRESULT code;
    int i;

    for (i = 0; i < length; i++) {
        names[i] = string(fields[i]);
        numbers[i] = 99;
    }
    code = ITypeInfo_GetIDsOfNames(type, names, length, numbers);
    printf("%08X\t", (unsigned)code);
    for (i = 0; i < length; i++)
        printf("%s%ld", i ? "," : "", (long)numbers[i]);
    printf("\n");
}

static void tell_invocation(ITypeInfo *type, void *object, char **fields, int length)
{
    VARIANTARG arguments[MOST];
    DISPID named[MOST];
    DISPPARAMS parameters = {arguments, named, 0, 0};
    VARIANT result, number_of_result;
    EXCEPINFO failure;
    HRESULT code;
    char *number;
    int i;

    for (number = strtok(fields[2], ","); number && strcmp(number, "-"); number = strtok(NULL, ","))
        named[parameters.cNamedArgs++] = atoi(number);
    for (i = 3; i < length; i++) {
        VARIANTARG *argument = &arguments[parameters.cArgs++];
        VariantInit(argument);
        if (fields[i][0] == 'i') {
            V_VT(argument) = VT_I4;
            V_I4(argument) = atoi(fields[i] + 2);
        } else if (fields[i][0] == 's') {
            V_VT(argument) = VT_BSTR;
            V_BSTR(argument) = string(fields[i] + 2);
        } else {
            V_VT(argument) = VT_ERROR;
            V_ERROR(argument) = DISP_E_PARAMNOTFOUND;
        }
    }
    call[0] = '\0';
    VariantInit(&result);
    VariantInit(&number_of_result);
    memset(&failure, 0, sizeof(failure));
    code = DispInvoke(object, type, atoi(fields[0]), (WORD)atoi(fields[1]), &parameters, &result, &failure, NULL);
    printf("%08X\t%08X\t%s\t", (unsigned)code, (unsigned)failure.scode, call);
    if (V_VT(&result) & VT_ARRAY)
        printf("array");
    else if (V_VT(&result) != VT_EMPTY && SUCCEEDED(VariantChangeType(&number_of_result, &result, 0, VT_I4)))
        printf("%d", (int)V_I4(&number_of_result));
    printf("\n");
}

int main(int length, char **arguments)
{
    WCHAR path[MAX_PATH];
    char line[512], *fields[16];
    ITypeLib *library;
    unsigned i;

    if (length != 2)
        return 2;
    for (i = 0; i < ARRAYSIZE(OBJECTS); i++) {
        IUnknownVtbl *table = OBJECTS[i].table;
        table->QueryInterface = query;
        table->AddRef = table->Release = count;
    }
    MultiByteToWideChar(CP_UTF8, 0, arguments[1], -1, path, MAX_PATH);
    fail("LoadTypeLibEx", LoadTypeLibEx(path, REGKIND_NONE, &library));
    while (fgets(line, sizeof(line), stdin)) {
        int found = 0;
        char *field;
        line[strcspn(line, "\r\n")] = '\0';
        for (field = line; field; field = strchr(field, '\t')) {
            if (found)
                *field++ = '\0';
            fields[found++] = field;
        }
        for (i = 0; i < ARRAYSIZE(OBJECTS); i++)
            if (!strcmp(fields[1], OBJECTS[i].name)) {
                void *object[1] = {OBJECTS[i].table};
                ITypeInfo *type;
                fail("GetTypeInfoOfGuid", ITypeLib_GetTypeInfoOfGuid(library, OBJECTS[i].identifier, &type));
                if (!strcmp(fields[0], "names"))
                    tell_names(type, fields + 2, found - 2);
                else
                    tell_invocation(type, object, fields + 2, found - 2);
                ITypeInfo_Release(type);
            }
    }
    return 0;
}
