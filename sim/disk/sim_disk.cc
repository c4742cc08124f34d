#include "sim/disk/sim_disk.h"

#include "common/async/completion.h"
#include "common/base/unique_function.h"

namespace assist::sim::disk {
namespace {

using files::FilePtr;
using files::Operation;
using files::Trouble;

tl::unexpected<Error> Missing(const std::string& path) { return Fail(Errc::kNotFound, "no such file: " + path); }

Status ToStatus(Trouble trouble, const std::string& path) {
  if (trouble == Trouble::kFull) return Fail(Errc::kTooLarge, "disk full: " + path);
  if (trouble == Trouble::kIo) return Fail(Errc::kInternal, "I/O error: " + path);
  return {};
}

/// The file, or why not. Asks for a fault first.
Result<FilePtr> Open(files::FileSystem& files, Operation operation, const std::string& path, bool create) {
  if (auto trouble = ToStatus(files.Ask(operation, path), path); !trouble) return Forward(trouble);
  FilePtr file = create ? files.Create(path, false) : files.Find(path);
  if (file == nullptr) return Missing(path);
  if (file->folder()) return Fail(Errc::kInternal, "a folder: " + path);
  return file;
}

}  // namespace

/// A call under way: stages, each an event of its own on the process's disk lane, then the answer. It is not
/// cancellable, as a call into the system is not.
class SimDisk::Call : public std::enable_shared_from_this<Call> {
 public:
  enum class Then : std::uint8_t { kNext, kAgain, kEnd };
  Call(SimDisk& disk, world::Dice dice)
      : options(disk.options_), files(disk.files_), world_(disk.world_), lane_(disk.lane_), dice_(dice) {}

  void Add(std::chrono::microseconds at_most, UniqueFunction<Then()> run) {
    stages_.push_back({at_most, std::move(run)});
  }
  /// Only for stages that cannot fail.
  void AddPlain(std::chrono::microseconds at_most, UniqueFunction<void()> run) {
    Add(at_most, [run = std::move(run)]() mutable {
      run();
      return Then::kNext;
    });
  }
  asio::awaitable<Status> Run() {
    UniqueFunction<void(Completion<Status>)> start = [this](Completion<Status> done) {
      done_ = std::move(done);
      Schedule();
    };
    return Await<Status>(std::move(start));
  }
  Then Failed(Status failure) {
    status = std::move(failure);
    return Then::kEnd;
  }
  void Sync(const std::string& path) {
    if (auto trouble = ToStatus(files.Ask(Operation::kSync, path), path); !trouble) {
      status = std::move(trouble);
    } else if (const FilePtr file = files.Find(path); file == nullptr) {
      status = Missing(path);
    } else if (options.sync_works) {
      files.Sync(file);
    }
  }
  [[nodiscard]] world::Dice& dice() noexcept { return dice_; }

  const Options options;
  files::FileSystem& files;
  Status status;

 private:
  struct Stage {
    std::chrono::microseconds at_most;
    UniqueFunction<Then()> run;
  };

  // Events and the coroutine hold the call; the call holds the coroutine by done_ alone, which a crash destroys with
  // the event that would have answered.
  void Schedule() {
    auto at_most = index_ < stages_.size() ? stages_[index_].at_most : options.max_delay;
    if (at_most == options.max_sync) at_most += files.slow();
    const auto delay = std::chrono::microseconds(dice_.Below(static_cast<std::uint64_t>(at_most.count()) + 1));
    world_.After(delay, lane_, [self = std::move(done_), call = weak_from_this()]() mutable {
      const auto alive = call.lock();
      if (!alive) return;
      alive->done_ = std::move(self);
      alive->Next();
    });
  }
  void Next() {
    if (index_ == stages_.size()) {
      done_(std::move(status));
      return;
    }
    switch (stages_[index_].run()) {
      case Then::kNext:
        ++index_;
        break;
      case Then::kAgain:
        break;
      case Then::kEnd:
        index_ = stages_.size();
        break;
    }
    Schedule();
  }

