#include "sim/sqlite_vfs/sqlite_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <new>

#include "sim/sqlite_vfs/shared_memory.h"

namespace assist::sim::sqlite_vfs {

using files::FilePtr;
using files::FileSystem;
using files::Operation;
using files::Trouble;

class SqliteVfs::Impl {
 public:
  Impl(Options o, const world::Machine& m, FileSystem& f, std::shared_ptr<world::Process> p)
      : options(o),
        machine(m),
        files(f),
        process(std::move(p)),
        dice(process->world().seed(), "vfs" + std::to_string(process->id())),
        name("sim-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))) {}

  /// SQLITE_OK when an operation may go on.
  int Ask(Operation operation, const std::string& path, int io_error) {
    if (operation != Operation::kRead && before_effect) before_effect();
    if (!process->alive()) return io_error;
    switch (files.Ask(operation, path)) {
      case Trouble::kNone:
        return SQLITE_OK;
      case Trouble::kFull:
        return SQLITE_FULL;
      case Trouble::kIo:
        return io_error;
    }
    return io_error;
  }

  const Options options;
  const world::Machine& machine;
  FileSystem& files;
  const std::shared_ptr<world::Process> process;
  world::Dice dice;
  const std::string name;
  std::function<void()> before_effect;
  std::map<FilePtr, std::shared_ptr<Joint>> joints;  // looked up by key only
  sqlite3_vfs vfs{};
  sqlite3_io_methods methods{};
};

namespace {

using Impl = SqliteVfs::Impl;

/// The part of a handle that has constructors; SQLite gives raw memory for the handle itself.
struct Open {
  Impl& vfs;
  FilePtr file;
  std::string path;
  std::shared_ptr<Joint> joint = {};
  bool remove_at_close = false;
  bool sync_folder = false;
  int lock = SQLITE_LOCK_NONE;
  std::uint32_t shm_shared = 0;
  std::uint32_t shm_exclusive = 0;
  bool shm_open = false;
};

struct Handle {
  sqlite3_file base;
  Open* open;
};

Open& Of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file)->open; }
Impl& Of(sqlite3_vfs* vfs) { return *static_cast<Impl*>(vfs->pAppData); }

/// SQLite's names are absolute; ours have no slash in front.
std::string PathOf(const char* name) {
  while (*name == '/') ++name;
  return name;
}

// Locks.

int Unlock(sqlite3_file* file, int level) {
  Open& open = Of(file);
  FileLocks& locks = open.joint->locks;
  if (level < SQLITE_LOCK_RESERVED) {
    if (locks.reserved == &open) locks.reserved = nullptr;
    if (locks.pending == &open) locks.pending = nullptr;
  }
  if (level == SQLITE_LOCK_NONE && open.lock >= SQLITE_LOCK_SHARED) --locks.shared;
  if (level < open.lock) open.lock = level;
  return SQLITE_OK;
}

int Lock(sqlite3_file* file, int level) {
  Open& open = Of(file);
  FileLocks& locks = open.joint->locks;
  if (open.lock >= level) return SQLITE_OK;
  if (!open.vfs.process->alive()) return SQLITE_IOERR_LOCK;
  if (level >= SQLITE_LOCK_SHARED && open.lock == SQLITE_LOCK_NONE) {
    if (locks.pending != nullptr) return SQLITE_BUSY;
    ++locks.shared;
    open.lock = SQLITE_LOCK_SHARED;
  }
  if (level >= SQLITE_LOCK_RESERVED && open.lock < SQLITE_LOCK_RESERVED) {
    if (locks.reserved != nullptr && locks.reserved != &open) return SQLITE_BUSY;
    locks.reserved = &open;
    open.lock = SQLITE_LOCK_RESERVED;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    locks.pending = &open;
    open.lock = SQLITE_LOCK_PENDING;
    if (locks.shared > 1) return SQLITE_BUSY;
    open.lock = SQLITE_LOCK_EXCLUSIVE;
  }
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* held) {
  *held = Of(file).joint->locks.reserved != nullptr ? 1 : 0;
  return SQLITE_OK;
}

// Bytes.

int Close(sqlite3_file* file) {
  Handle* const handle = reinterpret_cast<Handle*>(file);
  if (handle->open != nullptr) {
    Open& open = *handle->open;
    Unlock(file, SQLITE_LOCK_NONE);
    if (open.shm_open) {
      open.joint->memory.Unlock(&open, 0, SharedMemory::kSlots, open.shm_shared, open.shm_exclusive);
      --open.joint->memory.connections;
    }
    if (open.remove_at_close && open.vfs.process->alive()) open.vfs.files.Remove(open.path);
    delete handle->open;
    handle->open = nullptr;
  }
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  Open& open = Of(file);
  if (const int bad = open.vfs.Ask(Operation::kRead, open.path, SQLITE_IOERR_READ); bad != SQLITE_OK) return bad;
  const std::string& bytes = open.file->bytes();
  const auto wanted = static_cast<std::size_t>(size);
  const auto at = static_cast<std::size_t>(offset);
  const std::size_t there = at >= bytes.size() ? 0 : std::min(wanted, bytes.size() - at);
  std::memcpy(to, bytes.data() + (there == 0 ? 0 : at), there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  Open& open = Of(file);
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
  if (const int bad = open.vfs.Ask(Operation::kWrite, open.path, SQLITE_IOERR_WRITE); bad != SQLITE_OK) {
    // As far as it came.
    if (open.vfs.process->alive()) {
      open.vfs.files.Write(open.file, static_cast<std::uint64_t>(offset),
                           bytes.substr(0, open.vfs.dice.Below(bytes.size() + 1)));
    }
    return bad;
  }
  open.vfs.files.Write(open.file, static_cast<std::uint64_t>(offset), bytes);
  return SQLITE_OK;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  Open& open = Of(file);
  if (const int bad = open.vfs.Ask(Operation::kWrite, open.path, SQLITE_IOERR_TRUNCATE); bad != SQLITE_OK) return bad;
  open.vfs.files.Truncate(open.file, static_cast<std::uint64_t>(size));
  return SQLITE_OK;
}

int Sync(sqlite3_file* file, int) {
  Open& open = Of(file);
  if (const int bad = open.vfs.Ask(Operation::kSync, open.path, SQLITE_IOERR_FSYNC); bad != SQLITE_OK) return bad;
  if (!open.vfs.options.sync_works) return SQLITE_OK;
  open.vfs.files.Sync(open.file);
  if (open.sync_folder) {  // as the unix VFS does with the first sync of a new journal
    open.vfs.files.Sync(open.vfs.files.Find(FileSystem::ParentOf(open.path)));
    open.sync_folder = false;
  }
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  Open& open = Of(file);
  if (const int bad = open.vfs.Ask(Operation::kRead, open.path, SQLITE_IOERR_FSTAT); bad != SQLITE_OK) return bad;
  *size = static_cast<sqlite3_int64>(open.file->bytes().size());
  return SQLITE_OK;
}

int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
int Characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// Shared memory.

int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** to) {
  Open& open = Of(file);
  SharedMemory& memory = open.joint->memory;
  *to = nullptr;
  if (!open.vfs.process->alive()) return SQLITE_IOERR_SHMMAP;
  if (!open.shm_open) {
    open.shm_open = true;
    ++memory.connections;
  }
  const auto index = static_cast<std::size_t>(region);
  if (index >= memory.regions.size()) {
    if (extend == 0) return SQLITE_OK;
    while (memory.regions.size() <= index) {
      memory.regions.push_back(
          std::make_unique<std::vector<std::uint64_t>>(static_cast<std::size_t>(size) / sizeof(std::uint64_t)));
    }
  }
  *to = memory.regions[index]->data();
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  Open& open = Of(file);
  SharedMemory& memory = open.joint->memory;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    memory.Unlock(&open, offset, n, open.shm_shared, open.shm_exclusive);
    return SQLITE_OK;
  }
  if (!open.vfs.process->alive()) return SQLITE_IOERR_SHMLOCK;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  return memory.Lock(&open, offset, n, exclusive, open.shm_shared, open.shm_exclusive) ? SQLITE_OK : SQLITE_BUSY;
}

