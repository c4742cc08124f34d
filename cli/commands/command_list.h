// Stored commands as DescribeCommands lists them, and as people and programs see them. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/table/table.h"
#include "cli/text/text.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct CommandRow {
  std::string id;
  std::string name;
  std::string type;
  std::string description;
  std::string created;
  std::string working_dir;
  std::string launcher;
  std::string script;
  std::int64_t timeout = 0;
  std::int64_t runs = 0;
  std::vector<std::string> parameters;  ///< Names that the script takes.
  std::vector<std::pair<std::string, std::string>> tags;
  json::Object raw;
};

/// Appends the rows of a page. Scripts must have been asked for in Base64.
[[nodiscard]] Status ReadCommands(const json::Object& page, std::vector<CommandRow>& into);

/// What the word of a user means: an id, or a name that one command has alone. kNotFound and kConflict are lines.
[[nodiscard]] Result<CommandRow> ChooseCommand(const std::string& word, const std::vector<CommandRow>& rows,
                                               const Text& text);

[[nodiscard]] Table CommandTable(const std::vector<CommandRow>& rows, const Look& look);
/// All about one, the script at the end.
[[nodiscard]] std::string CommandFacts(const CommandRow& row, const Look& look);
/// {"Commands":[…],"TotalCount":n}, without the scripts.
[[nodiscard]] std::string CommandsJson(std::vector<CommandRow> rows);
/// {"Command":{…}}
[[nodiscard]] std::string CommandJson(CommandRow row);

}  // namespace assist::cli
