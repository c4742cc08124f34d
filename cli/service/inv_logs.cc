// `assist inv logs`: outputs whole, equal ones once. With -f they are watched (RunSession).
#include <algorithm>
#include <utility>

#include "cli/answer/pretty_json.h"
#include "cli/invocations/output_groups.h"
#include "cli/run/follower.h"
#include "cli/run/output_mux.h"
#include "cli/run/summary.h"
#include "cli/service/inv_verb.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kChunk = std::int64_t{1} << 20;  // bytes of one output in a call
constexpr std::size_t kNamedInSummary = 20;
constexpr std::size_t kWidestName = 32;

/// One machine's output, and how it ended.
struct Said {
  Machine machine;
  std::string output;
  std::int64_t lost = 0;  ///< Bytes that are not there.
};

class Logs {
 public:
  Logs(InvOptions options, Inquiry& ask) : options_(std::move(options)), ask_(ask), groups_({}) {}

  asio::awaitable<ExitCode> Run() {
    auto run = co_await FindRun(ask_, options_.id);
    if (!run) co_return ask_.exit();
    id_ = run->id;
    if (!options_.machines.empty()) {
      auto ids = co_await ask_.FindMachines(options_.machines);
      if (!ids) co_return ask_.exit();
      only_ = std::move(*ids);
    }
    single_ = only_.size() == 1 || (only_.empty() && run->machines == 1);
    together_ = options_.together && !single_;
    Status names = co_await LearnNames();
    if (!names) co_return ask_.exit();
    Status read = co_await ReadAll();
    if (!read) co_return ask_.exit();
    if (ask_.kind() == OutputKind::kJson || together_) {
      Status shown = co_await ShowGroups();
      if (!shown) co_return ask_.exit();
    }
    if (closed_) co_return ExitCode::kOutputClosed;
    co_return Finish();
  }

 private:
  /// The names of all machines that will be spoken of: before the first output, so that columns fit.
  asio::awaitable<Status> LearnNames() {
    if (single_ && ask_.kind() != OutputKind::kJson) co_return Status();
    auto rows = co_await ListInstances(ask_, id_, only_);
    if (!rows) co_return Forward(rows);
    std::vector<std::string> ids;
    for (const InstanceRow& row : *rows) ids.push_back(row.id);
    named_ = co_await ask_.NamesOf(std::move(ids));
    names_ = NameBook(named_);
    OutputMux::Options options;
    options.escape = ask_.look().terminal() && !options_.raw;
    if (ask_.look().terminal()) options.name_width = names_.Width(kWidestName);
    mux_.emplace(options);
    co_return Status();
  }

  asio::awaitable<Status> ReadAll() {
    std::vector<encoding::FormFields> filters;
    const encoding::FormFields base = {{"InvokeId", id_}, {"ContentEncoding", "Base64"}};
    if (only_.empty()) filters.push_back(base);
    for (const std::string& id : only_) {
      filters.push_back(base);
      filters.back().emplace_back("InstanceId", id);
    }
    for (encoding::FormFields& filter : filters) {
      std::string token;
      do {
        encoding::FormFields fields = filter;
        fields.emplace_back("MaxResults", "50");
        if (!token.empty()) fields.emplace_back("NextToken", token);
        auto answer = co_await ask_.Ask("DescribeInvocationResults", std::move(fields));
        if (!answer) co_return Forward(answer);
        auto page = ReadResultPage(*answer);
        auto instances = ReadInstances(*answer);
        if (!page || !instances) {
          co_return ask_.NotUnderstood("DescribeInvocationResults", page ? instances.error() : page.error());
        }
        for (std::size_t i = 0; i < page->rows.size(); ++i) {
          Status taken = co_await Take(std::move(page->rows[i]), !instances->rows[i].start.empty());
          if (!taken || closed_) co_return taken;
        }
        token = instances->next_token;
      } while (!token.empty());
    }
    co_return Status();
  }

