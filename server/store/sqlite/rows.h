// Columns of tasks and what is read from them, for the files that join them.
#pragma once

#include <string_view>

#include "server/model/entities.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

/// Of `tasks t`.
inline constexpr std::string_view kTaskColumns =
    "t.id,t.machine,t.occurrence,t.state,t.outcome,t.delivery,t.delivery_number,t.agent_run,t.offers,t.error_code,"
    "t.error_detail,t.exit_code,t.start,t.finish,t.stop_asked,t.silent_after,t.updated,t.output_next,t.output_size,"
    "t.output_dropped,t.timeline";
inline constexpr int kTaskColumnCount = 21;
/// From columns that begin with these.
[[nodiscard]] model::Task ReadTask(const Query& row);

}  // namespace assist::server::store::sqlite
