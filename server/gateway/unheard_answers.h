// Which C++ agents of 2020 have no answer to their last `running` of a task, as far as the server knows: it was
// answered with an error, or too late. Such an agent takes the server to hold nothing and sends its whole output at the
// end (agent-protocol reference, section 21). Memory only; any thread. Full: what is new is not noted.
#pragma once

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "common/base/ids.h"

namespace assist::server::gateway {

class UnheardAnswers {
 public:
  explicit UnheardAnswers(std::size_t most = 10'000) : most_(most) {}

  void Note(const InstanceId& agent, const std::string& task);
  [[nodiscard]] bool Has(const InstanceId& agent, const std::string& task) const;
  /// A report of this task was answered as it should be.
  void Clear(const InstanceId& agent, const std::string& task);

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::set<std::pair<std::string, std::string>> noted_;  // under mutex_
};

}  // namespace assist::server::gateway
