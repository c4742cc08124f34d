#include "sim/run/agent_node.h"

#include <algorithm>

#include "agent/journal/records.h"
#include "sim/run/agent_program.h"

namespace assist::sim::run {

AgentNode::AgentNode(world::World& world, Options options, link::Link& link, Recorder& recorder, SystemTime wall)
    : options_(std::move(options)),
      link_(link),
      recorder_(recorder),
      machine_(world, options_.machine, wall),
      watcher_(recorder, options_.machine),
      supervisors_({machine_, files_, watcher_, "/state/"}) {}

AgentNode::~AgentNode() { Kill(); }

void AgentNode::Start(std::function<void()> ended) {
  process_ = machine_.world().Spawn(options_.machine);
  process_->OnDoomed([this, ended] {
    Kill();
    ended();
  });
  process_->main()->Push([this] {
    program_ =
        std::make_unique<Program>(options_, process_, machine_, files_, supervisors_, link_, recorder_, cold_start_);
    program_->Start();
  });
}

void AgentNode::Kill() {
  if (process_ == nullptr) return;
  const auto process = std::move(process_);
  process_ = nullptr;
  machine_.world().Kill(process, [this] { program_.reset(); });
}

void AgentNode::PowerCut(world::Dice& dice) {
  recorder_.Add(checker::AgentCrash{options_.machine, "", "power cut"});
  supervisors_.KillAll();
  Kill();
  files_.PowerCut(dice);
  machine_.Boot();
  cold_start_ = true;
}

void AgentNode::Restore(const files::FilePtr& copy, world::Dice& dice) {
  PowerCut(dice);
  files_.Restore(copy);
}

namespace {

/// Files and their bytes below `at`.
void Count(const files::File& at, std::uint64_t& files, std::uint64_t& bytes) {
  for (const auto& [name, entry] : at.entries()) {
    ++files;
    bytes += entry->bytes().size();
    Count(*entry, files, bytes);
  }
}

}  // namespace

void AgentNode::Measure() {
  if (program_ != nullptr) measures_.tasks = std::max<std::uint64_t>(measures_.tasks, program_->tasks());
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  if (const files::FilePtr journal = files_.Find("journal")) Count(*journal, files, bytes);
  measures_.journal_bytes = std::max(measures_.journal_bytes, bytes);
  files = 0;
  Count(*files_.Find(""), files, bytes);
  measures_.state_files = std::max(measures_.state_files, files);
}

std::uint64_t AgentNode::max_tasks() const noexcept { return Program::EngineOptions(options_).max_accepted; }

std::uint64_t AgentNode::task_folders() const {
  const files::FilePtr folder = files_.Find("tasks");
  return folder == nullptr ? 0 : folder->entries().size();
}

bool AgentNode::RotJournal(world::Dice& dice) {
  files::FilePtr file;
  const files::FilePtr folder = files_.Find("journal");
  if (folder == nullptr) return false;
  std::string newest;
  for (const auto& [name, entry] : folder->entries()) {
    const bool later = name.size() > newest.size() || (name.size() == newest.size() && name > newest);
    if (name.ends_with(".log") && later) {
      newest = name;
      file = entry;
    }
  }
  if (file == nullptr || newest == rotten_) return false;
  const std::string& bytes = file->bytes();
  const auto mark = agent::journal::DecodeHeader(bytes);
  const std::size_t last = mark ? bytes.rfind(*mark) : std::string::npos;
  if (last == std::string::npos || last <= agent::journal::kHeaderBytes) return false;
  const std::size_t at = agent::journal::kHeaderBytes + dice.Below(last - agent::journal::kHeaderBytes);
  const char rotten = static_cast<char>(bytes[at] ^ (1 << dice.Below(8)));
  files_.Write(file, at, std::string_view(&rotten, 1));
  files_.Sync(file);
  rotten_ = newest;
  recorder_.Add(checker::AgentDiskTrouble{options_.machine});
  recorder_.Add(checker::AgentCrash{options_.machine, "", "a bit of the journal flipped"});
  return true;
}

bool AgentNode::idle() const { return program_ != nullptr && program_->idle() && supervisors_.living() == 0; }

}  // namespace assist::sim::run
