#include "cli/invocations/invocation_list.h"

#include <algorithm>
#include <array>

#include "protocol/encoding/base64.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::array<std::string_view, 4> kOpen = {"Pending", "Scheduled", "Running", "Stopping"};

void Count(std::string_view status, std::int64_t count, InvocationRow& row) {
  for (auto& [name, total] : row.counts) {
    if (name != status) continue;
    total += count;
    return;
  }
  row.counts.emplace_back(status, count);
}

/// The counts of our server; of another one what the listed instances make.
void ReadCounts(const json::Object& raw, json::Reader& in, InvocationRow& row) {
  const auto* counts = raw.if_contains("InstanceStatusCounts");
  if (counts != nullptr && counts->is_object()) {
    for (const auto& [name, count] : counts->get_object()) {
      if (count.is_int64()) Count({name.data(), name.size()}, count.get_int64(), row);
    }
    row.machines = in.IntOr("InstanceCount", 0);
    return;
  }
  if (auto list = in.Child("InvokeInstances")) {
    list->Each("InvokeInstance", [&row](json::Reader& item) {
      Count(item.StringOr("InvocationStatus", ""), 1, row);
      ++row.machines;
    });
  }
}

void ReadRow(const json::Object& raw, json::Reader& in, InvocationRow& row) {
  row.id = std::string(in.String("InvokeId"));
  row.command_id = std::string(in.StringOr("CommandId", ""));
  row.command_name = std::string(in.StringOr("CommandName", ""));
  row.type = std::string(in.StringOr("CommandType", ""));
  row.status = std::string(in.StringOr("InvocationStatus", ""));
  row.created = std::string(in.StringOr("CreationTime", ""));
  row.repeat_mode = std::string(in.StringOr("RepeatMode", ""));
  row.frequency = std::string(in.StringOr("Frequency", ""));
  row.rerun_of = std::string(in.StringOr("RerunOf", ""));
  row.user = std::string(in.StringOr("Username", ""));
  row.working_dir = std::string(in.StringOr("WorkingDir", ""));
  row.container = std::string(in.StringOr("ContainerName", ""));
  if (row.container.empty()) row.container = std::string(in.StringOr("ContainerId", ""));
  row.parameters = std::string(in.StringOr("Parameters", ""));
  row.timeout = in.IntOr("Timeout", 0);
  row.max_concurrency = std::string(in.StringOr("MaxConcurrency", ""));
  row.cut = in.BoolOr("ContentCut", false);
  if (auto script = encoding::Base64Decode(in.StringOr("CommandContent", ""))) row.script = std::move(*script);
  if (auto tags = in.Child("Tags")) {
    tags->Each("Tag", [&row](json::Reader& tag) {
      row.tags.emplace_back(std::string(tag.StringOr("TagKey", "")), std::string(tag.StringOr("TagValue", "")));
    });
  }
  ReadCounts(raw, in, row);
}

}  // namespace

std::int64_t InvocationRow::CountOf(std::string_view wanted) const {
  const auto found =
      std::find_if(counts.begin(), counts.end(), [wanted](const auto& one) { return one.first == wanted; });
  return found == counts.end() ? 0 : found->second;
}

bool InvocationRow::over() const {
  return std::all_of(kOpen.begin(), kOpen.end(), [this](std::string_view open) { return CountOf(open) == 0; });
}

Status ReadInvocations(const json::Object& page, std::vector<InvocationRow>& into) {
  json::Reader in(page);
  auto wrapper = in.Child("Invocations");
  if (!wrapper) {
    in.Refuse("Invocations", "is missing");
    return in.Error();
  }
  const auto* list = page.at("Invocations").as_object().if_contains("Invocation");
  std::size_t index = 0;
  wrapper->Each("Invocation", [&](json::Reader& item) {
    InvocationRow row;
    row.raw = list->as_array()[index++].as_object();
    ReadRow(row.raw, item, row);
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

std::string InvocationsJson(std::vector<InvocationRow> rows) {
  json::Array list;
  for (InvocationRow& row : rows) {
    for (const char* member : {"CommandContent", "ContentCut", "InvokeInstances", "InstancesCut"})
      row.raw.erase(member);
    list.emplace_back(std::move(row.raw));
  }
  json::Object document;
  document["TotalCount"] = list.size();
  document["Invocations"] = std::move(list);
  return json::Write(document);
}

}  // namespace assist::cli
