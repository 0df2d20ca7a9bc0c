/* The system calls of Microvisor, as applications see them.
 *
 * The entry points lie at fixed addresses (abi/slots.def), so an application links once and for
 * ever. Every call answers an enum MvStatus; results are written through pointers into memory of
 * the application. Calls are made from thread mode; those that may not be used in an interrupt
 * handler answer MV_STATUS_UNAVAILABLE there. Sizes and offsets are fixed by abi/tables and checked
 * by abi/checks. Enumerations that end at 0xff are one byte wide (-fshort-enums).
 */
#ifndef MV_SYSCALLS_H
#define MV_SYSCALLS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Handles: 32 bits, never 0, unique while the resource lives. */
typedef uint32_t MvNotificationHandle;
typedef uint32_t MvNetworkHandle;
typedef uint32_t MvChannelHandle;
typedef uint32_t MvSystemEventHandle;
typedef uint32_t MvExternalFlashHandle;

/* Answer of every call. Zero: the request was accepted. */
enum MvStatus {
    MV_STATUS_OKAY = 0x0,
    MV_STATUS_TIMENOTSET = 0x1,                  /* wall time is not known yet */
    MV_STATUS_PARAMETERFAULT = 0x2,              /* a pointer the application may not use */
    MV_STATUS_INVALIDBUFFERSIZE = 0x3,           /* bad size, or no room */
    MV_STATUS_PERIPHERALACCESSFAULT = 0x4,       /* register not reachable this way */
    MV_STATUS_BUFFERALREADYINUSE = 0x5,          /* another centre has this memory */
    MV_STATUS_INVALIDINTERRUPT = 0x6,            /* interrupt not usable here */
    MV_STATUS_INVALIDHANDLE = 0x7,               /* unknown handle, or of another type */
    MV_STATUS_TOOMANYNOTIFICATIONBUFFERS = 0x8,  /* all 32 centres are in use */
    MV_STATUS_INVALIDVECTOR = 0x9,               /* vector not in non-secure memory */
    MV_STATUS_UNAVAILABLE = 0xa,                 /* not available now, here, or in this kernel */
    MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION = 0xb, /* the version field is not 1 */
    MV_STATUS_TOOMANYCHANNELS = 0xc,             /* all channels (or handles) are in use */
    MV_STATUS_UNKNOWNCHANNELENDPOINT = 0xd,
    MV_STATUS_UNKNOWNCHANNELTYPE = 0xe,
    MV_STATUS_CHANNELCLOSED = 0xf,
    MV_STATUS_NETWORKNOTCONNECTED = 0x10,
    MV_STATUS_RATELIMITED = 0x11,            /* too often; retry later */
    MV_STATUS_INVALIDBUFFERALIGNMENT = 0x12, /* bad alignment */
    MV_STATUS_LATEFAULT = 0x13,              /* bad pointer met half-way; close the channel */
    MV_STATUS_RESPONSENOTPRESENT = 0x14,     /* nothing has arrived yet */
    MV_STATUS_INDEXINVALID = 0x15,
    MV_STATUS_OFFSETINVALID = 0x16,
    MV_STATUS_REQUESTALREADYSENT = 0x17,
    MV_STATUS_REQUESTUNSUCCESSFUL = 0x18,
    MV_STATUS_LOGMESSAGETOOLONG = 0x19,       /* longer than the kernel or the buffer takes */
    MV_STATUS_LOGGINGDISABLEDBYSERVER = 0x1a, /* the cloud switched logging off */
    MV_STATUS_TOOMANYCONFIGKEYS = 0x1b,
    MV_STATUS_UNKNOWNCONFIGSTORE = 0x1c,
    MV_STATUS_UNKNOWNCONFIGSCOPE = 0x1d,
    MV_STATUS_INVALIDCONFIGKEY = 0x1e, /* printable ASCII only */
    MV_STATUS_INVALIDAUTHENTICATION = 0x1f,
    MV_STATUS_WRONGDATAREQUESTED = 0x20,
    MV_STATUS_INTERNALERROR = 0x21,
    MV_STATUS_TOOMANYELEMENTS = 0x22,
    MV_STATUS_REQUIREDELEMENTMISSING = 0x23,
    MV_STATUS_MICROVISORBUSY = 0x24,    /* kernel work would be interrupted */
    MV_STATUS_ADDRESSOUTOFRANGE = 0x25, /* beyond the end */
    MV_STATUS_INPUTTOOLONG = 0x26,      /* longer than allowed */
    MV_STATUS__MAX = 0xffffffff
};

/* What a notification tells. */
enum MvEventType {
    MV_EVENTTYPE_NOEVENT = 0x0,
    MV_EVENTTYPE_NETWORKSTATUSCHANGED = 0x1,
    MV_EVENTTYPE_CHANNELDATAREADABLE = 0x2,
    MV_EVENTTYPE_CHANNELDATAWRITESPACE = 0x3,
    MV_EVENTTYPE_CHANNELNOTCONNECTED = 0x4,
    MV_EVENTTYPE_UPDATEDOWNLOADED = 0x5,
    MV_EVENTTYPE__MAX = 0xffffffff
};

