#include "common/runtime/shard.h"

#include "common/runtime/thread_name.h"

namespace assist {

Shard::Shard(std::string name) : name_(std::move(name)) {}

Shard::~Shard() { Stop(); }

void Shard::Start() {
  ASSIST_CHECK(!thread_.joinable());
  work_.emplace(io_.get_executor());
  thread_ = std::thread([this] {
    NameThisThread(name_);
    io_.run();
  });
}

void Shard::Stop() {
  if (!thread_.joinable()) return;
  ASSIST_CHECK(!IsHere());
  work_.reset();
  io_.stop();
  thread_.join();
}

ShardSet::ShardSet(std::size_t count) {
  ASSIST_CHECK(count > 0);
  shards_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard>("shard" + std::to_string(i)));
}

void ShardSet::Start() {
  for (auto& shard : shards_) shard->Start();
}

void ShardSet::Stop() {
  for (auto& shard : shards_) shard->Stop();
}

std::vector<asio::any_io_executor> ShardSet::executors() {
  std::vector<asio::any_io_executor> all;
  all.reserve(shards_.size());
  for (auto& shard : shards_) all.push_back(shard->executor());
  return all;
}

}  // namespace assist
