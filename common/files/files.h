// Small files, whole, for the rooms that every system shares: the functions of common/posix/file.h that
// common/windows/file.h has as well (ReadFile, WriteFileAtomically, SyncFolder, MakeFolders, RemoveFile, ListFolder,
// Exists).
#pragma once

#if defined(_WIN32)
#include "common/windows/file.h"
#else
#include "common/posix/file.h"
#endif