/* State of the connection to the cloud. */
enum MvNetworkStatus {
    MV_NETWORKSTATUS_DELIBERATELYOFFLINE = 0x0,
    MV_NETWORKSTATUS_CONNECTED = 0x1,
    MV_NETWORKSTATUS_CONNECTING = 0x2,
    MV_NETWORKSTATUS_DISCONNECTEDWITHLINKUP = 0x3,
    MV_NETWORKSTATUS__MAX = 0xffffffff
};

/* Bits: why the kernel wants, or may not have, a connection. */
enum MvNetworkReason {
    MV_NETWORKREASON_NOTCONNECTING = 0x0,
    MV_NETWORKREASON_USINGNETWORK = 0x1,
    MV_NETWORKREASON_NEVERUSEDNETWORKAPI = 0x2,
    MV_NETWORKREASON_MINIMUMCHECKINEXPIRED = 0x4,
    MV_NETWORKREASON_RTCNOTSET = 0x8,
    MV_NETWORKREASON_KERNELERROR = 0x10,
    MV_NETWORKREASON_APPLICATIONERROR = 0x20,
    MV_NETWORKREASON_COLDBOOTCONNECTION = 0x40,
    MV_NETWORKREASON_FETCHINGUPDATE = 0x80,
    MV_NETWORKREASON_DEBUGGERATTACHED = 0x100,
    MV_NETWORKREASON_NOAPPLICATIONCODE = 0x200,
    MV_NETWORKREASON_ENHANCECALM = 0x800,
    MV_NETWORKREASON__MAX = 0xffffffff
};

/* Kinds of channels. */
enum MvChannelType {
    MV_CHANNELTYPE_OPAQUEBYTES = 0x0,
    MV_CHANNELTYPE_MQTT = 0x1,
    MV_CHANNELTYPE_HTTP = 0x2,
    MV_CHANNELTYPE_CONFIGFETCH = 0x3,
    MV_CHANNELTYPE__MAX = 0xffffffff
};

/* Why a channel is closed. */
enum MvClosureReason {
    MV_CLOSUREREASON_NONE = 0x0,
    MV_CLOSUREREASON_CHANNELCLOSEDBYSERVER = 0x1,
    MV_CLOSUREREASON_CHANNELRESETBYSERVER = 0x2,
    MV_CLOSUREREASON_NETWORKDISCONNECTED = 0x3,
    MV_CLOSUREREASON_CONNECTIONTERMINATED = 0x4,
    MV_CLOSUREREASON_NOTYETOPEN = 0x5,
    MV_CLOSUREREASON_CLOSEDBYAPPLICATION = 0x6,
    MV_CLOSUREREASON_UNEXPECTEDLYTERMINATED = 0x7,
    MV_CLOSUREREASON__MAX = 0xffffffff
};

/* How an HTTP request ended. */
enum MvHttpResult {
    MV_HTTPRESULT_OK = 0x0,
    MV_HTTPRESULT_UNSUPPORTEDURISCHEME = 0x1,
    MV_HTTPRESULT_UNSUPPORTEDMETHOD = 0x2,
    MV_HTTPRESULT_INVALIDHEADERS = 0x3,
    MV_HTTPRESULT_INVALIDTIMEOUT = 0x4,
    MV_HTTPRESULT_REQUESTFAILED = 0x5,
    MV_HTTPRESULT_RESPONSETOOLARGE = 0x6,
    MV_HTTPRESULT__MAX = 0xffffffff
};

/* Whose key-value store. */
enum MvConfigKeyFetchScope {
    MV_CONFIGKEYFETCHSCOPE_ACCOUNT = 0x0,
    MV_CONFIGKEYFETCHSCOPE_DEVICE = 0x1,
    MV_CONFIGKEYFETCHSCOPE__MAX = 0xffffffff
};

/* Which key-value store. */
enum MvConfigKeyFetchStore {
    MV_CONFIGKEYFETCHSTORE_SECRET = 0x0,
    MV_CONFIGKEYFETCHSTORE_CONFIG = 0x1,
    MV_CONFIGKEYFETCHSTORE__MAX = 0xffffffff
};

/* How a whole config fetch ended. */
enum MvConfigFetchResult {
    MV_CONFIGFETCHRESULT_OK = 0x0,
    MV_CONFIGFETCHRESULT_RESPONSETOOLARGE = 0x1,
    MV_CONFIGFETCHRESULT__MAX = 0xffffffff
};

/* How the fetch of one key ended. */
enum MvConfigKeyFetchResult {
    MV_CONFIGKEYFETCHRESULT_OK = 0x0,
    MV_CONFIGKEYFETCHRESULT_KEYNOTFOUND = 0x1,
    MV_CONFIGKEYFETCHRESULT_SERVERERROR = 0x2,
    MV_CONFIGKEYFETCHRESULT__MAX = 0xffffffff
};

/* What waits to be read on an MQTT channel. */
enum MvMqttReadableDataType {
    MV_MQTTREADABLEDATATYPE_NONE = 0x0,
    MV_MQTTREADABLEDATATYPE_MESSAGERECEIVED = 0x1,
    MV_MQTTREADABLEDATATYPE_MESSAGELOST = 0x2,
    MV_MQTTREADABLEDATATYPE_CONNECTRESPONSE = 0x3,
    MV_MQTTREADABLEDATATYPE_SUBSCRIBERESPONSE = 0x4,
    MV_MQTTREADABLEDATATYPE_UNSUBSCRIBERESPONSE = 0x5,
    MV_MQTTREADABLEDATATYPE_PUBLISHRESPONSE = 0x6,
    MV_MQTTREADABLEDATATYPE_DISCONNECTRESPONSE = 0x7,
    MV_MQTTREADABLEDATATYPE__MAX = 0xffffffff
};

