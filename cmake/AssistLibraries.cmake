# Libraries from the system, each behind one name that modules put into LIBS.
find_package(Boost 1.74 REQUIRED)
set(OPENSSL_USE_STATIC_LIBS ON)  # programs carry OpenSSL with them
find_package(OpenSSL 3 REQUIRED)
if(ASSIST_AGENT_ONLY)
  # scripts/windows.sh or scripts/arm64.sh has linked the headers of the system's packages below one folder.
  find_path(ASSIST_HEADERS spdlog/spdlog.h REQUIRED)
  add_library(spdlog::spdlog_header_only INTERFACE IMPORTED)
  target_compile_definitions(spdlog::spdlog_header_only INTERFACE SPDLOG_FMT_EXTERNAL)
  target_include_directories(spdlog::spdlog_header_only INTERFACE ${ASSIST_HEADERS})
  add_library(fmt::fmt-header-only INTERFACE IMPORTED)
  target_compile_definitions(fmt::fmt-header-only INTERFACE FMT_HEADER_ONLY=1)
  target_include_directories(fmt::fmt-header-only INTERFACE ${ASSIST_HEADERS})
  if(ASSIST_TESTS AND NOT WIN32)
    find_package(GTest REQUIRED)
  elseif(ASSIST_TESTS)
    # Debian has GoogleTest as sources, for compilers of other systems.
    set(BUILD_SHARED_LIBS OFF)
    set(INSTALL_GTEST OFF)
    add_subdirectory(/usr/src/googletest ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
  endif()
else()
  if(NOT ASSIST_AGENT_ONLY)
    find_package(SQLite3 REQUIRED)
    find_package(prometheus-cpp REQUIRED COMPONENTS core)
  endif()
  find_package(spdlog REQUIRED)
  find_package(fmt REQUIRED)
  # Debian's spdlog asks for libfmt.so even with headers only, of which it needs nothing; a static program cannot have it.
  get_target_property(fmt_definitions fmt::fmt INTERFACE_COMPILE_DEFINITIONS)
  get_target_property(spdlog_definitions spdlog::spdlog_header_only INTERFACE_COMPILE_DEFINITIONS)
  if(fmt_definitions)
    list(APPEND spdlog_definitions ${fmt_definitions})
  endif()
  set_target_properties(spdlog::spdlog_header_only PROPERTIES
    INTERFACE_LINK_LIBRARIES Threads::Threads INTERFACE_COMPILE_DEFINITIONS "${spdlog_definitions}")
  if(ASSIST_TESTS)
    find_package(GTest REQUIRED)
  endif()
endif()

# Boost.JSON header-only: compiled once, in protocol/json_impl.cc.
add_library(assist_boost INTERFACE)
target_link_libraries(assist_boost INTERFACE Boost::headers)

# A program that carries its libraries with it and leaves only the C library to the system: assist_link_slim(TARGET).
# Smaller in memory than the shared ones, of which a program maps all though it uses a part.
function(assist_link_slim target)
  if(ASSIST_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    return()
  endif()
  if(WIN32)
    target_link_options(${target} PRIVATE -static -s)  # the C library is the system's in any case
  else()
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

# DTL, headers only: differences between outputs (cli/invocations).
if(NOT ASSIST_AGENT_ONLY)
  find_path(ASSIST_DTL_FOLDER dtl/dtl.hpp REQUIRED)
  add_library(assist_diff INTERFACE)
  target_include_directories(assist_diff SYSTEM INTERFACE ${ASSIST_DTL_FOLDER})
endif()

# zlib and zstd: archives of packages (common/archive). The static ones: programs carry them with them.
foreach(what ZLIB:zlib.h:libz.a:z ZSTD:zstd.h:libzstd.a:zstd)
  string(REPLACE ":" ";" what ${what})
  list(POP_FRONT what name header archive shared)
  find_path(ASSIST_${name}_FOLDER ${header} REQUIRED)
  find_library(ASSIST_${name}_LIBRARY NAMES ${archive} ${shared} REQUIRED)
endforeach()
add_library(assist_packing INTERFACE)
target_include_directories(assist_packing SYSTEM INTERFACE ${ASSIST_ZLIB_FOLDER} ${ASSIST_ZSTD_FOLDER})
target_link_libraries(assist_packing INTERFACE ${ASSIST_ZSTD_LIBRARY} ${ASSIST_ZLIB_LIBRARY})

if(NOT WIN32)
  # c-ares: names of hosts without the C library's name service (common/net/name_lookup.h). The static one: programs
  # carry it with them.
  find_path(ASSIST_CARES_FOLDER ares.h REQUIRED)
  find_library(ASSIST_CARES_LIBRARY NAMES libcares.a cares REQUIRED)
  add_library(assist_cares INTERFACE)
  target_include_directories(assist_cares SYSTEM INTERFACE ${ASSIST_CARES_FOLDER})
  target_link_libraries(assist_cares INTERFACE ${ASSIST_CARES_LIBRARY})
endif()
