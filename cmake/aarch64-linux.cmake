# Cross-building for Linux on arm64 with Debian's aarch64 compiler. scripts/arm64.sh makes the libraries.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ASSIST_ARM64_LIBRARIES ${CMAKE_CURRENT_LIST_DIR}/../build/arm64-libraries CACHE PATH "What scripts/arm64.sh libraries made")
set(CMAKE_FIND_ROOT_PATH ${ASSIST_ARM64_LIBRARIES})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# try_compile() looks there too.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ASSIST_ARM64_LIBRARIES)
