// `assist pkg` against a server that answers as docs/packages.md says, with real files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <optional>

#include "cli/client/fake_api_server.h"
#include "cli/service/fake_console.h"
#include "cli/service/package_files.h"
#include "cli/service/package_upload.h"
#include "cli/service/pkg_verb.h"
#include "cli/service/release_programs.h"
#include "common/archive/folder/folder.h"
#include "common/posix/file.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = FakeApiServer::Step::Kind;
using Request = FakeApiServer::Request;
using Step = FakeApiServer::Step;

class PkgCommandTest : public ::testing::Test {
 protected:
  PkgCommandTest() {
    settings_.endpoint = {"127.0.0.1", server_.port(), false};
    settings_.access_key_id = "id";
    settings_.access_key_secret = Secret<std::string>("secret");
    settings_.region_id = "cn-hangzhou";
    server_.otherwise = [this](const Request& request) { return Answer(request); };
  }

  static Step Good(const json::Object& object) { return {Kind::kAnswer, 200, json::Write(object), ""}; }
  static Step Bad(const std::string& code) {
    return {Kind::kAnswer, 400, R"({"Code":")" + code + R"(","Message":"m","RequestId":"R"})", ""};
  }

  /// PutArtifact as docs/packages.md has it.
  Step Answer(const Request& request) {
    if (request.action() == "PublishPackage") {
      published_ = request;
      json::Object answer{
          {"PackageId", "p-1"}, {"Name", "x"}, {"PackageVersion", "1"}, {"Os", "linux"}, {"Arch", "all"}};
      answer["Replaced"] = false;
      return Good(answer);
    }
    if (request.action() != "PutArtifact") return Bad("InvalidAction.NotFound");
    const auto offset = std::stoul(request.fields.at("Offset"));
    const std::string bytes = *encoding::Base64Decode(request.fields.at("Content"));
    size_ = std::stoul(request.fields.at("Size"));
    if (!bytes.empty()) {
      ++pieces_;
      if (before_piece_) before_piece_();
      if (offset != held_.size()) return Bad("InvalidOffset.Mismatch");
      held_ += bytes;
      if (lose_answer_ == pieces_) return {Kind::kDropAfterRequest, 200, "", ""};
    }
    json::Object answer{{"Received", held_.size()}, {"Complete", held_.size() == size_}};
    return Good(answer);
  }

  std::string File(const std::string& name, const std::string& bytes) const {
    const std::string path = scratch_->path() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  ExitCode Run(asio::awaitable<ExitCode> work) {
    ExitCode exit = ExitCode::kUnreachable;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, ExitCode code) {
      EXPECT_FALSE(error);
      exit = code;
      io_.stop();
    });
    io_.restart();
    io_.run();
    return exit;
  }
  asio::awaitable<ExitCode> Upload(std::string path, package::Archive archive) {
    Status status = co_await UploadArchive(*ask_, std::move(path), std::move(archive));
    co_return status ? ExitCode::kSuccess : ask_->exit();
  }
  void Connect(OutputKind kind = OutputKind::kTable) {
    OutputOptions output;
    output.kind = kind;
    client_.emplace(settings_, nullptr, clock_, random_, ApiClient::Options{});
    ask_.emplace(output, program_, settings_, *client_, clock_, random_);
  }

  asio::io_context io_;
  FakeApiServer server_{io_};
  std::string held_;
  std::size_t size_ = 0;
  int pieces_ = 0;
  int lose_answer_ = 0;
  std::function<void()> before_piece_;
  std::optional<Request> published_;
  Settings settings_;
  FakeConsole console_;
  Program program_{Text(Language::kEnglish), Style(), Style(), [](const char*) -> const char* { return nullptr; },
                   console_};
  SystemClock clock_;
  SystemRandom random_;
  std::optional<ApiClient> client_;
  std::optional<Inquiry> ask_;
  std::optional<ScratchFolder> scratch_{std::move(*ScratchFolder::Make())};
};

package::Archive Told(const std::string& path) {
  const auto digests = archive::DigestFile(path);
  EXPECT_TRUE(digests);
  package::Archive archive;
  archive.sha256 = digests->sha256;
  archive.size = static_cast<std::int64_t>(digests->size);
  return archive;
}

