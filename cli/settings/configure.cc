#include "cli/settings/configure.h"

#include <fmt/format.h>

#include "cli/settings/endpoint.h"
#include "cli/settings/settings.h"

namespace assist::cli {
namespace {

using Check = std::function<Result<std::string>(const std::string&)>;

struct Question {
  std::string text;
  std::optional<std::string> shown;  ///< In the brackets; absent: None.
  bool secret = false;
  Check check;  ///< The answer as it is stored, or what is wrong with it.
};

std::string Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

bool IsNone(std::string_view text) {
  return text.size() == 4 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'o' && (text[2] | 0x20) == 'n' &&
         (text[3] | 0x20) == 'e';
}

/// What the answer makes of `current`.
Status AskOne(const Question& question, Prompter& prompter, std::optional<std::string>& current, const Text& text) {
  const std::string prompt = fmt::format("{} [{}]: ", question.text, question.shown.value_or("None"));
  for (;;) {
    const auto line = prompter.Ask(prompt, question.secret);
    if (!line) {
      if (prompter.interactive()) return Fail(Errc::kExpired, text(msg::kLeftUnchanged));
      return {};
    }
    const std::string answer = Trim(*line);
    if (answer.empty()) return {};
    if (IsNone(answer)) {
      current.reset();
      return {};
    }
    if (!question.check) {
      current = answer;
      return {};
    }
    auto checked = question.check(answer);
    if (checked) {
      current = std::move(*checked);
      return {};
    }
    if (!prompter.interactive()) return Forward(checked);
    prompter.Complain(checked.error().detail);
  }
}

std::optional<std::string> MaskedOrNone(const std::optional<std::string>& key) {
  if (!key) return std::nullopt;
  return Masked(*key);
}

Check EndpointCheck(const Text& text) {
  return [text](const std::string& written) -> Result<std::string> {
    auto endpoint = ParseEndpoint(written, text);
    if (!endpoint) return Forward(endpoint);
    return written;
  };
}

Check FormatCheck(const Text& text) {
  return [text](const std::string& word) -> Result<std::string> {
    auto format = ParseOutputFormat(word, text);
    if (!format) return Forward(format);
    return word;
  };
}

/// The CA question takes a file or a fingerprint.
Status AskTrust(const Check& check_ca_file, Prompter& prompter, Layer& layer, const Text& text) {
  const Check check = [&check_ca_file, text](const std::string& written) -> Result<std::string> {
    if (!written.starts_with("sha256:")) return check_ca_file(written);
    auto digits = FingerprintDigits(written, text);
    if (!digits) return Forward(digits);
    return "sha256:" + *digits;
  };
  std::optional<std::string> trust = layer.ca_file ? layer.ca_file : layer.ca_fingerprint;
  const std::optional<std::string> before = trust;
  if (auto asked = AskOne({text(msg::kAskTrust), trust, false, check}, prompter, trust, text); !asked) {
    return asked;
  }
  if (trust == before) return {};
  layer.ca_file.reset();
  layer.ca_fingerprint.reset();
  if (trust) (trust->starts_with("sha256:") ? layer.ca_fingerprint : layer.ca_file) = trust;
  return {};
}

}  // namespace

std::string Masked(std::string_view key) {
  return key.size() < 8 ? std::string("****") : fmt::format("****{}", key.substr(key.size() - 4));
}

Result<Layer> AskAll(const Layer& existing, Prompter& prompter, const Check& check_ca_file, const Text& text) {
  Layer layer = existing;
  std::optional<std::string> secret;
  if (existing.access_key_secret) secret = existing.access_key_secret->Reveal();

  const auto ask = [&prompter, &text](const Question& question, std::optional<std::string>& current) {
    return AskOne(question, prompter, current, text);
  };
  Status status = ask({text(msg::kAskKeyId), MaskedOrNone(layer.access_key_id), false, {}}, layer.access_key_id);
  if (status) status = ask({text(msg::kAskSecret), MaskedOrNone(secret), true, {}}, secret);
  if (status) status = ask({text(msg::kAskRegion), layer.region_id, false, {}}, layer.region_id);
  if (status) status = ask({text(msg::kAskFormat), layer.output_format, false, FormatCheck(text)}, layer.output_format);
  if (status) status = ask({text(msg::kAskEndpoint), layer.endpoint, false, EndpointCheck(text)}, layer.endpoint);
  if (status) status = AskTrust(check_ca_file, prompter, layer, text);
  if (!status) return Forward(status);

  layer.access_key_secret.reset();
  if (secret) layer.access_key_secret = Secret<std::string>(*secret);
  return layer;
}

}  // namespace assist::cli
