#include "sim/run/server_node.h"

#include <algorithm>

#include "sim/run/server_program.h"

namespace assist::sim::run {

ServerNode::ServerNode(world::World& world, Options options, Recorder& recorder, SystemTime wall)
    : options_(std::move(options)), recorder_(recorder), machine_(world, "server", wall) {
  files_.Create("data", true);
  files_.Sync(files_.Find(""));
}

ServerNode::~ServerNode() { Kill(); }

void ServerNode::Start(std::function<void()> ended) {
  process_ = machine_.world().Spawn("server");
  process_->OnDoomed([this, ended] {
    if (world::Dice* const dice = std::exchange(cut_at_end_, nullptr)) {
      PowerCut(*dice);
    } else {
      Kill();
    }
    ended();
  });
  process_->main()->Push([this] {
    program_ = std::make_unique<Program>(options_, process_, machine_, files_, recorder_);
    const Status started = program_->Start();
    for (link::Link* link : links_) {
      if (started) program_->ServeOn(*link);
    }
    if (started) return;
    machine_.world().Say(process_.get(), "does not start: " + started.error().detail);
    process_->Doom();
  });
}

void ServerNode::ServeOn(link::Link& link) {
  links_.push_back(&link);
  if (program_ != nullptr) program_->ServeOn(link);
}

void ServerNode::Kill() {
  if (process_ == nullptr) return;
  const auto process = std::move(process_);
  process_ = nullptr;
  machine_.world().Kill(process, [this] { program_.reset(); });
}

void ServerNode::Restore(const files::FilePtr& copy, SteadyTime copied) {
  Kill();
  files_.Restore(copy);
  recorder_.Add(checker::ServerRestored{copied});
}

void ServerNode::Measure() {
  if (program_ != nullptr) measures_.records = std::max<std::uint64_t>(measures_.records, program_->records());
  const files::FilePtr log = files_.Find("data/store.db-wal");
  if (log != nullptr) measures_.log_bytes = std::max<std::uint64_t>(measures_.log_bytes, log->bytes().size());
}

void ServerNode::DoomNow(bool power, world::Dice& dice) {
  cut_at_end_ = power ? &dice : nullptr;
  process_->Doom();
}

void ServerNode::PowerCut(world::Dice& dice) {
  Kill();
  files_.PowerCut(dice);
  machine_.Boot();
}

}  // namespace assist::sim::run
