#include "agent/package_installer/database_file.h"

#include <algorithm>
#include <utility>

namespace assist::agent::package_installer {
namespace {

constexpr std::string_view kWayOut =
    "; nothing is changed until it is whole again: `assist-agent pkg repair` takes its copy, or else what the folders "
    "of "
    "the packages say";

}  // namespace

asio::awaitable<Result<Database>> DatabaseFile::Read(std::string path) {
  auto text = co_await disk_.Read(path, 0, kMaxDatabaseBytes + 1);
  if (!text) co_return Forward(text);
  if (text->size() > kMaxDatabaseBytes) co_return Fail(Errc::kInvalid, path + " is damaged: larger than 16 MiB");
  auto database = ParseDatabase(*text);
  if (!database) co_return Fail(Errc::kInvalid, path + " " + database.error().detail);
  co_return database;
}

/// Whether no package was ever here. Folders of packages, or a copy, without a database are damage.
asio::awaitable<Result<bool>> DatabaseFile::IsUntouched() {
  std::string folder = kFolder;
  auto names = co_await disk_.List(std::move(folder));
  if (!names && names.error().code == Errc::kNotFound) co_return true;
  if (!names) co_return Forward(names);
  co_return std::none_of(names->begin(), names->end(), [](const std::string& name) {
    return !name.starts_with('.') || std::string(kFolder) + "/" + name == kDatabaseCopy;
  });
}

asio::awaitable<Result<Database>> DatabaseFile::Load() {
  std::string path = kDatabase;
  auto database = co_await Read(std::move(path));
  if (database) co_return database;
  if (database.error().code == Errc::kInvalid) {
    co_return Fail(Errc::kInvalid, database.error().detail + std::string(kWayOut));
  }
  if (database.error().code != Errc::kNotFound) co_return database;
  const auto untouched = co_await IsUntouched();
  if (!untouched) co_return tl::make_unexpected(untouched.error());
  if (*untouched) co_return Database{};
  co_return Fail(Errc::kInvalid,
                 std::string(kDatabase) + " is missing, though packages were installed" + std::string(kWayOut));
}

asio::awaitable<Status> DatabaseFile::Write(std::string text, std::string path) {
  const std::string fresh = path + ".new";
  const disk::Access access;
  Status done = co_await disk_.WriteFile(fresh, std::move(text), access);
  if (!done) co_return done;
  std::vector<std::string> files(1, fresh);
  done = co_await disk_.SyncFiles(std::move(files));
  if (!done) co_return done;
  done = co_await disk_.Rename(fresh, std::move(path));
  if (!done) co_return done;
  std::string folder = kFolder;
  co_return co_await disk_.SyncFolder(std::move(folder));
}

asio::awaitable<Status> DatabaseFile::Save(const Database& database) {
  const std::string text = WriteDatabase(database);
  if (text.size() > kMaxDatabaseBytes) co_return Fail(Errc::kInvalid, "the database of packages would exceed 16 MiB");
  std::string path = kDatabase;
  Status written = co_await Write(text, std::move(path));
  if (!written) co_return written;
  std::string copy = kDatabaseCopy;
  co_return co_await Write(text, std::move(copy));
}

asio::awaitable<Result<bool>> DatabaseFile::Repair(Database otherwise) {
  std::string path = kDatabaseCopy;
  auto copy = co_await Read(std::move(path));
  const bool whole = copy.has_value();
  if (!copy && copy.error().code != Errc::kInvalid && copy.error().code != Errc::kNotFound) co_return Forward(copy);
  const Database database = whole ? std::move(*copy) : std::move(otherwise);
  Status saved = co_await Save(database);
  if (!saved) co_return Forward(saved);
  co_return whole;
}

}  // namespace assist::agent::package_installer
