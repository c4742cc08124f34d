// `assist pkg key`, `build`, `sign`, and what `publish` does before it needs a server.
#include <utility>

#include "cli/answer/escape.h"
#include "cli/packages/publisher_key.h"
#include "cli/service/package_files.h"
#include "cli/service/package_upload.h"
#include "cli/service/pkg_verb.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

constexpr std::string_view kManifestEnding = ".manifest";
constexpr std::string_view kEnvelopeEnding = ".envelope";

/// One line, and a document where one is expected.
ExitCode Refuse(const PkgOptions& options, Program& program, const std::string& line) {
  program.Say(line);
  if (options.output.kind == OutputKind::kJson) {
    static_cast<void>(program.PrintJson(ErrorDocument("Usage", line, "", ExitCode::kUsage)));
  }
  return ExitCode::kUsage;
}

Look LookOf(const Program& program) {
  Look look;
  look.text = program.text;
  look.style = program.out;
  look.columns = program.console.out_is_terminal() ? program.console.columns() : 0;
  return look;
}

std::string Title(const package::Manifest& manifest) { return EscapeLine(SystemText(manifest.os, manifest.arch)); }

Result<package::Envelope> SignBytes(std::string manifest, const std::string& key_file, Program& program) {
  std::vector<std::string> warnings;
  auto key = LoadPublisherKey(key_file, program.text, warnings);
  if (!key) return Forward(key);
  for (const std::string& warning : warnings) program.Say(warning);
  return package::Sign(std::move(manifest), *key);
}

/// Its options, and what package.toml says where a folder is packed.
Result<PackageTerms> WholeTerms(const PkgOptions& options, const Text& text) {
  if (!IsFolder(options.path)) return options.terms;
  auto file = LoadPackageToml(options.path, text);
  if (!file) return file;
  return Merge(options.terms, *file);
}

/// Draws how far it is on a terminal.
FileProgress Drawing(Program& program, const std::string& path) {
  return [&program, path](std::uint64_t bytes) {
    program.console.Status(path + ": " + SizeText(static_cast<std::int64_t>(bytes)));
  };
}

}  // namespace

ExitCode PkgKey(const PkgOptions& options, Program& program) {
  Result<package::PublisherKey> key = Fail(Errc::kInvalid, "");
  if (options.verb == PkgOptions::Verb::kCreateKey) {
    SystemRandom random;
    key = CreatePublisherKey(options.path, random, program.text);
    if (key && options.output.kind == OutputKind::kTable) {
      program.Say(program.text(msg::kPkgKeyMade, EscapeLine(options.path)));
    }
  } else {
    std::vector<std::string> warnings;
    auto stored = LoadPublisherKey(options.path, program.text, warnings);
    if (!stored) return Refuse(options, program, stored.error().detail);
    for (const std::string& warning : warnings) program.Say(warning);
    key = package::PublisherKeyFromPem(stored->Public().Pem());
  }
  if (!key) return Refuse(options, program, key.error().detail);
  if (options.output.kind == OutputKind::kJson) return program.PrintJson(PublisherKeyJson(*key, options.path));
  return program.Print(PublisherKeyText(*key, LookOf(program)));
}

ExitCode PkgBuild(const PkgOptions& options, Program& program) {
  const Text& text = program.text;
  if (!IsFolder(options.path)) return Refuse(options, program, text(msg::kPkgNeitherNor, EscapeLine(options.path)));
  auto terms = WholeTerms(options, text);
  if (!terms) return Refuse(options, program, terms.error().detail);
  const std::string archive = options.out.empty() ? ArchiveName(*terms) : options.out;
  auto format = FormatOfFile(archive, text);
  if (!format) return Refuse(options, program, format.error().detail);
  if (!terms->format && options.out.empty() == false) terms->format = std::string(package::Name(*format));
  if (*format != FormatOf(*terms)) {
    return Refuse(
        options, program,
        text(msg::kNotAChoice, "-o", "." + std::string(package::Name(FormatOf(*terms))), EscapeLine(archive)));
  }
  const SystemClock clock;
  auto manifest = PackPackage(options.path, archive, *terms, clock.Now(), text, Drawing(program, archive));
  program.console.Status("");
  if (!manifest) return Refuse(options, program, manifest.error().detail);
  const std::string bytes = package::WriteManifest(*manifest);
  const std::string manifest_file = archive + std::string(kManifestEnding);
  if (Status stored = StoreText(manifest_file, bytes); !stored) return Refuse(options, program, stored.error().detail);
  std::string envelope_file;
  if (!options.key.empty()) {
    auto envelope = SignBytes(bytes, options.key, program);
    if (!envelope) return Refuse(options, program, envelope.error().detail);
    envelope_file = archive + std::string(kEnvelopeEnding);
    Status stored = StoreText(envelope_file, package::WriteEnvelope(*envelope));
    if (!stored) return Refuse(options, program, stored.error().detail);
  }
  if (options.output.kind == OutputKind::kJson) {
    json::Object document;
    document["Archive"] = archive;
    document["Manifest"] = manifest_file;
    if (!envelope_file.empty()) document["Envelope"] = envelope_file;
    document["Sha256"] = manifest->archive.sha256;
    document["Size"] = manifest->archive.size;
    document["Sequence"] = manifest->sequence;
    return program.PrintJson(json::Write(document));
  }
  program.Say(text(msg::kPkgBuilt, EscapeLine(manifest->name), EscapeLine(manifest->version),
                   SizeText(manifest->archive.size), manifest->archive.files, EscapeLine(archive)));
  if (envelope_file.empty()) {
    program.Say(text(msg::kPkgManifestAt, EscapeLine(manifest_file)));
  } else {
    program.Say(text(msg::kPkgEnvelopeAt, EscapeLine(envelope_file), EscapeLine(archive)));
  }
  return ExitCode::kSuccess;
}

