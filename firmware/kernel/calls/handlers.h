/* Prototypes of the call handlers, which only the veneers call: call_NAME for the calls of
 * abi/mv_syscalls.h that this kernel has. The others answer MV_STATUS_UNAVAILABLE. */
#ifndef KERNEL_CALLS_HANDLERS_H
#define KERNEL_CALLS_HANDLERS_H

#include "abi/mv_syscalls.h"

#define HANDLER(name) extern __typeof__(name) call_##name

HANDLER(mvNoOp);
HANDLER(mvGetSysClk);
HANDLER(mvGetHClk);
HANDLER(mvGetPClk1);
HANDLER(mvGetPClk2);
HANDLER(mvGetDeviceId);
HANDLER(mvGetMicroseconds);
HANDLER(mvGetWallTime);
HANDLER(mvPeriphPeek32);
HANDLER(mvPeriphPoke32);
HANDLER(mvSetupNotifications);
HANDLER(mvCloseNotifications);
HANDLER(mvTempTriggerNotification);
HANDLER(mvOpenSystemNotification);
HANDLER(mvCloseSystemNotification);
HANDLER(mvRequestNetwork);
HANDLER(mvReleaseNetwork);
HANDLER(mvGetNetworkStatus);
HANDLER(mvGetNetworkReasons);
HANDLER(mvServerLoggingInit);
HANDLER(mvServerLog);
HANDLER(mvGetWakeReason);
HANDLER(mvSystemLedEnable);
HANDLER(mvRestart);
HANDLER(mvPowerSave);
HANDLER(mvDeepSleep);
HANDLER(mvTemporaryStructTest);
HANDLER(mvSetFastInterrupt);
HANDLER(mvClearFastInterrupt);
HANDLER(mvEnableFastInterrupt);
HANDLER(mvDisableFastInterrupt);
HANDLER(mvEnableAllFastInterrupts);
HANDLER(mvDisableAllFastInterrupts);
HANDLER(mvExternalFlashOpen);
HANDLER(mvExternalFlashClose);
HANDLER(mvExternalFlashGetInfo);
HANDLER(mvExternalFlashReadBlocking);
HANDLER(mvExternalFlashWriteBlocking);
HANDLER(mvExternalFlashEraseBlocking);
HANDLER(mvSetWifiConfig);
HANDLER(mvGetWifiConfig);
HANDLER(mvTestingComplete);
HANDLER(mvTestLog);
HANDLER(mvTestLoggingInit);
HANDLER(mvOpenChannel);
HANDLER(mvCloseChannel);
HANDLER(mvGetChannelClosureReason);
HANDLER(mvReadChannel);
HANDLER(mvReadChannelComplete);
HANDLER(mvWriteChannel);
HANDLER(mvWriteChannelStream);
HANDLER(mvSendHttpRequest);
HANDLER(mvReadHttpResponseData);
HANDLER(mvReadHttpResponseHeader);
HANDLER(mvReadHttpResponseBody);
HANDLER(mvSendConfigFetchRequest);
HANDLER(mvReadConfigFetchResponseData);
HANDLER(mvReadConfigResponseItem);
HANDLER(mvMqttGetNextReadableDataType);
HANDLER(mvMqttRequestConnect);
HANDLER(mvMqttReadConnectResponse);
HANDLER(mvMqttRequestSubscribe);
HANDLER(mvMqttReadSubscribeResponse);
HANDLER(mvMqttRequestUnsubscribe);
HANDLER(mvMqttReadUnsubscribeResponse);
HANDLER(mvMqttRequestPublish);
HANDLER(mvMqttReadPublishResponse);
HANDLER(mvMqttReceiveMessage);
HANDLER(mvMqttAcknowledgeMessage);
HANDLER(mvMqttReceiveLostMessageInfo);
HANDLER(mvMqttRequestDisconnect);
HANDLER(mvMqttReadDisconnectResponse);

enum MvStatus calls_get_word(uint32_t *result, uint32_t value);

#undef HANDLER
#endif
