# Libraries from the system, each behind one name that modules put into LIBS.
find_package(Boost 1.74 REQUIRED)
set(OPENSSL_USE_STATIC_LIBS ON)  # programs carry OpenSSL with them
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
if(ASSIST_TESTS)
  find_package(GTest REQUIRED)
endif()

# Boost.JSON header-only: compiled once, in protocol/json_impl.cc.
add_library(assist_boost INTERFACE)
target_link_libraries(assist_boost INTERFACE Boost::headers)
find_package(prometheus-cpp REQUIRED COMPONENTS core)

# A program that carries its libraries with it and leaves only the C library to the system: assist_link_slim(TARGET).
# Smaller in memory than the shared ones, of which a program maps all though it uses a part.
function(assist_link_slim target)
  if(ASSIST_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    return()
  endif()
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
endfunction()

# DTL, headers only: differences between outputs (cli/invocations).
find_path(ASSIST_DTL_FOLDER dtl/dtl.hpp REQUIRED)
add_library(assist_diff INTERFACE)
target_include_directories(assist_diff SYSTEM INTERFACE ${ASSIST_DTL_FOLDER})

# c-ares: names of hosts without the C library's name service (common/net/name_lookup.h). The static one: programs carry
# it with them.
if(NOT WIN32)
  find_path(ASSIST_CARES_FOLDER ares.h REQUIRED)
  find_library(ASSIST_CARES_LIBRARY NAMES libcares.a cares REQUIRED)
  add_library(assist_cares INTERFACE)
  target_include_directories(assist_cares SYSTEM INTERFACE ${ASSIST_CARES_FOLDER})
  target_link_libraries(assist_cares INTERFACE ${ASSIST_CARES_LIBRARY})
endif()
