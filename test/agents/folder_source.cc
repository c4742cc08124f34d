// For the tests alone: a release is a folder of programs, whoever made it. `version` in it names the version and the
// sequence, "1.1.0 7". The shipped program has no such source.
#include <charconv>
#include <filesystem>

#include "agent/service/release_source.h"
#include "common/files/files.h"

namespace assist::agent::service {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMaxProgram = 512 << 20;

class FolderSource final : public update::ReleaseSource {
 public:
  FolderSource(std::string root, std::string folder) : root_(std::move(root)), folder_(std::move(folder)) {}

  asio::awaitable<update::Outcome<update::ReleaseFacts>> Open() override {
    const Result<std::string> text = ReadFile(folder_ + "/version", 256);
    if (!text) co_return update::Refuse(package::Refusal::kNotFound, text.error().detail);
    update::ReleaseFacts facts;
    const std::size_t space = text->find(' ');
    facts.version = text->substr(0, space);
    if (space != std::string::npos) {
      std::from_chars(text->data() + space + 1, text->data() + text->size(), facts.sequence);
    }
    facts.origin = "a folder of a test";
    co_return facts;
  }

  asio::awaitable<update::Outcome<std::vector<std::string>>> Unpack(std::string folder) override {
    std::vector<std::string> files;
    const Result<std::vector<std::string>> names = ListFolder(folder_);
    if (!names) co_return update::Refuse(package::Refusal::kNotFound, names.error().detail);
    for (const std::string& name : *names) {
      if (name == "version") continue;
      const Result<std::string> bytes = ReadFile(folder_ + "/" + name, kMaxProgram);
      if (!bytes) co_return update::Refuse(package::Refusal::kTruncated, bytes.error().detail);
      std::string path = root_ + "/";
      path += folder;
      path += "/" + name;
      const Status written = WriteFileAtomically(path, *bytes, 0755);
      if (!written) {
        const bool full = written.error().code == Errc::kUnavailable || written.error().code == Errc::kTooLarge;
        co_return update::Refuse(full ? package::Refusal::kNoSpace : package::Refusal::kInterrupted,
                                 written.error().detail);
      }
      files.push_back(name);
    }
    co_return files;
  }

  asio::awaitable<Status> Proven() override { co_return Status(); }

 private:
  const std::string root_, folder_;
};

}  // namespace

update::Outcome<std::unique_ptr<update::ReleaseSource>> MakeReleaseSource(const ReleaseWanted& wanted) {
  if (wanted.file.empty()) return update::Refuse(package::Refusal::kNotSupported, "the tests give a folder");
  std::unique_ptr<update::ReleaseSource> source = std::make_unique<FolderSource>(wanted.root, wanted.file);
  return source;
}

}  // namespace assist::agent::service
