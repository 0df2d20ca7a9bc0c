/* Tokens of accounts and secrets of API keys: making, rotating and comparing them. What the store
 * keeps is a hash, and for a while the one before it. Any thread.
 */
#ifndef CLOUD_KEYS_CREDENTIAL_H
#define CLOUD_KEYS_CREDENTIAL_H

#include "cloud/store/store.h"

/* Makes a new one and writes it into text, which holds size - 1 hexadecimal digits and a NUL; the
 * old one, if any, stays good for grace_s seconds. The caller writes the record. */
void credential_renew(struct store_credential *credential, long grace_s, char *text, size_t size);

/* Whether the text fits, or the old one while that has not expired. Constant time for a given
 * number of hashes. */
bool credential_fits(const struct store_credential *credential, const char *text);

#endif
