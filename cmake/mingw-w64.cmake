# Cross-building for Windows (x86-64) with Debian's mingw-w64, posix threads. scripts/windows.sh makes the libraries.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(ASSIST_WINDOWS_LIBRARIES ${CMAKE_CURRENT_LIST_DIR}/../build/windows-libraries CACHE PATH "What scripts/windows.sh libraries made")
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32 ${ASSIST_WINDOWS_LIBRARIES})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# try_compile() looks there too.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ASSIST_WINDOWS_LIBRARIES)
