# Compiler settings for every target. GNU and Clang flags stand behind a compiler check.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

find_program(ASSIST_CCACHE ccache)
if(ASSIST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${ASSIST_CCACHE})
endif()

if(WIN32)
  set(ASSIST_SYSTEM Windows)
else()
  set(ASSIST_SYSTEM Unix)
endif()

find_package(Threads REQUIRED)
add_library(assist_flags INTERFACE)
target_include_directories(assist_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_definitions(assist_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
if(WIN32)
  # Windows Server 2008 R2 is the floor.
  target_compile_definitions(assist_flags INTERFACE
    _WIN32_WINNT=0x0601 WINVER=0x0601 WIN32_LEAN_AND_MEAN NOMINMAX UNICODE _UNICODE)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  target_compile_options(assist_flags INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wno-sign-conversion $<$<NOT:$<BOOL:${WIN32}>>:-fno-plt>
    $<$<BOOL:${ASSIST_WERROR}>:-Werror>
    $<$<CONFIG:Release>:-ffunction-sections> $<$<CONFIG:Release>:-fdata-sections>)
  target_link_options(assist_flags INTERFACE $<$<CONFIG:Release>:-Wl,--gc-sections>)
  find_program(ASSIST_LLD ld.lld)
  if(ASSIST_LLD AND NOT WIN32)
    if(CMAKE_CROSSCOMPILING)
      # A cross compiler looks for a linker with its own prefix, or in folders it is given.
      file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/tools)
      file(CREATE_LINK ${ASSIST_LLD} ${CMAKE_BINARY_DIR}/tools/ld.lld SYMBOLIC)
      target_link_options(assist_flags INTERFACE -B${CMAKE_BINARY_DIR}/tools/)
    endif()
    target_link_options(assist_flags INTERFACE -fuse-ld=lld)
  endif()
  if(ASSIST_SANITIZE STREQUAL "asan")
    target_compile_options(assist_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                           -fno-omit-frame-pointer)
    target_link_options(assist_flags INTERFACE -fsanitize=address,undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # Its mark before a function is in another section than the pieces into which clang 14 cuts a coroutine.
      target_compile_options(assist_flags INTERFACE -fno-sanitize=function)
    endif()
    if(ASSIST_FUZZ)
      target_compile_options(assist_flags INTERFACE -fsanitize=fuzzer-no-link)
    endif()
  elseif(ASSIST_SANITIZE STREQUAL "tsan")
    # tsan does not understand fences; Asio's are not needed beside its mutexes.
    target_compile_definitions(assist_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    target_compile_options(assist_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
    target_link_options(assist_flags INTERFACE -fsanitize=thread)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 in coroutine frames and inlined std::string.
  target_compile_options(assist_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
                         -Wno-array-bounds -Wno-mismatched-new-delete)
endif()