  world::World& world_;
  std::shared_ptr<world::Lane> lane_;
  world::Dice dice_;
  std::vector<Stage> stages_;
  std::size_t index_ = 0;
  Completion<Status> done_;
};

SimDisk::SimDisk(Options options, files::FileSystem& files, const std::shared_ptr<world::Process>& process)
    : options_(options),
      files_(files),
      world_(process->world()),
      lane_(process->NewLane("disk")),
      dice_(process->world().seed(), "disk" + std::to_string(process->id())) {}

std::shared_ptr<SimDisk::Call> SimDisk::NewCall() {
  return std::make_shared<Call>(*this, world::Dice(dice_.Next(), "call"));
}

asio::awaitable<Status> SimDisk::CreateFolder(std::string path, agent::disk::Access) {
  const auto call = NewCall();
  call->Add(options_.max_delay, [&c = *call, path] {
    if (auto trouble = ToStatus(c.files.Ask(Operation::kChange, path), path); !trouble) return c.Failed(trouble);
    const FilePtr folder = c.files.Create(path, true);
    if (folder == nullptr) return c.Failed(Missing(path));
    if (!folder->folder()) return c.Failed(Fail(Errc::kConflict, "a file: " + path));
    return Call::Then::kNext;
  });
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::WriteFile(std::string path, std::string bytes, agent::disk::Access) {
  const auto call = NewCall();
  call->Add(options_.max_delay, [&c = *call, path] {
    auto file = Open(c.files, Operation::kWrite, path, true);
    if (!file) return c.Failed(Forward(file));
    c.files.Truncate(*file, 0);
    return Call::Then::kNext;  // a crash here leaves it empty
  });
  call->Add(options_.max_delay, [&c = *call, path, bytes = std::move(bytes)] {
    auto file = Open(c.files, Operation::kWrite, path, true);
    if (!file) return c.Failed(Forward(file));
    c.files.Write(*file, 0, bytes);
    return Call::Then::kNext;
  });
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::Append(std::string path, std::string bytes, bool sync) {
  const auto call = NewCall();
  const std::size_t half = call->dice().Below(bytes.size() + 1);
  const auto shared = std::make_shared<std::string>(std::move(bytes));
  call->Add(options_.max_delay, [&c = *call, path, shared, half] {
    const FilePtr file = c.files.Create(path, false);
    if (file == nullptr || file->folder()) return c.Failed(Missing(path));
    c.files.Write(file, file->bytes().size(), std::string_view(*shared).substr(0, half));
    if (auto trouble = ToStatus(c.files.Ask(Operation::kWrite, path), path); !trouble) return c.Failed(trouble);
    return Call::Then::kNext;  // a crash here leaves a part
  });
  call->Add(options_.max_delay, [&c = *call, path, shared, half] {
    const FilePtr file = c.files.Create(path, false);
    if (file == nullptr || file->folder()) return c.Failed(Missing(path));
    c.files.Write(file, file->bytes().size(), std::string_view(*shared).substr(half));
    return Call::Then::kNext;
  });
  if (sync) call->AddPlain(options_.max_sync, [&c = *call, path] { c.Sync(path); });
  co_return co_await call->Run();
}

asio::awaitable<Result<std::string>> SimDisk::Read(std::string path, std::uint64_t offset, std::size_t size) {
  const auto call = NewCall();
  const auto out = std::make_shared<std::string>();
  call->Add(options_.max_delay, [&c = *call, path, offset, size, out] {
    auto file = Open(c.files, Operation::kRead, path, false);
    if (!file) return c.Failed(Forward(file));
    const std::string& bytes = (*file)->bytes();
    if (offset < bytes.size()) *out = bytes.substr(offset, size);
    return Call::Then::kNext;
  });
  Status done = co_await call->Run();
  if (!done) co_return Forward(done);
  co_return std::move(*out);
}

asio::awaitable<Result<std::uint64_t>> SimDisk::Size(std::string path) {
  const auto call = NewCall();
  const auto out = std::make_shared<std::uint64_t>(0);
  call->Add(options_.max_delay, [&c = *call, path, out] {
    auto file = Open(c.files, Operation::kRead, path, false);
    if (!file) return c.Failed(Forward(file));
    *out = (*file)->bytes().size();
    return Call::Then::kNext;
  });
  Status done = co_await call->Run();
  if (!done) co_return Forward(done);
  co_return *out;
}

asio::awaitable<Result<std::vector<std::string>>> SimDisk::List(std::string folder) {
  const auto call = NewCall();
  const auto out = std::make_shared<std::vector<std::string>>();
  call->Add(options_.max_delay, [&c = *call, folder, out] {
    if (auto trouble = ToStatus(c.files.Ask(Operation::kRead, folder), folder); !trouble) return c.Failed(trouble);
    const FilePtr file = c.files.Find(folder);
    if (file == nullptr || !file->folder()) return c.Failed(Missing(folder));
    for (const auto& [name, entry] : file->entries()) out->push_back(name);
    return Call::Then::kNext;
  });
  Status done = co_await call->Run();
  if (!done) co_return Forward(done);
  co_return std::move(*out);
}

asio::awaitable<Status> SimDisk::Truncate(std::string path, std::uint64_t size) {
  const auto call = NewCall();
  call->Add(options_.max_delay, [&c = *call, path, size] {
    auto file = Open(c.files, Operation::kWrite, path, false);
    if (!file) return c.Failed(Forward(file));
    c.files.Truncate(*file, size);
    return Call::Then::kNext;
  });
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::SyncFiles(std::vector<std::string> paths) {
  const auto call = NewCall();
  for (auto& path : paths) {
    call->Add(options_.max_sync, [&c = *call, path = std::move(path)] {
      if (c.status) c.Sync(path);
      return Call::Then::kNext;
    });
  }
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::SyncFolder(std::string folder) {
  const auto call = NewCall();
  call->AddPlain(options_.max_sync, [&c = *call, folder] { c.Sync(folder); });
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::Rename(std::string from, std::string to) {
  const auto call = NewCall();
  call->Add(options_.max_delay, [&c = *call, from, to] {
    if (auto trouble = ToStatus(c.files.Ask(Operation::kChange, to), to); !trouble) return c.Failed(trouble);
    if (!c.files.Rename(from, to)) return c.Failed(Missing(from));
    return Call::Then::kNext;
  });
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::RemoveFile(std::string path) {
  const auto call = NewCall();
  call->Add(options_.max_delay, [&c = *call, path] {
    if (auto trouble = ToStatus(c.files.Ask(Operation::kChange, path), path); !trouble) return c.Failed(trouble);
    if (!c.files.Remove(path)) return c.Failed(Missing(path));
    return Call::Then::kNext;
  });
  co_return co_await call->Run();
}

asio::awaitable<Status> SimDisk::RemoveTree(std::string folder) {
  const auto call = NewCall();
  call->Add(options_.max_delay, [&c = *call, folder] {
    if (auto trouble = ToStatus(c.files.Ask(Operation::kChange, folder), folder); !trouble) return c.Failed(trouble);
    return Call::Then::kNext;
  });
  // Name by name, so that a crash leaves a part of it.
  call->Add(options_.max_delay, [&c = *call, folder] {
    FilePtr at = c.files.Find(folder);
    if (at == nullptr) return Call::Then::kNext;
    std::string path = folder;
    while (at->folder() && !at->entries().empty()) {
      path += "/" + at->entries().begin()->first;
      at = FilePtr(at->entries().begin()->second);
    }
    c.files.Remove(path);
    return Call::Then::kAgain;
  });
  co_return co_await call->Run();
}

}  // namespace assist::sim::disk