/* MQTT versions. */
enum MvMqttProtocolVersion {
    MV_MQTTPROTOCOLVERSION_V3_1_1 = 0x0,
    MV_MQTTPROTOCOLVERSION_V5 = 0x1,
    MV_MQTTPROTOCOLVERSION__MAX = 0xffffffff
};

/* How to log in to a broker. One byte wide. */
enum MvMqttAuthenticationMethod {
    MV_MQTTAUTHENTICATIONMETHOD_NONE = 0x0,
    MV_MQTTAUTHENTICATIONMETHOD_USERNAMEPASSWORD = 0x1,
    MV_MQTTAUTHENTICATIONMETHOD__MAX = 0xff
};

/* How an MQTT request ended. */
enum MvMqttRequestState {
    MV_MQTTREQUESTSTATE_REQUESTCOMPLETED = 0x0,
    MV_MQTTREQUESTSTATE_INVALIDPARAMETERS = 0x1,
    MV_MQTTREQUESTSTATE_ALREADYCONNECTED = 0x2,
    MV_MQTTREQUESTSTATE_NOTCONNECTED = 0x3,
    MV_MQTTREQUESTSTATE_NXDOMAIN = 0x4,
    MV_MQTTREQUESTSTATE_UNKNOWNCA = 0x5,
    MV_MQTTREQUESTSTATE_CERTIFICATEEXPIRED = 0x6,
    MV_MQTTREQUESTSTATE_SOCKETERROR = 0x7,
    MV_MQTTREQUESTSTATE_CONNECTIONCIRCUITBREAKER = 0x8,
    MV_MQTTREQUESTSTATE__MAX = 0xffffffff
};

/* Why a message could not be delivered. */
enum MvMqttLostMessageReason {
    MV_MQTTLOSTMESSAGEREASON_DEVICERECEIVEBUFFERTOOSMALL = 0x0,
    MV_MQTTLOSTMESSAGEREASON__MAX = 0xffffffff
};

/* Modes that keep memory and return from the call. One byte wide. */
enum MvPowerSavingMode {
    MV_POWERSAVINGMODE_SLEEP = 0x0,
    MV_POWERSAVINGMODE_STOP0 = 0x1,
    MV_POWERSAVINGMODE_STOP1 = 0x2,
    MV_POWERSAVINGMODE_STOP2 = 0x3,
    MV_POWERSAVINGMODE_STOP3 = 0x4,
    MV_POWERSAVINGMODE__MAX = 0xff
};

/* System-wide sources of notifications. */
enum MvSystemNotificationSource {
    MV_SYSTEMNOTIFICATIONSOURCE_NETWORK = 0x0,
    MV_SYSTEMNOTIFICATIONSOURCE_UPDATE = 0x1,
    MV_SYSTEMNOTIFICATIONSOURCE__MAX = 0xffffffff
};

/* Modes that end in a restart. One byte wide. */
enum MvDeepSleepMode {
    MV_DEEPSLEEPMODE_STANDBY = 0x0,
    MV_DEEPSLEEPMODE_SHUTDOWN = 0x1,
    MV_DEEPSLEEPMODE__MAX = 0xff
};

/* Why the application was started. One byte wide. */
enum MvWakeReason {
    MV_WAKEREASON_COLDBOOT = 0x0,
    MV_WAKEREASON_REMOTEMICROVISORRESTART = 0x1,
    MV_WAKEREASON_REMOTEAPPLICATIONRESTART = 0x2,
    MV_WAKEREASON_DEBUGGERRESTART = 0x3,
    MV_WAKEREASON_MICROVISORCRASH = 0x4,
    MV_WAKEREASON_MICROVISORWATCHDOG = 0x5,
    MV_WAKEREASON_MICROVISOROUTOFMEMORY = 0x6,
    MV_WAKEREASON_MICROVISORERROR = 0x7,
    MV_WAKEREASON_APPLICATIONCRASH = 0x8,
    MV_WAKEREASON_APPLICATIONUPDATE = 0x9,
    MV_WAKEREASON_MICROVISORUPDATE = 0xa,
    MV_WAKEREASON_OPTIONBYTES = 0xb,
    MV_WAKEREASON_DEEPSLEEPCHECKIN = 0xc,
    MV_WAKEREASON_DEEPSLEEPAPPLICATION = 0xd,
    MV_WAKEREASON_DEEPSLEEPMODEM = 0xe,
    MV_WAKEREASON_DEEPSLEEPAPPLICATIONRTC = 0xf,
    MV_WAKEREASON_DEEPSLEEPOTHER = 0x10,
    MV_WAKEREASON__MAX = 0xff
};

/* Kinds of restart. */
enum MvRestartMode { MV_RESTARTMODE_AUTOAPPLYUPDATE = 0x0, MV_RESTARTMODE__MAX = 0xffffffff };

