#include "server/download/install_script.h"

#include "common/base/check.h"

namespace assist::server::download {
namespace {

/// Of text of ours: the place is there exactly once. What is put in has neither quotes nor line breaks of others:
/// names are plain (ParseSums), digests are digits.
void Put(std::string& script, std::string_view place, std::string_view text) {
  const std::size_t at = script.find(place);
  ASSIST_CHECK(at != std::string::npos);
  script.replace(at, place.size(), text);
}

}  // namespace

std::string InstallSh(std::string_view ca_fingerprint, const std::vector<Listed>& packages) {
  std::string lines;
  for (const Listed& listed : packages) {
    const auto package = ReadAgentPackage(listed.file);
    if (!package || package->format == AgentPackage::Format::kSetup) continue;
    if (!lines.empty()) lines += '\n';
    lines.append(Name(package->format)).append(" ").append(package->architecture).append(" ");
    lines.append(listed.sha256).append(" ").append(listed.file);
  }
  std::string script = internal::kInstallSh;
  Put(script, "@CA_FINGERPRINT@", ca_fingerprint);
  Put(script, "@PACKAGES@", lines);
  return script;
}

std::string InstallPs1(std::string_view ca_fingerprint, const std::vector<Listed>& packages) {
  Listed setup;
  for (const Listed& listed : packages) {
    const auto package = ReadAgentPackage(listed.file);
    if (package && package->format == AgentPackage::Format::kSetup) setup = listed;
  }
  std::string script = internal::kInstallPs1;
  Put(script, "@CA_FINGERPRINT@", ca_fingerprint);
  Put(script, "@SETUP_FILE@", setup.file);
  Put(script, "@SETUP_SHA256@", setup.sha256);
  return script;
}

}  // namespace assist::server::download
