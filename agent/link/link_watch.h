// What is new about the link since it was last looked at. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "agent/link/link.h"

namespace assist::agent::link {

class LinkWatch {
 public:
  struct News {
    bool any = false;   ///< State or detail differ, or nothing was seen before.
    bool back = false;  ///< Requests get through again, as far as one can know: a report that waits may be tried.
  };
  News See(const LinkStatus& link) {
    News news;
    news.any = state_ != link.state || detail_ != link.detail;
    using State = LinkStatus::State;
    news.back = state_ != link.state && (link.state == State::kOnline || link.state == State::kDeaf);
    state_ = link.state;
    detail_ = link.detail;
    return news;
  }

 private:
  std::optional<LinkStatus::State> state_;
  std::string detail_;
};

}  // namespace assist::agent::link
