#include "sim/run/agent_node.h"

#include "agent/journal/records.h"
#include "sim/run/agent_program.h"

namespace assist::sim::run {

AgentNode::AgentNode(world::World& world, Options options, link::Link& link, Recorder& recorder, SystemTime wall)
    : options_(std::move(options)),
      link_(link),
      recorder_(recorder),
      machine_(world, "agent", wall),
      supervisors_({machine_, files_, recorder, "/state/"}) {}

AgentNode::~AgentNode() { Kill(); }

void AgentNode::Start(std::function<void()> ended) {
  process_ = machine_.world().Spawn("agent");
  process_->OnDoomed([this, ended] {
    Kill();
    ended();
  });
  process_->main()->Push([this] {
    program_ = std::make_unique<Program>(options_, process_, machine_, files_, supervisors_, link_, recorder_,
                                         std::exchange(cold_start_, false));
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
  recorder_.Add(checker::AgentCrash{"", "power cut"});
  supervisors_.KillAll();
  Kill();
  files_.PowerCut(dice);
  machine_.Boot();
  cold_start_ = true;
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
  recorder_.Add(checker::AgentDiskTrouble{});
  recorder_.Add(checker::AgentCrash{"", "a bit of the journal flipped"});
  return true;
}

bool AgentNode::idle() const { return program_ != nullptr && program_->idle() && supervisors_.living() == 0; }

}  // namespace assist::sim::run
