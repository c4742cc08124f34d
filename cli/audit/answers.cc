#include "cli/audit/answers.h"

#include <algorithm>
#include <array>

#include "cli/answer/escape.h"
#include "cli/text/width.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

tl::unexpected<Error> Missing(std::string_view name) {
  return Fail(Errc::kInvalid, std::string(name) + " is missing or of another type");
}

Result<std::string> TextOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return Missing(name);
  return std::string(json::View(value->get_string()));
}

Result<api::AuditRecord> ParseRecord(const json::Value& value) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return Missing("AuditRecord");
  api::AuditRecord record;
  const json::Value* number = object->if_contains("Number");
  if (number == nullptr || !number->is_int64()) return Missing("Number");
  record.number = number->get_int64();
  for (const auto& [name, member] : api::kAuditTexts) {
    Result<std::string> text = TextOf(*object, name);
    if (!text) return Forward(text);
    record.*member = std::move(*text);
  }
  Result<std::string> hash = TextOf(*object, "Hash");
  if (!hash) return Forward(hash);
  record.hash = std::move(*hash);
  return record;
}

std::vector<std::string> Split(std::string_view line) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t tab = line.find('\t');
    out.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return out;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace

Result<AuditPage> ParseAuditPage(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  AuditPage page;
  const json::Value* records = object->if_contains("AuditRecords");
  const json::Object* wrapper = records == nullptr ? nullptr : records->if_object();
  const json::Value* list = wrapper == nullptr ? nullptr : wrapper->if_contains("AuditRecord");
  if (list == nullptr || !list->is_array()) return Missing("AuditRecords.AuditRecord");
  for (const json::Value& value : list->get_array()) {
    auto record = ParseRecord(value);
    if (!record) return Forward(record);
    page.rows.push_back(std::move(*record));
  }
  auto token = TextOf(*object, "NextToken");
  if (!token) return Forward(token);
  page.next_token = std::move(*token);
  for (const auto& [name, head] : {std::pair("Start", &page.start), std::pair("Head", &page.head)}) {
    auto text = TextOf(*object, name);
    if (!text) return Forward(text);
    const auto parsed = api::ParseAuditHead(*text);
    if (!parsed) return Missing(name);
    *head = *parsed;
  }
  return page;
}

std::string AuditTable(const std::vector<api::AuditRecord>& rows, bool terminal, const Text& text) {
  std::vector<std::vector<std::string>> lines = {Split(text(msg::kAuditTitles))};
  for (const api::AuditRecord& row : rows) {
    std::string who = row.access_key_id;
    if (!row.access_key_name.empty()) who += (who.empty() ? "" : " ") + ("(" + row.access_key_name + ")");
    std::vector<std::string> cells = {
        std::to_string(row.number), row.time, who, row.source, row.action, row.code, row.resources, row.result};
    for (std::string& cell : cells) cell = EscapeLine(cell);
    lines.push_back(std::move(cells));
  }
  std::vector<std::size_t> widths(lines[0].size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 == line.size()) break;
      out += terminal ? std::string(widths[i] - DisplayWidth(line[i]) + 2, ' ') : "\t";
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

std::string AuditJson(const std::vector<api::AuditRecord>& rows) {
  json::Array list;
  for (const api::AuditRecord& row : rows) {
    json::Object object;
    object["Number"] = row.number;
    for (const auto& [name, member] : api::kAuditTexts) object[name] = row.*member;
    object["Hash"] = row.hash;
    list.push_back(std::move(object));
  }
  json::Object records;
  records["AuditRecord"] = std::move(list);
  json::Object out;
  out["AuditRecords"] = std::move(records);
  return json::Write(out);
}

}  // namespace assist::cli
