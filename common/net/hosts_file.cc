#include "common/net/hosts_file.h"

#include <algorithm>
#include <string>

namespace assist {
namespace {

constexpr std::string_view kBlank = " \t\r\f\v";

char Lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

/// Takes the next word off `line`; empty at its end.
std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::vector<asio::ip::address> AddressesInHosts(std::string_view text, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::vector<asio::ip::address> found;
  while (!text.empty() && !name.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::string_view first = TakeWord(line);
    bool named = false;
    for (std::string_view word = TakeWord(line); !word.empty() && !named; word = TakeWord(line)) {
      named = SameName(word, name);
    }
    if (!named) continue;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(std::string(first), error);
    if (!error && std::find(found.begin(), found.end(), address) == found.end()) found.push_back(address);
  }
  return found;
}

}  // namespace assist
