// The API's operations as the server declares them: what `assist ecs` understands lists by and explains. The table
// itself, api_table.cc, is made from the server's declarations (server/openapi/document.h). Values; any thread.
#pragma once

#include <span>
#include <string_view>

namespace assist::cli {

/// A text in the languages of this program.
struct Bilingual {
  std::string_view english;
  std::string_view chinese;
};

struct ApiParameter {
  std::string_view wire;  ///< As it stands on the wire: `InstanceId.N`; of a field in a JSON object `Config → Field`.
  std::string_view name;  ///< Without what stands behind the dot.
  std::string_view type;  ///< string, integer, boolean, list, objects (with fields of their own), JSON.
  bool list = false;      ///< `Name.1`, `Name.2`, … of plain values.
  bool mandatory = false;
  bool extension = false;
  Bilingual limits;           ///< Empty: none.
  std::string_view fallback;  ///< Empty: none.
  Bilingual note;
};

struct ApiErrorCode {
  std::string_view code;
  int status = 0;
  std::string_view message;
};

struct ApiAction {
  std::string_view name;
  bool changes = false;
  bool client_token = false;  ///< The server remembers its ClientToken: a repeat does nothing twice.
  bool extension = false;     ///< Of this server alone.
  Bilingual summary;
  std::string_view example;  ///< The words behind `assist ecs`.
  std::span<const ApiParameter> parameters;
  std::span<const Bilingual> notes;
  std::span<const ApiErrorCode> errors;
  std::string_view answer;  ///< A line a field; `+`: an extension, `?`: may be absent.
};

/// In the order of the documentation.
[[nodiscard]] std::span<const ApiAction> ApiActions();

}  // namespace assist::cli
