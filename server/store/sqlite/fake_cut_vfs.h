// For tests: a VFS over SQLite's own that cuts the power at a chosen write or sync. From then on every operation fails
// and nothing reaches the files; what had not been synced is kept, lost, or torn in the middle, as the test says.
#pragma once

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace assist::server::store::sqlite {

class CutVfs {
 public:
  enum class Unsynced { kKept, kLost, kTorn };

  explicit CutVfs(std::string name) : name_(std::move(name)), base_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *base_;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + base_->szOsFile;
    vfs_.xOpen = &CutVfs::Open;
    vfs_.xDelete = &CutVfs::Delete;
    vfs_.xAccess = &CutVfs::Access;
    vfs_.xFullPathname = &CutVfs::FullPathname;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~CutVfs() { sqlite3_vfs_unregister(&vfs_); }
  CutVfs(const CutVfs&) = delete;
  CutVfs& operator=(const CutVfs&) = delete;

  /// The `step`-th write or sync from now (1 is the next) does not happen, nor does anything after it.
  void CutAt(std::int64_t step, Unsynced unsynced) {
    left_ = step;
    unsynced_ = unsynced;
  }
  /// Every write or sync of files whose name ends so fails with `code`, until it is 0 again.
  void FailWith(int code, std::string suffix = "", bool syncs_only = false) {
    fail_ = code;
    fail_suffix_ = std::move(suffix);
    syncs_only_ = syncs_only;
  }
  [[nodiscard]] bool cut() const noexcept { return dead_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  [[nodiscard]] std::int64_t syncs() const noexcept { return syncs_; }

 private:
  struct Undo {
    sqlite3_int64 offset;
    std::string before;
    sqlite3_int64 size_before;
    std::string after;
  };
  struct File {
    sqlite3_file base;
    CutVfs* owner;
    std::string* path;
    std::vector<Undo>* unsynced;
    sqlite3_file* real;
  };
  static File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

  /// True when the operation must not happen.
  bool Count(File& file, bool sync) {
    if (dead_) return true;
    ++steps_;
    if (sync) ++syncs_;
    if (left_ == 0 || --left_ > 0) return false;
    dead_ = true;
    for (File* open : open_) Forget(*open);
    (void)file;
    return true;
  }
  void Forget(File& file) {
    if (unsynced_ == Unsynced::kKept) return;
    for (auto it = file.unsynced->rbegin(); it != file.unsynced->rend(); ++it) {
      sqlite3_io_methods const* io = file.real->pMethods;
      if (!it->before.empty())
        io->xWrite(file.real, it->before.data(), static_cast<int>(it->before.size()), it->offset);
      io->xTruncate(file.real, it->size_before);
    }
    if (unsynced_ == Unsynced::kTorn && !file.unsynced->empty()) {
      const Undo& first = file.unsynced->front();
      file.real->pMethods->xWrite(file.real, first.after.data(), static_cast<int>(first.after.size() / 2),
                                  first.offset);
    }
    file.unsynced->clear();
  }
  [[nodiscard]] int Injected(const File& file, bool sync) const {
    if (fail_ == 0 || (syncs_only_ && !sync) || !file.path->ends_with(fail_suffix_)) return SQLITE_OK;
    return fail_;
  }

  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
    auto& self = *static_cast<CutVfs*>(vfs->pAppData);
    File& file = Of(out);
    file.base.pMethods = nullptr;
    if (self.dead_) return SQLITE_IOERR;
    file.owner = &self;
    file.real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(out) + sizeof(File));
    std::memset(file.real, 0, static_cast<std::size_t>(self.base_->szOsFile));
    const int code = self.base_->xOpen(self.base_, path, file.real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    file.path = new std::string(path == nullptr ? "" : path);
    file.unsynced = new std::vector<Undo>();
    file.base.pMethods = Methods();
    self.open_.push_back(&file);
    return SQLITE_OK;
  }
  static int Delete(sqlite3_vfs* vfs, const char* path, int sync) {
    auto& self = *static_cast<CutVfs*>(vfs->pAppData);
    return self.dead_ ? SQLITE_IOERR : self.base_->xDelete(self.base_, path, sync);
  }
  static int Access(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
    auto& self = *static_cast<CutVfs*>(vfs->pAppData);
    return self.base_->xAccess(self.base_, path, flags, result);
  }
  static int FullPathname(sqlite3_vfs* vfs, const char* path, int size, char* out) {
    auto& self = *static_cast<CutVfs*>(vfs->pAppData);
    return self.base_->xFullPathname(self.base_, path, size, out);
  }

  static int Close(sqlite3_file* f) {
    File& file = Of(f);
    const int code = file.real->pMethods->xClose(file.real);
    std::erase(file.owner->open_, &file);
    delete file.path;
    delete file.unsynced;
    return code;
  }
  static int Read(sqlite3_file* f, void* out, int size, sqlite3_int64 offset) {
    File& file = Of(f);
    return file.owner->dead_ ? SQLITE_IOERR_READ : file.real->pMethods->xRead(file.real, out, size, offset);
  }
  static int Write(sqlite3_file* f, const void* bytes, int size, sqlite3_int64 offset) {
    File& file = Of(f);
    CutVfs& self = *file.owner;
    if (self.Count(file, false)) return SQLITE_IOERR_WRITE;
    if (const int code = self.Injected(file, false); code != SQLITE_OK) return code;
    Undo undo{offset, {}, 0, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))};
    file.real->pMethods->xFileSize(file.real, &undo.size_before);
    if (offset < undo.size_before) {
      undo.before.resize(static_cast<std::size_t>(std::min<sqlite3_int64>(size, undo.size_before - offset)));
      file.real->pMethods->xRead(file.real, undo.before.data(), static_cast<int>(undo.before.size()), offset);
    }
    file.unsynced->push_back(std::move(undo));
    return file.real->pMethods->xWrite(file.real, bytes, size, offset);
  }
  static int Truncate(sqlite3_file* f, sqlite3_int64 size) {
    File& file = Of(f);
    return file.owner->dead_ ? SQLITE_IOERR_TRUNCATE : file.real->pMethods->xTruncate(file.real, size);
  }
  static int Sync(sqlite3_file* f, int flags) {
    File& file = Of(f);
    if (file.owner->Count(file, true)) return SQLITE_IOERR_FSYNC;
    if (const int code = file.owner->Injected(file, true); code != SQLITE_OK) return code;
    (void)flags;  // no need to wait for a real disk: the page cache outlives this process
    file.unsynced->clear();
    return SQLITE_OK;
  }
  static int FileSize(sqlite3_file* f, sqlite3_int64* size) {
    File& file = Of(f);
    return file.real->pMethods->xFileSize(file.real, size);
  }
  static int Lock(sqlite3_file* f, int level) { return Of(f).real->pMethods->xLock(Of(f).real, level); }
  static int Unlock(sqlite3_file* f, int level) { return Of(f).real->pMethods->xUnlock(Of(f).real, level); }
  static int CheckReserved(sqlite3_file* f, int* out) {
    return Of(f).real->pMethods->xCheckReservedLock(Of(f).real, out);
  }
  static int Control(sqlite3_file* f, int op, void* arg) {
    return Of(f).real->pMethods->xFileControl(Of(f).real, op, arg);
  }
  static int SectorSize(sqlite3_file* f) { return Of(f).real->pMethods->xSectorSize(Of(f).real); }
  static int Device(sqlite3_file* f) { return Of(f).real->pMethods->xDeviceCharacteristics(Of(f).real); }
  static int ShmMap(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return Of(f).real->pMethods->xShmMap(Of(f).real, page, size, extend, out);
  }
  static int ShmLock(sqlite3_file* f, int offset, int n, int flags) {
    return Of(f).real->pMethods->xShmLock(Of(f).real, offset, n, flags);
  }
  static void ShmBarrier(sqlite3_file* f) { Of(f).real->pMethods->xShmBarrier(Of(f).real); }
  static int ShmUnmap(sqlite3_file* f, int remove) { return Of(f).real->pMethods->xShmUnmap(Of(f).real, remove); }

  static const sqlite3_io_methods* Methods() {
    static const sqlite3_io_methods methods = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = &Close;
      m.xRead = &Read;
      m.xWrite = &Write;
      m.xTruncate = &Truncate;
      m.xSync = &Sync;
      m.xFileSize = &FileSize;
      m.xLock = &Lock;
      m.xUnlock = &Unlock;
      m.xCheckReservedLock = &CheckReserved;
      m.xFileControl = &Control;
      m.xSectorSize = &SectorSize;
      m.xDeviceCharacteristics = &Device;
      m.xShmMap = &ShmMap;
      m.xShmLock = &ShmLock;
      m.xShmBarrier = &ShmBarrier;
      m.xShmUnmap = &ShmUnmap;
      return m;
    }();
    return &methods;
  }

  const std::string name_;
  sqlite3_vfs* base_;
  sqlite3_vfs vfs_{};
  std::vector<File*> open_;
  std::int64_t left_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t syncs_ = 0;
  Unsynced unsynced_ = Unsynced::kKept;
  bool dead_ = false;
  int fail_ = 0;
  std::string fail_suffix_;
  bool syncs_only_ = false;
};

}  // namespace assist::server::store::sqlite
