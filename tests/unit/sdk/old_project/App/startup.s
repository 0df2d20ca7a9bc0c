/* The names that vendors' start-up files use, so that the linker script is held to them. */
  .syntax unified
  .cpu cortex-m33
  .thumb

  .global g_pfnVectors
  .global Reset_Handler
  .word _sidata
  .word _sdata
  .word _edata
  .word _sbss
  .word _ebss

  .section .text.Reset_Handler
  .type Reset_Handler, %function
Reset_Handler:
  ldr   sp, =_estack
  bl    __libc_init_array
  bl    main
  b     .
  .size Reset_Handler, .-Reset_Handler

  .section .isr_vector, "a", %progbits
  .type g_pfnVectors, %object
g_pfnVectors:
  .word _estack
  .word Reset_Handler
  .size g_pfnVectors, .-g_pfnVectors
