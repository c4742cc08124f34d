#include "server/service/settings.h"

#include <algorithm>
#include <filesystem>

namespace assist::server::service {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

Result<HostPort> ListenAddress(const std::string& text, std::string_view where) {
  Result<HostPort> address = ParseHostPort(text);
  if (!address || (address->host != "localhost" && address->host != "*" && !IsIpAddress(address->host))) {
    return Fail(Errc::kInvalid, std::string(where) + ": \"" + text +
                                    "\" is no address to listen on; write an IP address and a port, such as "
                                    "0.0.0.0:8443 or 127.0.0.1:8443");
  }
  return address;
}

}  // namespace

std::span<const ConfigKey> ConfigKeys() {
  static const std::vector<ConfigKey> kKeys = {
      TextKey("listen", "0.0.0.0:8443", "Address and port of the one listener (HTTPS)."),
      ListKey("advertise", {},
              "Names or addresses, with or without port, under which clients reach this server; the first "
              "becomes the endpoint, all stand in the certificate."),
      BoolKey("insecure_http", false, "The port speaks plain HTTP, on any address. Secrets then travel readable."),
      TextKey("plain.listen", "", "A second listener that speaks plain HTTP; empty: none."),
      ListKey("plain.serve", {},
              "What the second listener serves: `openapi`, and `legacy-agents`, the C++ agents of 2018, for addresses "
              "that `assist-server machine bind` knows, and `downloads`, packages of agents (which are checked by "
              "SHA-256), and `stock-archives`, plug-ins and updates for stock agents (which are checked by MD5). "
              "Registration is never served there."),
      TextKey(
          "packages.folder", "",
          "Folder of the packages that /download/ serves, as scripts/package.sh makes them; empty: `packages` in the "
          "folder of the data."),
      IntegerKey("artifacts.bytes", std::int64_t{20} << 30, std::int64_t{1} << 20, std::int64_t{1} << 50,
                 "Bytes that archives of packages may take in the folder `artifacts` of the data, uploads that are not "
                 "whole among them."),
      TextKey("stock.url", "",
              "What stock agents put in front of /artifacts/stock/… to fetch plug-ins and updates, such as "
              "http://assist.example.com:8080; empty: the address by which they reached this server."),
      ChoiceKey("limits", "large", {"large", "compat"}, "`compat`: exactly the limits of the public service."),
      TextKey("region", "cn-hangzhou", "Region of this server's machines."),
      ListKey("regions", {}, "Further region names that calls may use."),
      TextKey("account_id", "1000000000000001", "Value of {{ACS::AccountId}}."),
      SecondsKey("time_window", seconds(900), seconds(60), seconds(3600), "How far a signed call's time may be off."),
      SecondsKey("delivery_timeout", seconds(86'400), seconds(10), hours(24 * 365),
                 "How long a task waits for its machine, when the call does not say."),
      IntegerKey("output_bytes", std::int64_t{16} << 20, 24'576, std::int64_t{1} << 30, "Output kept of one task."),
      IntegerKey("retention_days", 30, 1, 3650,
                 "How long finished invocations are remembered; files no longer than 30 days."),
      IntegerKey("history_runs", 1'000, 10, 10'000,
                 "Rows of history kept of a schedule on each machine: runs, and ranges that were missed."),
      SecondsKey(
          "overdue_grace", seconds(120), seconds(10), hours(24 * 7),
          "After a due time and splay, how long nothing may be heard of a schedule until it is shown as overdue."),
      IntegerKey("audit_days", 400, 1, 36'500, "How long rows of the audit log are kept."),
      IntegerKey("audit_rows", 1'000'000, 1'000, 100'000'000,
                 "Rows of the audit log kept at most, the newest; about 600 bytes each."),
      IntegerKey("shards", 0, 0, 256, "Threads for connections; 0: one a core."),
      IntegerKey("readers", 2, 1, 64, "Threads that read the store."),
      IntegerKey("max_connections", 20'000, 16, 1'000'000, "Open connections; beyond, new ones wait in the kernel."),
      TextKey("metrics.token", "", "Bearer token for /metrics from other machines; empty: loopback only."),
      ChoiceKey("log.level", "info", {"debug", "info", "warn", "error", "off"},
                "Least important line that is written."),
      TextKey("log.file", "", "Log file; empty: stderr."),
  };
  return kKeys;
}

Result<ServerSettings> LoadSettings(const RunFlags& flags) {
  ServerSettings settings;
  std::error_code error;
  settings.data = std::filesystem::absolute(flags.data, error).lexically_normal().string();
  if (flags.data.empty() || error) return Fail(Errc::kInvalid, "--data: \"" + flags.data + "\" is no folder");

  std::string path = flags.config;
  if (path.empty()) {
    const std::string standard = settings.data + "/assist-server.toml";
    if (std::filesystem::exists(standard, error)) path = standard;
  }
  Result<Config> loaded = path.empty() ? Result<Config>(Config(ConfigKeys())) : LoadConfig(ConfigKeys(), path);
  if (!loaded) return Forward(loaded);
  const Config& config = *loaded;

  const std::string listen = flags.listen.value_or(config.Text("listen"));
  Result<HostPort> address = ListenAddress(listen, flags.listen ? "--listen" : "listen");
  if (!address) return Forward(address);
  settings.listen = std::move(*address);

  const bool from_flags = !flags.advertise.empty();
  for (const std::string& text : from_flags ? flags.advertise : config.List("advertise")) {
    Result<HostPort> name = ParseHostPort(text, 1);  // 1 stands for "no port given"
    if (!name || name->host.empty()) {
      return Fail(Errc::kInvalid, std::string(from_flags ? "--advertise" : "advertise") + ": \"" + text +
                                      "\" is no host name or address");
    }
    if (name->port == 1) name->port = 0;
    settings.advertise.push_back(std::move(*name));
  }

  settings.insecure_http = flags.insecure_http || config.Bool("insecure_http");
  if (settings.insecure_http && !config.Bool("insecure_http") && !IsLoopbackHost(settings.listen.host)) {
    return Fail(Errc::kInvalid,
                "--insecure-http: refused on " + listen +
                    ", because keys and scripts would travel readable; listen on 127.0.0.1, or set insecure_http = "
                    "true in the configuration file if you mean it");
  }
  if (const std::string& plain = config.Text("plain.listen"); !plain.empty()) {
    Result<HostPort> second = ListenAddress(plain, "plain.listen");
    if (!second) return Forward(second);
    settings.plain = std::move(*second);
    settings.plain_serve = config.List("plain.serve");
    if (settings.plain_serve.empty()) {
      return Fail(Errc::kInvalid, "plain.serve: say what the second listener serves, such as [\"openapi\"]");
    }
    for (const std::string& what : settings.plain_serve) {
      if (what != kServeOpenApi && what != kServeLegacyAgents && what != kServeDownloads &&
          what != kServeStockArchives) {
        return Fail(Errc::kInvalid, "plain.serve: \"" + what +
                                        "\" is not known; use openapi, legacy-agents, downloads or stock-archives");
      }
    }
  }

  settings.limits = config.Text("limits") == "compat" ? model::Limits::Compat() : model::Limits::Large();
  if (config.IsSet("delivery_timeout")) settings.limits.delivery_timeout = config.Seconds("delivery_timeout");
  if (config.IsSet("output_bytes")) settings.limits.output_bytes = config.Integer("output_bytes");
  if (config.IsSet("retention_days")) settings.limits.retention = hours(24 * config.Integer("retention_days"));
  settings.limits.file_retention = std::min(settings.limits.file_retention, settings.limits.retention);
  settings.limits.history_runs = config.Integer("history_runs");
  settings.limits.overdue_grace = config.Seconds("overdue_grace");
  settings.packages = config.Text("packages.folder");
  if (settings.packages.empty()) {
    settings.packages = settings.data + "/packages";
  } else if (settings.packages.front() != '/') {
    return Fail(Errc::kInvalid, "packages.folder: \"" + settings.packages + "\" is no absolute path");
  }
  settings.artifact_bytes = config.Integer("artifacts.bytes");
  settings.stock_url = config.Text("stock.url");
  if (!settings.stock_url.empty()) {
    const Result<HttpUrl> url = ParseHttpUrl(settings.stock_url);
    if (!url || url->target != "/" || !url->user_info.empty() || settings.stock_url.back() == '/') {
      return Fail(Errc::kInvalid, "stock.url: \"" + settings.stock_url +
                                      "\" is not like http://assist.example.com:8080, without a path");
    }
  }
  settings.region = config.Text("region");
  if (settings.region.empty()) return Fail(Errc::kInvalid, "region: must not be empty");
  settings.regions = config.List("regions");
  if (std::find(settings.regions.begin(), settings.regions.end(), settings.region) == settings.regions.end()) {
    settings.regions.insert(settings.regions.begin(), settings.region);
  }
  settings.account_id = config.Text("account_id");
  settings.time_window = config.Seconds("time_window");
  settings.limits.nonce_life = settings.time_window * 2 + seconds(60);
  settings.audit_rows = config.Integer("audit_rows");
  settings.audit_age = hours(24 * config.Integer("audit_days"));
  settings.shards = config.Integer("shards");
  settings.readers = config.Integer("readers");
  settings.max_connections = config.Integer("max_connections");
  settings.metrics_token = Secret<std::string>(config.Text("metrics.token"));
  Result<LogLevel> level = ParseLogLevel(config.Text("log.level"));
  if (!level) return Forward(level);
  settings.log_level = *level;
  settings.log_file = config.Text("log.file");
  return settings;
}

}  // namespace assist::server::service