/* What to do with Wi-Fi credentials. One byte wide. */
enum MvWifiConfigMode {
    MV_WIFICONFIGMODE_APPLYNOW = 0x0,
    MV_WIFICONFIGMODE_CLEARNOW = 0x1,
    MV_WIFICONFIGMODE__MAX = 0xff
};

/* One record of a notification centre's ring. Clear event_type after consuming it. */
struct MvNotification {
    uint64_t microseconds;
    enum MvEventType event_type;
    uint32_t tag;
};

/* A notification centre: interrupt to pend, and the ring (>= 32 bytes, multiple of 16). */
struct MvNotificationSetup {
    uint32_t irq;
    struct MvNotification *buffer;
    uint32_t buffer_size;
};

/* Parameters of mvRequestNetwork(); version is 1. */
struct MvRequestNetworkParams {
    uint32_t version;
    struct {
        MvNotificationHandle notification_handle;
        uint32_t notification_tag;
    } v1;
};

/* Bytes with a length; no terminator needed. */
struct MvSizedString {
    const uint8_t *data;
    uint32_t length;
};

/* Parameters of mvOpenChannel(); version is 1. Buffers: 512-byte aligned, multiples of 512. */
struct MvOpenChannelParams {
    uint32_t version;
    struct {
        MvNotificationHandle notification_handle;
        uint32_t notification_tag;
        MvNetworkHandle network_handle;
        uint8_t *receive_buffer;
        uint32_t receive_buffer_len;
        uint8_t *send_buffer;
        uint32_t send_buffer_len;
        enum MvChannelType channel_type;
        struct MvSizedString endpoint;
    } v1;
};

/* One header line "Name: value" without line end. */
struct MvHttpHeader {
    uint32_t length;
    const uint8_t *data;
};

/* An HTTP request. At most 32 headers; timeout 5,000 to 10,000 ms. */
struct MvHttpRequest {
    struct MvSizedString method;
    struct MvSizedString url;
    uint32_t num_headers;
    const struct MvHttpHeader *headers;
    struct MvSizedString body;
    uint32_t timeout_ms;
};

/* What came back for a request. */
struct MvHttpResponseData {
    enum MvHttpResult result;
    uint32_t status_code;
    uint32_t num_headers;
    uint32_t body_length;
};

/* One key to look up. */
struct MvConfigKeyToFetch {
    enum MvConfigKeyFetchScope scope;
    enum MvConfigKeyFetchStore store;
    struct MvSizedString key;
};

/* The keys to look up. */
struct MvConfigKeyFetchParams {
    uint32_t num_items;
    const struct MvConfigKeyToFetch *keys_to_fetch;
};

/* Answer to a config fetch; items come in the order of the request. */
struct MvConfigResponseData {
    enum MvConfigFetchResult result;
    uint32_t num_items;
};

/* Memory to fill, and where to write the length filled. */
struct MvSizedStringBuffer {
    uint8_t *data;
    uint32_t size;
    uint32_t *length;
};

/* Which item to read, and where to. */
struct MvConfigResponseReadItemParams {
    uint32_t item_index;
    enum MvConfigKeyFetchResult *result;
    struct MvSizedStringBuffer buf;
};

/* Credentials for an MQTT broker. */
struct MvUsernamePassword {
    struct MvSizedString username;
    struct MvSizedString password;
};

/* How to log in to an MQTT broker. */
struct MvMqttAuthentication {
    enum MvMqttAuthenticationMethod method;
    struct MvUsernamePassword username_password;
};

/* DER certificates, at most 8. */
struct MvTlsCertificateChain {
    uint32_t num_certs;
    const struct MvSizedString *certs;
};

/* Client certificates and their PKCS#8 DER key. */
struct MvOwnTlsCertificateChain {
    struct MvTlsCertificateChain chain;
    struct MvSizedString key;
};

/* Certificates for a TLS connection. */
struct MvTlsCredentials {
    struct MvTlsCertificateChain cacert;
    struct MvOwnTlsCertificateChain clientcert;
};

/* Message that the broker sends when the client vanishes. */
struct MvMqttWill {
    struct MvSizedString topic;
    struct MvSizedString payload;
    uint32_t qos;
    uint8_t retain;
};

/* Parameters of mvMqttRequestConnect(). */
struct MvMqttConnectRequest {
    enum MvMqttProtocolVersion protocol_version;
    struct MvSizedString host;
    uint16_t port;
    struct MvSizedString clientid;
    struct MvMqttAuthentication authentication;
    const struct MvTlsCredentials *tls_credentials;
    uint32_t keepalive;
    uint8_t clean_start;
    const struct MvMqttWill *will;
};

/* Answer to mvMqttRequestConnect(). */
struct MvMqttConnectResponse {
    enum MvMqttRequestState request_state;
    uint32_t reason_code;
};

/* One topic filter; nl, rap and rh are for MQTT 5 only. */
struct MvMqttSubscription {
    struct MvSizedString topic;
    uint32_t desired_qos;
    uint32_t nl;
    uint32_t rap;
    uint32_t rh;
};

/* Parameters of mvMqttRequestSubscribe(); at most 8 subscriptions. */
struct MvMqttSubscribeRequest {
    uint32_t correlation_id;
    const struct MvMqttSubscription *subscriptions;
    uint32_t num_subscriptions;
};

