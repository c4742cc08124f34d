// How a file arrives, as DescribeSendFileResults tells it. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "cli/run/names.h"
#include "cli/table/table.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct FileRow {
  std::string id;
  std::string status;  ///< As the API calls it.
  std::string reason;
  bool done = false;
  bool good = false;
  json::Object raw;
};

/// The machines of the one call of SendFile that the page is about.
[[nodiscard]] Result<std::vector<FileRow>> ReadFileRows(const json::Object& page);

/// Those that have not got it, with the reason.
[[nodiscard]] Table FileTable(const std::vector<FileRow>& rows, const NameBook& names, const Look& look);

/// {"InvokeIds":[…],"Instances":[…]}
[[nodiscard]] std::string FilesJson(const std::vector<std::string>& invoke_ids, std::vector<FileRow> rows);

}  // namespace assist::cli
