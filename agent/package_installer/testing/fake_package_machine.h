// A machine with packages, for tests and simulations: a disk that loses what is not synced, scripts that change a
// pretended system, a publisher, a clock that runs by itself. Its power can be cut before any change. Only tests
// include it. One thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/artifact/testing/fake_artifacts.h"
#include "agent/disk/fake_disk.h"
#include "agent/package_installer/installer.h"
#include "agent/package_installer/testing/cut_disk.h"
#include "common/async/manual_clock.h"
#include "common/base/random.h"

namespace assist::agent::package_installer {

/// What the bytes of a script in a test make it do.
inline constexpr std::string_view kWorks = "works";
inline constexpr std::string_view kFails = "fails";  ///< Half done, exit code 3.
inline constexpr std::string_view kHangs = "hangs";  ///< Half done, until its time is over.

/// Scripts do one thing: the pretended system has, or has not, what a version of a package does to it.
class FakeScripts final : public ScriptRunner {
 public:
  FakeScripts(disk::FakeDisk& disk, Countdown& countdown) : disk_(disk), countdown_(countdown) {}
  std::map<std::string, std::string> effects = {};  ///< Version by name; "half" in the middle of a script.
  std::vector<std::string> ran = {};                ///< `install nginx 1.2 (1.1)`
  std::function<void(const Call&)> before = {};

  asio::awaitable<Result<End>> Run(Call call) override;
  [[nodiscard]] std::string Absolute(const std::string& relative) const override { return "/root/" + relative; }

 private:
  disk::FakeDisk& disk_;
  Countdown& countdown_;
};

class FakePackageMachine {
 public:
  explicit FakePackageMachine(std::uint64_t seed);

  using Work = std::function<asio::awaitable<Status>(Installer&)>;
  /// Opens an installer (not with `closed`) and does `work`; nothing: the power was cut before `cut_after` steps were
  /// over.
  std::optional<Status> Do(const Work& work, int cut_after = -1, bool closed = false);
  /// Only what is pending.
  std::optional<Status> Recover(int cut_after = -1);
  std::optional<Status> Install(std::vector<package::Envelope> envelopes, int cut_after = -1,
                                const artifact::Wanted& wanted = {});
  std::optional<Status> Uninstall(std::string name, bool force = false, int cut_after = -1);
  /// Without opening first.
  std::optional<Status> Repair();
  /// After a cut. `power`: what was not synced may be lost; else the program was killed alone.
  void Fall(bool power);

  /// A package that is published: install, uninstall and verify scripts of these bytes, and a file.
  package::Envelope Publish(std::string name, std::string version, std::int64_t sequence,
                            std::string_view install = kWorks, std::string_view uninstall = kWorks,
                            std::string_view verify = kWorks, std::function<void(package::Manifest&)> change = {});

  /// What is wrong between database, folders and the pretended system; empty: all agrees. `scripts_may_fail`: the
  /// system may be half where scripts of these tests fail on purpose.
  std::string Trouble(bool scripts_may_fail = false);

  SeededRandom random;
  ManualClock clock;
  std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>(1);
  std::unique_ptr<disk::FakeDisk> disk = std::make_unique<disk::FakeDisk>(io->get_executor());
  Countdown countdown;
  std::map<std::string, std::string> effects;
  std::vector<std::string> ran, said;
  std::function<void(const ScriptRunner::Call&)> before_script;
  artifact::FakeSource source;
  artifact::StopSign* stop = nullptr;  ///< Of the operation that runs.
  trust::Publishers publishers;
  PrivateKey key;
  Database database;  ///< After the last operation that was not cut.
  std::uint64_t free = std::uint64_t{1} << 40;

 private:
  std::map<std::string, std::vector<package::FileEntry>> files_;  // by `name version sequence`
};

}  // namespace assist::agent::package_installer
