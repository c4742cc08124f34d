# Libraries from the system, each behind one name that modules put into LIBS.
find_package(Boost 1.74 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
if(ASSIST_TESTS)
  find_package(GTest REQUIRED)
endif()

# Boost.JSON header-only: compiled once, in protocol/json_impl.cc.
add_library(assist_boost INTERFACE)
target_link_libraries(assist_boost INTERFACE Boost::headers)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
