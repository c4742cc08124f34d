# assist_module(NAME SOURCES … [TESTS …] [DEPS …] [LIBS …] [TEST_DEPS …] [TEST_LIBS …] [SIMULATED] [SYSTEM …]
#               [UNIX_SOURCES …] [UNIX_TESTS …] [UNIX_DEPS …] [WINDOWS_SOURCES …] [WINDOWS_TESTS …] [WINDOWS_DEPS …])
#
# One room, one target. NAME is the folder with "_" for "/" (server_model lies in server/model).
#   SOURCES    listed, never globbed; headers need no listing
#   TESTS      gtest files; they become the program NAME_test and one ctest of that name
#   DEPS       the modules whose headers this one may include: checked by scripts/check_includes.py
#   LIBS       libraries from outside
#   TEST_DEPS  modules that only the tests may include
#   SIMULATED  the room runs in sim/: the forbidden names of ARCHITECTURE.md are checked too
#   SYSTEM     Unix or Windows: a room of that system alone; elsewhere only its includes are checked
#   UNIX_…, WINDOWS_…  what is added on the one or the other (Windows: the preset `windows`)
set_property(GLOBAL PROPERTY ASSIST_MODULE_LINES "")
add_custom_target(unit_tests)  # builds every unit test, and no program that only integration tests need

# What is compiled for its size: the agent's rooms, which wait for their machine, and what runs once; not what the agent shares
# with the server and is hot there. Not for Windows: not tried there.
function(assist_small target)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  if(folder MATCHES "^(agent/|common/(archive|config|service_framework)$)" AND NOT WIN32 AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
endfunction()

function(assist_module name)
  cmake_parse_arguments(M "SIMULATED" "SYSTEM" "SOURCES;TESTS;DEPS;LIBS;TEST_DEPS;TEST_LIBS;UNIX_SOURCES;UNIX_TESTS;UNIX_DEPS;UNIX_TEST_DEPS;WINDOWS_SOURCES;WINDOWS_TESTS;WINDOWS_DEPS;WINDOWS_TEST_DEPS" ${ARGN})
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "assist_module(${name}): unknown words: ${M_UNPARSED_ARGUMENTS}")
  endif()
  # Who includes what is the same on every system.
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(JOIN "," deps ${M_DEPS} ${M_UNIX_DEPS} ${M_WINDOWS_DEPS})
  string(JOIN "," test_deps ${M_TEST_DEPS} ${M_UNIX_TEST_DEPS} ${M_WINDOWS_TEST_DEPS})
  set_property(GLOBAL APPEND_STRING PROPERTY ASSIST_MODULE_LINES
    "${name}|${folder}|${deps}|${test_deps}|${M_SIMULATED}\n")
  if(M_SYSTEM AND NOT M_SYSTEM STREQUAL ASSIST_SYSTEM)
    return()
  endif()
  string(TOUPPER ${ASSIST_SYSTEM} system)
  foreach(what SOURCES TESTS DEPS TEST_DEPS)
    list(APPEND M_${what} ${M_${system}_${what}})
  endforeach()
  if(M_SOURCES)
    add_library(${name} STATIC ${M_SOURCES})
    assist_small(${name})
    target_link_libraries(${name} PUBLIC assist_flags assist_boost ${M_DEPS} ${M_LIBS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE assist_flags assist_boost ${M_DEPS} ${M_LIBS})
  endif()
  if(M_TESTS AND ASSIST_TESTS)
    add_executable(${name}_test ${M_TESTS})
    if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
      # The code under test is optimised as it ships; what a test does itself need not be: half of a build's time.
      target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O0>)
    endif()
    if(ASSIST_SANITIZE)
      target_compile_definitions(${name}_test PRIVATE ASSIST_SANITIZED)  # memory is not judged, and runs are shorter
    endif()
    target_link_libraries(${name}_test PRIVATE ${name} ${M_TEST_DEPS} ${M_TEST_LIBS} GTest::gmock GTest::gtest_main)
    if(CMAKE_CROSSCOMPILING AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
      target_link_options(${name}_test PRIVATE -static)  # so that no library of the other system need be found
    endif()
    add_dependencies(unit_tests ${name}_test)
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 300 LABELS unit)
  endif()
endfunction()

# assist_program(NAME SOURCES … DEPS … [SYSTEM …]): a program of build/<preset>/bin.
function(assist_program name)
  cmake_parse_arguments(P "" "SYSTEM" "SOURCES;DEPS;LIBS" ${ARGN})
  if(P_SYSTEM AND NOT P_SYSTEM STREQUAL ASSIST_SYSTEM)
    return()
  endif()
  string(REPLACE "-" "_" target ${name})
  add_executable(${target} ${P_SOURCES})
  assist_small(${target})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
  target_link_libraries(${target} PRIVATE assist_flags ${P_DEPS} ${P_LIBS})
endfunction()

# The list that the include test reads: module|folder|deps|test deps|simulated.
function(assist_write_module_list)
  get_property(lines GLOBAL PROPERTY ASSIST_MODULE_LINES)
  file(WRITE ${CMAKE_BINARY_DIR}/modules.txt "${lines}")
  find_package(Python3 COMPONENTS Interpreter)
  if(Python3_FOUND AND ASSIST_TESTS)
    add_test(NAME include_test COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/check_includes.py
      --root ${CMAKE_SOURCE_DIR} --modules ${CMAKE_BINARY_DIR}/modules.txt)
    add_test(NAME include_test_selftest COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/check_includes.py
      --selftest)
    add_test(NAME await_test COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/check_awaits.py
      --root ${CMAKE_SOURCE_DIR})
    add_test(NAME await_test_selftest COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/check_awaits.py
      --selftest)
    set_tests_properties(include_test include_test_selftest await_test await_test_selftest PROPERTIES LABELS unit)
  endif()
endfunction()