/* Where to write the answer to mvMqttRequestSubscribe(). */
struct MvMqttSubscribeResponse {
    enum MvMqttRequestState *request_state;
    uint32_t *correlation_id;
    uint32_t *reason_codes;
    uint32_t reason_codes_size;
    uint32_t *reason_codes_len;
};

/* Parameters of mvMqttRequestUnsubscribe(); at most 8 topics. */
struct MvMqttUnsubscribeRequest {
    uint32_t correlation_id;
    const struct MvSizedString *topics;
    uint32_t num_topics;
};

/* Where to write the answer to mvMqttRequestUnsubscribe(). */
struct MvMqttUnsubscribeResponse {
    enum MvMqttRequestState *request_state;
    uint32_t *correlation_id;
    uint32_t *reason_codes;
    uint32_t reason_codes_size;
    uint32_t *reason_codes_len;
};

/* Parameters of mvMqttRequestPublish(). */
struct MvMqttPublishRequest {
    uint32_t correlation_id;
    struct MvSizedString topic;
    struct MvSizedString payload;
    uint32_t desired_qos;
    uint32_t retain;
};

/* Answer to mvMqttRequestPublish(). */
struct MvMqttPublishResponse {
    enum MvMqttRequestState request_state;
    uint32_t correlation_id;
    uint32_t reason_code;
};

/* Where to write a received message. */
struct MvMqttMessage {
    uint32_t *correlation_id;
    struct MvSizedStringBuffer topic;
    struct MvSizedStringBuffer payload;
    uint32_t *qos;
    uint8_t *retain;
};

/* Where to write what is known of a message that did not fit. */
struct MvMqttLostMessageInfo {
    enum MvMqttLostMessageReason *reason;
    struct MvSizedStringBuffer topic;
    uint32_t *message_len;
};

/* Answer to mvMqttRequestDisconnect(), or the broker's own disconnect. */
struct MvMqttDisconnectResponse {
    enum MvMqttRequestState request_state;
    uint32_t disconnect_code;
};

/* Parameters of mvOpenSystemNotification(). */
struct MvOpenSystemNotificationParams {
    MvNotificationHandle notification_handle;
    uint32_t notification_tag;
    enum MvSystemNotificationSource notification_source;
};

/* The application's part of the external flash; the caller sets version to 1. */
struct MvExternalFlashInfo {
    uint32_t version;
    struct {
        uint32_t chip_id;
        uint32_t size;
        uint32_t num_handles;
    } v1;
};

/* Parameters of mvSetWifiConfig(); version is 1. */
struct MvWifiConfig {
    uint32_t version;
    struct {
        enum MvWifiConfigMode config_mode;
        struct MvSizedString wifi_ssid;
        struct MvSizedString wifi_password;
    } v1;
};

/* Parameters of mvGetWifiConfig(); version is 1. */
struct MvWifiConfigOut {
    uint32_t version;
    struct {
        struct MvSizedStringBuffer ssid;
        uint8_t *has_encryption;
    } v1;
};

/* ---- Device information, clocks, time ---- */

/* Writes the 34 characters of the device id to buf, without terminator; len must be 34. Also:
 * PARAMETERFAULT, INVALIDBUFFERSIZE. */
enum MvStatus mvGetDeviceId(uint8_t *buf, uint32_t len);

/* Microseconds since the kernel started; the time base of notifications. Also: PARAMETERFAULT. */
enum MvStatus mvGetMicroseconds(uint64_t *ms);

/* Microseconds since the Unix epoch without leap seconds; may jump when the cloud sets it. Also:
 * PARAMETERFAULT, TIMENOTSET. */
enum MvStatus mvGetWallTime(uint64_t *usec);

/* SYSCLK in Hz. Also: PARAMETERFAULT. */
enum MvStatus mvGetSysClk(uint32_t *hz);

/* HCLK in Hz. Also: PARAMETERFAULT. */
enum MvStatus mvGetHClk(uint32_t *hz);

/* PCLK1 in Hz. Also: PARAMETERFAULT. */
enum MvStatus mvGetPClk1(uint32_t *hz);

/* PCLK2 in Hz. Also: PARAMETERFAULT. */
enum MvStatus mvGetPClk2(uint32_t *hz);

/* ---- Peripheral access ---- */

/* Reads an RCC register (address of its non-secure alias). Also: PERIPHERALACCESSFAULT. */
enum MvStatus mvPeriphPeek32(uint32_t reg, uint32_t *output);

/* *reg = (*reg & ~mask) ^ xorvalue, at once; bits that the application may not change keep their
 * value. Also: PERIPHERALACCESSFAULT. */
enum MvStatus mvPeriphPoke32(uint32_t reg, uint32_t mask, uint32_t xorvalue);

/* ---- Notifications ---- */

/* Opens a notification centre. Set priority and enable the interrupt in the NVIC afterwards. Also:
 * PARAMETERFAULT, INVALIDBUFFERSIZE, BUFFERALREADYINUSE, INVALIDINTERRUPT,
 * TOOMANYNOTIFICATIONBUFFERS. */
enum MvStatus mvSetupNotifications(const struct MvNotificationSetup *notifications,
                                   MvNotificationHandle *handle_out);

