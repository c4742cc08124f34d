#include "server/service/core.h"

#include "server/openapi/access_table.h"

namespace assist::server::service {

Core::Core(const ServerSettings& settings, Log& log)
    : log_(log),
      facts_{settings.limits,  settings.account_id, &zones_,           openapi::AllActions(),
             settings.regions, settings.audit_rows, settings.audit_age},
      writer_(std::make_unique<ThreadBlockingPool>(1, "store-writer")),
      readers_(std::make_unique<ThreadBlockingPool>(static_cast<std::size_t>(settings.readers), "store-reader")),
      general_(std::make_unique<ThreadBlockingPool>(2, "blocking")) {}

Core::~Core() {
  general_.reset();
  readers_.reset();
  writer_.reset();
}

Result<std::unique_ptr<Core>> Core::Open(const ServerSettings& settings, const std::string& file, Clock& clock,
                                         Random& random, const control::Presence& presence, control::AgentWaker& waker,
                                         Log& log) {
  std::unique_ptr<Core> core(new Core(settings, log));
  store::sqlite::SqliteStore::Options options;
  options.path = file;
  options.readers = static_cast<std::size_t>(settings.readers);
  Result<std::unique_ptr<store::sqlite::SqliteStore>> store =
      store::sqlite::SqliteStore::Open(std::move(options), *core->writer_, *core->readers_);
  if (!store) return Forward(store);
  core->store_ = std::move(*store);
  const control::Runner::Parts parts{*core->store_, clock, random, core->facts_, presence, waker, *core};
  core->runner_ = std::make_unique<control::Runner>(parts);
  return core;
}

Status Core::Close() {
  readers_.reset();
  writer_.reset();
  return store_->Close();
}

void Core::Note(const control::OperatorNote& note) {
  switch (note.level) {
    case control::OperatorNote::Level::kInfo:
      log_.Info(note.event, {{"instance", note.instance}, {"text", note.text}});
      return;
    case control::OperatorNote::Level::kWarn:
      log_.Warn(note.event, {{"instance", note.instance}, {"text", note.text}});
      return;
    case control::OperatorNote::Level::kError:
      log_.Error(note.event, {{"instance", note.instance}, {"text", note.text}});
      return;
  }
}

}  // namespace assist::server::service
