// The log of a simulated program, as lines of the world's story.
#pragma once

#include <memory>

#include "common/log/log.h"
#include "sim/world/world.h"

namespace assist::sim::run {

class SayLog final : public LogSink {
 public:
  explicit SayLog(std::shared_ptr<world::Process> process) : process_(std::move(process)) {}
  void Write(LogLevel level, std::string_view text) override {
    process_->world().Say(process_.get(), std::string(Name(level)) + " " + std::string(text));
  }

 private:
  std::shared_ptr<world::Process> process_;
};

}  // namespace assist::sim::run