void ShmBarrier(sqlite3_file*) {}

int ShmUnmap(sqlite3_file* file, int remove) {
  Open& open = Of(file);
  SharedMemory& memory = open.joint->memory;
  if (!open.shm_open) return SQLITE_OK;
  memory.Unlock(&open, 0, SharedMemory::kSlots, open.shm_shared, open.shm_exclusive);
  open.shm_open = false;
  if (--memory.connections == 0 && remove != 0) memory.regions.clear();
  return SQLITE_OK;
}

// The VFS itself.

int OpenFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Impl& impl = Of(vfs);
  Handle* const handle = reinterpret_cast<Handle*>(file);
  handle->base.pMethods = nullptr;
  handle->open = nullptr;
  if (!impl.process->alive()) return SQLITE_CANTOPEN;
  std::string path = name == nullptr ? "sqlite-temporary-" + std::to_string(impl.dice.Next()) : PathOf(name);
  FilePtr at = impl.files.Find(path);
  const bool fresh = at == nullptr;
  if (fresh) {
    if ((flags & SQLITE_OPEN_CREATE) == 0 && name != nullptr) return SQLITE_CANTOPEN;
    if (const int bad = impl.Ask(Operation::kChange, path, SQLITE_CANTOPEN); bad != SQLITE_OK) return SQLITE_CANTOPEN;
    at = impl.files.Create(path, false);
  }
  if (at == nullptr || at->folder()) return SQLITE_CANTOPEN;
  auto& joint = impl.joints[at];
  if (joint == nullptr) joint = std::make_shared<Joint>();
  handle->open = new Open{.vfs = impl, .file = at, .path = std::move(path), .joint = joint};
  handle->open->remove_at_close = name == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  handle->open->sync_folder =
      fresh && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  handle->base.pMethods = &impl.methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  Impl& impl = Of(vfs);
  const std::string path = PathOf(name);
  if (const int bad = impl.Ask(Operation::kChange, path, SQLITE_IOERR_DELETE); bad != SQLITE_OK) {
    return SQLITE_IOERR_DELETE;
  }
  const FilePtr file = impl.files.Find(path);
  if (file == nullptr) return SQLITE_IOERR_DELETE_NOENT;
  impl.joints.erase(file);
  impl.files.Remove(path);
  if (sync_folder != 0 && impl.options.sync_works) impl.files.Sync(impl.files.Find(FileSystem::ParentOf(path)));
  return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* name, int, int* yes) {
  Impl& impl = Of(vfs);
  if (!impl.process->alive()) return SQLITE_IOERR_ACCESS;
  const FilePtr file = impl.files.Find(PathOf(name));
  *yes = file != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int size, char* to) {
  const std::string path = "/" + PathOf(name);
  if (path.size() + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(to, path.c_str(), path.size() + 1);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs* vfs, int size, char* to) {
  for (int i = 0; i < size; ++i) to[i] = static_cast<char>(Of(vfs).dice.Next());
  return size;
}

int Sleep(sqlite3_vfs*, int micros) { return micros; }

int CurrentTimeInt64(sqlite3_vfs* vfs, sqlite3_int64* to) {
  constexpr sqlite3_int64 kUnixEpoch = 210866760000000;  // Julian day of 1970, in ms (sqlite3.c)
  *to = kUnixEpoch + ToUnixMillis(Of(vfs).machine.Wall());
  return SQLITE_OK;
}

int CurrentTime(sqlite3_vfs* vfs, double* to) {
  sqlite3_int64 millis = 0;
  CurrentTimeInt64(vfs, &millis);
  *to = static_cast<double>(millis) / 86400000.0;
  return SQLITE_OK;
}

int GetLastError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

SqliteVfs::SqliteVfs(Options options, const world::Machine& machine, FileSystem& files,
                     std::shared_ptr<world::Process> process)
    : impl_(std::make_unique<Impl>(options, machine, files, std::move(process))) {
  auto& m = impl_->methods;
  m.iVersion = 2;
  m.xClose = Close;
  m.xRead = Read;
  m.xWrite = Write;
  m.xTruncate = Truncate;
  m.xSync = Sync;
  m.xFileSize = FileSize;
  m.xLock = Lock;
  m.xUnlock = Unlock;
  m.xCheckReservedLock = CheckReservedLock;
  m.xFileControl = FileControl;
  m.xSectorSize = SectorSize;
  m.xDeviceCharacteristics = Characteristics;
  m.xShmMap = ShmMap;
  m.xShmLock = ShmLock;
  m.xShmBarrier = ShmBarrier;
  m.xShmUnmap = ShmUnmap;
  auto& v = impl_->vfs;
  v.iVersion = 2;
  v.szOsFile = sizeof(Handle);
  v.mxPathname = 512;
  v.zName = impl_->name.c_str();
  v.pAppData = impl_.get();
  v.xOpen = OpenFile;
  v.xDelete = Delete;
  v.xAccess = Access;
  v.xFullPathname = FullPathname;
  v.xRandomness = Randomness;
  v.xSleep = Sleep;
  v.xCurrentTime = CurrentTime;
  v.xGetLastError = GetLastError;
  v.xCurrentTimeInt64 = CurrentTimeInt64;
  sqlite3_vfs_register(&v, 0);
}

SqliteVfs::~SqliteVfs() { sqlite3_vfs_unregister(&impl_->vfs); }

const std::string& SqliteVfs::name() const noexcept { return impl_->name; }
void SqliteVfs::OnEffect(std::function<void()> before) { impl_->before_effect = std::move(before); }

void SqliteVfs::SeedSqlite(std::uint64_t seed) {
  sqlite3_initialize();
  const int number = static_cast<int>(seed & 0x7fffffff);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, number == 0 ? 1 : number, static_cast<sqlite3*>(nullptr));
}

}  // namespace assist::sim::sqlite_vfs
