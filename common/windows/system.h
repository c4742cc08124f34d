// Windows' own header, without the macros that take names of ours. Include this instead of it, in .cc files and in the
// headers of rooms for Windows alone. Asio wants Winsock 2 before it.
#pragma once

#include <windows.h>
#include <winsock2.h>

#undef GetMessage
#undef CreateFile
#undef DeleteFile
#undef RemoveDirectory
#undef SendMessage
#undef GetObject
#undef interface
#undef near
#undef far
