#include "server/service/backup_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include "common/crypto/hash.h"
#include "common/posix/file.h"
#include "protocol/encoding/hex.h"
#include "server/service/data_folder.h"
#include "server/store/sqlite/copy.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::service {
namespace {

using store::sqlite::Blob;
using store::sqlite::Database;
using store::sqlite::Query;

constexpr std::int64_t kFormat = 1;
constexpr std::string_view kSealStart = "\nassist-server backup 1 sha256 ";
constexpr std::size_t kSealBytes = kSealStart.size() + 64 + 1;
constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::size_t kPiece = std::size_t{1} << 20;

Status Errno(std::string_view what, const std::string& path) {
  return tl::make_unexpected(ErrnoError(errno, what, path));
}

Result<std::int64_t> SizeOf(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return tl::make_unexpected(ErrnoError(errno, "look at", path));
  return static_cast<std::int64_t>(info.st_size);
}

/// Gives the first `bytes` bytes of a file piece by piece to `take`, from its beginning.
template <class Take>
Status ForEachPiece(int fd, const std::string& path, std::int64_t bytes, Take take) {
  std::string piece(kPiece, '\0');
  for (std::int64_t at = 0; at < bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(bytes - at, static_cast<std::int64_t>(kPiece)));
    const ssize_t got = ::pread(fd, piece.data(), wanted, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Errno("read", path);
    if (got == 0) return Fail(Errc::kInvalid, path + " became shorter while it was read");
    if (Status taken = take(std::string_view(piece).substr(0, static_cast<std::size_t>(got))); !taken) return taken;
    at += got;
  }
  return {};
}

Result<std::string> DigestOf(int fd, const std::string& path, std::int64_t bytes) {
  Sha256Stream digest;
  const auto take = [&digest](std::string_view piece) -> Status {
    digest.Update(piece);
    return {};
  };
  if (Status read = ForEachPiece(fd, path, bytes, take); !read) return Forward(read);
  return encoding::HexEncode(digest.Finish());
}

std::optional<std::int64_t> Fact(Database& db, std::string_view key) {
  Query query(db, "SELECT value FROM backup WHERE key=?", key);
  return query.Step() ? std::optional<std::int64_t>(query.Int(0)) : std::nullopt;
}

/// The two tables of a backup in the copy of the store.
Status AddTables(const std::string& copy, const std::string& data, SystemTime now, const std::string& version) {
  try {
    Database::Options options;
    options.path = copy;
    Database db(options);
    db.Script(
        "PRAGMA synchronous=OFF;BEGIN;CREATE TABLE backup(key TEXT PRIMARY KEY, value);"
        "CREATE TABLE backup_files(name TEXT PRIMARY KEY, mode INTEGER NOT NULL, content BLOB NOT NULL)");
    store::sqlite::SqliteTx tx(db);
    constexpr std::string_view kAdd = "INSERT INTO backup VALUES(?,?)";
    db.Run(kAdd, "format", kFormat);
    db.Run(kAdd, "made", now);
    db.Run(kAdd, "version", version);
    db.Run(kAdd, "machines", tx.CountMachines());
    // What is missing is left out: admin.json may have been taken away.
    for (const std::string_view name : kKeptFiles) {
      const std::string path = data + "/" + std::string(name);
      Result<std::string> content = ReadFile(path, kMaxFile);
      if (!content && content.error().code == Errc::kNotFound) continue;
      if (!content) return Forward(content);
      struct stat info {};
      if (::stat(path.c_str(), &info) != 0) return Errno("look at", path);
      db.Run("INSERT INTO backup_files VALUES(?,?,?)", name, info.st_mode & 0777U, Blob{*content});
    }
    db.Script("COMMIT");
  } catch (const store::Failure& failure) {
    return Fail(failure.code(), "cannot write " + copy + ": " + failure.what());
  }
  return {};
}

/// The digest's line at the end, and everything on disk.
Status Seal(const std::string& path) {
  Result<UniqueFd> fd = OpenFile(path, O_RDWR);
  if (!fd) return Forward(fd);
  Result<std::int64_t> size = SizeOf(fd->get(), path);
  if (!size) return Forward(size);
  Result<std::string> digest = DigestOf(fd->get(), path, *size);
  if (!digest) return Forward(digest);
  if (::lseek(fd->get(), 0, SEEK_END) < 0) return Errno("write", path);
  if (Status sealed = WriteAll(fd->get(), std::string(kSealStart) + *digest + "\n", path); !sealed) return sealed;
  if (::fsync(fd->get()) != 0) return Errno("sync", path);
  return {};
}

/// Size of the database and its digest as the last line tells it.
struct Sealed {
  std::int64_t bytes = 0;
  std::string digest;
};
Result<Sealed> ReadSeal(int fd, const std::string& path) {
  Result<std::int64_t> size = SizeOf(fd, path);
  if (!size) return Forward(size);
  std::string seal(kSealBytes, '\0');
  const std::int64_t bytes = *size - static_cast<std::int64_t>(kSealBytes);
  const bool read = bytes > 0 && ::pread(fd, seal.data(), kSealBytes, bytes) == static_cast<ssize_t>(kSealBytes);
  if (!read || !seal.starts_with(kSealStart) || seal.back() != '\n') {
    return Fail(Errc::kInvalid, path + " is no backup of assist-server, or its end is missing");
  }
  return Sealed{bytes, seal.substr(kSealStart.size(), 64)};
}

/// What the tables say; their form is checked before.
Result<BackupFacts> ReadFacts(Database& db, const std::string& file) {
  BackupFacts facts;
  {
    Query check(db, "PRAGMA integrity_check(1)");
    if (!check.Step() || check.View(0) != "ok") {
      return Fail(Errc::kInvalid, "the database in " + file + " is damaged: " + check.Text(0));
    }
  }
  {
    Query application(db, "PRAGMA application_id");
    if (!application.Step() || application.Int(0) != store::sqlite::kApplicationId) {
      return Fail(Errc::kInvalid, file + " holds no store of assist-server");
    }
  }
  if (Fact(db, "format") != kFormat) return Fail(Errc::kConflict, file + " was made by a newer assist-server");
  Query schema(db, "PRAGMA user_version");
  facts.schema = schema.Step() ? schema.Int(0) : 0;
  if (facts.schema > store::sqlite::kSchemaVersion) {
    return Fail(Errc::kConflict, file + " has schema " + std::to_string(facts.schema) + ", this program knows up to " +
                                     std::to_string(store::sqlite::kSchemaVersion) +
                                     ": restore it with the assist-server that made it, or a newer one");
  }
  facts.made = FromUnixMicros(Fact(db, "made").value_or(0));
  facts.machines = Fact(db, "machines").value_or(0);
  Query version(db, "SELECT value FROM backup WHERE key='version'");
  if (version.Step()) facts.version = version.Text(0);
  Query files(db, "SELECT name FROM backup_files ORDER BY name");
  while (files.Step()) {
    // Never a name of somebody else's making: it becomes a path.
    if (std::find(kKeptFiles.begin(), kKeptFiles.end(), files.View(0)) == kKeptFiles.end()) {
      return Fail(Errc::kInvalid, file + " holds a file \"" + files.Text(0) + "\" that no server has");
    }
    facts.files.push_back(files.Text(0));
  }
  return facts;
}

/// Gives the finished file its name. link replaces nothing, unlike rename, which serves where links are not known.
Status Name(const std::string& partial, const std::string& file) {
  int failed = ::link(partial.c_str(), file.c_str()) == 0 ? 0 : errno;
  const bool no_links = failed == EPERM || failed == EOPNOTSUPP || failed == ENOSYS || failed == EMLINK;
  if (no_links) failed = ::rename(partial.c_str(), file.c_str()) == 0 ? 0 : errno;
  Status removed = RemoveFile(partial);
  if (failed != 0) return tl::make_unexpected(ErrnoError(failed, "make", file));
  return removed;
}

Status CopyBytes(const std::string& from, std::int64_t bytes, const std::string& to) {
  Result<UniqueFd> in = OpenFile(from, O_RDONLY);
  if (!in) return Forward(in);
  Result<UniqueFd> out = OpenFile(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!out) return Forward(out);
  const auto write = [&](std::string_view piece) { return WriteAll(out->get(), piece, to); };
  if (Status copied = ForEachPiece(in->get(), from, bytes, write); !copied) return copied;
  if (::fsync(out->get()) != 0) return Errno("sync", to);
  return {};
}

}  // namespace

