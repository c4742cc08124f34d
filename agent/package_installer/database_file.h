// The database on the disk, twice: packages/.database, replaced in one step, and packages/.database.copy, written the
// same way after it. Damage is an error that says so and names the way out; it is never taken for an empty database.
// One executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "agent/disk/disk.h"
#include "agent/package_installer/database.h"
#include "common/base/result.h"

namespace assist::agent::package_installer {

namespace asio = boost::asio;

inline constexpr const char* kFolder = "packages";
inline constexpr const char* kDatabase = "packages/.database";
inline constexpr const char* kDatabaseCopy = "packages/.database.copy";

class DatabaseFile {
 public:
  /// `disk` outlives this.
  explicit DatabaseFile(disk::Disk& disk) : disk_(disk) {}

  /// Empty where nothing was ever installed. kInvalid: damaged.
  asio::awaitable<Result<Database>> Load();
  /// The folder exists. On the platter when this returns Ok; after a failure it is the old or the new one.
  asio::awaitable<Status> Save(const Database& database);
  /// What the copy says, or else `otherwise`, becomes the database. Tells which: true, the copy.
  asio::awaitable<Result<bool>> Repair(Database otherwise);

 private:
  asio::awaitable<Result<Database>> Read(std::string path);
  asio::awaitable<Status> Write(std::string text, std::string path);
  asio::awaitable<Result<bool>> IsUntouched();

  disk::Disk& disk_;
};

}  // namespace assist::agent::package_installer