/* Closes it and writes 0 to the handle. Also: PARAMETERFAULT, INVALIDHANDLE. */
enum MvStatus mvCloseNotifications(MvNotificationHandle *handle_in_out);

/* Queues a record of any type to a centre, for tests. Also: INVALIDHANDLE. */
enum MvStatus mvTempTriggerNotification(MvNotificationHandle handle, enum MvEventType type,
                                        uint32_t tag);

/* Binds a system-wide source to a centre and a tag. Also: UNAVAILABLE, PARAMETERFAULT,
 * INVALIDHANDLE. */
enum MvStatus mvOpenSystemNotification(const struct MvOpenSystemNotificationParams *params,
                                       MvSystemEventHandle *handle);

/* Ends that and writes 0 to the handle. Also: UNAVAILABLE, INVALIDHANDLE. */
enum MvStatus mvCloseSystemNotification(MvSystemEventHandle *handle);

/* ---- Fast interrupts ---- */

/* Marks an interrupt as fast: it may pre-empt the kernel. Also: INVALIDINTERRUPT, INVALIDVECTOR,
 * UNAVAILABLE. */
enum MvStatus mvSetFastInterrupt(uint32_t irqn);

/* Makes it a normal interrupt again. Also: INVALIDINTERRUPT, UNAVAILABLE. */
enum MvStatus mvClearFastInterrupt(uint32_t irqn);

/* Lets a fast interrupt through. Also: INVALIDINTERRUPT, UNAVAILABLE. */
enum MvStatus mvEnableFastInterrupt(uint32_t irqn);

/* Holds a fast interrupt back. Also: INVALIDINTERRUPT, UNAVAILABLE. */
enum MvStatus mvDisableFastInterrupt(uint32_t irqn);

/* Opens the common gate of all fast interrupts. */
enum MvStatus mvEnableAllFastInterrupts(void);

/* Closes it; their own states stay. */
enum MvStatus mvDisableAllFastInterrupts(void);

/* ---- Network ---- */

/* Asks for a connection until mvReleaseNetwork(). Changes are notified. Also: PARAMETERFAULT,
 * UNSUPPORTEDSTRUCTUREVERSION. */
enum MvStatus mvRequestNetwork(const struct MvRequestNetworkParams *params,
                               MvNetworkHandle *handle);

/* Gives the wish up and writes 0 to the handle. Also: PARAMETERFAULT, INVALIDHANDLE,
 * UNSUPPORTEDSTRUCTUREVERSION. */
enum MvStatus mvReleaseNetwork(MvNetworkHandle *handle);

/* The state at this moment. Also: PARAMETERFAULT, INVALIDHANDLE. */
enum MvStatus mvGetNetworkStatus(MvNetworkHandle handle, enum MvNetworkStatus *status);

/* Why the kernel is connected or not, and how many handles are open. Also: PARAMETERFAULT. */
enum MvStatus mvGetNetworkReasons(enum MvNetworkReason *reasons, uint32_t *request_ref_count);

/* ---- Channels ---- */

/* Opens a channel to the cloud over a requested network. Also: PARAMETERFAULT, INVALIDHANDLE,
 * INVALIDBUFFERALIGNMENT, INVALIDBUFFERSIZE, UNKNOWNCHANNELENDPOINT, UNKNOWNCHANNELTYPE,
 * NETWORKNOTCONNECTED, RATELIMITED, UNAVAILABLE, TOOMANYCHANNELS. */
enum MvStatus mvOpenChannel(const struct MvOpenChannelParams *params, MvChannelHandle *handle);

/* Closes it and writes 0 to the handle. Also: PARAMETERFAULT, INVALIDHANDLE. */
enum MvStatus mvCloseChannel(MvChannelHandle *handle);

/* Why the channel is closed; ask before mvCloseChannel(). Also: PARAMETERFAULT, INVALIDHANDLE. */
enum MvStatus mvGetChannelClosureReason(MvChannelHandle handle, enum MvClosureReason *reason_out);

/* Writes what fits and tells how much that was. Also: INVALIDHANDLE, PARAMETERFAULT, LATEFAULT,
 * CHANNELCLOSED. */
enum MvStatus mvWriteChannelStream(MvChannelHandle handle, const uint8_t *data, uint32_t len,
                                   uint32_t *written);

/* Writes all or nothing; with len 0 tells the space. Also: INVALIDBUFFERSIZE, INVALIDHANDLE,
 * PARAMETERFAULT, LATEFAULT, CHANNELCLOSED. */
enum MvStatus mvWriteChannel(MvChannelHandle handle, const uint8_t *data, uint32_t len,
                             uint32_t *available);

/* Where received bytes lie; consume them with mvReadChannelComplete(). Also: PARAMETERFAULT,
 * INVALIDHANDLE, CHANNELCLOSED. */
enum MvStatus mvReadChannel(MvChannelHandle handle, uint8_t **read_pointer_out,
                            uint32_t *length_out);

/* Frees consumed bytes. Also: INVALIDHANDLE, CHANNELCLOSED. */
enum MvStatus mvReadChannelComplete(MvChannelHandle handle, uint32_t consumed);

/* ---- HTTP ---- */

/* Sends the one request of an HTTP channel. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE,
 * INVALIDBUFFERSIZE, TOOMANYELEMENTS, CHANNELCLOSED, REQUESTALREADYSENT. */
