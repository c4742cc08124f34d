#include "server/model/limits.h"

namespace assist::server::model {

Limits Limits::Large() noexcept {
  Limits limits{};
  limits.content_base64_bytes = 1'398'104;  // 1 MiB of script
  limits.commands = 100'000;
  limits.timeout_max = std::chrono::hours(24 * 30);
  limits.targets = 100'000;
  limits.stop_targets = 100'000;
  limits.invocations = 1'000'000;
  limits.delivery_timeout = std::chrono::seconds(86'400);
  limits.output_bytes = 16 << 20;
  limits.page_size = 1'000;
  limits.described_instances = 100;
  limits.file_base64_bytes = 1'398'104;  // 1 MiB of file
  limits.file_targets = 5'000;
  limits.files = 100'000;
  limits.file_retention = std::chrono::hours(24 * 30);
  limits.period_above_timeout = false;
  limits.activations = 1'000;
  limits.activation_instances = 100'000;
  limits.activation_ttl = std::chrono::hours(24 * 365);
  limits.machines = 1'000'000;
  limits.status_instances = 1'000;
  limits.managed_instances = 1'000;
  return limits;
}

Limits Limits::Compat() noexcept {
  Limits limits{};
  limits.content_base64_bytes = 24'576;
  limits.commands = 500;
  limits.timeout_max = std::chrono::seconds(86'400);
  limits.targets = 100;
  limits.stop_targets = 50;
  limits.invocations = 10'000;
  limits.delivery_timeout = std::chrono::seconds(60);
  limits.output_bytes = 24'576;
  limits.page_size = 50;
  limits.described_instances = 100;
  limits.file_base64_bytes = 32'768;
  limits.file_targets = 50;
  limits.files = 1'000;
  limits.file_retention = std::chrono::hours(24);
  limits.period_above_timeout = true;
  limits.activations = 10;
  limits.activation_instances = 1'000;
  limits.activation_ttl = std::chrono::hours(4);
  limits.machines = 10'000;
  limits.status_instances = 100;
  limits.managed_instances = 50;
  return limits;
}

}  // namespace assist::server::model
