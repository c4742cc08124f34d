#include "server/service/first_start.h"

#include "server/control/access_keys.h"

namespace assist::server::service {
namespace {

constexpr std::string_view kAdmin = "admin";

/// For the audit log.
control::Origin OriginOf(std::string action) {
  control::Origin origin;
  origin.audit = std::make_shared<control::AuditSlip>();
  origin.audit->record.source = "first start";
  origin.audit->record.action = std::move(action);
  origin.audit->record.resources = "policy=admin";
  return origin;
}

boost::asio::awaitable<Status> MakeAdmin(const DataFolder& folder, control::Runner& runner, PublicFacts facts) {
  control::ListAccessKeysIn all;
  Result<control::ListAccessKeysOut> keys = co_await runner.Read(control::ListAccessKeys, std::move(all));
  if (!keys) co_return Forward(keys);
  for (const model::AccessKey& key : keys->keys) {
    if (key.name != kAdmin) continue;
    control::AccessKeyIn half_made{key.id};
    control::Origin origin = OriginOf("access-key.delete");
    Result<control::DeleteAccessKeyOut> gone =
        co_await runner.Change(control::DeleteAccessKey, std::move(half_made), std::move(origin));
    if (!gone) co_return Forward(gone);
  }
  control::CreateAccessKeyIn in{std::string(kAdmin), std::string(kAdmin)};
  control::Origin origin = OriginOf("access-key.create");
  Result<model::AccessKey> key = co_await runner.Change(control::CreateAccessKey, std::move(in), std::move(origin));
  if (!key) co_return Forward(key);
  DataFolder::Admin admin{std::move(facts.endpoint), key->id, key->secret, std::move(facts.ca_file),
                          std::move(facts.ca_fingerprint)};
  if (Status written = folder.WriteAdmin(admin); !written) co_return written;
  co_return folder.SetInitialized();
}

}  // namespace

boost::asio::awaitable<Status> PrepareAdmin(const DataFolder& folder, control::Runner& runner, PublicFacts facts) {
  if (!folder.initialized()) co_return co_await MakeAdmin(folder, runner, std::move(facts));
  Result<DataFolder::Admin> admin = folder.ReadAdmin();
  if (!admin && admin.error().code == Errc::kNotFound) co_return Status();  // taken away on purpose
  if (!admin) co_return Forward(admin);
  if (admin->endpoint == facts.endpoint && admin->ca_file == facts.ca_file &&
      admin->ca_fingerprint == facts.ca_fingerprint) {
    co_return Status();
  }
  admin->endpoint = std::move(facts.endpoint);
  admin->ca_file = std::move(facts.ca_file);
  admin->ca_fingerprint = std::move(facts.ca_fingerprint);
  co_return folder.WriteAdmin(*admin);
}

}  // namespace assist::server::service
