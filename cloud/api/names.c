/* Unique names: see names.h. */
#include "cloud/api/names.h"

#include <string.h>

#include "cloud/store/store.h"
#include "formats/tunnel.h"

bool name_take(const char *value, char *out)
{
    size_t length = strlen(value);
    if (length > STORE_NAME_BYTES)
        return false;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7F)
            return false;
    }
    if (length == 34 && value[0] >= 'A' && value[0] <= 'Z' && value[1] >= 'A' && value[1] <= 'Z' &&
        tunnel_sid_valid(value, value))
        return false;
    memcpy(out, value, length + 1);
    return true;
}