Result<BackupFacts> WriteBackup(const std::string& data, const std::string& file, SystemTime now,
                                const std::string& version) {
  const std::string source = data + "/store.db";
  if (!Exists(source)) {
    return Fail(Errc::kNotFound,
                "no server was ever started with the folder " + data + "; name its folder with --data");
  }
  if (Exists(file)) return Fail(Errc::kConflict, file + " exists; give the backup a name of its own");
  const std::string partial = file + ".partial";
  {
    Result<UniqueFd> made = OpenFile(partial, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!made && Exists(partial)) {
      return Fail(Errc::kConflict, partial +
                                       " exists: another backup is being written there, or one was broken off; "
                                       "remove it or choose another name");
    }
    if (!made) return Forward(made);
  }
  Status written = store::sqlite::CopyStore(source, partial);
  if (written) written = AddTables(partial, data, now, version);
  if (written) written = Seal(partial);
  if (!written) {
    for (const char* rest : {"", "-journal"}) (void)RemoveFile(partial + rest);
    return Forward(written);
  }
  if (Status named = Name(partial, file); !named) return Forward(named);
  const auto slash = file.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
  if (Status synced = SyncFolder(folder); !synced) return Forward(synced);
  return CheckBackup(file);
}

Result<BackupFacts> CheckBackup(const std::string& file) {
  Result<UniqueFd> fd = OpenFile(file, O_RDONLY);
  if (!fd) return Forward(fd);
  Result<Sealed> seal = ReadSeal(fd->get(), file);
  if (!seal) return Forward(seal);
  Result<std::string> digest = DigestOf(fd->get(), file, seal->bytes);
  if (!digest) return Forward(digest);
  if (*digest != seal->digest) {
    return Fail(Errc::kInvalid, file + " is damaged: its SHA-256 is " + *digest + ", it was written with " +
                                    seal->digest + "; take another backup");
  }
  try {
    Database::Options options;
    options.path = file;
    options.read_only = true;
    Database db(options);
    Result<BackupFacts> facts = ReadFacts(db, file);
    if (!facts) return facts;
    facts->bytes = seal->bytes + static_cast<std::int64_t>(kSealBytes);
    facts->sha256 = *digest;
    return facts;
  } catch (const store::Failure& failure) {
    return Fail(Errc::kInvalid, file + " cannot be read: " + failure.what());
  }
}

Status UnpackBackup(const std::string& file, const BackupFacts& facts, const std::string& data,
                    const std::string& store) {
  const std::int64_t bytes = facts.bytes - static_cast<std::int64_t>(kSealBytes);
  if (Status copied = CopyBytes(file, bytes, store); !copied) return copied;
  try {
    Database::Options options;
    options.path = store;
    Database db(options);
    {
      Query files(db, "SELECT name, mode, content FROM backup_files ORDER BY name");
      while (files.Step()) {
        const auto mode = static_cast<mode_t>(files.Int(1)) & 0777U;
        if (Status written = WriteFileAtomically(data + "/" + files.Text(0), files.View(2), mode); !written) {
          return written;
        }
      }
    }
    db.Script("PRAGMA secure_delete=ON;PRAGMA synchronous=FULL;BEGIN;DROP TABLE backup;DROP TABLE backup_files;COMMIT");
  } catch (const store::Failure& failure) {
    return Fail(failure.code(), "cannot write " + store + ": " + failure.what());
  }
  return SyncFolder(data);
}

}  // namespace assist::server::service
