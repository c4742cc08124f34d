#include "agent/update/signed_release.h"

#include <algorithm>

#include "agent/artifact/refuse.h"
#include "agent/update/store.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::update {
namespace {

constexpr const char* kHistory = "update/history.json";
constexpr std::size_t kMaxHistory = 64 << 10;
constexpr std::size_t kMaxNames = 64;

artifact::Obtainer::Options WithParts(artifact::Obtainer::Options options) {
  options.parts = "update/parts";
  return options;
}

Refused RefusedAs(const Error& error) {
  return {artifact::RefusalOf(error).value_or(package::Refusal::kInterrupted), error.detail};
}

Result<std::map<std::string, std::int64_t>> ParseHistory(std::string_view text) {
  const Result<json::Object> object = json::ParseObject(text, 8);
  if (!object) return Fail(Errc::kInvalid, object.error().detail);
  const json::Value* highest = object->if_contains("Highest");
  if (highest == nullptr || !highest->is_object() || highest->get_object().size() > kMaxNames) {
    return Fail(Errc::kInvalid, "Highest is not what it should be");
  }
  std::map<std::string, std::int64_t> out;
  json::Reader in(*highest);
  for (const auto& member : highest->get_object()) out[std::string(member.key())] = in.Int(member.key(), 1);
  if (!in.status()) return in.Error();
  return out;
}

asio::awaitable<Result<std::map<std::string, std::int64_t>>> ReadHistory(disk::Disk& disk) {
  auto text = co_await disk.Read(kHistory, 0, kMaxHistory);
  if (!text && text.error().code == Errc::kNotFound) co_return std::map<std::string, std::int64_t>();
  if (!text) co_return Forward(text);
  co_return ParseHistory(*text);
}

}  // namespace

SignedRelease::SignedRelease(Options options, const artifact::Obtainer::Ports& ports)
    : options_(std::move(options)), ports_(ports), obtainer_(WithParts(options_.fetch), ports_) {}

asio::awaitable<Outcome<ReleaseFacts>> SignedRelease::Open() {
  Result<package::Manifest> manifest = artifact::CheckEnvelope(
      options_.envelope, package::Kind::kAgent, options_.publishers, options_.platform, ports_.clock.Now());
  if (!manifest) co_return tl::unexpected(RefusedAs(manifest.error()));
  Status offered = artifact::CheckOffer(*manifest, {options_.name, options_.version});
  if (!offered) co_return tl::unexpected(RefusedAs(offered.error()));
  auto highest = co_await ReadHistory(ports_.disk);
  if (!highest) {
    // What was had is not known, so nothing is known not to be a replay.
    co_return Refuse(package::Refusal::kOldManifest, "update/history.json cannot be read (" + highest.error().detail +
                                                         "); an operator who trusts this release removes that file");
  }
  highest_ = std::move(*highest);
  artifact::Remembered remembered;
  if (const auto known = highest_.find(manifest->name); known != highest_.end()) {
    remembered.highest_sequence = known->second;
  } else if (highest_.size() >= kMaxNames) {
    co_return Refuse(package::Refusal::kTooLarge, "this machine has had releases of 64 different names");
  }
  remembered.version = options_.running;
  Status order = artifact::CheckOrder(*manifest, remembered);
  if (!order) co_return tl::unexpected(RefusedAs(order.error()));
  const bool has_program = std::any_of(manifest->files.begin(), manifest->files.end(), [this](const auto& file) {
    return file.path == options_.program && file.link.empty();
  });
  if (!has_program) co_return Refuse(package::Refusal::kBadManifest, "the release has no " + options_.program);
  ReleaseFacts facts;
  facts.version = manifest->version;
  facts.sequence = manifest->sequence;
  facts.origin = "signed by " + (manifest->publisher.empty() ? std::string("a pinned publisher") : manifest->publisher);
  manifest_ = std::move(*manifest);
  co_return facts;
}

asio::awaitable<Outcome<std::vector<std::string>>> SignedRelease::Unpack(std::string folder) {
  std::vector<std::string> others(1, manifest_->archive.sha256);
  Status done = co_await obtainer_.KeepOnly(std::move(others));
  if (done) done = co_await obtainer_.Obtain(*manifest_, std::move(folder));
  if (!done) co_return tl::unexpected(RefusedAs(done.error()));
  // Links have nothing of their own to be synced.
  std::vector<std::string> files;
  for (const package::FileEntry& file : manifest_->files) {
    if (file.link.empty()) files.push_back(file.path);
  }
  co_return files;
}

asio::awaitable<Status> SignedRelease::Proven() {
  highest_[manifest_->name] = std::max(highest_[manifest_->name], manifest_->sequence);
  json::Object names;
  for (const auto& [name, sequence] : highest_) names[name] = sequence;
  json::Object out;
  out["Highest"] = std::move(names);
  Status written = co_await ReplaceFile(ports_.disk, kHistory, json::Write(out) + "\n");
  // What stays of the download is removed by the next update.
  if (written) static_cast<void>(co_await obtainer_.Forget(*manifest_));
  co_return written;
}

}  // namespace assist::agent::update
