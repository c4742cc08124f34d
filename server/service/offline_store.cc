#include "server/service/offline_store.h"

#include "server/service/settings.h"

namespace assist::server::service {

Result<std::unique_ptr<OfflineStore>> OfflineStore::Open(const DataFolder& folder) {
  RunFlags flags;
  flags.data = folder.path();
  Result<ServerSettings> settings = LoadSettings(flags);
  if (!settings) return Forward(settings);
  std::unique_ptr<OfflineStore> out(new OfflineStore());
  Result<std::unique_ptr<Core>> core =
      Core::Open(*settings, folder.File("store.db"), out->clock_, out->random_, out->nobody_, out->nobody_, out->log_);
  if (!core) return Forward(core);
  out->core_ = std::move(*core);
  out->shard_.Start();
  return out;
}

}  // namespace assist::server::service
