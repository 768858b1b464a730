/* Tells what is in a type library, as oleaut32 reads it: one line for each thing, fields parted by tabs.
 *
 * library  name  identifier  version  system
 * type     kind  name  identifier  flags  size
 * implements   name                                       (the type before it)
 * function     number  kind  offset  flags  name  result
 * parameter    flags  type  name  default                 (the function before it)
 * constant     name  value
 * field        type  offset  name
 *
 * Types are spelt out: aliases by what they stand for, PTR(x), ARRAY(x), and others by their names.
 */
#define COBJMACROS
#include <stdio.h>
#include <windows.h>
#include <ole2.h>

static const char *const KINDS[] = {"enum", "record", "module", "interface", "dispatch", "coclass", "alias", "union"};

static void fail(const char *what, HRESULT code)
{
    if (SUCCEEDED(code))
        return;
    fprintf(stderr, "%s: %08lx\n", what, (unsigned long)code);
    ExitProcess(1);
}

static void put(const WCHAR *text)
{
    for (; text && *text; text++)
        putchar(*text < 127 ? (char)*text : '?');
}

static void put_identifier(const GUID *identifier)
{
    WCHAR text[40];
    StringFromGUID2(identifier, text, 40);
    put(text);
}

static BSTR name_of(ITypeInfo *type)
{
    BSTR name = NULL;
    fail("GetDocumentation", ITypeInfo_GetDocumentation(type, MEMBERID_NIL, &name, NULL, NULL, NULL));
    return name;
}

static void put_name(ITypeInfo *type)
{
    BSTR name = name_of(type);
    put(name);
    SysFreeString(name);
}

static void put_type(ITypeInfo *owner, const TYPEDESC *desc)
{
    static const struct { VARTYPE type; const char *name; } simple[] = {
        {VT_I2, "I2"}, {VT_I4, "I4"}, {VT_I8, "I8"}, {VT_UI1, "UI1"}, {VT_UI2, "UI2"}, {VT_UI4, "UI4"},
        {VT_UI8, "UI8"}, {VT_INT, "INT"}, {VT_UINT, "UINT"}, {VT_INT_PTR, "INT_PTR"}, {VT_UINT_PTR, "UINT_PTR"},
        {VT_BSTR, "BSTR"}, {VT_HRESULT, "HRESULT"}, {VT_VOID, "VOID"}, {VT_UNKNOWN, "IUnknown"},
        {VT_DISPATCH, "IDispatch"}, {VT_VARIANT, "VARIANT"}, {VT_LPWSTR, "LPWSTR"}};
    unsigned i;

    if (desc->vt == VT_PTR || desc->vt == VT_SAFEARRAY) {
        printf(desc->vt == VT_PTR ? "PTR(" : "ARRAY(");
        put_type(owner, desc->lptdesc);
        putchar(')');
    } else if (desc->vt == VT_USERDEFINED) {
        ITypeInfo *meant;
        TYPEATTR *attributes;
        BSTR name;
        fail("GetRefTypeInfo", ITypeInfo_GetRefTypeInfo(owner, desc->hreftype, &meant));
        fail("GetTypeAttr", ITypeInfo_GetTypeAttr(meant, &attributes));
        name = name_of(meant);
        if (attributes->typekind == TKIND_ALIAS && lstrcmpW(name, L"GUID")) /* what that stands for has no name */
            put_type(meant, &attributes->tdescAlias);
        else
            put(name);
        SysFreeString(name);
        ITypeInfo_ReleaseTypeAttr(meant, attributes);
        ITypeInfo_Release(meant);
    } else {
        for (i = 0; i < ARRAYSIZE(simple); i++)
            if (simple[i].type == desc->vt) {
                printf("%s", simple[i].name);
                return;
            }
        printf("VT%d", desc->vt);
    }
}

static void put_default(const ELEMDESC *parameter)
{
    VARIANT *value, text;

    if (!(parameter->paramdesc.wParamFlags & PARAMFLAG_FHASDEFAULT)) {
        putchar('-');
        return;
    }
    value = &parameter->paramdesc.pparamdescex->varDefaultValue;
    VariantInit(&text);
    if (V_VT(value) == VT_BSTR) {
        putchar('"');
        put(V_BSTR(value));
        putchar('"');
    } else {
        fail("VariantChangeType", VariantChangeType(&text, value, 0, VT_BSTR));
        put(V_BSTR(&text));
        VariantClear(&text);
    }
}

