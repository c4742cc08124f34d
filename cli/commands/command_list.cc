#include "cli/commands/command_list.h"

#include <fmt/format.h>

#include <set>

#include "cli/answer/escape.h"
#include "cli/table/times.h"
#include "cli/verb/parse.h"
#include "protocol/encoding/base64.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::size_t kNearOnes = 3;

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void ReadRow(json::Reader& in, CommandRow& row) {
  row.id = std::string(in.String("CommandId"));
  row.name = std::string(in.StringOr("Name", ""));
  row.type = std::string(in.StringOr("Type", ""));
  row.description = std::string(in.StringOr("Description", ""));
  row.created = std::string(in.StringOr("CreationTime", ""));
  row.working_dir = std::string(in.StringOr("WorkingDir", ""));
  row.launcher = std::string(in.StringOr("Launcher", ""));
  row.timeout = in.IntOr("Timeout", 0);
  row.runs = in.IntOr("InvokeTimes", 0);
  if (auto script = encoding::Base64Decode(in.StringOr("CommandContent", ""))) row.script = std::move(*script);
  if (auto names = in.Child("ParameterNames")) row.parameters = names->Strings("ParameterName");
  if (auto tags = in.Child("Tags")) {
    tags->Each("Tag", [&row](json::Reader& tag) {
      row.tags.emplace_back(std::string(tag.StringOr("TagKey", "")), std::string(tag.StringOr("TagValue", "")));
    });
  }
}

}  // namespace

Status ReadCommands(const json::Object& page, std::vector<CommandRow>& into) {
  json::Reader in(page);
  auto wrapper = in.Child("Commands");
  if (!wrapper) {
    in.Refuse("Commands", "is missing");
    return in.Error();
  }
  const auto* list = page.at("Commands").as_object().if_contains("Command");
  std::size_t index = 0;
  wrapper->Each("Command", [&](json::Reader& item) {
    CommandRow row;
    row.raw = list->as_array()[index++].as_object();
    ReadRow(item, row);
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

Result<CommandRow> ChooseCommand(const std::string& word, const std::vector<CommandRow>& rows, const Text& text) {
  std::vector<const CommandRow*> named;
  for (const CommandRow& row : rows) {
    if (row.id == word) return row;
    if (row.name == word) named.push_back(&row);
  }
  if (named.size() == 1) return *named[0];
  if (named.size() > 1) {
    std::vector<std::string> ids;
    for (const CommandRow* row : named) ids.push_back(EscapeLine(row->id));
    return Fail(Errc::kConflict, text(msg::kAmbiguousCommand, ids.size(), EscapeLine(word), Joined(ids)));
  }
  std::set<std::string_view> names;  // several may have the same
  for (const CommandRow& row : rows) {
    if (!row.name.empty()) names.insert(row.name);
  }
  for (const CommandRow& row : rows) names.insert(row.id);
  std::vector<std::string> near;
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string_view one : NearestWords(word, known, kNearOnes)) near.push_back(EscapeLine(one));
  if (near.empty()) return Fail(Errc::kNotFound, text(msg::kNoSuchCommand, EscapeLine(word)));
  return Fail(Errc::kNotFound, text(msg::kNoSuchCommandNear, EscapeLine(word), Joined(near)));
}

Table CommandTable(const std::vector<CommandRow>& rows, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnId)},
               {text(msg::kColumnName), 10},
               {text(msg::kColumnType), 5, 4},
               {text(msg::kColumnTimeout), Column::kWhole, 5, true},
               {text(msg::kColumnRuns), Column::kWhole, 3, true},
               {text(msg::kColumnParameters), 8, 2},
               {text(msg::kColumnCreated), Column::kWhole, 1},
               {text(msg::kColumnDescription), 10, 6}});
  for (const CommandRow& row : rows) {
    table.Add({row.id, row.name, row.type, std::to_string(row.timeout), std::to_string(row.runs),
               Joined(row.parameters), When(row.created, look), row.description});
  }
  return table;
}

std::string CommandFacts(const CommandRow& row, const Look& look) {
  const Text& text = look.text;
  Facts facts;
  const auto add = [&facts](std::string name, const std::string& value) {
    if (!value.empty()) facts.Add(std::move(name), value);
  };
  add(text(msg::kFactId), row.id);
  add(text(msg::kFactName), row.name);
  add(text(msg::kFactDescription), row.description);
  add(text(msg::kFactType), row.type);
  add(text(msg::kFactCreated), WhenExactly(row.created, look));
  add(text(msg::kFactTimeout), text(msg::kTimeoutSeconds, row.timeout));
  add(text(msg::kFactFolder), row.working_dir);
  add(text(msg::kFactLauncher), row.launcher);
  add(text(msg::kFactParameters), Joined(row.parameters));
  add(text(msg::kFactRuns), std::to_string(row.runs));
  std::string tags;
  for (const auto& [key, value] : row.tags) tags += fmt::format("{}{}={}", tags.empty() ? "" : " ", key, value);
  add(text(msg::kFactTags), tags);
  std::string script = row.script;
  while (script.ends_with('\n')) script.pop_back();
  add(text(msg::kFactScript), script);
  return facts.Render(look);
}

std::string CommandsJson(std::vector<CommandRow> rows) {
  json::Array list;
  for (CommandRow& row : rows) {
    for (const char* member : {"CommandContent", "ContentCut"}) row.raw.erase(member);
    list.emplace_back(std::move(row.raw));
  }
  json::Object document;
  document["TotalCount"] = list.size();
  document["Commands"] = std::move(list);
  return json::Write(document);
}

std::string CommandJson(CommandRow row) {
  json::Object document;
  document["Command"] = std::move(row.raw);
  return json::Write(document);
}

}  // namespace assist::cli
