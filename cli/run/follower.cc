#include "cli/run/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assist::cli {
namespace {

void KeepTail(Machine& machine, const OutputPiece& piece) {
  if (piece.lost > 0) machine.tail.clear();
  machine.tail +=
      std::string_view(piece.bytes).substr(piece.bytes.size() - std::min(piece.bytes.size(), Machine::kTail));
  if (machine.tail.size() > Machine::kTail) machine.tail.erase(0, machine.tail.size() - Machine::kTail);
}

/// Any script may end with such a code, and any may print such a line: both together are a refusal.
std::optional<package::FoundRefusal> RefusalOf(const Machine& machine) {
  if (machine.state != MachineState::kFailed || !machine.exit_code) return std::nullopt;
  auto found = package::FindRefusal(machine.tail);
  if (!found || package::ExitCode(found->refusal) != *machine.exit_code) return std::nullopt;
  return found;
}

}  // namespace

std::optional<Follower::Query> Follower::Next() {
  if (!touring_) BeginTour();
  if (tour_.empty()) {
    touring_ = false;
    return std::nullopt;
  }
  const Query query = tour_.front();
  tour_.pop_front();
  return query;
}

void Follower::BeginTour() {
  touring_ = true;
  changed_ = false;
  std::fill(asked_.begin(), asked_.end(), Asked{});
  if (pages_.empty()) {
    tour_.push_back(PageQuery(1));
    return;
  }
  for (std::size_t page = 1; page <= pages_.size(); ++page) {
    const auto& members = pages_[page - 1];
    const auto open = static_cast<std::size_t>(
        std::count_if(members.begin(), members.end(), [this](std::size_t index) { return !machines_[index].done; }));
    if (members.empty() || open > options_.few) {
      tour_.push_back(PageQuery(page));
    } else {
      for (const std::size_t index : members) {
        if (!machines_[index].done) AskMachine(index);
      }
    }
  }
}

void Follower::AskMachine(std::size_t index) {
  ++asked_[index].calls;
  tour_.push_back(Query{0, index, machines_[index].received, options_.chunk});
}

Follower::Query Follower::PageQuery(std::size_t page) { return Query{page, std::nullopt, 0, 0}; }

encoding::FormFields Follower::Parameters(const Query& query) const {
  encoding::FormFields fields = {{"InvokeId", invoke_id_}, {"ContentEncoding", "Base64"}, {"IncludeTimeline", "false"}};
  if (query.machine) {
    fields.emplace_back("OutputOffset", std::to_string(query.offset));
    fields.emplace_back("OutputLength", std::to_string(query.length));
    fields.emplace_back("InstanceId", machines_[*query.machine].id);
  } else {
    fields.emplace_back("PageNumber", std::to_string(query.page));
    fields.emplace_back("PageSize", std::to_string(options_.page_size));
  }
  return fields;
}

Status Follower::Take(const Query& query, ResultPage answer, std::vector<OutputPiece>& out) {
  if (query.machine) {
    const std::string& id = machines_[*query.machine].id;
    const auto row = std::find_if(answer.rows.begin(), answer.rows.end(),
                                  [&id](const ResultRow& candidate) { return candidate.instance_id == id; });
    if (row == answer.rows.end()) {
      return Fail(Errc::kNotFound, fmt::format("the server does not know {} on {} any more", invoke_id_, id));
    }
    const std::size_t index = *query.machine;
    const std::int64_t before = machines_[index].received;
    TakeRow(index, std::move(*row), query, out);
    const Machine& machine = machines_[index];
    asked_[index].dry = machine.received == before;
    const bool again = !asked_[index].dry && asked_[index].calls < options_.calls_a_machine;
    if (again && machine.received < machine.size) AskMachine(index);
    return {};
  }

  if (answer.total == 0 || (answer.rows.empty() && query.page == 1)) {
    return Fail(Errc::kNotFound, fmt::format("the server does not know {} any more", invoke_id_));
  }
  if (pages_.empty()) {
    total_ = answer.total;
    const auto rows = options_.page_size;
    pages_.resize(static_cast<std::size_t>((total_ + rows - 1) / rows));
    for (std::size_t page = 2; page <= pages_.size(); ++page) tour_.push_back(PageQuery(page));
  }
  const std::size_t page = query.page;
  if (pages_[page - 1].empty()) ++pages_seen_;
  std::vector<std::size_t> members;
  for (ResultRow& row : answer.rows) {
    const std::size_t index = Find(row.instance_id);
    members.push_back(index);
    TakeRow(index, std::move(row), query, out);
    const Machine& machine = machines_[index];
    if (!machine.done && machine.received < machine.size) AskMachine(index);
  }
  if (members.empty()) return Fail(Errc::kNotFound, fmt::format("the server holds less of {} than before", invoke_id_));
  pages_[page - 1] = std::move(members);
  known_ = pages_seen_ == pages_.size();
  return {};
}

