#include "cli/table/output.h"

#include "protocol/json/json.h"

namespace assist::cli {

std::optional<OutputKind> ParseOutputKind(std::string_view text) {
  if (text == "table") return OutputKind::kTable;
  if (text == "json") return OutputKind::kJson;
  if (text == "ids") return OutputKind::kIds;
  return std::nullopt;
}

std::string ErrorDocument(std::string_view code, std::string_view message, std::string_view request_id, ExitCode exit) {
  json::Object error;
  error["Code"] = code;
  error["Message"] = message;
  error["RequestId"] = request_id;
  error["ExitCode"] = static_cast<int>(exit);
  json::Object document;
  document["Error"] = std::move(error);
  return json::Write(document);
}

}  // namespace assist::cli
