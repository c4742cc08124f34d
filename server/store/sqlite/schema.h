// The tables, and how an older file becomes today's. Never edit a released step: add one.
#pragma once

#include "common/base/result.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

inline constexpr int kSchemaVersion = 23;
/// Written into the file's header: "this is an Assist store".
inline constexpr int kApplicationId = 0x41535354;

/// Makes or migrates the tables, each step in a transaction. Refuses a file of a newer version and a file of somebody
/// else (kConflict). May throw Failure. `to`: stop there, for tests of later steps.
[[nodiscard]] Status Migrate(Database& db, int to = kSchemaVersion);

}  // namespace assist::server::store::sqlite