std::size_t Follower::Find(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) return found->second;
  const std::size_t index = machines_.size();
  machines_.emplace_back();
  machines_.back().id = id;
  asked_.emplace_back();
  by_id_.emplace(id, index);
  ++open_;
  changed_ = true;
  return index;
}

void Follower::TakeRow(std::size_t index, ResultRow row, const Query& query, std::vector<OutputPiece>& out) {
  Machine& machine = machines_[index];
  if (machine.done) return;
  if (machine.state != row.state) changed_ = true;
  machine.state = row.state;
  machine.exit_code = row.exit_code;
  machine.error_code = std::move(row.error_code);
  machine.error_info = std::move(row.error_info);

  OutputPiece piece;
  piece.machine = index;
  TakeOutput(machine, row, query, piece);
  KeepTail(machine, piece);
  if (IsFinal(machine.state) && machine.received >= machine.size) {
    machine.done = true;
    machine.refusal = RefusalOf(machine);
    machine.tail = {};
    piece.last = true;
    --open_;
  }
  if (!piece.bytes.empty() || piece.lost > 0) changed_ = true;
  if (!piece.bytes.empty() || piece.lost > 0 || piece.last) out.push_back(std::move(piece));
}

void Follower::TakeOutput(Machine& machine, ResultRow& row, const Query& query, OutputPiece& piece) const {
  const auto length = static_cast<std::int64_t>(row.output.size());
  if (!row.output_size) {
    // Another server: the whole output, perhaps with its middle cut out, each time.
    if (length > machine.received) {
      piece.bytes = row.output.substr(static_cast<std::size_t>(machine.received));
      machine.received = length;
    }
    if (IsFinal(machine.state)) piece.lost = row.dropped;
    machine.size = machine.received;
    return;
  }
  machine.size = std::max(*row.output_size, machine.received);
  // A row of a page has the whole output, unless it is too long for that: then its machine is asked alone.
  const bool usable = row.output_offset || length == *row.output_size;
  const std::int64_t begin = row.output_offset.value_or(0);
  const std::int64_t end = begin + length;
  if (usable && length > 0 && end > machine.received) {
    piece.lost = std::max<std::int64_t>(begin - machine.received, 0);
    const auto skip = static_cast<std::size_t>(std::max<std::int64_t>(machine.received - begin, 0));
    piece.bytes = skip == 0 ? std::move(row.output) : row.output.substr(skip);
    machine.received = end;
    machine.size = std::max(machine.size, end);
  } else if (length == 0 && query.machine && IsFinal(machine.state) && machine.size > machine.received) {
    // Asked for the rest of what is over, and there is nothing: it was not kept.
    piece.lost = machine.size - machine.received;
    machine.received = machine.size;
  }
}

bool Follower::more() const noexcept {
  for (std::size_t index = 0; index < machines_.size(); ++index) {
    const Machine& machine = machines_[index];
    if (!machine.done && machine.received < machine.size && !asked_[index].dry) return true;
  }
  return false;
}

}  // namespace assist::cli
