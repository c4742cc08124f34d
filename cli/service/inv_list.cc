// `assist inv ls`.
#include <utility>

#include "cli/invocations/invocation_text.h"
#include "cli/service/inv_verb.h"

namespace assist::cli {
namespace {

encoding::FormFields Filter(const InvOptions& options) {
  encoding::FormFields fields = {{"ContentEncoding", "Base64"}};
  if (!options.status.empty()) fields.emplace_back("InvokeStatus", options.status);
  if (options.command.starts_with("c-")) {
    fields.emplace_back("CommandId", options.command);
  } else if (!options.command.empty()) {
    fields.emplace_back("CommandName", options.command);
  }
  return fields;
}

}  // namespace

asio::awaitable<ExitCode> InvList(InvOptions options, Inquiry& ask) {
  Listing listing{"DescribeInvocations", Filter(options), std::min<std::int64_t>(options.limit + 1, 50), false};
  if (!options.machines.empty()) {
    auto ids = co_await ask.FindMachines(options.machines);
    if (!ids) co_return ask.exit();
    listing.filter.emplace_back("InstanceId", ids->at(0));
  }
  const auto limit = static_cast<std::size_t>(options.limit);
  const bool by_name = !options.command.empty() && !options.command.starts_with("c-");
  std::vector<InvocationRow> rows;
  Inquiry::TakePage take = [&](const json::Object& page) -> Result<bool> {
    std::vector<InvocationRow> fresh;
    if (Status read = ReadInvocations(page, fresh); !read) return Forward(read);
    for (InvocationRow& row : fresh) {
      const auto created = ParseIso8601(row.created);
      if (options.since && created && *created < *options.since) return false;  // the latest come first
      // With a machine the API looks at neither of these (reference, 11.8).
      if (by_name && row.command_name != options.command) continue;
      if (options.status == "PartialFailed" && row.status != options.status) continue;
      rows.push_back(std::move(row));
    }
    return rows.size() <= limit;
  };
  Status listed = co_await ask.EachPage(std::move(listing), std::move(take));
  if (!listed) co_return ask.exit();
  const bool more = rows.size() > limit;
  if (more) rows.resize(limit);
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(InvocationsJson(std::move(rows)));
  if (ask.kind() == OutputKind::kIds) {
    std::vector<std::string> ids;
    for (InvocationRow& row : rows) ids.push_back(std::move(row.id));
    co_return ask.PrintIds(ids);
  }
  if (rows.empty()) {
    const bool filtered = Filter(options).size() > 1 || options.since || !options.machines.empty();
    ask.Say(filtered ? ask.text()(msg::kNoRuns) : ask.text()(msg::kNoRunsYet));
    co_return ExitCode::kSuccess;
  }
  const ExitCode exit = ask.PrintTable(InvocationTable(rows, ask.look()));
  if (more && exit == ExitCode::kSuccess) ask.Say(ask.text()(msg::kMoreRows));
  co_return exit;
}

}  // namespace assist::cli