  /// Completes the output of a row, and shows or groups it.
  asio::awaitable<Status> Take(ResultRow row, bool began) {
    Said said;
    said.machine.id = row.instance_id;
    said.machine.state = row.state;
    said.machine.exit_code = row.exit_code;
    said.machine.error_code = row.error_code;
    said.machine.error_info = row.error_info;
    said.machine.done = IsFinal(row.state);
    if (options_.failed && (row.state == MachineState::kSucceeded || !IsFinal(row.state))) co_return Status();
    const bool whole = !row.output_size || static_cast<std::int64_t>(row.output.size()) == *row.output_size;
    if (whole) {
      said.output = std::move(row.output);
      if (!row.output_size) said.lost = row.dropped;
    } else {
      Status fetched = co_await Fetch(said);
      if (!fetched) co_return fetched;
    }
    machines_.push_back(said.machine);
    // One that never began has said nothing: the summary tells of it.
    if (said.output.empty() && said.lost == 0 && !began) co_return Status();
    if (ask_.kind() != OutputKind::kJson && !together_) {
      ShowApart(said);
    } else {
      groups_.Add(said.machine.id, std::move(said.output), said.lost);
    }
    co_return Status();
  }

  /// All of one output, piece by piece.
  asio::awaitable<Status> Fetch(Said& said) {
    for (std::int64_t at = 0;;) {
      encoding::FormFields fields = {{"InvokeId", id_},
                                     {"InstanceId", said.machine.id},
                                     {"ContentEncoding", "Base64"},
                                     {"OutputOffset", std::to_string(at)},
                                     {"OutputLength", std::to_string(kChunk)}};
      auto answer = co_await ask_.Ask("DescribeInvocationResults", std::move(fields));
      if (!answer) co_return Forward(answer);
      auto page = ReadResultPage(*answer);
      if (!page) co_return ask_.NotUnderstood("DescribeInvocationResults", page.error());
      if (page->rows.empty()) co_return Status();
      const ResultRow& row = page->rows[0];
      const std::int64_t begin = row.output_offset.value_or(at);
      const std::int64_t size = row.output_size.value_or(0);
      if (row.output.empty()) {
        if (IsFinal(row.state)) said.lost += std::max<std::int64_t>(0, size - at);
        co_return Status();
      }
      said.lost += std::max<std::int64_t>(0, begin - at);
      said.output += row.output;
      at = begin + static_cast<std::int64_t>(row.output.size());
      if (at >= size) co_return Status();
    }
  }

  void TellLost(std::int64_t lost, const std::string& id) {
    if (lost > 0) ask_.Say(ask_.text()(msg::kOutputLost, lost, names_.Shown(id)));
  }

  void ShowApart(const Said& said) {
    std::string out;
    if (single_) {
      OutputMux::Options options;
      options.prefix = false;
      options.whole_lines = false;
      options.escape = ask_.look().terminal() && !options_.raw;
      OutputMux mux(options);
      mux.Append(0, said.output, out);
      mux.Finish(0, out);
    } else {
      mux_->SetName(shown_, names_.Shown(said.machine.id));
      mux_->Append(shown_, said.output, out);
      mux_->Finish(shown_, out);
      ++shown_;
    }
    TellLost(said.lost, said.machine.id);
    Put(out);
  }

  void Put(const std::string& out) {
    if (!closed_ && ask_.Print(out) != ExitCode::kSuccess) closed_ = true;
  }

  asio::awaitable<Status> ShowGroups() {
    const auto sorted = groups_.Sorted();
    if (ask_.kind() == OutputKind::kJson) {
      Status shown = co_await ShowDocument(sorted);
      co_return shown;
    }
    const Look look = ask_.look();
    if (!sorted.empty()) Put(look.style(Tone::kStrong, GroupsLine(groups_, look.text)) + "\n");
    const std::string* base = nullptr;
    for (const OutputGroup* group : sorted) {
      if (closed_) break;
      Result<std::string> output = co_await OutputOf(*group);
      if (!output) co_return Forward(output);
      std::string out = "\n" + GroupHeading(*group, names_, look) + GroupBody(*output, base, options_.raw, look);
      Put(out);
      TellLost(group->lost, group->machines[0]);
      // What differs is shown against the largest group, if there is one.
      if (base == nullptr) base = group->machines.size() > 1 && group->output ? &*group->output : &kNothing;
    }
    co_return Status();
  }

