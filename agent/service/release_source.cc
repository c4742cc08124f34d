#include "agent/service/release_source.h"

namespace assist::agent::service {

update::Outcome<std::unique_ptr<update::ReleaseSource>> MakeReleaseSource(const ReleaseWanted& /*wanted*/) {
  return update::Refuse(package::Refusal::kNotSupported, "this agent has no way yet to get a signed release");
}

}  // namespace assist::agent::service
