// Invocations as DescribeInvocations lists them. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct InvocationRow {
  std::string id;
  std::string command_id;
  std::string command_name;
  std::string type;
  std::string status;  ///< Of the whole, as the API calls it.
  std::string created;
  std::string repeat_mode;
  std::string frequency;
  std::string rerun_of;  ///< Empty: none.
  std::string user;
  std::string working_dir;
  std::string container;
  std::string parameters;
  std::string script;
  std::string max_concurrency;
  std::int64_t timeout = 0;
  std::int64_t machines = 0;
  std::vector<std::pair<std::string, std::int64_t>> counts;  ///< By InvocationStatus, as the server orders them.
  std::vector<std::pair<std::string, std::string>> tags;
  bool cut = false;  ///< The script is left out: asked for alone it is there.
  json::Object raw;

  [[nodiscard]] std::int64_t CountOf(std::string_view status) const;
  /// Neither running nor waiting anywhere.
  [[nodiscard]] bool over() const;
};

/// Appends the rows of a page. Scripts must have been asked for in Base64.
[[nodiscard]] Status ReadInvocations(const json::Object& page, std::vector<InvocationRow>& into);

/// {"Invocations":[…],"TotalCount":n}: without wrapper objects, scripts and instances, which `inv show` has.
[[nodiscard]] std::string InvocationsJson(std::vector<InvocationRow> rows);

}  // namespace assist::cli
