// `assist ls`.
#include <unordered_set>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/machines/ls_options.h"
#include "cli/machines/machine_table.h"
#include "cli/service/inquiry.h"
#include "cli/service/verbs.h"

namespace assist::cli {
namespace {

constexpr std::size_t kStatusInACall = 50;  // ids that every server takes

class LsInquiry {
 public:
  LsInquiry(LsOptions options, Connection& c)
      : options_(std::move(options)), ask_(options_.output, c.program, c.settings, c.client, c.clock, c.random) {}

  asio::awaitable<ExitCode> Run() {
    Status listed = co_await List();
    if (!listed) co_return ask_.exit();
    SortMachines(options_.sort, options_.reverse, rows_);
    const bool cut = options_.limit && rows_.size() > static_cast<std::size_t>(*options_.limit);
    if (cut) rows_.resize(static_cast<std::size_t>(*options_.limit));
    co_return Show(cut);
  }

 private:
  asio::awaitable<Status> List() {
    if (options_.machines.empty()) {
      Status all = co_await ListSome(LsFilter(options_), false);
      co_return all;
    }
    std::vector<std::string> ids;
    for (const std::string& word : options_.machines) {
      if (LooksLikeInstanceId(word)) {
        ids.push_back(word);
        continue;
      }
      encoding::FormFields filter = LsFilter(options_);
      filter.emplace_back("InstanceName", word);
      const std::size_t before = rows_.size();
      Status named = co_await ListSome(std::move(filter), false);
      if (!named) co_return named;
      const bool pattern = word.find('*') != std::string::npos;
      const bool filtered = options_.online || !options_.tags.empty() || !options_.os.empty();
      if (rows_.size() > before || pattern || filtered) continue;
      std::vector<std::string> words = {word};
      auto found = co_await ask_.FindMachines(std::move(words));  // says which are near
      if (!found) co_return Forward(found);
    }
    for (std::size_t begin = 0; begin < ids.size(); begin += kStatusInACall) {
      const std::size_t end = std::min(begin + kStatusInACall, ids.size());
      std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                    ids.begin() + static_cast<std::ptrdiff_t>(end));
      encoding::FormFields filter = LsFilter(options_);
      const bool filtered = !filter.empty();
      for (auto& field : InstanceFields(some)) filter.push_back(std::move(field));
      const std::size_t before = rows_.size();
      Status named = co_await ListSome(std::move(filter), true);
      if (!named) co_return named;
      if (rows_.size() - before < some.size() && !filtered) {
        auto found = co_await ask_.FindMachines(std::move(some));
        if (!found) co_return Forward(found);
      }
    }
    co_return Status();
  }

  asio::awaitable<Status> ListSome(encoding::FormFields filter, bool by_id) {
    std::vector<MachineRow> fresh;
    Listing listing{"DescribeManagedInstances", std::move(filter), by_id ? 50 : 1'000, false};
    Inquiry::TakePage take = [&fresh](const json::Object& page) -> Result<bool> {
      if (Status read = ReadMachines(page, fresh); !read) return Forward(read);
      return true;
    };
    Status listed = co_await ask_.EachPage(std::move(listing), std::move(take));
    if (!listed) co_return listed;
    const std::size_t begin = rows_.size();
    for (MachineRow& row : fresh) {
      if (seen_.insert(row.id).second) rows_.push_back(std::move(row));
    }
    if (ask_.kind() != OutputKind::kIds || options_.sort == MachineOrder::kSeen) co_await LearnStatus(begin);
    co_return Status();
  }

  /// What only DescribeCloudAssistantStatus knows; a machine that has left meanwhile makes it fail, and then the rest
  /// is asked for in smaller portions.
  asio::awaitable<void> LearnStatus(std::size_t begin) {
    std::size_t portion = 1'000;
    for (std::size_t at = begin; at < rows_.size();) {
      std::vector<std::string> ids;
      for (std::size_t i = at; i < rows_.size() && ids.size() < portion; ++i) ids.push_back(rows_[i].id);
      const std::size_t count = ids.size();
      encoding::FormFields fields = InstanceFields(ids);
      fields.emplace_back("MaxResults", "50");  // in this form all of the named come back, however many
      Result<json::Object> page = co_await ask_.Ask("DescribeCloudAssistantStatus", std::move(fields), true);
      if (page && ReadStatus(*page, at, rows_)) {
        at += count;
      } else if (portion > 1) {
        portion = portion > kStatusInACall ? kStatusInACall : 1;
      } else {
        ++at;
      }
    }
  }

  ExitCode Show(bool cut) {
    if (ask_.kind() == OutputKind::kIds) {
      std::vector<std::string> ids;
      for (MachineRow& row : rows_) ids.push_back(std::move(row.id));
      return ask_.PrintIds(ids);
    }
    if (ask_.kind() == OutputKind::kJson) return ask_.PrintJson(MachinesJson(std::move(rows_)));
    if (rows_.empty()) {
      const bool all = options_.machines.empty() && LsFilter(options_).empty();
      ask_.Say(all ? ask_.text()(msg::kNoMachines) : ask_.text()(msg::kNoSuchMachines));
      return ExitCode::kSuccess;
    }
    const ExitCode exit = ask_.PrintTable(MachineTable(rows_, ask_.look()));
    if (exit != ExitCode::kSuccess) return exit;
    if (cut) ask_.Say(ask_.text()(msg::kMoreRows));
    if (ask_.look().terminal()) ask_.Say(MachinesLine(rows_, ask_.text()));
    return exit;
  }

  const LsOptions options_;
  Inquiry ask_;
  std::vector<MachineRow> rows_;
  std::unordered_set<std::string> seen_;
};

ExitCode Ls(const VerbWords& words, Program& program) {
  auto options = ReadLs(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  LsInquiry inquiry(std::move(*options), *connection);
  return connection->Loop(inquiry.Run());
}

}  // namespace

Verb LsVerb() { return {.spec = LsSpec, .run = Ls}; }

}  // namespace assist::cli
