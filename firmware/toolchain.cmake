# Cortex-M33 (STM32U585), bare metal. Soft float everywhere: the secure world never touches the FPU,
# so the application's floating-point registers survive a slice of kernel work without being saved.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_OBJCOPY arm-none-eabi-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(cpu "-mcpu=cortex-m33 -mthumb -mfloat-abi=soft -mcmse")
set(CMAKE_C_FLAGS_INIT "${cpu}")
set(CMAKE_ASM_FLAGS_INIT "${cpu}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "${cpu} --specs=nano.specs --specs=nosys.specs")
