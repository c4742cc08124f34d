#include "server/store/sqlite/copy.h"

#include <sqlite3.h>

#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

Status CopyStore(const std::string& from, const std::string& to) {
  try {
    Database::Options source_options;
    source_options.path = from;
    source_options.read_only = true;
    Database source(source_options);
    Database::Options target_options;
    target_options.path = to;
    Database target(target_options);
    target.Script("PRAGMA synchronous=OFF");
    sqlite3_backup* copying = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
    if (copying == nullptr) target.Throw("begin a copy", sqlite3_errcode(target.handle()));
    // In one step: it reads one snapshot.
    const int stepped = sqlite3_backup_step(copying, -1);
    const int finished = sqlite3_backup_finish(copying);
    if (stepped != SQLITE_DONE || finished != SQLITE_OK) {
      target.Throw("copy " + from, finished != SQLITE_OK ? finished : stepped);
    }
    target.Script("PRAGMA journal_mode=DELETE");
  } catch (const Failure& failure) {
    return Fail(failure.code(), std::string("cannot copy ") + from + ": " + failure.what());
  }
  return {};
}

}  // namespace assist::server::store::sqlite