ExitCode PkgSign(const PkgOptions& options, Program& program) {
  const Text& text = program.text;
  auto bytes = LoadManifest(options.path, text);
  if (!bytes) return Refuse(options, program, bytes.error().detail);
  const auto manifest = package::ParseManifest(*bytes);
  if (!manifest) return Refuse(options, program, manifest.error().detail);
  std::string out = options.out;
  if (out.empty()) {
    out = options.path;
    if (out.ends_with(kManifestEnding)) out.resize(out.size() - kManifestEnding.size());
    out += kEnvelopeEnding;
  }
  if (out == options.path || out == options.key) {
    return Refuse(options, program, text(msg::kPkgSameFile, EscapeLine(out)));
  }
  auto envelope = SignBytes(std::move(*bytes), options.key, program);
  if (!envelope) return Refuse(options, program, envelope.error().detail);
  Status stored = StoreText(out, package::WriteEnvelope(*envelope));
  if (!stored) return Refuse(options, program, stored.error().detail);
  if (options.output.kind == OutputKind::kJson) {
    json::Object document;
    document["Envelope"] = out;
    document["PublicKey"] = package::FormatKey(envelope->key);
    document["KeyId"] = package::KeyId(envelope->key);
    return program.PrintJson(json::Write(document));
  }
  program.Say(text(msg::kPkgSigned, EscapeLine(manifest->name), EscapeLine(manifest->version), Title(*manifest),
                   package::KeyId(envelope->key), manifest->sequence, EscapeLine(out)));
  return ExitCode::kSuccess;
}

Result<ReadyPackage> PreparePackage(const PkgOptions& options, const std::string& scratch, Program& program) {
  const Text& text = program.text;
  ReadyPackage ready;
  ready.archive = options.path;
  ready.channels = options.terms.channels;
  if (!options.envelope.empty()) {
    auto loaded = LoadEnvelope(options.envelope, text);
    if (!loaded) return Forward(loaded);
    if (Status same = CheckArchive(options.path, loaded->manifest, options.envelope, text); !same) return Forward(same);
    ready.envelope = std::move(loaded->bytes);
    ready.told = std::move(loaded->manifest.archive);
    return ready;
  }
  auto terms = WholeTerms(options, text);
  if (!terms) return Forward(terms);
  ready.channels = terms->channels;
  const SystemClock clock;
  const bool folder = IsFolder(options.path);
  if (folder) ready.archive = scratch + "/" + ArchiveName(*terms);
  auto manifest =
      folder ? PackPackage(options.path, ready.archive, *terms, clock.Now(), text, Drawing(program, options.path))
             : DescribeArchive(options.path, *terms, clock.Now(), text, Drawing(program, options.path));
  program.console.Status("");
  if (!manifest) return Forward(manifest);
  auto envelope = SignBytes(package::WriteManifest(*manifest), options.key, program);
  if (!envelope) return Forward(envelope);
  ready.envelope = package::WriteEnvelope(*envelope);
  ready.told = std::move(manifest->archive);
  return ready;
}

asio::awaitable<ExitCode> PublishReady(Inquiry& ask, ReadyPackage ready) {
  Status uploaded = co_await UploadArchive(ask, ready.archive, ready.told);
  if (!uploaded) co_return ask.exit();
  const ExitCode exit = co_await PublishEnvelope(ask, std::move(ready.envelope), std::move(ready.channels));
  co_return exit;
}

}  // namespace assist::cli
