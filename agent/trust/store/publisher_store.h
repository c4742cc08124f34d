// ROOT/publishers.json, 0600, replaced in one step. Blocks; no state but the path.
#pragma once

#include <string>

#include "agent/trust/publishers.h"
#include "common/base/result.h"

namespace assist::agent::trust {

class PublisherStore {
 public:
  /// `root`: the agent's; it exists when something is saved.
  explicit PublisherStore(const std::string& root);

  /// Nobody when there is no file. kInvalid: the file is damaged; the text names it and the way out.
  [[nodiscard]] Result<Publishers> Load() const;
  Status Save(const Publishers& publishers) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace assist::agent::trust