TEST_F(PkgCommandTest, AnUploadGoesOnWhereItWasAndSendsEachByteOnce) {
  std::string bytes(5 << 19, 'a');  // 2.5 MiB
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('a' + i % 23);
  const std::string path = File("x.zip", bytes);
  held_ = bytes.substr(0, 1000);
  Connect();
  EXPECT_EQ(Run(Upload(path, Told(path))), ExitCode::kSuccess) << console_.err;
  EXPECT_TRUE(held_ == bytes);
  EXPECT_EQ(pieces_, 3);
  EXPECT_THAT(console_.err, HasSubstr("1000 B of 2.5 MiB were there already"));
  // What is there is not sent again.
  EXPECT_EQ(Run(Upload(path, Told(path))), ExitCode::kSuccess);
  EXPECT_EQ(pieces_, 3);
  EXPECT_THAT(console_.err, HasSubstr("on the server already"));
}

TEST_F(PkgCommandTest, AnAnswerThatIsLostIsNoPieceTwice) {
  const std::string bytes(3 << 20, 'b');
  const std::string path = File("x.zip", bytes);
  lose_answer_ = 2;  // the repeated call is then at the wrong place, and the server is asked
  Connect();
  EXPECT_EQ(Run(Upload(path, Told(path))), ExitCode::kSuccess) << console_.err;
  EXPECT_TRUE(held_ == bytes);
}

TEST_F(PkgCommandTest, AnUploadThatCannotGoOnSaysWhy) {
  const std::string path = File("x.zip", std::string(100, 'c'));
  package::Archive archive = Told(path);
  archive.size = 200;  // it has become shorter since
  Connect();
  EXPECT_EQ(Run(Upload(path, archive)), ExitCode::kUsage);
  EXPECT_THAT(console_.err, HasSubstr("changed while it was sent"));
  server_.otherwise = [](const Request&) { return Bad("WrongHash"); };
  EXPECT_EQ(Run(Upload(path, Told(path))), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("WrongHash"));
  server_.otherwise = [](const Request&) { return Good({{"Received", 0}, {"Complete", false}}); };
  EXPECT_EQ(Run(Upload(path, Told(path))), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("does not rise"));
}