enum MvStatus mvSendHttpRequest(MvChannelHandle handle, const struct MvHttpRequest *request);

/* Result, status, number of headers, body length. Also: PARAMETERFAULT, INVALIDHANDLE,
 * RESPONSENOTPRESENT, CHANNELCLOSED. */
enum MvStatus mvReadHttpResponseData(MvChannelHandle handle,
                                     struct MvHttpResponseData *response_data);

/* Copies one header line; the rest of buf stays as it was. Also: PARAMETERFAULT, INVALIDHANDLE,
 * RESPONSENOTPRESENT, CHANNELCLOSED, INDEXINVALID. */
enum MvStatus mvReadHttpResponseHeader(MvChannelHandle handle, uint32_t header_index, uint8_t *buf,
                                       uint32_t size);

/* Copies bytes of the body from an offset on. Also: PARAMETERFAULT, INVALIDHANDLE,
 * RESPONSENOTPRESENT, CHANNELCLOSED, OFFSETINVALID. */
enum MvStatus mvReadHttpResponseBody(MvChannelHandle handle, uint32_t offset, uint8_t *buf,
                                     uint32_t size);

/* ---- Config ---- */

/* Sends the one request of a config channel. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE,
 * INVALIDBUFFERSIZE, CHANNELCLOSED, REQUESTALREADYSENT. */
enum MvStatus mvSendConfigFetchRequest(MvChannelHandle handle,
                                       const struct MvConfigKeyFetchParams *request);

/* Overall result and number of items. Also: PARAMETERFAULT, CHANNELCLOSED. */
enum MvStatus mvReadConfigFetchResponseData(MvChannelHandle handle,
                                            struct MvConfigResponseData *response_data);

/* Copies one item. Also: PARAMETERFAULT, INVALIDHANDLE, RESPONSENOTPRESENT, CHANNELCLOSED,
 * INDEXINVALID. */
enum MvStatus mvReadConfigResponseItem(MvChannelHandle handle,
                                       const struct MvConfigResponseReadItemParams *params);

/* ---- MQTT ---- */

/* What waits to be read. Also: PARAMETERFAULT, INVALIDHANDLE, CHANNELCLOSED. */
enum MvStatus mvMqttGetNextReadableDataType(MvChannelHandle handle,
                                            enum MvMqttReadableDataType *data_type);

/* Connects to a broker; once for each channel. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE,
 * CHANNELCLOSED, REQUESTALREADYSENT, INVALIDAUTHENTICATION, TOOMANYELEMENTS,
 * REQUIREDELEMENTMISSING. */
enum MvStatus mvMqttRequestConnect(MvChannelHandle handle,
                                   const struct MvMqttConnectRequest *request);

/* Reads the answer to it. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED. */
enum MvStatus mvMqttReadConnectResponse(MvChannelHandle handle,
                                        struct MvMqttConnectResponse *response_data);

/* Subscribes to topics; one such request at a time. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE,
 * CHANNELCLOSED, RATELIMITED, TOOMANYELEMENTS. */
enum MvStatus mvMqttRequestSubscribe(MvChannelHandle handle,
                                     const struct MvMqttSubscribeRequest *request);

/* Reads the answer to it. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED,
 * INVALIDBUFFERSIZE. */
enum MvStatus mvMqttReadSubscribeResponse(MvChannelHandle handle,
                                          const struct MvMqttSubscribeResponse *response_data);

/* Ends subscriptions; one such request at a time. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE,
 * CHANNELCLOSED, RATELIMITED, TOOMANYELEMENTS. */
enum MvStatus mvMqttRequestUnsubscribe(MvChannelHandle handle,
                                       const struct MvMqttUnsubscribeRequest *request);

/* Reads the answer to it. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED,
 * INVALIDBUFFERSIZE. */
enum MvStatus mvMqttReadUnsubscribeResponse(MvChannelHandle handle,
                                            const struct MvMqttUnsubscribeResponse *response_data);

/* Publishes a message. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED, RATELIMITED.
 * */
enum MvStatus mvMqttRequestPublish(MvChannelHandle handle,
                                   const struct MvMqttPublishRequest *request);

/* Reads the answer to it. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED. */
enum MvStatus mvMqttReadPublishResponse(MvChannelHandle handle,
                                        struct MvMqttPublishResponse *response_data);

/* Copies a received message. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED,
 * INVALIDBUFFERSIZE. */
enum MvStatus mvMqttReceiveMessage(MvChannelHandle handle,
                                   const struct MvMqttMessage *message_data);

/* Acknowledges a message of qos 1 or 2. Also: INVALIDHANDLE, CHANNELCLOSED, RATELIMITED. */
enum MvStatus mvMqttAcknowledgeMessage(MvChannelHandle handle, uint32_t correlation_id);

/* Reads what is known of a lost message. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE,
 * CHANNELCLOSED, INVALIDBUFFERSIZE. */
enum MvStatus mvMqttReceiveLostMessageInfo(MvChannelHandle handle,
                                           const struct MvMqttLostMessageInfo *lost_message_info);

/* Disconnects from the broker. Also: INVALIDHANDLE, CHANNELCLOSED, RATELIMITED. */
enum MvStatus mvMqttRequestDisconnect(MvChannelHandle handle);

