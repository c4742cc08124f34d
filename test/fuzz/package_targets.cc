#include "test/fuzz/package_targets.h"

#include <set>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/crypto/keys.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"
#include "protocol/package/refusal.h"
#include "protocol/package/version.h"

namespace assist::fuzz {
namespace {

std::string_view TakeLine(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const std::string_view line = input.substr(0, end);
  input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  return line;
}

const PrivateKey& Key() {
  static const PrivateKey kKey = [] {
    SeededRandom random(1);
    return PrivateKey::GenerateEd25519(random);
  }();
  return kKey;
}

void CheckRules(const package::Manifest& manifest) {
  using namespace package;
  ASSIST_CHECK(IsName(manifest.name) && IsVersion(manifest.version) && manifest.sequence > 0);
  ASSIST_CHECK(manifest.archive.sha256.size() == 64 && manifest.archive.size > 0);
  ASSIST_CHECK(manifest.archive.size <= kMaxArchiveBytes && manifest.archive.unpacked_size <= kMaxUnpackedBytes);
  ASSIST_CHECK(manifest.files.size() <= kMaxFiles && manifest.dependencies.size() <= kMaxDependencies);
  ASSIST_CHECK(manifest.timeout >= std::chrono::seconds(1) && manifest.timeout <= std::chrono::days(1));
  std::set<std::string> paths;
  for (const FileEntry& file : manifest.files) {
    ASSIST_CHECK(IsInnerPath(file.path) && paths.insert(file.path).second);
    ASSIST_CHECK(file.link.empty() ? file.sha256.size() == 64 && file.mode <= 0777 : file.link[0] != '/');
  }
  for (const std::string* script : {&manifest.scripts.install, &manifest.scripts.uninstall, &manifest.scripts.verify}) {
    ASSIST_CHECK(script->empty() || paths.contains(*script));
  }
  for (const Dependency& dependency : manifest.dependencies) {
    ASSIST_CHECK(IsName(dependency.name) && IsVersionRule(dependency.version) && dependency.name != manifest.name);
  }
}

}  // namespace

void FuzzManifest(std::string_view input) {
  const auto manifest = package::ParseManifest(input);
  if (!manifest) {
    ASSIST_CHECK(!manifest.error().detail.empty());
    return;
  }
  CheckRules(*manifest);
  const std::string written = package::WriteManifest(*manifest);
  const auto again = package::ParseManifest(written);
  ASSIST_CHECK(again && package::WriteManifest(*again) == written);
}

void FuzzEnvelope(std::string_view input) {
  if (const auto envelope = package::ParseEnvelope(input)) {
    ASSIST_CHECK(envelope->signature.size() == 64 && envelope->key.bytes.size() == 32);
    static_cast<void>(package::Verify(*envelope));
    const auto again = package::ParseEnvelope(package::WriteEnvelope(*envelope));
    ASSIST_CHECK(again && again->manifest == envelope->manifest && again->key == envelope->key);
    FuzzManifest(envelope->manifest);
  }
  auto made = package::Sign(std::string(input), Key());
  ASSIST_CHECK(made && package::Verify(*made));
  made->manifest += '\n';
  ASSIST_CHECK(!package::Verify(*made));
}

void FuzzPackageWords(std::string_view input) {
  using namespace package;
  const std::string_view a = TakeLine(input);
  const std::string_view b = TakeLine(input);
  const std::string_view rule = TakeLine(input);
  const auto order = CompareVersions(a, b);
  const auto back = CompareVersions(b, a);
  ASSIST_CHECK((back < 0) == (order > 0) && (back == 0) == (order == 0) && CompareVersions(a, a) == 0);
  if (IsVersion(b)) {
    ASSIST_CHECK(Satisfies(a, ">=" + std::string(b)) == (order >= 0));
    ASSIST_CHECK(Satisfies(a, "<" + std::string(b)) == (order < 0));
  }
  if (!IsVersionRule(rule)) ASSIST_CHECK(!Satisfies(a, rule));
  const auto found = FindRefusal(input);
  if (!found) return;
  ASSIST_CHECK(found->text.find('\n') == std::string::npos && input.find(found->text) != std::string_view::npos);
  const auto again = FindRefusal(RefusalLine(found->refusal, found->text));
  ASSIST_CHECK(again && again->refusal == found->refusal);
}

std::vector<std::string> PackageSeedsOf(std::string_view target) {
  const std::string hash(64, 'a');
  package::Manifest m;
  m.name = "nginx-conf";
  m.version = "1.2~rc1";
  m.os = "linux";
  m.arch = "amd64";
  m.sequence = 7;
  m.archive = {package::ArchiveFormat::kZip, hash, std::string(32, 'b'), 100, 200, 2};
  m.scripts = {"install.sh", "", "sub/verify.sh"};
  m.files = {{"install.sh", 5, hash, 0755, ""}, {"sub/verify.sh", 0, hash, 0644, ""}, {"l", 0, "", 0644, "sub/x"}};
  m.dependencies = {{"openssl", ">=3"}, {"zlib", ""}};
  m.description = "配置";
  m.expires = ParseIso8601("2027-01-31T00:00:00Z");
  const std::string manifest = package::WriteManifest(m);
  if (target == "manifest") return {manifest, "{\"Format\":2}", "{}", "[]"};
  if (target == "envelope") {
    const auto envelope = package::Sign(manifest, Key());
    ASSIST_CHECK(envelope.has_value());
    return {package::WriteEnvelope(*envelope), manifest, "{}"};
  }
  if (target == "package_words") {
    return {"1.2\n1.10\n>=1.2\nunpacking\nREFUSED WrongHash: not that\n", "1.0~rc1\n1.0\n<2\nREFUSED Truncated: 1\r\n",
            "1.00\n1.0\n=1\nREFUSED Nonsense: x\n"};
  }
  return {};
}

}  // namespace assist::fuzz