TEST_F(PkgCommandTest, AFolderIsPackedSignedAndPublishedInOneGo) {
  ASSERT_TRUE(MakeFolders(scratch_->path() + "/src/sub", 0755));
  const std::string install = File("src/install.sh", "echo install\n");
  ASSERT_EQ(::chmod(install.c_str(), 0755), 0);
  File("src/sub/data", "data");
  File("src/package.toml", "name = \"x\"\nversion = \"1\"\ninstall = \"install.sh\"\nchannels = [\"stable\"]\n");
  PkgOptions key;
  key.verb = PkgOptions::Verb::kCreateKey;
  key.path = scratch_->path() + "/key.pem";
  ASSERT_EQ(PkgKey(key, program_), ExitCode::kSuccess) << console_.err;
  struct stat info {};
  ASSERT_EQ(::stat(key.path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_THAT(console_.out, HasSubstr("assist-agent trust add ed25519:"));
  EXPECT_EQ(PkgKey(key, program_), ExitCode::kUsage);
  EXPECT_THAT(console_.err, HasSubstr("is there already, and is not written over"));

  PkgOptions options;
  options.path = scratch_->path() + "/src";
  options.key = key.path;
  options.terms.os = "linux";
  auto ready = PreparePackage(options, scratch_->path(), program_);
  ASSERT_TRUE(ready) << ready.error().detail;
  EXPECT_THAT(ready->channels, ElementsAre("stable"));
  Connect();
  EXPECT_EQ(Run(PublishReady(*ask_, *ready)), ExitCode::kSuccess) << console_.err;
  ASSERT_TRUE(published_);
  EXPECT_EQ(published_->fields.at("Channel.1"), "stable");
  const auto envelope = package::ParseEnvelope(published_->fields.at("Envelope"));
  ASSERT_TRUE(envelope);
  EXPECT_TRUE(package::Verify(*envelope));
  const auto manifest = package::ParseManifest(envelope->manifest);
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_EQ(manifest->name + manifest->version + manifest->os + manifest->scripts.install, "x1linuxinstall.sh");
  EXPECT_EQ(manifest->files.size(), 3U);
  EXPECT_EQ(manifest->archive.size, static_cast<std::int64_t>(held_.size()));
  EXPECT_EQ(manifest->archive.sha256, Told(ready->archive).sha256);
  EXPECT_THAT(console_.err, HasSubstr("published x 1 for linux as p-1"));

  // Deterministic: the same folder makes the same archive.
  auto again =
      PackPackage(options.path, scratch_->path() + "/again.tar.zst", options.terms, clock_.Now(), program_.text, {});
  EXPECT_FALSE(again) << "name and version are in package.toml alone";
  PackageTerms terms = options.terms;
  terms.name = "x";
  terms.version = "1";
  again = PackPackage(options.path, scratch_->path() + "/again.tar.zst", terms, clock_.Now(), program_.text, {});
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->archive.sha256, manifest->archive.sha256);
}

TEST_F(PkgCommandTest, WhatIsSignedElsewhereIsPublishedHere) {
  ASSERT_TRUE(MakeFolders(scratch_->path() + "/src", 0755));
  File("src/a", "a");
  PkgOptions key;
  key.verb = PkgOptions::Verb::kCreateKey;
  key.path = scratch_->path() + "/key.pem";
  ASSERT_EQ(PkgKey(key, program_), ExitCode::kSuccess);
  PkgOptions build;
  build.verb = PkgOptions::Verb::kBuild;
  build.path = scratch_->path() + "/src";
  build.out = scratch_->path() + "/x.zip";
  build.terms.name = "x";
  build.terms.version = "1";
  ASSERT_EQ(PkgBuild(build, program_), ExitCode::kSuccess) << console_.err;
  PkgOptions sign;
  sign.path = build.out + ".manifest";
  sign.key = key.path;
  ASSERT_EQ(PkgSign(sign, program_), ExitCode::kSuccess) << console_.err;
  EXPECT_THAT(console_.err, HasSubstr("signed x 1 for all with sha256:"));

  PkgOptions publish;
  publish.path = build.out;
  publish.envelope = build.out + ".envelope";
  const auto ready = PreparePackage(publish, scratch_->path(), program_);
  ASSERT_TRUE(ready) << ready.error().detail;
  EXPECT_EQ(ready->archive, build.out);
  EXPECT_EQ(ready->told.format, package::ArchiveFormat::kZip);

  // Another archive, a changed manifest, and what is no envelope.
  publish.path = File("y.zip", "PK");
  EXPECT_THAT(PreparePackage(publish, scratch_->path(), program_).error().detail, HasSubstr("of another archive"));
  publish.path = build.out;
  auto loaded = LoadEnvelope(publish.envelope, program_.text);
  ASSERT_TRUE(loaded);
  loaded->envelope.manifest.back() = ' ';
  loaded->envelope.manifest += "}";
  publish.envelope = File("forged.envelope", package::WriteEnvelope(loaded->envelope));
  EXPECT_THAT(PreparePackage(publish, scratch_->path(), program_).error().detail, HasSubstr("is not that of"));
  publish.envelope = File("none", "{}");
  EXPECT_THAT(PreparePackage(publish, scratch_->path(), program_).error().detail, HasSubstr("is no envelope"));
}

TEST_F(PkgCommandTest, APlugInOfStockAgentsIsDescribedByItsConfig) {
  ASSERT_TRUE(MakeFolders(scratch_->path() + "/src", 0755));
  File("src/main.sh", "echo");
  File("src/config.json", R"({"name":"x","version":"1","runPath":"main.sh","timeout":"30","pluginType":1})");
  PackageTerms terms;
  terms.name = "x";
  terms.version = "1";
  const std::string archive = scratch_->path() + "/x.zip";
  terms.format = "zip";
  auto manifest = PackPackage(scratch_->path() + "/src", archive, terms, clock_.Now(), program_.text, {});
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_FALSE(manifest->plugin) << "it is not for stock agents";
  terms.stock = true;
  manifest = DescribeArchive(archive, terms, clock_.Now(), program_.text, {});
  ASSERT_TRUE(manifest) << manifest.error().detail;
  ASSERT_TRUE(manifest->plugin);
  EXPECT_EQ(manifest->plugin->run_path, "main.sh");
  EXPECT_EQ(manifest->plugin->timeout, std::chrono::seconds(30));
  EXPECT_EQ(manifest->plugin->type, package::Plugin::Type::kPersist);
  terms.version = "2";
  manifest = DescribeArchive(archive, terms, clock_.Now(), program_.text, {});
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().detail, HasSubstr("config.json: version"));
}