/* Reads the answer to it. Also: PARAMETERFAULT, LATEFAULT, INVALIDHANDLE, CHANNELCLOSED. */
enum MvStatus mvMqttReadDisconnectResponse(MvChannelHandle handle,
                                           struct MvMqttDisconnectResponse *response_data);

/* ---- Logging ---- */

/* Gives the kernel a log buffer: 512-byte aligned, a multiple of 512 bytes. Also: PARAMETERFAULT,
 * INVALIDBUFFERALIGNMENT, INVALIDBUFFERSIZE. */
enum MvStatus mvServerLoggingInit(uint8_t *buffer, uint32_t length_bytes);

/* Queues one message for the cloud; best effort. Also: UNAVAILABLE, PARAMETERFAULT,
 * INVALIDBUFFERSIZE, LOGMESSAGETOOLONG, LOGGINGDISABLEDBYSERVER. */
enum MvStatus mvServerLog(const uint8_t *message, uint16_t length_bytes);

/* ---- Power, LED, restart ---- */

/* Saves power until an interrupt; the network must be down. Also: UNAVAILABLE, PARAMETERFAULT,
 * MICROVISORBUSY. */
enum MvStatus mvPowerSave(enum MvPowerSavingMode mode);

/* Sleeps until a restart; the network must be down. Also: UNAVAILABLE, PARAMETERFAULT,
 * MICROVISORBUSY. */
enum MvStatus mvDeepSleep(enum MvDeepSleepMode mode);

/* Why this run of the application was started. Writes one byte. Also: UNAVAILABLE, PARAMETERFAULT.
 * */
enum MvStatus mvGetWakeReason(enum MvWakeReason *mode);

/* Switches the status LED on (1) or off (0). Also: UNAVAILABLE. */
enum MvStatus mvSystemLedEnable(uint32_t enable);

/* Restarts the application, applying updates that wait. Also: UNAVAILABLE, PARAMETERFAULT,
 * MICROVISORBUSY. */
enum MvStatus mvRestart(enum MvRestartMode mode);

/* ---- External flash ---- */

/* Opens the application's part of the external flash; at most 32 handles. Also: UNAVAILABLE,
 * PARAMETERFAULT, TOOMANYCHANNELS. */
enum MvStatus mvExternalFlashOpen(MvExternalFlashHandle *handle);

/* Closes it and writes 0 to the handle. Also: UNAVAILABLE, INVALIDHANDLE. */
enum MvStatus mvExternalFlashClose(MvExternalFlashHandle *handle);

/* Chip, size in bytes, open handles. Also: UNAVAILABLE, PARAMETERFAULT, INVALIDHANDLE,
 * UNSUPPORTEDSTRUCTUREVERSION. */
enum MvStatus mvExternalFlashGetInfo(MvExternalFlashHandle handle,
                                     struct MvExternalFlashInfo *info);

/* Reads bytes. Also: UNAVAILABLE, PARAMETERFAULT, INVALIDHANDLE, ADDRESSOUTOFRANGE. */
enum MvStatus mvExternalFlashReadBlocking(MvExternalFlashHandle handle, uint32_t address,
                                          uint32_t length, uint8_t *buffer);

/* Writes bytes into erased flash. Also: UNAVAILABLE, PARAMETERFAULT, INVALIDHANDLE,
 * ADDRESSOUTOFRANGE. */
enum MvStatus mvExternalFlashWriteBlocking(MvExternalFlashHandle handle, uint32_t address,
                                           uint32_t length, const uint8_t *buffer);

/* Erases whole 4,096-byte sectors. Also: UNAVAILABLE, PARAMETERFAULT, INVALIDHANDLE,
 * ADDRESSOUTOFRANGE, INVALIDBUFFERALIGNMENT. */
enum MvStatus mvExternalFlashEraseBlocking(MvExternalFlashHandle handle, uint32_t address,
                                           uint32_t length);

/* ---- Wi-Fi ---- */

/* Stores or clears Wi-Fi credentials. */
enum MvStatus mvSetWifiConfig(const struct MvWifiConfig *params);

/* Reads the stored network name. */
enum MvStatus mvGetWifiConfig(const struct MvWifiConfigOut *params);

/* ---- Diagnostics and test mode ---- */

/* Does nothing. */
enum MvStatus mvNoOp(void);

/* Ends factory test mode. Also: UNAVAILABLE. */
enum MvStatus mvTestingComplete(uint32_t status);

/* mvServerLoggingInit() for factory test mode. Also: PARAMETERFAULT, INVALIDBUFFERALIGNMENT,
 * INVALIDBUFFERSIZE, UNAVAILABLE. */
enum MvStatus mvTestLoggingInit(uint8_t *buffer, uint32_t length_bytes);

/* mvServerLog() for factory test mode. Also: UNAVAILABLE, PARAMETERFAULT, INVALIDBUFFERSIZE,
 * LOGMESSAGETOOLONG. */
enum MvStatus mvTestLog(const uint8_t *message, uint16_t length_bytes);

/* Kept for applications linked against early headers; answers MV_STATUS_OKAY. */
enum MvStatus mvTemporaryStructTest(void *argument);

#ifdef __cplusplus
}
#endif

#endif
