// The file of a backup: everything that a server is, at one moment. It is a SQLite database: the store, with two tables
// more, and one line behind its end:
//   backup        key, value: format, made (µs), version, machines
//   backup_files  name, mode, content: CA, keys and settings of the folder
//   "\nassist-server backup 1 sha256 <64 digits>\n" over all bytes before it
// All functions block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::server::service {

/// What a backup says of itself.
struct BackupFacts {
  SystemTime made;
  std::string version;  ///< Of the program that made it.
  std::int64_t schema = 0;
  std::int64_t machines = 0;
  std::int64_t bytes = 0;
  std::string sha256;              ///< Of all but the last line; 64 digits.
  std::vector<std::string> files;  ///< Beside the store.
};

/// Writes the server of folder `data`, running or not, into `file` (0600, synced), which appears when it is whole.
/// kConflict: `file` or `file`.partial exists. kNotFound: no server was ever started there.
[[nodiscard]] Result<BackupFacts> WriteBackup(const std::string& data, const std::string& file, SystemTime now,
                                              const std::string& version);

/// Reads all of it: its digest, the form of the database, its schema. kInvalid: no backup, or damaged. kConflict: of a
/// newer program.
[[nodiscard]] Result<BackupFacts> CheckBackup(const std::string& file);

/// Lays the content of a checked backup out in the folder `data` (there, and locked by the caller): the files with
/// their modes and, last, the store as `store`.
[[nodiscard]] Status UnpackBackup(const std::string& file, const BackupFacts& facts, const std::string& data,
                                  const std::string& store);

}  // namespace assist::server::service
