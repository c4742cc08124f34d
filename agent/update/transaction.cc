#include "agent/update/transaction.h"

#include <algorithm>

#include "agent/update/choose.h"
#include "agent/update/store.h"

namespace assist::agent::update {
namespace {

using package::Refusal;

std::string NameOf(const std::string& slot) { return slot.empty() ? std::string("the installed program") : slot; }

std::string Seconds(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

}  // namespace

Refused Transaction::DiskTrouble(const std::string& what, const Error& error) const {
  const Refusal word = error.code == Errc::kTooLarge ? Refusal::kNoSpace : Refusal::kInterrupted;
  return {word, what + ": " + error.detail};
}

asio::awaitable<Outcome<Pointer>> Transaction::Settle() {
  auto read = co_await ReadPointer(disk_);
  if (!read && read.error().code != Errc::kInvalid) {
    co_return tl::unexpected(DiskTrouble("update/pointer.json", read.error()));
  }
  Pointer pointer;
  if (read && *read) pointer = std::move(**read);
  if (!read) say_("update/pointer.json cannot be used, the installed program counts: " + read.error().detail);
  if (pointer.trial) {
    // Its guard is gone: nobody but this one holds the lock.
    say_("the trial of " + NameOf(pointer.selected) + " has no guard any more: back to " + NameOf(pointer.previous));
    Pointer back;
    back.selected = pointer.previous;
    back.installed = pointer.installed;
    back.why = "the guard of the trial of " + NameOf(pointer.selected) + " is gone";
    pointer = back;
    Status written = co_await WritePointer(disk_, back);
    if (!written) co_return tl::unexpected(DiskTrouble("update/pointer.json", written.error()));
  }
  co_return pointer;
}

asio::awaitable<void> Transaction::Clean(Pointer pointer) {
  const std::vector<std::string> slots = co_await ListSlots(disk_);
  for (const std::string& slot : slots) {
    if (slot == pointer.selected || slot == pointer.previous) continue;
    Status removed = co_await disk_.RemoveTree(SlotFolder(slot));
    // Programs that still run are locked on Windows; the next update removes them.
    if (!removed) say_("left for later: " + SlotFolder(slot) + ": " + removed.error().detail);
  }
}

asio::awaitable<Outcome<void>> Transaction::Fill(ReleaseSource& source, std::string slot) {
  Status made = co_await MakeSlot(disk_, slot);
  if (!made) co_return tl::unexpected(DiskTrouble("the slot " + slot, made.error()));
  auto files = co_await source.Unpack(SlotFolder(slot));
  if (!files) co_return tl::unexpected(std::move(files.error()));
  Status synced = co_await SyncSlot(disk_, slot, std::move(*files));
  if (!synced) co_return tl::unexpected(DiskTrouble("the slot " + slot, synced.error()));
  co_return Outcome<void>();
}

asio::awaitable<Outcome<void>> Transaction::Checked(std::string slot, std::string version) {
  auto told = co_await check_.Run(slot);
  if (!told) co_return tl::unexpected(std::move(told.error()));
  if (*told != version) {
    co_return Refuse(Refusal::kVerifyFailed,
                     "its self-check says that it is version " + *told + ", its manifest says " + version);
  }
  say_("self-check of " + NameOf(slot) + ": good");
  co_return Outcome<void>();
}

asio::awaitable<Outcome<void>> Transaction::Apply(ReleaseSource& source) {
  auto pointer = co_await Settle();
  if (!pointer) co_return tl::unexpected(std::move(pointer.error()));
  const AgentSeen agent = co_await Noted();  // it may just be starting anew
  if (!agent.running) {
    co_return Refuse(Refusal::kNotSupported,
                     "no agent runs with this root; start it first, for a release proves itself by taking its place");
  }
  auto facts = co_await source.Open();
  if (!facts) co_return tl::unexpected(std::move(facts.error()));
  const std::string slot = SlotName(facts->version, facts->sequence);
  if (!IsSlotName(slot)) co_return Refuse(Refusal::kBadManifest, "\"" + slot + "\" is no version and sequence");
  say_("release " + facts->version + ", sequence " + std::to_string(facts->sequence) + ", " + facts->origin);
  if (slot == pointer->selected || (pointer->selected.empty() && facts->version == options_.installed_version)) {
    say_(NameOf(pointer->selected) + " is that release already");
    co_return Outcome<void>();
  }
  if (pointer->previous == slot) {
    // Nothing that the pointer names is ever written.
    pointer->previous.clear();
    Status written = co_await WritePointer(disk_, *pointer);
    if (!written) co_return tl::unexpected(DiskTrouble("update/pointer.json", written.error()));
  }
  co_await Clean(*pointer);
  auto good = co_await Fill(source, slot);
  if (good) {
    say_("unpacked into " + SlotFolder(slot));
    good = co_await Checked(slot, facts->version);
  }
  if (good) good = co_await Try(*pointer, slot, facts->version, &source);
  if (!good) {
    co_await Clean(*pointer);
    co_return good;
  }
  Pointer now;
  now.selected = slot;
  now.previous = pointer->selected;
  co_await Clean(now);
  co_return good;
}

asio::awaitable<Outcome<void>> Transaction::Rollback(std::string from) {
  auto pointer = co_await Settle();
  if (!pointer) co_return tl::unexpected(std::move(pointer.error()));
  const std::string chosen = pointer->selected.empty() ? options_.installed_version : VersionOfSlot(pointer->selected);
  if (!from.empty()) {
    const AgentSeen agent = co_await Noted();
    if (from != (agent.noted ? agent.version : chosen)) {
      say_(from + " does not run here: nothing to do");
      co_return Outcome<void>();
    }
  }
  if (pointer->selected.empty()) {
    co_return Refuse(Refusal::kNotFound, "there is no version before this one: the installed program runs");
  }
  const std::string to = pointer->previous;
  say_("back from " + NameOf(pointer->selected) + " to " + NameOf(to));
  const std::string version = to.empty() ? options_.installed_version : VersionOfSlot(to);
  auto good = co_await Checked(to, version);
  if (good) good = co_await Try(*pointer, to, version, nullptr);
  co_return good;
}

asio::awaitable<AgentSeen> Transaction::Noted() {
  const SteadyTime end = clock_.Steady() + options_.restart;
  for (;;) {
    AgentSeen seen = co_await agent_.Look();
    if (seen.noted || clock_.Steady() >= end) co_return seen;
    co_await clock_.SleepFor(options_.look_every);
  }
}

asio::awaitable<Outcome<void>> Transaction::Try(Pointer before, std::string slot, std::string version,
                                                ReleaseSource* source) {
  Status done = co_await ForgetTries(disk_);
  // A slot that was gone back from may be tried again, by another order.
  if (done) done = co_await ForgetStarts(disk_);
  if (!done) co_return tl::unexpected(DiskTrouble("update/tries.json", done.error()));
  const AgentSeen old = co_await Noted();
  if (!old.noted) {
    co_return Refuse(Refusal::kNotSupported,
                     "the agent that runs does not tell its state (run/status.json), so it could "
                     "not be told from another one");
  }
  Pointer trial;
  trial.selected = slot;
  trial.previous = before.selected;
  trial.trial = true;
  trial.boot_id = options_.boot_id;
  trial.deadline = clock_.Now() + options_.deadline;
  trial.installed = options_.installed_version;
  done = co_await WritePointer(disk_, trial);
  if (!done) {
    // Nobody knows which of the two stands there.
    co_await GoBack(before, slot);
    co_return tl::unexpected(DiskTrouble("update/pointer.json", done.error()));
  }
  say_(NameOf(slot) + " is on trial, for at most " + Seconds(options_.deadline));
  const Verdict verdict = co_await Watch(slot, version, old);
  std::string unwritten = "update/history.json";
  if (verdict.empty()) {
    // Before the pointer says good: a cut between them costs nothing, for the same sequence is taken again. The other
    // way round an older release could be replayed.
    if (source != nullptr) done = co_await source->Proven();
    if (done) {
      unwritten = "update/pointer.json";
      // What a way back left is not gone back to: that would be a way forward.
      if (source == nullptr) trial.previous.clear();
      trial.trial = false;
      trial.boot_id.clear();
      trial.deadline = {};
      done = co_await WritePointer(disk_, trial);
    }
    if (done) {
      say_(NameOf(slot) + " stays: connected for " + Seconds(options_.stable));
      co_return Outcome<void>();
    }
  }
  say_(verdict.empty() ? unwritten + ": " + done.error().detail : verdict);
  co_await GoBack(before, slot);
  if (verdict.empty()) co_return tl::unexpected(DiskTrouble(unwritten, done.error()));
  co_return Refuse(Refusal::kNotHealthy, verdict);
}

asio::awaitable<Transaction::Verdict> Transaction::Watch(std::string slot, std::string version, AgentSeen old) {
  const SteadyTime begun = clock_.Steady();
  const Status asked = co_await agent_.AskRestart();
  if (!asked) say_("the agent could not be asked to start anew: " + asked.error().detail);
  std::optional<SteadyTime> good_since;
  std::optional<SteadyTime> gone_since;
  std::string good_run;
  std::int64_t good_beat = 0;
  std::int64_t beat = 0;
  SteadyTime progress = begun;
  std::string problem = "it did not start";
  bool came = false;
  for (;;) {
    const SteadyTime now = clock_.Steady();
    const AgentSeen seen = co_await agent_.Look();
    const bool is_old = seen.noted && seen.run == old.run;
    if (seen.running) gone_since.reset();
    if (!seen.running && !gone_since) gone_since = now;
    if (gone_since && now - *gone_since >= options_.gone) {
      co_return NameOf(slot) + " does not stay up: no agent for " + Seconds(options_.gone);
    }
    if (seen.noted && !is_old && seen.slot == slot) {
      if (seen.version != version) co_return NameOf(slot) + " runs as version " + seen.version;
      if (!came) say_(NameOf(slot) + " has started");
      came = true;
      if (seen.beat != beat) progress = now;
      beat = seen.beat;
      const bool hangs = now - progress >= options_.silent;
      problem = "it did not connect" + (seen.problem.empty() ? std::string() : ": " + seen.problem);
      if (seen.connected) problem = hangs ? "it has connected, and hangs" : "it was not connected for long enough";
      if (!seen.connected || seen.run != good_run || hangs) good_since.reset();
      if (seen.connected && !hangs && !good_since) {
        good_since = now;
        good_run = seen.run;
        good_beat = seen.beat;
      }
      // A note alone is the word of a moment ago: it is good for as long as it is renewed.
      if (good_since && now - *good_since >= options_.stable && seen.beat != good_beat) co_return Verdict();
    } else {
      good_since.reset();
    }
    if (seen.noted && !is_old && seen.slot != slot) {
      co_return NameOf(slot) + " was given up by the launcher: " + NameOf(seen.slot) + " runs again";
    }
    if (is_old && now - begun >= options_.restart) {
      co_return "the running agent did not start anew within " + Seconds(options_.restart);
    }
    if (now - begun >= options_.deadline) {
      co_return NameOf(slot) + " did not prove itself within " + Seconds(options_.deadline) + ": " + problem;
    }
    co_await clock_.SleepFor(options_.look_every);
  }
}

asio::awaitable<void> Transaction::GoBack(Pointer before, std::string failed) {
  const SteadyTime end = clock_.Steady() + options_.back;
  for (;;) {
    Status written = co_await WritePointer(disk_, before);
    if (written) break;
    if (clock_.Steady() >= end) {
      // The launcher does the same as soon as this guard is gone.
      say_("update/pointer.json was not put back, the next start of the agent does it: " + written.error().detail);
      break;
    }
    co_await clock_.SleepFor(std::chrono::seconds(1));
  }
  say_("the pointer is back at " + NameOf(before.selected));
  co_await BringBack(before.selected, failed);
}

asio::awaitable<void> Transaction::BringBack(std::string wanted, std::string failed) {
  const SteadyTime begun = clock_.Steady();
  std::optional<SteadyTime> gone_since;
  std::optional<SteadyTime> wrong_since;
  bool asked = false;
  for (;;) {
    const SteadyTime now = clock_.Steady();
    const AgentSeen seen = co_await agent_.Look();
    if (seen.noted && seen.slot != failed) {
      say_("the agent runs as " + seen.version + ", " + NameOf(seen.slot));
      co_return;
    }
    if (now - begun >= options_.back) {
      say_(NameOf(wanted) + " has not come back within " + Seconds(options_.back) + "; `assist-agent status` shows it");
      co_return;
    }
    if (seen.running) {
      gone_since.reset();
      if (!wrong_since) wrong_since = now;
      if (!asked && seen.noted) {
        asked = true;
        static_cast<void>(co_await agent_.AskRestart());
      }
    } else {
      wrong_since.reset();
      if (!gone_since) gone_since = now;
    }
    const auto patience = asked ? options_.restart : options_.restart / 3;
    if ((wrong_since && now - *wrong_since >= patience) || (gone_since && now - *gone_since >= options_.service)) {
      // Hung, with or without the lock: whoever serves this root from the failed slot.
      if (!failed.empty()) {
        say_("what runs of " + failed + " is ended");
        Status ended = co_await agent_.Kill(failed);
        if (!ended) say_("it could not be ended: " + ended.error().detail);
      }
      if (gone_since) {
        say_("the agent is started");
        Status started = co_await agent_.Start();
        if (!started) say_("it could not be started: " + started.error().detail);
      }
      wrong_since.reset();
      gone_since.reset();
      asked = false;
    }
    co_await clock_.SleepFor(options_.look_every);
  }
}

}  // namespace assist::agent::update
