#include "cli/sending/spec.h"

#include "protocol/encoding/base64.h"

namespace assist::cli {

const VerbSpec& SendSpec() {
  static const VerbSpec kSpec = {
      .name = "send",
      .summary = msg::kSendSummary,
      .usage = {"FILE FOLDER -i MACHINE... [OPTIONS]", "FILE FOLDER -t KEY=VALUE... [OPTIONS]",
                "FILE FOLDER --all [OPTIONS]"},
      .examples = {{"assist send app.conf /etc/app -i web-1 web-2", msg::kSendExample},
                   {"assist send new.conf /etc/app --all --name app.conf --mode 0600 --owner app --overwrite",
                    msg::kSendExampleMode}},
      .options = {TargetGroup(),
                  {msg::kGroupWhat,
                   {{"", "--name", "NAME", msg::kSendOptName},
                    {"", "--mode", "MODE", msg::kSendOptMode},
                    {"", "--owner", "USER", msg::kSendOptOwner},
                    {"", "--group", "GROUP", msg::kSendOptGroup},
                    {"", "--overwrite", "", msg::kSendOptOverwrite}}},
                  {msg::kGroupHow,
                   {{"", "--timeout", "SECONDS", msg::kRunOptTimeout},
                    {"", "--delivery-timeout", "SECONDS", msg::kRunOptDelivery},
                    {"", "--no-wait", "", msg::kRunOptNoWait}}},
                  ShowOutputGroup()},
      .words = Offer::kFile,
      .most_words = 2,
  };
  return kSpec;
}

Result<SendOptions> ReadSend(const VerbWords& words, const Text& text) {
  SendOptions options;
  options.output = ReadOutput(words);
  options.no_wait = words.Has("--no-wait");
  if (words.words.size() != 2) return Fail(Errc::kInvalid, text(msg::kSendWhat));
  options.file = words.words[0];
  options.folder = words.words[1];
  const auto slash = options.file.find_last_of('/');
  options.name = words.ValueOr("--name", options.file.substr(slash == std::string::npos ? 0 : slash + 1));
  if (options.name.empty() || options.name == "-" || options.name == "." || options.name == "..") {
    return Fail(Errc::kInvalid, text(msg::kSendNoName, options.file));
  }
  auto targets = ReadTargets(words, text);
  if (!targets) return Forward(targets);
  options.targets = std::move(*targets);
  for (const auto& [option, parameter] : {std::pair<std::string_view, const char*>{"--mode", "FileMode"},
                                          {"--owner", "FileOwner"},
                                          {"--group", "FileGroup"}}) {
    if (const auto value = words.Value(option)) options.parameters.emplace_back(parameter, *value);
  }
  if (words.Has("--overwrite")) options.parameters.emplace_back("Overwrite", "true");
  constexpr std::int64_t kMostSeconds = 1'000'000'000;
  auto timeout = words.Number("--timeout", 1, kMostSeconds, text);
  if (!timeout) return Forward(timeout);
  if (*timeout) options.parameters.emplace_back("Timeout", std::to_string(**timeout));
  auto delivery = words.Number("--delivery-timeout", -1, kMostSeconds, text);
  if (!delivery) return Forward(delivery);
  if (*delivery) options.parameters.emplace_back("DeliveryTimeout", std::to_string(**delivery));
  return options;
}

encoding::FormFields SendParameters(const SendOptions& options, std::string_view content) {
  encoding::FormFields fields = {{"Name", options.name},
                                 {"TargetDir", options.folder},
                                 {"ContentType", "Base64"},
                                 {"Content", encoding::Base64Encode(content)}};
  fields.insert(fields.end(), options.parameters.begin(), options.parameters.end());
  return fields;
}

}  // namespace assist::cli
