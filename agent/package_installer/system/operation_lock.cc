#include "agent/package_installer/system/operation_lock.h"

#include <utility>

#include "agent/package_installer/database.h"
#include "agent/package_installer/database_file.h"
#include "common/files/files.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::package_installer {
namespace {

std::string LockPath(const std::string& root) { return root + "/" + kFolder + "/.lock"; }
std::string HolderPath(const std::string& root) { return root + "/" + kFolder + "/.holder"; }

}  // namespace

Result<OperationLock> OperationLock::Try(const std::string& root, const std::string& what, std::int64_t pid,
                                         SystemTime now) {
  const std::string folder = root + "/" + kFolder;
  if (Status made = MakeFolders(folder, 0711); !made) return Forward(made);
  Result<FileLock> lock = FileLock::Take(LockPath(root));
  if (!lock) return Forward(lock);
  json::Object holder;
  holder["What"] = what;
  holder["Pid"] = pid;
  holder["Since"] = FormatIso8601(now);
  // Only for those who wait. A full disk does not take it, and then it is most needed that something can be removed.
  if (!WriteFileAtomically(HolderPath(root), json::Write(holder) + "\n", 0600)) {
    static_cast<void>(RemoveFile(HolderPath(root)));  // it names another
  }
  return OperationLock(std::move(*lock));
}

std::string OperationLock::Holder(const std::string& root) {
  const Result<std::string> text = ReadFile(HolderPath(root), 65'536);
  const auto object = text ? json::ParseObject(*text) : Fail(Errc::kNotFound, "");
  if (!object) return "another process";
  json::Reader in(*object);
  const std::string what(in.String("What"));
  const std::int64_t pid = in.Int("Pid");
  const std::string since(in.String("Since"));
  if (!in.status()) return "another process";
  return what + " (process " + std::to_string(pid) + ", since " + since + ")";
}

bool OperationLock::IsWorkLeft(const std::string& root) {
  const std::string path = root + "/" + kDatabase;
  const Result<std::string> text = ReadFile(path, kMaxDatabaseBytes);
  if (!text) return text.error().code != Errc::kNotFound;
  const auto database = ParseDatabase(*text);
  return !database || database->pending || !database->untold.empty();
}

bool OperationLock::IsAbandoned(const std::string& root) {
  return !FileLock::IsTaken(LockPath(root)) && IsWorkLeft(root);
}

}  // namespace assist::agent::package_installer
