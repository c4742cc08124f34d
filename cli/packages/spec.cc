#include "cli/packages/spec.h"

#include <utility>

#include "cli/packages/manage_spec.h"

namespace assist::cli {
namespace {

constexpr std::string_view kSystems = "linux windows freebsd all";
constexpr std::string_view kArches = "amd64 arm64 386 all";

std::vector<OptionSpec> operator+(std::vector<OptionSpec> a, const std::vector<OptionSpec>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

VerbSpec KeyVerb() {
  return {.name = "key",
          .summary = msg::kPkgKeySummary,
          .verbs = {{.name = "create",
                     .summary = msg::kPkgKeyCreateSummary,
                     .usage = {"FILE"},
                     .examples = {{"assist pkg key create publisher.pem", msg::kPkgKeyCreateExample}},
                     .options = {ShowOutputGroup()},
                     .words = Offer::kFile,
                     .most_words = 1,
                     .notes = {msg::kPkgKeyNote}},
                    {.name = "show",
                     .summary = msg::kPkgKeyShowSummary,
                     .usage = {"FILE"},
                     .examples = {{"assist pkg key show publisher.pem", std::nullopt}},
                     .options = {ShowOutputGroup()},
                     .words = Offer::kFile,
                     .most_words = 1}}};
}

std::vector<OptionSpec> WhatOptions() {
  return std::vector<OptionSpec>{
             {"", "--name", "NAME", msg::kPkgOptName},
             {"", "--version", "VERSION", msg::kPkgOptVersion},
             {"", "--os", "OS", msg::kPkgOptOs, Offer::kChoices, kSystems},
             {"", "--arch", "ARCH", msg::kPkgOptArch, Offer::kChoices, kArches},
             {"", "--kind", "KIND", msg::kPkgOptKind, Offer::kChoices, "package agent"},
             {"", "--install", "PATH", msg::kPkgOptInstall},
             {"", "--uninstall", "PATH", msg::kPkgOptUninstall},
             {"", "--verify", "PATH", msg::kPkgOptVerify},
             {"", "--timeout", "SECONDS", msg::kPkgOptScriptTimeout},
             {"", "--depends", "NAME>=VERSION", msg::kPkgOptDepends, Offer::kNothing, "", true},
             {"", "--stock", "", msg::kPkgOptStock},
         } +
         TermOptions();
}

VerbSpec BuildVerb() {
  return {.name = "build",
          .summary = msg::kPkgBuildSummary,
          .usage = {"FOLDER [-o ARCHIVE] [OPTIONS]"},
          .examples =
              {{"assist pkg build ./nginx-conf -o nginx-conf-1.2.tar.zst --name nginx-conf --version 1.2 --os linux "
                "--install install.sh",
                msg::kPkgBuildExample}},
          .options = {{msg::kGroupWhat, WhatOptions()},
                      {msg::kGroupHow,
                       {{"-o", "--out", "ARCHIVE", msg::kPkgOptOut, Offer::kFile},
                        {"-k", "--key", "FILE", msg::kPkgOptKeyBuild, Offer::kFile}}},
                      ShowOutputGroupLong()},
          .words = Offer::kFolder,
          .most_words = 1,
          .notes = {msg::kPkgTomlNote}};
}

VerbSpec SignVerb() {
  return {.name = "sign",
          .summary = msg::kPkgSignSummary,
          .usage = {"MANIFEST --key FILE [-o ENVELOPE]"},
          .examples = {{"assist pkg sign nginx-conf-1.2.tar.zst.manifest --key publisher.pem", msg::kPkgSignExample}},
          .options = {{msg::kGroupHow,
                       {{"-k", "--key", "FILE", msg::kPkgOptKey, Offer::kFile},
                        {"-o", "--out", "ENVELOPE", msg::kPkgOptOutEnvelope, Offer::kFile}}},
                      ShowOutputGroupLong()},
          .words = Offer::kFile,
          .most_words = 1};
}

VerbSpec PublishVerb() {
  return {.name = "publish",
          .summary = msg::kPkgPublishSummary,
          .usage = {"FOLDER|ARCHIVE --name NAME --version VERSION --key FILE [OPTIONS]",
                    "ARCHIVE --envelope FILE [-c CHANNEL...]"},
          .examples = {{"assist pkg publish ./nginx-conf --name nginx-conf --version 1.2 --install "
                        "install.sh --key publisher.pem --channel stable",
                        msg::kPkgPublishExample},
                       {"assist pkg publish nginx-conf-1.2.tar.zst --envelope nginx-conf-1.2.tar.zst.envelope",
                        msg::kPkgPublishExampleTwo}},
          .options = {{msg::kGroupWhat, WhatOptions()}, {msg::kGroupHow, SigningOptions()}, ShowOutputGroupLong()},
          .words = Offer::kFile,
          .most_words = 1,
          .notes = {msg::kPkgTomlNote, msg::kPkgOfflineNote}};
}

Result<PackageTerms> ReadTerms(const VerbWords& words, const Text& text) {
  auto terms = ReadCommonTerms(words, text);
  if (!terms) return terms;
  terms->kind = words.Value("--kind");
  terms->install = words.Value("--install");
  terms->uninstall = words.Value("--uninstall");
  terms->verify = words.Value("--verify");
  terms->depends = words.All("--depends");
  if (words.Has("--stock")) terms->stock = true;
  constexpr std::int64_t kLongest = 86'400;
  auto timeout = words.Number("--timeout", 1, kLongest, text);
  if (!timeout) return Forward(timeout);
  terms->timeout = *timeout;
  return terms;
}

Status ReadPath(const VerbWords& words, const Message<1>& missing, const Text& text, PkgOptions& options) {
  if (words.words.empty()) return Fail(Errc::kInvalid, text(missing, words.path));
  options.path = words.words[0];
  return {};
}

Status ReadPublish(const VerbWords& words, const Text& text, PkgOptions& options) {
  options.envelope = words.ValueOr("--envelope", "");
  if (options.envelope.empty() && options.key.empty()) return Fail(Errc::kInvalid, text(msg::kPkgNoKey));
  if (options.envelope.empty()) return {};
  if (!options.key.empty()) return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--key", "--envelope"));
  // The manifest is made and signed: nothing that is said of it now would count.
  for (const auto& given : words.options) {
    for (const std::string_view how : {"--envelope", "--channel", "--output"}) {
      if (given.option->longer == how) goto fine;
    }
    return Fail(Errc::kInvalid, text(msg::kPkgInEnvelope, given.option->longer));
  fine:;
  }
  return {};
}

/// key, build, sign, publish. False: the verb is another.
Result<bool> ReadMaking(const VerbWords& words, const Text& text, PkgOptions& options) {
  const std::string_view name = words.verb->name;
  using Verb = PkgOptions::Verb;
  if (words.path == "pkg key create" || words.path == "pkg key show") {
    options.verb = name == "create" ? Verb::kCreateKey : Verb::kShowKey;
    if (Status read = ReadPath(words, msg::kPkgWhichKey, text, options); !read) return Forward(read);
    return true;
  }
  if (name != "build" && name != "sign" && name != "publish") return false;
  options.out = name == "publish" ? "" : words.ValueOr("--out", "");
  options.key = words.ValueOr("--key", "");
  const auto& missing = name == "sign" ? msg::kPkgWhichManifest : msg::kPkgWhichFolder;
  if (Status read = ReadPath(words, missing, text, options); !read) return Forward(read);
  if (name == "sign") {
    options.verb = Verb::kSign;
    if (options.key.empty()) return Fail(Errc::kInvalid, text(msg::kPkgNoKey));
    return true;
  }
  auto terms = ReadTerms(words, text);
  if (!terms) return Forward(terms);
  options.terms = std::move(*terms);
  options.verb = name == "build" ? Verb::kBuild : Verb::kPublish;
  if (name == "build") return true;
  options.terms.channels = ReadList(words, "--channel");
  if (Status read = ReadPublish(words, text, options); !read) return Forward(read);
  return true;
}

}  // namespace

OptionGroup ShowOutputGroupLong() {
  return {msg::kGroupOutput, {{"", "--output", "FORMAT", msg::kOptTableOrJson, Offer::kChoices, "table json"}}};
}

std::vector<OptionSpec> SigningOptions() {
  return {{"-k", "--key", "FILE", msg::kPkgOptKey, Offer::kFile},
          {"-e", "--envelope", "FILE", msg::kPkgOptEnvelope, Offer::kFile},
          {"-c", "--channel", "CHANNEL", msg::kPkgOptChannel, Offer::kNothing, "", true}};
}

std::vector<OptionSpec> TermOptions() {
  return {{"", "--description", "TEXT", msg::kPkgOptDescription},
          {"", "--publisher", "TEXT", msg::kPkgOptPublisher},
          {"", "--expires", "WHEN", msg::kPkgOptExpires},
          {"", "--sequence", "N", msg::kPkgOptSequence},
          {"", "--allow-downgrade", "", msg::kPkgOptDowngrade},
          {"", "--format", "FORMAT", msg::kPkgOptFormat, Offer::kChoices, "tar.zst zip"}};
}

Result<PackageTerms> ReadCommonTerms(const VerbWords& words, const Text& text) {
  PackageTerms terms;
  terms.name = words.Value("--name");
  terms.version = words.Value("--version");
  terms.os = words.Value("--os");
  terms.arch = words.Value("--arch");
  terms.description = words.Value("--description");
  terms.publisher = words.Value("--publisher");
  terms.expires = words.Value("--expires");
  terms.format = words.Value("--format");
  if (words.Has("--allow-downgrade")) terms.downgrade = true;
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  auto sequence = words.Number("--sequence", 1, kMost, text);
  if (!sequence) return Forward(sequence);
  terms.sequence = *sequence;
  return terms;
}

const VerbSpec& PkgSpec() {
  static const VerbSpec kSpec = [] {
    VerbSpec spec{
        .name = "pkg",
        .summary = msg::kPkgSummary,
        .examples = {{"assist pkg install nginx-conf -t role=web", msg::kPkgInstallExample},
                     {"assist pkg ls", msg::kPkgLsExample}},
        .verbs = {KeyVerb(), BuildVerb(), SignVerb(), PublishVerb()},
    };
    for (VerbSpec& verb : ManageVerbs()) spec.verbs.push_back(std::move(verb));
    return spec;
  }();
  return kSpec;
}

Result<PkgOptions> ReadPkg(const VerbWords& words, const Text& text) {
  PkgOptions options;
  auto making = ReadMaking(words, text, options);
  if (!making) return Forward(making);
  if (!*making) {
    if (Status read = ReadManaging(words, text, options); !read) return Forward(read);
  }
  if (options.verb != PkgOptions::Verb::kOrder) options.output = ReadOutput(words);
  return options;
}

}  // namespace assist::cli