TEST_F(PkgCommandTest, FilesThatWillNotDoAreNamed) {
  PkgOptions options;
  options.path = File("x.rar", "x");
  options.key = File("key", "no key");
  options.terms.name = "x";
  options.terms.version = "1";
  EXPECT_THAT(PreparePackage(options, scratch_->path(), program_).error().detail, HasSubstr("neither a folder nor"));
  options.path = File("x.zip", "no zip");
  EXPECT_THAT(PreparePackage(options, scratch_->path(), program_).error().detail, HasSubstr("x.zip: "));
  PkgOptions sign;
  sign.path = File("m", "{}");
  sign.key = options.key;
  EXPECT_EQ(PkgSign(sign, program_), ExitCode::kUsage);
  EXPECT_THAT(console_.err, HasSubstr("is no manifest of a package"));
  PkgOptions show;
  show.verb = PkgOptions::Verb::kShowKey;
  show.path = options.key;
  EXPECT_EQ(PkgKey(show, program_), ExitCode::kUsage);
  EXPECT_THAT(console_.err, HasSubstr("no Ed25519 private key"));
}

TEST_F(PkgCommandTest, AReleaseHasItsProgramsAndSaysItsVersion) {
  const Text& text = program_.text;
  const std::string from = scratch_->path() + "/bin";
  const std::string to = scratch_->path() + "/staged";
  ASSERT_TRUE(MakeFolders(from, 0755));
  ASSERT_TRUE(WriteFileAtomically(from + "/assist-agent", "#!/bin/sh\necho assist-agent 1.4.0\n", 0755));
  ASSERT_TRUE(WriteFileAtomically(from + "/assist-supervisor", "x", 0755));
  ASSERT_TRUE(WriteFileAtomically(from + "/something-else", "x", 0755));
  EXPECT_THAT(StageRelease(from, to, "linux", text).error().detail, HasSubstr("has no assist-container"));
  EXPECT_FALSE(Exists(to)) << "nothing is gathered while something is missing";
  ASSERT_TRUE(WriteFileAtomically(from + "/assist-container", "x", 0755));
  ASSERT_TRUE(StageRelease(from, to, "linux", text));
  EXPECT_THAT(*ListFolder(to), ElementsAre("assist-agent", "assist-container", "assist-supervisor"));
  EXPECT_TRUE(CheckReleaseVersion(to, "1.4.0", std::chrono::seconds(30), text));
  EXPECT_THAT(CheckReleaseVersion(to, "1.4.1", std::chrono::seconds(30), text).error().detail,
              HasSubstr("says that it is 1.4.0, not 1.4.1"));
  ASSERT_TRUE(WriteFileAtomically(to + "/assist-agent", "#!/bin/sh\nexit 1\n", 0755));
  EXPECT_THAT(CheckReleaseVersion(to, "1.4.0", std::chrono::seconds(30), text).error().detail,
              HasSubstr("cannot be run here"));
  ASSERT_TRUE(WriteFileAtomically(to + "/assist-agent", "#!/bin/sh\nexec sleep 100\n", 0755));
  EXPECT_THAT(CheckReleaseVersion(to, "1.4.0", std::chrono::milliseconds(50), text).error().detail,
              HasSubstr("did not end in time"));

  PackageTerms terms;
  terms.os = "linux";
  terms.name = "assist-agent";
  terms.version = "1";
  const std::string archive = scratch_->path() + "/r.tar.zst";
  ASSERT_TRUE(PackPackage(from, archive, terms, clock_.Now(), text, {}));
  const std::string unpacked = scratch_->path() + "/unpacked";
  EXPECT_TRUE(UnpackRelease(archive, unpacked, terms, text));
  EXPECT_TRUE(CheckReleaseVersion(unpacked, "1.4.0", std::chrono::seconds(30), text));
  terms.os = "windows";
  EXPECT_THAT(UnpackRelease(archive, scratch_->path() + "/w", terms, text).error().detail,
              HasSubstr("has no assist-agent.exe"));
}

}  // namespace
}  // namespace assist::cli
