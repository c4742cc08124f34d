#include "agent/package_installer/testing/fake_package_machine.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "agent/artifact/check_manifest.h"

namespace assist::agent::package_installer {
namespace {

asio::awaitable<Status> OpenAndDo(Installer& installer, const FakePackageMachine::Work& work) {
  Status opened = co_await installer.Open();
  if (!opened || !work) co_return opened;
  co_return co_await work(installer);
}

asio::awaitable<void> Keep(asio::awaitable<Status> work, std::optional<Status>& out) {
  out.emplace(co_await std::move(work));
}

}  // namespace

asio::awaitable<Result<ScriptRunner::End>> FakeScripts::Run(Call call) {
  const std::string path = call.folder + "/" + call.script;
  if (!disk_.Has(path)) co_return Fail(Errc::kNotFound, "no script " + path);
  if (before) before(call);
  const std::string content = disk_.Content(path);
  const std::string name = call.variables.at(0).second;
  const std::string version = call.variables.at(1).second;
  ran.push_back(call.script + " " + name + " " + version + " (" + call.variables.at(4).second + ")");
  const std::string before_it = effects.contains(name) ? effects[name] : std::string();
  countdown_.Step();
  if (call.script != "verify") effects[name] = "half";
  countdown_.Step();
  End end;
  if (content.starts_with(kFails)) {
    end.code = 3;
  } else if (content.starts_with(kHangs)) {
    end.how = How::kTimedOut;
  } else if (call.script == "install") {
    effects[name] = version;
  } else if (call.script == "uninstall") {
    effects.erase(name);
  } else if (before_it != version) {
    end.code = 1;  // verify: the system is not as this version makes it
  }
  co_return end;
}

FakePackageMachine::FakePackageMachine(std::uint64_t seed) : random(seed), key(PrivateKey::GenerateEd25519(random)) {
  static_cast<void>(trust::Add({"ops", *package::PublisherKeyFromPem(key.Public().Pem()), true, false}, publishers));
}

std::optional<Status> FakePackageMachine::Repair() {
  return Do([](Installer& installer) { return installer.Repair(); }, -1, true);
}

std::optional<Status> FakePackageMachine::Do(const Work& work, int cut_after, bool closed) {
  countdown = {cut_after, 0};
  CutDisk cut(*disk, countdown);
  artifact::FakeArchiveDisk archives(*disk, cut);
  archives.free = free;
  FakeScripts scripts(*disk, countdown);
  scripts.effects = effects;
  scripts.before = before_script;
  artifact::StopSign sign;
  stop = &sign;
  const artifact::Say say = [this](const std::string& line) { said.push_back(line); };
  Installer::Options options;
  options.platform = {"linux", "amd64"};
  options.fetch.piece = 64;
  options.fetch.tries = 3;
  Installer installer(options, {cut, archives, scripts, clock, sign, say});
  std::optional<Status> out;
  std::exception_ptr thrown;
  asio::co_spawn(*io, Keep(closed ? work(installer) : OpenAndDo(installer, work), out),
                 [&thrown](std::exception_ptr error) { thrown = error; });
  io->restart();
  while (!out && !thrown) {
    if (io->poll() > 0) {
      io->restart();
      continue;
    }
    io->restart();
    clock.Advance(std::chrono::seconds(1));
  }
  stop = nullptr;
  effects = scripts.effects;
  ran.insert(ran.end(), scripts.ran.begin(), scripts.ran.end());
  if (!thrown) {
    database = installer.database();
    return out;
  }
  try {
    std::rethrow_exception(thrown);
  } catch (const PowerCut&) {
    return std::nullopt;
  }
}

std::optional<Status> FakePackageMachine::Recover(int cut_after) { return Do({}, cut_after); }

std::optional<Status> FakePackageMachine::Install(std::vector<package::Envelope> envelopes, int cut_after,
                                                  const artifact::Wanted& wanted) {
  return Do([&](Installer& installer) { return installer.Install(std::move(envelopes), wanted, publishers, source); },
            cut_after);
}

std::optional<Status> FakePackageMachine::Uninstall(std::string name, bool force, int cut_after) {
  return Do([&](Installer& installer) { return installer.Uninstall(name, force); }, cut_after);
}

void FakePackageMachine::Fall(bool power) {
  auto next_io = std::make_unique<asio::io_context>(1);
  auto next = std::make_unique<disk::FakeDisk>(next_io->get_executor());
  next->TakeOver(*disk);
  disk = std::move(next);
  io = std::move(next_io);
  if (power) disk->Crash(random);
}

package::Envelope FakePackageMachine::Publish(std::string name, std::string version, std::int64_t sequence,
                                              std::string_view install, std::string_view uninstall,
                                              std::string_view verify, std::function<void(package::Manifest&)> change) {
  auto made = artifact::MakeTestPackage(name, version, sequence,
                                        {{"install", std::string(install)},
                                         {"payload", name + " in the version " + version},
                                         {"uninstall", std::string(uninstall)},
                                         {"verify", std::string(verify)}});
  if (change) change(made.manifest);
  source.archives[made.manifest.archive.sha256] = made.archive;
  files_[name + " " + version + " " + std::to_string(sequence)] = made.manifest.files;
  return artifact::SignForTests(made.manifest, key);
}

std::string FakePackageMachine::Trouble(bool scripts_may_fail) {
  const artifact::FakeArchiveDisk archives(*disk, *disk);
  if (database.pending) return "an operation is pending";
  std::map<std::string, std::string> named;  // folders and papers that may be there
  for (const auto& [name, one] : database.installed) {
    const auto wanted = files_.find(name + " " + one.version + " " + std::to_string(one.sequence));
    if (wanted == files_.end()) return name + " " + one.version + " was never published";
    const std::string folder = FolderOf(name, one.folder);
    if (const auto differs = artifact::Difference(wanted->second, archives.Look(folder), false, false)) {
      return name + " " + one.version + ": " + *differs;
    }
    if (!disk->Has(EnvelopeOf(name, one.folder))) return name + " has no manifest";
    named[folder] = named[EnvelopeOf(name, one.folder)] = named[std::string(kFolder) + "/" + name] = name;
    const auto effect = effects.find(name);
    const std::string is = effect == effects.end() ? "nothing" : effect->second;
    if (is != one.version && !(scripts_may_fail && is == "half")) {
      return "the database says " + name + " " + one.version + ", the system has " + is;
    }
  }
  for (const auto& [name, version] : effects) {
    if (!database.installed.contains(name) && !(scripts_may_fail && version == "half")) {
      return "the system has " + name + " " + version + ", the database does not";
    }
  }
  for (const std::string& path : disk->Paths()) {
    const std::string prefix = std::string(kFolder) + "/";
    if (!path.starts_with(prefix) || path[prefix.size()] == '.') continue;
    const bool below = disk->IsFolder(path) || path.ends_with(".envelope") ? named.contains(path)
                                                                           : named.contains(disk::ParentOf(path));
    if (!below) return path + " belongs to nothing";
  }
  if (disk->Has(kStaging)) return "the staging folder is left over";
  return {};
}

}  // namespace assist::agent::package_installer
