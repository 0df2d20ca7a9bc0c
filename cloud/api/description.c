/* The OpenAPI description of the extensions, openapi-ext-v1.json, as a part of the program. */
#include "cloud/api/extensions.h"

#include <string.h>

#include "cloud/base/memory.h"

extern const char description_json[];

__asm__(".pushsection .rodata\n"
        ".global description_json\n"
        "description_json:\n"
        ".incbin \"" DESCRIPTION_FILE "\"\n"
        ".byte 0\n"
        ".popsection\n");

void extension_description(struct request *request)
{
    request_answer(request, 200, NULL);
    request->text = (char *)memory_copy(description_json, strlen(description_json));
    request->text_type = "application/json";
}