static void put_function(ITypeInfo *type, UINT index)
{
    FUNCDESC *function;
    BSTR names[32];
    UINT count, i;

    fail("GetFuncDesc", ITypeInfo_GetFuncDesc(type, index, &function));
    fail("GetNames", ITypeInfo_GetNames(type, function->memid, names, 32, &count));
    printf("function\t%ld\t%d\t%d\t%d\t", (long)function->memid, function->invkind, function->oVft,
           function->wFuncFlags);
    put(names[0]);
    printf("\t");
    put_type(type, &function->elemdescFunc.tdesc);
    printf("\n");
    for (i = 0; i < (UINT)function->cParams; i++) {
        printf("parameter\t%d\t", function->lprgelemdescParam[i].paramdesc.wParamFlags);
        put_type(type, &function->lprgelemdescParam[i].tdesc);
        printf("\t");
        put(i + 1 < count ? names[i + 1] : NULL);
        printf("\t");
        put_default(&function->lprgelemdescParam[i]);
        printf("\n");
    }
    for (i = 0; i < count; i++)
        SysFreeString(names[i]);
    ITypeInfo_ReleaseFuncDesc(type, function);
}

static void put_variable(ITypeInfo *type, UINT index)
{
    VARDESC *variable;
    BSTR name;
    UINT count;

    fail("GetVarDesc", ITypeInfo_GetVarDesc(type, index, &variable));
    fail("GetNames", ITypeInfo_GetNames(type, variable->memid, &name, 1, &count));
    if (variable->varkind == VAR_CONST) {
        printf("constant\t");
        put(name);
        printf("\t%ld\n", (long)V_I4(variable->lpvarValue));
    } else {
        printf("field\t");
        put_type(type, &variable->elemdescVar.tdesc);
        printf("\t%lu\t", (unsigned long)variable->oInst);
        put(name);
        printf("\n");
    }
    SysFreeString(name);
    ITypeInfo_ReleaseVarDesc(type, variable);
}

static void put_described(ITypeInfo *type)
{
    TYPEATTR *attributes;
    UINT i;

    fail("GetTypeAttr", ITypeInfo_GetTypeAttr(type, &attributes));
    printf("type\t%s\t", KINDS[attributes->typekind]);
    put_name(type);
    printf("\t");
    put_identifier(&attributes->guid);
    printf("\t%d\t%lu\n", attributes->wTypeFlags, (unsigned long)attributes->cbSizeInstance);
    for (i = 0; i < attributes->cImplTypes; i++) {
        HREFTYPE reference;
        ITypeInfo *implemented;
        fail("GetRefTypeOfImplType", ITypeInfo_GetRefTypeOfImplType(type, i, &reference));
        fail("GetRefTypeInfo", ITypeInfo_GetRefTypeInfo(type, reference, &implemented));
        printf("implements\t");
        put_name(implemented);
        printf("\n");
        ITypeInfo_Release(implemented);
    }
    for (i = 0; i < attributes->cFuncs; i++)
        put_function(type, i);
    for (i = 0; i < attributes->cVars; i++)
        put_variable(type, i);
    ITypeInfo_ReleaseTypeAttr(type, attributes);
}

int main(int count, char **arguments)
{
    WCHAR path[MAX_PATH];
    ITypeLib *library;
    TLIBATTR *attributes;
    BSTR name;
    UINT i;

    if (count != 2)
        return 2;
    MultiByteToWideChar(CP_UTF8, 0, arguments[1], -1, path, MAX_PATH);
    fail("LoadTypeLibEx", LoadTypeLibEx(path, REGKIND_NONE, &library));
    fail("GetLibAttr", ITypeLib_GetLibAttr(library, &attributes));
    fail("GetDocumentation", ITypeLib_GetDocumentation(library, -1, &name, NULL, NULL, NULL));
    printf("library\t");
    put(name);
    printf("\t");
    put_identifier(&attributes->guid);
    printf("\t%d.%d\t%d\n", attributes->wMajorVerNum, attributes->wMinorVerNum, attributes->syskind);
    for (i = 0; i < ITypeLib_GetTypeInfoCount(library); i++) {
        ITypeInfo *type;
        fail("GetTypeInfo", ITypeLib_GetTypeInfo(library, i, &type));
        put_described(type);
        ITypeInfo_Release(type);
    }
    return 0;
}
