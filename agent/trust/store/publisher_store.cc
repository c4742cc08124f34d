#include "agent/trust/store/publisher_store.h"

#include "common/files/files.h"

namespace assist::agent::trust {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

}  // namespace

PublisherStore::PublisherStore(const std::string& root) : path_(root + "/publishers.json") {}

Result<Publishers> PublisherStore::Load() const {
  Result<std::string> text = ReadFile(path_, kMaxBytes);
  if (!text && text.error().code == Errc::kNotFound) return Publishers{};
  if (!text) return Forward(text);
  Result<Publishers> publishers = ParsePublishers(*text);
  if (!publishers) {
    return Fail(Errc::kInvalid, path_ + ": " + publishers.error().detail +
                                    "; until it is right nothing is installed: correct it, or remove it and pin the "
                                    "publishers anew (assist-agent trust add)");
  }
  return publishers;
}

Status PublisherStore::Save(const Publishers& publishers) const {
  return WriteFileAtomically(path_, WritePublishers(publishers), 0600);
}

}  // namespace assist::agent::trust
