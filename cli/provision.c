// devices provision: a key made here, a certificate from the cloud, one identity file.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/output.h"
#include "formats/identity.h"

struct certificates {
    uint8_t device[IDENTITY_CERTIFICATE_MAX];
    uint8_t ca[IDENTITY_CERTIFICATE_MAX];
};

static bool copy_text(char *to, size_t size, const char *text)
{
    return text != NULL && snprintf(to, size, "%s", text) < (int)size;
}

static bool hex_point(const char *text, uint8_t point[IDENTITY_POINT_SIZE])
{
    if (text == NULL || strlen(text) != 2 * IDENTITY_POINT_SIZE ||
        strspn(text, "0123456789abcdefABCDEF") != 2 * IDENTITY_POINT_SIZE) {
        return false;
    }
    for (size_t i = 0; i < IDENTITY_POINT_SIZE; i++) {
        char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};
        point[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return true;
}

static bool take_signers(const json_t *answer, struct identity *identity)
{
    const json_t *signers = json_object_get(answer, "manifest_signers");
    size_t count = json_array_size(signers);
    if (count == 0 || count > IDENTITY_SIGNERS_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!hex_point(json_string_value(json_array_get(signers, i)), identity->signers[i])) {
            return false;
        }
    }
    identity->signer_count = (uint8_t)count;
    return true;
}

static uint16_t take_certificate(const json_t *answer, const char *field, uint8_t *der)
{
    const char *pem = json_string_value(json_object_get(answer, field));
    return pem == NULL
               ? 0
               : (uint16_t)key_certificate_der(pem, strlen(pem), der, IDENTITY_CERTIFICATE_MAX);
}

// The answer of the cloud, and what the command line says instead, into the record.
static bool fill_identity(const struct cli *cli, const json_t *answer, unsigned long port,
                          struct identity *identity, struct certificates *certificates)
{
    const char *host = cli_value(cli, "gateway-host");
    if (host == NULL) {
        host = json_string_value(json_object_get(answer, "gateway_host"));
    }
    if (port == 0) {
        port = (unsigned long)json_integer_value(json_object_get(answer, "gateway_port"));
    }
    identity->server_port = (uint16_t)port;
    identity->device_certificate = certificates->device;
    identity->ca_certificate = certificates->ca;
    identity->device_certificate_size =
        take_certificate(answer, "certificate", certificates->device);
    identity->ca_certificate_size = take_certificate(answer, "ca_certificate", certificates->ca);
    return port > 0 && port <= UINT16_MAX && identity->device_certificate_size > 0 &&
           identity->ca_certificate_size > 0 && take_signers(answer, identity) &&
           copy_text(identity->device_id, sizeof identity->device_id,
                     json_string_value(json_object_get(answer, "sid"))) &&
           copy_text(identity->server_host, sizeof identity->server_host, host) &&
           copy_text(identity->server_name, sizeof identity->server_name,
                     json_string_value(json_object_get(answer, "server_name")));
}

static int write_identity(const struct cli *cli, const json_t *answer, const key_pair *key,
                          unsigned long port, const char *path)
{
    static struct certificates certificates;
    uint8_t record[IDENTITY_SIZE];
    struct identity identity = {0};
    int status;
    if (!fill_identity(cli, answer, port, &identity, &certificates) ||
        !key_scalar(key, identity.private_key) ||
        identity_encode(&identity, record) != IDENTITY_OK) {
        status = out_fail(cli, CLI_FAILED, "bad_answer", "check --gateway-host and --gateway-port",
                          "the identity cannot be made from what the cloud answered");
    } else {
        status = file_write(cli, path, record, sizeof record, 0600);
    }
    explicit_bzero(&identity, sizeof identity);
    explicit_bzero(record, sizeof record);
    return status;
}

static int request_certificate(const struct cli *cli, key_pair *key, json_t **answer)
{
    char *csr = key_signing_request_pem(key);
    if (csr == NULL) {
        return out_fail(cli, CLI_FAILED, "key", NULL, "the signing request cannot be made");
    }
    struct http_request request = {
        .method = "POST",
        .path = "/ext/v1/devices",
        .dry_run_path = "/v1/Devices?PageSize=1",
        .fields = {{"Csr", csr}, {"UniqueName", cli_value(cli, "unique-name")}}};
    int status = api_call(cli, &request, answer);
    key_text_free(csr);
    return status;
}

static int show_device(const struct cli *cli, const json_t *answer, const char *path)
{
    const char *sid = json_string_value(json_object_get(answer, "sid"));
    json_t *json = json_pack("{s:s, s:O?, s:s}", "sid", sid, "unique_name",
                             json_object_get(answer, "unique_name"), "identity", path);
    out_done(cli, json, "Made device %s; its identity (secret) is in %s", sid, path);
    json_decref(json);
    return CLI_OK;
}

int command_devices_provision(struct cli *cli)
{
    const char *path = cli_value(cli, "identity-out");
    unsigned long port;
    if (path == NULL) {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor devices provision --help'",
                        "usage: --identity-out FILE is needed");
    }
    if (!cli_number(cli, "gateway-port", 1, 65535, 0, &port)) {
        return CLI_USAGE;
    }
    if (!cli_switch(cli, "force") && access(path, F_OK) == 0) {
        return out_fail(cli, CLI_FAILED, "exists", "choose another file, or give --force",
                        "'%s' exists; overwriting it would lose a device's key", path);
    }
    key_pair *key = key_generate();
    if (key == NULL) {
        return out_fail(cli, CLI_FAILED, "key", NULL, "a key cannot be made");
    }
    json_t *answer = NULL;
    int status = request_certificate(cli, key, &answer);
    if (status == CLI_OK) {
        status = write_identity(cli, answer, key, port, path);
    }
    if (status == CLI_OK) {
        status = show_device(cli, answer, path);
    }
    json_decref(answer);
    key_free(key);
    return status;
}