  /// Kept, or asked for again.
  asio::awaitable<Result<std::string>> OutputOf(const OutputGroup& group) {
    if (group.output) co_return *group.output;
    Said said;
    said.machine.id = group.machines[0];
    Status fetched = co_await Fetch(said);
    if (!fetched) co_return Forward(fetched);
    co_return std::move(said.output);
  }

  /// One document, a line for each machine and each output, so that never more than one output is made text at a time.
  asio::awaitable<Status> ShowDocument(std::vector<const OutputGroup*> sorted) {
    json::Object head;
    head["InvokeId"] = id_;
    std::string out = json::Write(head);
    out.pop_back();
    out += ",\"Machines\":[";
    for (std::size_t i = 0; i < machines_.size(); ++i) out += (i == 0 ? "\n" : ",\n") + MachineJson(machines_[i]);
    out += "\n],\"Groups\":[";
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      Result<std::string> output = co_await OutputOf(*sorted[i]);
      if (!output) co_return Forward(output);
      Put(out + (i == 0 ? "\n" : ",\n") + GroupJson(*sorted[i], *output));
      out.clear();
    }
    Put(out + "\n]}\n");
    co_return Status();
  }

  [[nodiscard]] std::string MachineJson(const Machine& machine) const {
    json::Object one;
    one["InstanceId"] = machine.id;
    one["InstanceName"] = names_.NameOf(machine.id);
    one["State"] = StateName(machine.state);
    if (machine.exit_code) one["ExitCode"] = *machine.exit_code;
    if (!machine.error_code.empty()) one["ErrorCode"] = machine.error_code;
    if (!machine.error_info.empty()) one["ErrorInfo"] = machine.error_info;
    return TerminalJson(one);
  }

  [[nodiscard]] std::string GroupJson(const OutputGroup& group, const std::string& output) const {
    json::Object one;
    one["Count"] = group.machines.size();
    json::Array ids;
    for (const std::string& id : group.machines) ids.emplace_back(id);
    one["InstanceIds"] = std::move(ids);
    one["OutputSize"] = group.size;
    if (group.lost > 0) one["LostBytes"] = group.lost;
    if (encoding::IsUtf8(output)) {
      one["Output"] = output;
    } else {
      one["OutputBase64"] = encoding::Base64Encode(output);
    }
    return TerminalJson(one);
  }

  /// On a terminal without the characters that it would obey.
  [[nodiscard]] std::string TerminalJson(const json::Object& object) const {
    if (!ask_.look().terminal()) return json::Write(object);
    std::string text = PrettyJson(json::Write(object));
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

  /// What became of the machines, on standard error.
  ExitCode Finish() {
    if (machines_.empty()) {
      ask_.Say(options_.failed ? ask_.text()(msg::kNoneFailed) : ask_.text()(msg::kNoOutputs));
      return ExitCode::kSuccess;
    }
    const Program& program = ask_.program();
    if (ask_.kind() == OutputKind::kTable) {
      // Those that failed are named; of those that are not done the number is enough.
      std::stable_partition(machines_.begin(), machines_.end(),
                            [](const Machine& machine) { return IsFinal(machine.state); });
      const auto failed =
          static_cast<std::size_t>(std::count_if(machines_.begin(), machines_.end(), [](const Machine& machine) {
            return IsFinal(machine.state) && machine.state != MachineState::kSucceeded;
          }));
      const std::size_t named = std::min(failed, kNamedInSummary);
      program.console.Err("assist: " + (named == 0
                                            ? CountsLine(machines_, program.text) + "\n"
                                            : SummaryLines(machines_, names_, named, program.text, program.err)));
    }
    return ExitCode::kSuccess;
  }

  static inline const std::string kNothing;

  const InvOptions options_;
  Inquiry& ask_;
  std::string id_;
  std::vector<std::string> only_;  ///< Ids; empty: all.
  bool single_ = false;
  bool together_ = true;
  bool closed_ = false;  ///< Nobody reads any more.
  std::vector<NamedMachine> named_;
  NameBook names_;
  OutputGroups groups_;
  std::vector<Machine> machines_;
  std::optional<OutputMux> mux_;
  std::size_t shown_ = 0;
};

}  // namespace

asio::awaitable<ExitCode> InvLogs(InvOptions options, Inquiry& ask) {
  Logs logs(std::move(options), ask);
  co_return co_await logs.Run();
}

}  // namespace assist::cli
