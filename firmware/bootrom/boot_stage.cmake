# mv_boot_stage(NAME BASE SIZE SOURCES...): an executable of the boot chain, linked at BASE.
function(mv_boot_stage name base size)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
  set(template ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/boot_program.ld.in)
  get_filename_component(firmware ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.. ABSOLUTE)
  get_filename_component(root ${firmware}/.. ABSOLUTE)
  add_custom_command(OUTPUT ${script}
    COMMAND ${CMAKE_C_COMPILER} -E -P -x c -I ${firmware} -DSTAGE_BASE=${base} -DSTAGE_SIZE=${size}
      ${template} -o ${script}
    DEPENDS ${template} ${firmware}/layout.h VERBATIM)
  add_custom_target(${name}_script DEPENDS ${script})
  add_executable(${name}.elf ${ARGN} ${firmware}/bootrom/boot_program.c)
  add_dependencies(${name}.elf ${name}_script)
  target_include_directories(${name}.elf PRIVATE ${firmware} ${root})
  target_compile_options(${name}.elf PRIVATE -Os -ffunction-sections -fdata-sections
    -fno-common -ffreestanding -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -g)
  target_link_options(${name}.elf PRIVATE -nostartfiles -T ${script} -Wl,--gc-sections
    -Wl,-Map=${CMAKE_CURRENT_BINARY_DIR}/${name}.map -Wl,--no-warn-rwx-segments)
  set_target_properties(${name}.elf PROPERTIES LINK_DEPENDS ${script})
endfunction()
