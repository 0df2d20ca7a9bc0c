# Functions that every room's CMakeLists.txt uses.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

add_library(mv_options INTERFACE)
target_compile_options(mv_options INTERFACE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -fno-strict-aliasing -g)
target_compile_definitions(mv_options INTERFACE _GNU_SOURCE MV_VERSION="${PROJECT_VERSION}")
if(MV_SANITIZE)
  target_compile_options(mv_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mv_options INTERFACE -fsanitize=address,undefined)
endif()
if(MV_FUZZ) # coverage of everything that a fuzz target reaches
  target_compile_options(mv_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# mv_pkg(libuv sqlite3 ...): finds pkg-config packages, each as target PkgConfig::NAME.
function(mv_pkg)
  foreach(name ${ARGN})
    if(NOT TARGET PkgConfig::${name})
      pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${name})
    endif()
  endforeach()
endfunction()

# mv_test(NAME SOURCES... LIBS...): one cmocka test program, registered with CTest.
function(mv_test name)
  cmake_parse_arguments(T "" "" "SOURCES;LIBS" ${ARGN})
  mv_pkg(cmocka)
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE mv_options ${T_LIBS} PkgConfig::cmocka)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS unit
    ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1;UBSAN_OPTIONS=print_stacktrace=1")
endfunction()

# mv_nanopb(TARGET PROTO...): adds the code that nanopb generates for .proto files in the current
# folder (with a .options file beside each) to TARGET; included as "formats/NAME.pb.h".
function(mv_nanopb target)
  foreach(proto ${ARGN})
    get_filename_component(base ${proto} NAME_WE)
    set(out ${MV_GENERATED}/formats)
    file(MAKE_DIRECTORY ${out})
    add_custom_command(
      OUTPUT ${out}/${base}.pb.c ${out}/${base}.pb.h
      COMMAND /usr/bin/python3 /usr/bin/nanopb_generator.py -q -I ${CMAKE_CURRENT_SOURCE_DIR}
        -D ${out} --strip-path ${CMAKE_CURRENT_SOURCE_DIR}/${base}.proto
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${base}.proto
        ${CMAKE_CURRENT_SOURCE_DIR}/${base}.options
      VERBATIM)
    target_sources(${target} PRIVATE ${out}/${base}.pb.c)
    set_source_files_properties(${out}/${base}.pb.c PROPERTIES COMPILE_OPTIONS -w)
  endforeach()
  target_include_directories(${target} PUBLIC ${MV_GENERATED})
endfunction()
